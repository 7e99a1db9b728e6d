from __future__ import annotations

from itertools import pairwise

import pytest
from controls.gestures.hand import Hand, buttons, want, wants

from wkmp_pi.config.pins import Mode

GAP, HOLD = 300, 600


@pytest.mark.parametrize(("share", "expected"), [(0.9, ["double"]), (1.0, ["double"]), (1.1, [])])
def test_a_gap_up_to_the_window_makes_a_double(share: float, expected: list[str]) -> None:
    assert Hand(wants("double")).taps(2, GAP * share).rest().words == expected


@pytest.mark.parametrize("share", [0.9, 1.0])
@pytest.mark.parametrize("gap_ms", [150, 300, 800])
def test_every_window_that_can_be_chosen_is_inclusive(gap_ms: int, share: float) -> None:
    hand = Hand(wants("single", "double"), buttons("play", gap_ms=gap_ms))
    assert hand.taps(2, gap_ms * share).rest().words == ["double"]


def test_one_nanosecond_beyond_the_window_there_are_two_singles() -> None:
    hand = Hand(wants("single", "double")).taps(2, GAP + 1e-6)
    assert hand.rest().words == ["single", "single"]


def test_three_taps_give_one_double() -> None:
    assert Hand(wants("single", "double")).taps(3, 100).rest().words == ["double"]


def test_three_taps_give_one_triple_where_one_is_wanted() -> None:
    hand = Hand(wants("single", "double", "triple")).taps(3, 100)
    assert hand.rest().words == ["triple"]


def test_four_taps_are_two_doubles() -> None:
    assert Hand(wants("double")).taps(4, 100).rest().words == ["double", "double"]


@pytest.mark.parametrize("count", range(1, 6))
def test_a_run_is_told_by_its_number(count: int) -> None:
    every = [want("multi", count=number) for number in range(1, 6)]
    hand = Hand(every).taps(count, 100).rest()
    assert [gesture.count for gesture in hand.gestures] == [count]


def test_a_number_that_nobody_wants_means_nothing() -> None:
    assert Hand(wants("single", "triple")).taps(2, 100).rest().words == []


def test_a_single_waits_for_the_window_only_where_a_double_is_wanted() -> None:
    waiting = Hand(wants("single", "double")).tap(0).rest()
    assert waiting.told_ms("single") == pytest.approx([80 + GAP], abs=0.01)
    assert Hand(wants("single")).tap(0).rest().told_ms("single") == [80 + 25]


def test_the_longest_run_does_not_wait() -> None:
    hand = Hand(wants("single", "double")).taps(2, 100).rest()
    assert hand.told_ms("double") == [80 + 100 + 80 + 25]


def test_a_verdict_bears_the_stamp_that_decided_it() -> None:
    hand = Hand(wants("single", "double")).tap(0).tap(2000).tap(2180).rest()
    assert hand.at_ms("single") == [80 + GAP]
    assert hand.at_ms("double") == [2260]


@pytest.mark.parametrize(("share", "long"), [(0.9, False), (1.0, True), (1.1, True)])
def test_a_press_as_long_as_the_window_is_a_long_one(share: float, long: bool) -> None:
    hand = Hand(wants("single", "long")).tap(0, HOLD * share).rest()
    assert hand.words == (["long"] if long else ["single"])


def test_a_long_press_is_told_while_it_lasts_and_its_end_means_nothing() -> None:
    hand = Hand(wants("single", "double", "long")).tap(0, 3000).rest()
    assert hand.told_ms("long") == [HOLD]
    assert hand.words == ["long"]


def test_a_press_is_never_too_long_for_a_single_where_no_long_one_is_wanted() -> None:
    assert Hand(wants("single", "double")).tap(0, 5000).rest().words == ["single"]


def test_a_hold_ends_the_run_before_it() -> None:
    hand = Hand(wants("single", "double", "long")).tap(0).tap(200, 900).rest()
    assert hand.words == ["single", "long"]


