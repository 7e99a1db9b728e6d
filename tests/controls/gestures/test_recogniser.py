"""What the recogniser is asked, and when; other gestures at run time; what it costs."""

from __future__ import annotations

import time

from controls.gestures.hand import MS, START, Hand, buttons, want, wants

from wkmp_pi.config.pins import Encoder
from wkmp_pi.controls.gestures import Edge, Recogniser, compile_gestures

THERE = buttons("play", "up", "down")


def test_who_asks_late_because_all_stood_still_gets_no_verdict_at_once() -> None:
    """After a stall the edges of that time come first."""
    hand = Hand(wants("single", "double")).tap(0).until(110)
    recogniser = hand.recogniser
    deadline_ns = recogniser.deadline_ns
    assert deadline_ns == START + 380 * MS + 1
    assert recogniser.due(deadline_ns + 200 * MS) == []
    assert recogniser.deadline_ns == deadline_ns + 220 * MS
    recogniser.feed(Edge("play", True, START + 350 * MS), START + 351 * MS)
    recogniser.feed(Edge("play", False, START + 400 * MS), START + 401 * MS)
    hand.now_ns = START + 600 * MS
    assert hand.rest().words == ["double"]


def test_who_asks_again_after_a_stall_gets_the_verdict() -> None:
    hand = Hand(wants("single", "double")).tap(0).until(110)
    hand.recogniser.due(START + 5000 * MS)
    deadline_ns = hand.recogniser.deadline_ns
    assert deadline_ns == START + 5020 * MS
    hand.now_ns = deadline_ns
    assert hand.rest().words == ["single"]


def test_a_question_before_the_deadline_is_no_decision() -> None:
    recogniser = Hand(wants("single", "double")).tap(0).until(110).recogniser
    assert recogniser.deadline_ns is not None
    assert recogniser.due(recogniser.deadline_ns - 1) == []


def test_verdicts_wait_as_long_as_edges_have_been_late() -> None:
    punctual = Hand(wants("single", "double")).tap(0).rest()
    late = Hand(wants("single", "double"), delay_ms=100).tap(0).rest()
    assert punctual.told_ns[-1] - START == 380 * MS + 1
    assert late.told_ns[-1] - START == 480 * MS + 1
    assert late.at_ms("single") == punctual.at_ms("single")


def test_lateness_is_forgotten_after_a_while() -> None:
    hand = Hand(wants("single", "double"), delay_ms=lambda at_ms: 100 if at_ms < 200 else 0)
    hand.tap(0).tap(5000).rest()
    assert hand.told_ms("single")[1] - 5000 < 381


def test_other_gestures_may_be_wanted_at_any_time() -> None:
    hand = Hand(wants("single", "double")).tap(0).until(1000)
    hand.adopt(compile_gestures(THERE, wants("single", "triple")))
    hand.taps(3, 100, begin_ms=1000).rest()
    assert hand.words == ["single", "triple"]


def test_a_press_that_lasts_meanwhile_ends_and_means_nothing() -> None:
    hand = Hand(wants("single", "long")).down(0).until(300)
    outs = hand.recogniser.adopt(compile_gestures(THERE, wants("single")), hand.now_ns)
    (released,) = [out.event for out in outs]  # type: ignore[union-attr]
    assert (released.name, released.held_ms) == ("button.released", 300)  # type: ignore[attr-defined]
    hand.up(900).tap(2000).rest()
    assert hand.words == ["single"]


def test_no_buttons_are_no_work() -> None:
    recogniser = Recogniser(compile_gestures([], []))
    assert recogniser.deadline_ns is None
    assert recogniser.at_rest
    assert recogniser.due(START) == []


def test_a_tap_costs_little() -> None:
    """Ten taps a second on a Pi must not be felt; measured here with much to spare."""
    wanted = [*wants("press", "release", "single", "double", "triple", "long", "repeat")]
    wanted += [want("chord", "play", "up"), want("sequence", *("play", "up") * 5, id="x")]
    hand = Hand(wanted, THERE, encoders=[Encoder(name="knob", pin_a=5, pin_b=6)])
    for index in range(500):
        hand.tap(index * 200)
    begun_s = time.process_time()
    hand.rest(200_000)
    assert (time.process_time() - begun_s) / 500 < 0.005


def test_a_button_of_which_the_same_is_wanted_goes_on_with_what_it_is_at() -> None:
    """Somebody else's wishes change in the middle of everything."""
    mine = wants("single", "double", "long")
    for at_ms in (30, 90, 200, 330):
        hand = Hand(mine).tap(0).tap(250)
        hand.until(at_ms)
        other = compile_gestures(THERE, [*mine, want("long", "up")])
        assert hand.recogniser.adopt(other, hand.now_ns) == []
        hand.rest()
        assert hand.words == ["double"], at_ms
    hand = Hand(mine).down(0).until(300)
    hand.adopt(compile_gestures(THERE, [*mine, want("long", "up")]))
    hand.up(900).rest()
    assert hand.words == ["long"]


def test_a_chord_goes_on_while_another_is_added() -> None:
    mine = [want("chord", "play", "up"), *wants("single")]
    hand = Hand(mine).tap(0, 300, "play").tap(20, 300, "up").until(10)
    more = [*mine, want("sequence", "down", "down", id="code")]
    hand.adopt(compile_gestures(THERE, more))
    assert hand.rest().words == ["chord"]


def test_a_release_that_is_not_yet_believed_is_told_all_the_same() -> None:
    hand = Hand(wants("single")).tap(0).until(92)
    outs = hand.recogniser.adopt(compile_gestures(THERE, wants("single", "double")), hand.now_ns)
    names = [event.name for event in hand.events]
    names += [out.event.name for out in outs]  # type: ignore[union-attr]
    assert names.count("button.pressed") == names.count("button.released") == 1
