from __future__ import annotations

import pytest
from controls.peripherals.workbench import Workbench, defined

from wkmp_pi.controls.peripherals.together import _Together


def part(button: str) -> str:
    """A part of a chord that lasts while a button is down."""
    where = f'where = {{ button = "{button}" }}'
    until = f'{{ on = "button.released", {where} }}'
    return f'{{ on = "button.pressed", {where}, until = {until} }}'


CHORD = f"""
[[peripheral]]
id = "both"
kind = "chord"
metadata = {{ gesture = "chord" }}
window_ms = 60
parts = [{part("up")}, {part("down")}]
"""
MIXED = """
[[peripheral]]
id = "visit"
kind = "chord"
window_ms = 2000
parts = [{ on = "door.rung" }, { on = "lamp.lit" }, { on = "button.pressed" }]
"""
AT_ONCE = """
[[peripheral]]
id = "clap"
kind = "simultaneous"
on = "button.pressed"
sources = ["left", "right", "middle"]
window_ms = 10
"""


@pytest.mark.parametrize(("share", "fires"), [(0.9, True), (1.0, True), (1.1, False)])
def test_parts_within_the_window_are_a_chord(share: float, fires: bool) -> None:
    bench = Workbench(CHORD).press(0, "up").press(60 * share, "down").rest()
    assert bench.words == (["chord"] if fires else [])


def test_the_order_of_a_chord_is_told_but_does_not_matter() -> None:
    bench = Workbench(CHORD).press(0, "down").press(30, "up").rest()
    (event,) = bench.gestures
    assert event.buttons == ("down", "up")
    assert (event.peripheral, event.count, event.window_ms) == ("both", 2, 60)
    assert len(bench.outs[0].causes) == 2


@pytest.mark.parametrize(("released_ms", "fires"), [(29, False), (30, True), (31, True)])
def test_a_part_must_still_last_when_the_last_one_comes(released_ms: float, fires: bool) -> None:
    bench = Workbench(CHORD).press(0, "up").release(released_ms, "up").press(30, "down").rest()
    assert bench.words == (["chord"] if fires else [])


def test_parts_may_come_late_and_in_any_order() -> None:
    bench = Workbench(CHORD).press(0, "up", late_ms=300).release(40, "up").press(30, "down")
    assert bench.rest().words == ["chord"]


def test_a_chord_uses_its_parts_up() -> None:
    bench = Workbench(CHORD).press(0, "up").press(20, "down").press(40, "down").rest()
    assert bench.words == ["chord"]


def test_events_of_different_kinds_make_a_chord() -> None:
    bench = Workbench(MIXED).custom(0, "lamp.lit").press(1000).custom(2000, "door.rung").rest()
    assert bench.gestures[0].buttons == ("test", "play")
    assert bench.gestures[0].count == 3


def test_an_event_takes_the_place_of_one_part_only() -> None:
    text = """
    [[peripheral]]
    id = "two"
    kind = "chord"
    parts = [{ on = "lamp.*" }, { on = "lamp.lit" }]
    """
    assert Workbench(text).custom(0, "lamp.lit").rest().words == []
    assert Workbench(text).custom(0, "lamp.lit").custom(50, "lamp.lit").rest().words == ["chord"]


@pytest.mark.parametrize(("share", "fires"), [(0.9, True), (1.0, True), (1.1, False)])
def test_the_same_of_several_sources_at_once_is_simultaneous(share: float, fires: bool) -> None:
    bench = Workbench(AT_ONCE).press(0, "left").press(5, "middle").press(10 * share, "right")
    assert bench.rest().words == (["simultaneous"] if fires else [])


def test_others_are_no_part_of_what_is_simultaneous() -> None:
    bench = Workbench(AT_ONCE).press(0, "left").press(1, "left").press(2, "right").press(3, "top")
    assert bench.rest().words == []
    assert bench.press(4, "middle").rest().gestures[0].buttons == ("left", "right", "middle")


def test_a_window_that_is_too_narrow_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same tests, with windows that end too early."""
    init = _Together.__init__

    def short(self, places, window_ms) -> None:
        init(self, places, window_ms)
        self._window_ns -= 1

    monkeypatch.setattr(_Together, "__init__", short)
    with pytest.raises(AssertionError):
        test_parts_within_the_window_are_a_chord(1.0, fires=True)
    with pytest.raises(AssertionError):
        test_the_same_of_several_sources_at_once_is_simultaneous(1.0, fires=True)


def test_buttons_are_left_to_the_recogniser() -> None:
    text = """
    [[peripheral]]
    id = "both"
    kind = "chord"
    buttons = ["up", "down"]
    window_ms = 80
    [[peripheral]]
    id = "clap"
    kind = "simultaneous"
    buttons = ["up", "down"]
    """
    bench = Workbench(defined(text, buttons=["up", "down"]))
    chord, clap = bench.peripherals.wanted
    assert (chord.gesture, chord.buttons, chord.window_ms) == ("chord", ("up", "down"), 80)
    assert (clap.gesture, clap.window_ms, clap.peripheral) == ("simultaneous", 0, "clap")
