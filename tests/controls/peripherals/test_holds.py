from __future__ import annotations

import pytest
from controls.peripherals.workbench import Workbench

from wkmp_pi.controls.peripherals.holds import Holder

LONG = """
[[peripheral]]
id = "hold"
kind = "long"
name = "Held"
metadata = { gesture = "long" }
on = "button.pressed"
where = { button = "play" }
until = { on = "button.released", where = { button = "play" } }
hold_ms = 600
"""
QUIET = """
[[peripheral]]
id = "quiet"
kind = "long"
on = "lamp.*"
until = { on = "lamp.*" }
hold_ms = 1000
"""


@pytest.mark.parametrize(("share", "fires"), [(0.9, False), (1.0, True), (1.1, True)])
def test_what_lasts_long_enough_is_long(share: float, fires: bool) -> None:
    bench = Workbench(LONG).press(0).release(600 * share).rest()
    assert bench.words == (["long"] if fires else [])
    assert bench.at_ms == ([600] if fires else [])


def test_it_is_told_while_it_lasts_and_once() -> None:
    bench = Workbench(LONG).press(0).until(5000)
    assert bench.told_ms == [600]
    assert bench.release(5000).rest().words == ["long"]
    (event,) = bench.gestures
    assert (event.held_ms, event.peripheral, event.metadata) == (600, "hold", {"gesture": "long"})


def test_a_further_beginning_changes_nothing() -> None:
    bench = Workbench(LONG).press(0).press(500).until(700)
    assert bench.told_ms == [600]
    assert bench.press(800).until(3000).words == ["long"]


def test_each_beginning_after_an_end_counts_anew() -> None:
    bench = Workbench(LONG).press(0).release(300).press(400).release(900).press(1000)
    assert bench.release(1700).rest().at_ms == [1600]


def test_what_is_an_end_and_a_beginning_at_once_begins_anew() -> None:
    bench = (
        Workbench(QUIET).custom(0, "lamp.lit").custom(900, "lamp.unlit").custom(1800, "lamp.lit")
    )
    assert bench.rest().at_ms == [2800]


@pytest.mark.parametrize("late_ms", [50, 300])
@pytest.mark.parametrize("held_ms", [540, 600, 660])
def test_a_dispatch_delay_changes_no_verdict(late_ms: float, held_ms: float) -> None:
    prompt = Workbench(LONG).press(0).release(held_ms).rest()
    late = Workbench(LONG).press(0, late_ms=late_ms).release(held_ms, late_ms=late_ms).rest()
    assert (late.words, late.at_ms) == (prompt.words, prompt.at_ms)


@pytest.mark.parametrize(("held_ms", "fires"), [(599, False), (600, True)])
def test_an_end_that_overtakes_its_beginning_ends_it(held_ms: float, fires: bool) -> None:
    bench = Workbench(LONG).press(0, late_ms=held_ms + 200).release(held_ms).rest()
    assert bench.words == (["long"] if fires else [])


def test_an_end_of_something_earlier_ends_nothing() -> None:
    bench = Workbench(LONG).release(50, late_ms=200).press(100).rest()
    assert bench.words == ["long"]


def test_one_that_ignores_the_end_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same test without the end."""
    monkeypatch.setattr(Holder, "_end", lambda self, at_ns: [])
    with pytest.raises(AssertionError):
        test_what_lasts_long_enough_is_long(0.9, fires=False)
