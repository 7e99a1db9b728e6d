from __future__ import annotations

import pytest
from controls.peripherals.workbench import MS, START, Workbench, defined

from wkmp_pi.controls.peripherals.taps import TapCounter

DOUBLE = """
[[peripheral]]
id = "knock"
kind = "double tap"
name = "Two knocks on the table"
metadata = { gesture = "double", where = ["table"] }
on = "button.pressed"
where = { button = "play" }
"""
TRIPLE = """
[[peripheral]]
id = "thrice"
kind = "n-tap"
count = 3
on = "button.pressed"
where = { button = "play" }
"""
FIVE = """
[[peripheral]]
id = "five"
kind = "n-tap"
count = 5
on = "door.rung"
window_ms = 1000
"""


def pressed(text: str, *at_ms: float, late_ms: float = 0) -> Workbench:
    bench = Workbench(text)
    for moment in at_ms:
        bench.press(moment, late_ms=late_ms)
    return bench.rest()


@pytest.mark.parametrize(("share", "fires"), [(0.9, True), (1.0, True), (1.1, False)])
def test_a_second_tap_within_the_window_makes_a_double(share: float, fires: bool) -> None:
    assert pressed(DOUBLE, 0, 300 * share).words == (["double"] if fires else [])


@pytest.mark.parametrize(("share", "word"), [(0.9, "triple"), (1.0, "triple"), (1.1, "double")])
def test_the_window_is_also_how_long_a_double_waits_for_a_triple(share: float, word: str) -> None:
    assert pressed(DOUBLE + TRIPLE, 0, 100, 100 + 300 * share).words == [word]


def test_a_double_that_waits_for_nothing_comes_with_its_second_tap() -> None:
    bench = pressed(DOUBLE, 0, 250)
    assert bench.told_ms == [250]
    assert bench.at_ms == [250]


def test_a_double_that_waits_for_a_triple_comes_when_the_window_has_closed() -> None:
    bench = pressed(DOUBLE + TRIPLE, 0, 250)
    assert bench.words == ["double"]
    assert bench.told_ms == pytest.approx([550], abs=0.001)
    assert bench.at_ms == [550]


def test_three_taps_give_one_double_or_one_triple_where_that_is_wanted() -> None:
    assert pressed(DOUBLE, 0, 100, 200).words == ["double"]
    assert pressed(TRIPLE, 0, 100, 200).words == ["triple"]
    assert pressed(DOUBLE + TRIPLE, 0, 100, 200).words == ["triple"]


def test_four_taps_give_two_doubles() -> None:
    assert pressed(DOUBLE, 0, 100, 200, 300).words == ["double", "double"]


def test_a_burst_that_is_longer_than_wanted_starts_anew_for_all_of_them() -> None:
    assert pressed(DOUBLE + TRIPLE, 0, 100, 200, 300, 400).words == ["triple", "double"]


def test_only_what_is_meant_is_counted() -> None:
    bench = Workbench(DOUBLE).press(0).press(50, "stop").press(100, "stop").rest()
    assert bench.words == []
    assert bench.press(400).press(450, "stop").press(500).rest().words == ["double"]


def test_any_event_can_be_counted() -> None:
    bench = Workbench(FIVE)
    for number in range(5):
        bench.custom(number * 1000, "door.rung")
    (event,) = bench.rest().gestures
    assert (event.gesture, event.count, event.buttons) == ("multi", 5, ("test",))


def test_it_tells_who_it_is_and_what_it_was_made_of() -> None:
    bench = Workbench(DOUBLE)
    bench.press(0).press(250).rest()
    (out,) = bench.outs
    event = out.event
    assert (event.peripheral, event.peripheral_name) == ("knock", "Two knocks on the table")
    assert event.metadata == {"gesture": "double", "where": ("table",)}
    assert event.source == "knock"
    assert event.buttons == ("play",)
    assert event.edges == (("play", True, START), ("play", True, START + 250 * MS))
    assert (event.count, event.window_ms) == (2, 300)
    assert [id_ >> 4 for id_ in out.causes] == [1, 2]


@pytest.mark.parametrize("late_ms", [1, 100, 300])
@pytest.mark.parametrize("gap_ms", [270, 300, 330])
def test_a_dispatch_delay_changes_no_verdict(late_ms: float, gap_ms: float) -> None:
    taps = (0, 100, 100 + gap_ms)
    prompt, late = (pressed(DOUBLE + TRIPLE, *taps, late_ms=by) for by in (0, late_ms))
    assert late.words == prompt.words
    assert late.at_ms == prompt.at_ms


def test_a_tap_that_comes_late_finds_its_place() -> None:
    bench = Workbench(TRIPLE).press(0).press(500, late_ms=0).press(250, late_ms=300).rest()
    assert bench.words == ["triple"]
    assert [at_ns for _, _, at_ns in bench.gestures[0].edges] == [
        START,
        START + 250 * MS,
        START + 500 * MS,
    ]


def test_a_stall_of_the_box_costs_no_triple() -> None:
    """Nobody asked for half a second, and the third tap waits in the inbox."""
    bench = Workbench(DOUBLE + TRIPLE).press(0).press(100).until(100)
    bench.press(200, late_ms=499)
    bench.now_ns = START + 699 * MS
    assert bench.rest().words == ["triple"]


def test_one_that_counts_a_pause_as_well_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same test, with a window that ends too early."""
    init = TapCounter.__init__

    def short(self, about, state) -> None:
        init(self, about, state)
        self._window_ns -= 1

    monkeypatch.setattr(TapCounter, "__init__", short)
    with pytest.raises(AssertionError):
        test_a_second_tap_within_the_window_makes_a_double(1.0, fires=True)


def test_a_peripheral_of_a_button_is_left_to_the_recogniser() -> None:
    text = """
    [[peripheral]]
    id = "knock"
    kind = "double tap"
    metadata = { gesture = "double" }
    buttons = ["play"]
    [[peripheral]]
    id = "seven"
    kind = "n-tap"
    count = 7
    buttons = ["play"]
    """
    bench = Workbench(defined(text, buttons=["play"]))
    double, seven = bench.peripherals.wanted
    assert (double.gesture, double.buttons, double.peripheral) == ("double", ("play",), "knock")
    assert double.metadata == {"gesture": "double"}
    assert (seven.gesture, seven.count) == ("multi", 7)
    assert bench.press(0).press(100).rest().outs == []
