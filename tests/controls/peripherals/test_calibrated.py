from __future__ import annotations

import math

import pytest
from controls.peripherals.workbench import Workbench, defined
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.controls.peripherals.calibrated import calibrated
from wkmp_pi.controls.peripherals.definition import Calibrated, Peripheral
from wkmp_pi.events.kinds import PeripheralValue

PLAIN = """
[[peripheral]]
id = "room"
kind = "calibrated value"
name = "Room temperature"
metadata = { unit = "°C" }
on = "peripheral.value"
where = { peripheral = "cpu_temperature" }
offset = -20
scale = 0.5
precision = 1
"""
TILT = """
[[peripheral]]
id = "tilt"
kind = "calibrated value"
on = "scale.read"
fields = ["at.x", "at.y"]
offset = [1, 2]
matrix = [[0, 1], [-1, 0], [1, 1]]
scale = [1, 10, 100]
"""


def one(text: str) -> Calibrated:
    (about,) = defined(text)
    assert isinstance(about, Calibrated)
    return about


def measured(value: float | str | bool | None) -> PeripheralValue:
    return PeripheralValue(peripheral="cpu_temperature", peripheral_name="CPU", value=value)


def benched(text: str) -> Workbench:
    about: list[Peripheral] = [one(text)]
    return Workbench(about)


def test_a_number_is_moved_scaled_and_rounded() -> None:
    bench = benched(PLAIN)
    bench.tell(0, measured(61.27))
    (event,) = bench.rest().events
    assert event.value == 20.6
    assert event.data == {
        "raw": (61.27,),
        "values": (20.6,),
        "name": "peripheral.value",
        "source": "cpu_temperature",
    }
    assert (event.peripheral, event.peripheral_name) == ("room", "Room temperature")
    assert event.metadata == {"unit": "°C"}
    assert [id_ >> 4 for id_ in bench.outs[0].causes] == [1]


def test_several_numbers_are_turned_by_a_matrix() -> None:
    bench = benched(TILT).custom(0, "scale.read", at={"x": 3, "y": 5})
    (event,) = bench.rest().events
    assert event.value is None
    assert event.data["values"] == (7.0, -40.0, 1100.0)


def test_a_matrix_may_make_one_number_of_several() -> None:
    text = TILT.replace("[[0, 1], [-1, 0], [1, 1]]", "[[0.5, 0.5]]").replace("[1, 10, 100]", "2")
    bench = benched(text).custom(0, "scale.read", at={"x": 3, "y": 5})
    assert bench.rest().events[0].value == 11.0


@pytest.mark.parametrize("precision", [-3, -1, 0, 2, 12])
def test_precision_is_in_digits_of_either_side(precision: int) -> None:
    about = one(PLAIN.replace("precision = 1", f"precision = {precision}"))
    assert calibrated(about, [12345.678]) == [round(0.5 * (12345.678 - 20), precision)]


def test_there_is_no_minus_zero() -> None:
    (value,) = calibrated(one(PLAIN), [19.98])
    assert math.copysign(1, value) == 1


@pytest.mark.parametrize("value", [None, "hot", True])
def test_what_is_no_number_is_passed_over(value: str | bool | None) -> None:
    bench = benched(PLAIN)
    bench.tell(0, measured(value))
    assert bench.rest().events == []


def test_what_overflows_is_passed_over() -> None:
    bench = benched(TILT).custom(0, "scale.read", at={"x": 1e308, "y": 1e308})
    assert bench.custom(1, "scale.read", at={"x": 1}).rest().events == []


def test_it_does_not_calibrate_its_own_values() -> None:
    text = PLAIN.replace('{ peripheral = "cpu_temperature" }', "{ peripheral = { has = true } }")
    bench = Workbench(defined(text), hears_itself=True)
    bench.tell(0, measured(40.0))
    assert [event.value for event in bench.rest().events] == [10.0]


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2),
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2),
)
def test_without_offset_it_is_linear(first: list[float], second: list[float]) -> None:
    about = one(TILT.replace("offset = [1, 2]", ""))
    both = calibrated(about, [a + b for a, b in zip(first, second, strict=True)])
    apart = zip(calibrated(about, first), calibrated(about, second), strict=True)
    assert both == pytest.approx([a + b for a, b in apart], abs=1e-3)


def test_one_that_scales_before_it_moves_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same test, in another order."""

    def wrong(about: Calibrated, raw: list[float]) -> list[float]:
        return [round(n * about.scale[0] + about.offset[0], about.precision) for n in raw]

    monkeypatch.setattr("wkmp_pi.controls.peripherals.calibrated.calibrated", wrong)
    with pytest.raises(AssertionError):
        test_a_number_is_moved_scaled_and_rounded()
