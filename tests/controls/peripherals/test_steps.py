from __future__ import annotations

import pytest
from controls.peripherals.workbench import Workbench, defined

from wkmp_pi.controls.peripherals.steps import StepsWatcher
from wkmp_pi.events.kinds import GestureDouble, GestureSingle

CODE = """
[[peripheral]]
id = "code"
kind = "sequence"
name = "The code"
metadata = { gesture = "sequence" }
steps = [
  { on = "button.pressed", where = { button = "up" } },
  { on = "button.pressed", where = { button = "up" } },
  { on = "button.pressed", where = { button = "down" } },
]
"""
WEIGHED = """
[[peripheral]]
id = "weighed"
kind = "sequence"
step_gap_ms = 5000
steps = [
  { on = "scale.read", where = { grams = { below = 10 } } },
  { on = "scale.read", where = { grams = { at_least = 500 } } },
  { on = "gesture.double", where = { buttons = ["play"] } },
]
"""


def presses(*buttons: str, gap_ms: float = 200, late_ms: float = 0) -> Workbench:
    bench = Workbench(CODE)
    for number, button in enumerate(buttons):
        bench.press(number * gap_ms, button, late_ms=late_ms)
    return bench.rest()


@pytest.mark.parametrize(("share", "fires"), [(0.9, True), (1.0, True), (1.1, False)])
def test_each_step_comes_within_the_gap(share: float, fires: bool) -> None:
    assert presses("up", "up", "down", gap_ms=1000 * share).words == (["sequence"] if fires else [])


@pytest.mark.parametrize(("share", "fires"), [(0.9, True), (1.0, True), (1.1, False)])
def test_the_whole_comes_within_its_time(share: float, fires: bool) -> None:
    bench = Workbench(CODE + "sequence_ms = 1500")
    bench.press(0, "up").press(750 * share, "up").press(1500 * share, "down").rest()
    assert bench.words == (["sequence"] if fires else [])


def test_an_extra_first_step_still_matches() -> None:
    assert presses("up", "up", "up", "up", "down").words == ["sequence"]


def test_another_event_of_that_name_breaks_it_and_those_of_others_do_not() -> None:
    assert presses("up", "left", "up", "down").words == []
    bench = Workbench(CODE).press(0, "up").custom(50, "lamp.lit").press(100, "up")
    assert bench.release(150, "up").press(200, "down").rest().words == ["sequence"]


def test_what_was_given_up_is_forgotten() -> None:
    bench = Workbench(CODE).press(0, "up").press(100, "up").press(60_000, "down").rest()
    assert bench.words == []
    assert bench.press(61_000, "up").press(61_100, "up").press(61_200, "down").rest().words == [
        "sequence"
    ]


def test_it_tells_what_it_was_made_of() -> None:
    bench = presses("up", "up", "down")
    (event,) = bench.gestures
    assert event.buttons == ("up", "up", "down")
    assert (event.id, event.peripheral, event.peripheral_name) == ("code", "code", "The code")
    assert event.metadata == {"gesture": "sequence"}
    assert (event.count, len(bench.outs[0].causes)) == (3, 3)


def test_steps_are_judged_by_their_stamps_and_not_by_their_arrival() -> None:
    bench = Workbench(CODE).press(0, "up").press(400, "down").press(200, "up", late_ms=300)
    assert bench.rest().words == ["sequence"]
    assert presses("up", "up", "down", late_ms=300).words == ["sequence"]


def test_no_event_belongs_to_two_of_them() -> None:
    text = """
    [[peripheral]]
    id = "thrice"
    kind = "sequence"
    steps = [{ on = "lamp.lit" }, { on = "lamp.lit" }, { on = "lamp.lit" }]
    """
    bench = Workbench(text)
    for number in range(7):
        bench.custom(number * 100, "lamp.lit")
    assert bench.rest().words == ["sequence", "sequence"]


def test_steps_are_predicates_on_any_events() -> None:
    bench = Workbench(WEIGHED).custom(0, "scale.read", grams=3)
    bench.custom(1000, "scale.read", grams=700)
    bench.tell(2000, GestureDouble(buttons=("play",), at_ns=3_000_000_000))
    assert bench.rest().words == ["sequence"]


def test_gestures_of_other_peripherals_are_not_those_of_the_button() -> None:
    bench = Workbench(WEIGHED).custom(0, "scale.read", grams=3)
    bench.custom(1000, "scale.read", grams=700)
    composed = GestureDouble(buttons=("play",), at_ns=2_500_000_000, peripheral="knock")
    bench.tell(1500, composed)
    bench.tell(1600, GestureSingle(buttons=("play",), at_ns=2_600_000_000))
    assert bench.rest().words == []
    bench.tell(2000, GestureDouble(buttons=("play",), at_ns=3_000_000_000))
    assert bench.rest().words == ["sequence"]


def test_one_that_forgets_the_gap_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same test without the gap."""
    init = StepsWatcher.__init__

    def patient(self, about, state) -> None:
        init(self, about, state)
        self._step_ns = self._whole_ns

    monkeypatch.setattr(StepsWatcher, "__init__", patient)
    with pytest.raises(AssertionError):
        test_each_step_comes_within_the_gap(1.1, fires=False)


def test_buttons_are_left_to_the_recogniser() -> None:
    text = """
    [[peripheral]]
    id = "konami"
    kind = "sequence"
    buttons = ["up", "up", "down"]
    step_gap_ms = 800
    """
    (want,) = Workbench(defined(text, buttons=["up", "down"])).peripherals.wanted
    assert (want.gesture, want.buttons, want.id) == ("sequence", ("up", "up", "down"), "konami")
    assert (want.window_ms, want.whole_ms, want.peripheral) == (800, 0, "konami")
