from __future__ import annotations

import pytest
from controls.gestures.hand import Hand, buttons, want, wants

from wkmp_pi.config.pins import Gpio, Mode

CHORD = want("chord", "up", "down")
VOLUME = [*wants("press", "repeat", button="up"), *wants("press", "repeat", button="down"), CHORD]


def said(hand: Hand) -> list[tuple[str, str]]:
    return [(g.gesture, "+".join(g.buttons)) for g in hand.gestures]


@pytest.mark.parametrize(("share", "chord"), [(0.9, True), (1.0, True), (1.1, False)])
def test_buttons_that_go_down_within_the_window_are_a_chord(share: float, chord: bool) -> None:
    hand = Hand(VOLUME).tap(0, 200, "up").tap(60 * share, 200, "down").rest()
    alone = [("press", "up"), ("press", "down")]
    assert said(hand) == ([("chord", "up+down")] if chord else alone)


def test_the_order_of_a_chord_is_told_but_does_not_matter() -> None:
    hand = Hand(VOLUME).tap(0, 200, "down").tap(30, 200, "up").rest()
    (chord,) = hand.gestures
    assert chord.buttons == ("down", "up")
    assert chord.source == "down+up"
    assert [(name, down) for name, down, _ in chord.edges] == [("down", True), ("up", True)]


def test_a_chord_is_told_when_its_last_button_is_stable() -> None:
    assert Hand(VOLUME).tap(0, 200, "up").tap(30, 200, "down").rest().told_ms("chord") == [35]


def test_a_press_waits_for_the_rest_of_a_chord_and_no_longer() -> None:
    hand = Hand(VOLUME).tap(0, 200, "up").rest()
    assert hand.told_ms("press") == pytest.approx([60], abs=0.01)
    assert hand.at_ms("press") == [60]


def test_a_press_that_ends_waits_no_longer() -> None:
    hand = Hand(VOLUME).tap(0, 25, "up").rest()
    assert hand.told_ms("press") == [50]  # when the release is sure


def test_buttons_that_are_not_down_at_the_same_time_are_no_chord() -> None:
    hand = Hand(VOLUME).tap(0, 25, "up").tap(55, 100, "down").rest()
    assert said(hand) == [("press", "up"), ("press", "down")]


def test_what_makes_a_chord_means_nothing_else() -> None:
    every = ("press", "release", "single", "double", "long", "repeat")
    wanted = [*wants(*every, button="up"), *wants(*every, button="down"), CHORD]
    hand = Hand(wanted).tap(0, 2000, "up").tap(20, 1500, "down").rest()
    assert said(hand) == [("chord", "up+down")]


def test_a_tap_before_a_chord_is_judged_by_itself() -> None:
    wanted = [*wants("single", "double", button="up"), CHORD]
    hand = Hand(wanted).tap(0, 80, "up").tap(200, 100, "up").tap(220, 100, "down").rest()
    assert said(hand) == [("single", "up"), ("chord", "up+down")]


def test_the_second_chord_needs_both_presses_anew() -> None:
    hand = Hand(VOLUME).tap(0, 1000, "up").tap(20, 100, "down").tap(300, 100, "down").rest()
    assert said(hand) == [("chord", "up+down"), ("press", "down")]


def test_a_smaller_chord_waits_for_a_larger_one() -> None:
    wanted = [CHORD, want("chord", "up", "down", "play")]
    small = Hand(wanted).tap(0, 200, "up").tap(20, 200, "down").rest()
    assert said(small) == [("chord", "up+down")]
    assert small.told_ms("chord") == pytest.approx([60], abs=0.01)
    large = Hand(wanted).tap(0, 200, "up").tap(20, 200, "down").tap(60, 200, "play").rest()
    assert said(large) == [("chord", "up+down+play")]


def test_a_smaller_chord_that_is_let_go_waits_no_longer() -> None:
    wanted = [CHORD, want("chord", "up", "down", "play")]
    hand = Hand(wanted).tap(0, 30, "up").tap(10, 200, "down").rest()
    assert said(hand) == [("chord", "up+down")]
    assert hand.told_ms("chord") == [55]


def test_a_press_belongs_to_one_chord() -> None:
    wanted = [want("chord", "up", "down"), want("chord", "down", "play")]
    hand = Hand(wanted).tap(0, 200, "up").tap(20, 200, "down").tap(40, 200, "play").rest()
    assert said(hand) == [("chord", "up+down")]


def test_a_press_belongs_to_one_chord_even_while_that_waits() -> None:
    wanted = [
        want("chord", "up", "down"),
        want("chord", "down", "play"),
        want("chord", "up", "down", "stop"),
    ]
    there = buttons("up", "down", "play", "stop")
    hand = Hand(wanted, there).tap(0, 200, "up").tap(20, 200, "down").tap(40, 200, "play")
    assert said(hand.rest()) == [("chord", "up+down")]


def test_an_eager_button_tells_its_press_and_the_chord() -> None:
    hand = Hand(VOLUME, buttons("up", "down", mode=Mode.EAGER))
    hand.tap(0, 200, "up").tap(20, 200, "down").rest()
    assert said(hand) == [("press", "up"), ("press", "down"), ("chord", "up+down")]


@pytest.mark.parametrize(("share", "expected"), [(0.9, True), (1.0, True), (1.1, False)])
def test_presses_at_once_are_simultaneous(share: float, expected: bool) -> None:
    wanted = [want("simultaneous", "up", "down")]
    hand = Hand(wanted).tap(0, 100, "up").tap(10 * share, 100, "down").rest()
    assert hand.words == (["simultaneous"] if expected else [])


def test_of_chord_and_simultaneous_the_one_that_asks_for_more_is_told() -> None:
    wanted = [CHORD, want("simultaneous", "up", "down")]
    assert Hand(wanted).tap(0, 99, "up").tap(9, 99, "down").rest().words == ["simultaneous"]
    assert Hand(wanted).tap(0, 99, "up").tap(11, 99, "down").rest().words == ["chord"]


def test_a_window_may_be_the_owners_own_or_the_boxs() -> None:
    wide = want("chord", "up", "down", window_ms=200)
    assert Hand([wide]).tap(0, 500, "up").tap(200, 200, "down").rest().words == ["chord"]
    hand = Hand([CHORD], gpio=Gpio(chord_ms=150)).tap(0, 500, "up").tap(150, 200, "down")
    assert hand.rest().words == ["chord"]


def test_a_glitch_of_the_other_button_is_no_part_of_a_chord() -> None:
    hand = Hand(VOLUME).tap(0, 200, "up").tap(40, 3, "down").rest()
    assert said(hand) == [("press", "up")]


def test_a_press_waits_for_a_partner_that_is_not_yet_stable() -> None:
    hand = Hand(VOLUME).tap(0, 200, "up").tap(59, 200, "down").rest()
    assert said(hand) == [("chord", "up+down")]
    assert hand.told_ms("chord") == [64]


def test_a_glitch_long_after_does_not_bring_a_press_back() -> None:
    hand = Hand(VOLUME).tap(0, 21, "up").tap(46, 400, "down").tap(250, 1, "up").rest()
    assert said(hand) == [("press", "up"), ("press", "down")]


def test_a_bad_contact_while_held_does_not_spoil_a_chord() -> None:
    hand = Hand(VOLUME).down(0, "up").up(28, "up").down(33, "up").up(300, "up")
    hand.tap(30, 200, "down").rest()
    assert said(hand) == [("chord", "up+down")]