def test_repeats_come_after_the_long_press_and_become_faster() -> None:
    hand = Hand(wants("long", "repeat")).tap(0, 3000).rest()
    stamps = hand.at_ms("repeat")
    assert stamps[:3] == [1100, 1250, 1385]
    distances = [round(b - a) for a, b in pairwise(stamps)]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] == 50
    assert [g.count for g in hand.gestures if g.gesture == "repeat"] == [*range(1, len(stamps) + 1)]


def test_repeats_come_after_the_press_where_no_long_one_is_wanted() -> None:
    hand = Hand(wants("press", "repeat")).tap(0, 700).rest()
    assert hand.words == ["press", "repeat", "repeat"]
    assert hand.at_ms("repeat") == [500, 650]


def test_a_book_on_the_button_does_not_repeat_for_ever() -> None:
    hand = Hand(wants("long", "repeat")).down(0).until(120_000)
    assert 30_000 <= hand.at_ms("repeat")[-1] <= 30_100
    assert hand.up(120_000).rest().words[-1] == "repeat"


def test_a_short_press_repeats_nothing() -> None:
    assert Hand(wants("press", "repeat")).tap(0, 499).rest().words == ["press"]


def test_what_was_held_for_repeats_is_no_tap() -> None:
    assert Hand(wants("single", "repeat")).tap(0, 510).rest().words == ["repeat"]


def test_press_and_release_are_told_whatever_becomes_of_them() -> None:
    hand = Hand(wants("press", "release", "double")).taps(2, 100).rest()
    assert hand.words == ["press", "release", "press", "release", "double"]
    assert hand.told_ms("press") == [5, 185]  # as soon as they are stable
    assert hand.at_ms("press") == [0, 180]  # but stamped with their first edge


def test_an_eager_button_tells_the_single_and_the_double() -> None:
    hand = Hand(wants("single", "double"), buttons("play", mode=Mode.EAGER)).taps(2, 100)
    assert hand.rest().words == ["single", "double"]
    assert hand.told_ms("single") == [80 + 25]


def test_an_eager_button_tells_each_number_on_the_way() -> None:
    eager = buttons("play", mode=Mode.EAGER)
    hand = Hand(wants("single", "double", "triple"), eager).taps(3, 100)
    assert hand.rest().words == ["single", "double", "triple"]


def test_a_gesture_tells_everything_about_itself() -> None:
    owned = want(
        "double", metadata={"gesture": "double"}, peripheral="door", peripheral_name="Front door"
    )
    hand = Hand([owned]).taps(2, 100, held_ms=90).rest()
    (double,) = hand.gestures
    assert (double.name, double.source) == ("gesture.double", "door")
    assert (double.buttons, double.count) == (("play",), 2)
    assert (double.held_ms, double.window_ms) == (90, GAP)
    assert (double.metadata, double.peripheral_name) == ({"gesture": "double"}, "Front door")
    edges = [
        (name, down, (at_ns - hand.gestures[0].edges[0][2]) / 1e6)
        for name, down, at_ns in double.edges
    ]
    assert edges == [
        ("play", True, 0),
        ("play", False, 90),
        ("play", True, 190),
        ("play", False, 280),
    ]


def test_each_owner_gets_an_event_of_its_own_and_nobody_gets_two() -> None:
    plain = want("double")
    hand = Hand([plain, plain, want("double", peripheral="a"), want("double", peripheral="b")])
    hand.taps(2, 100).rest()
    assert [gesture.source for gesture in hand.gestures] == ["play", "a", "b"]


def test_buttons_do_not_disturb_each_other() -> None:
    wanted = [*wants("single", "double"), *wants("single", "double", button="up")]
    hand = Hand(wanted).taps(2, 100).tap(50, button="up").rest()
    assert [(g.buttons, g.gesture) for g in hand.gestures] == [
        (("play",), "double"),
        (("up",), "single"),
    ]


def test_pressed_and_released_are_told_of_every_button() -> None:
    hand = Hand([]).tap(0, 123).rest()
    pressed, released = hand.events
    assert (pressed.name, pressed.source) == ("button.pressed", "play")
    assert (released.name, released.held_ms) == ("button.released", 123)  # type: ignore[attr-defined]
