"""Contacts: glitches, bouncing, noise, and edges that are lost on the way."""

from __future__ import annotations

import random
import time

import pytest
from controls.gestures.hand import MS, START, Hand, buttons, want, wants

from wkmp_pi.controls.gestures import Edge, Level, ReadLevel, Recogniser, Storm, compile_gestures
from wkmp_pi.events.kinds import ButtonReleased

EVERYTHING = wants("press", "release", "single", "double", "long", "repeat")


@pytest.mark.parametrize(("share", "presses"), [(0.9, 0), (1.0, 1), (1.1, 1)])
def test_a_level_counts_from_the_glitch_window_on(share: float, presses: int) -> None:
    hand = Hand([]).tap(0, 5 * share).rest()
    assert hand.names().count("button.pressed") == presses


@pytest.mark.parametrize(("share", "expected"), [(0.9, []), (1.0, ["single"]), (1.1, ["single"])])
def test_a_press_is_a_tap_from_the_shortest_on(share: float, expected: list[str]) -> None:
    assert Hand(wants("single")).tap(0, 20 * share).rest().words == expected


@pytest.mark.parametrize(("share", "expected"), [(0.9, 1), (1.0, 2), (1.1, 2)])
def test_a_release_counts_from_the_debounce_window_on(share: float, expected: int) -> None:
    hand = Hand([]).taps(2, 25 * share).rest()
    assert hand.names().count("button.released") == expected


def test_a_press_too_short_does_not_end_the_run_it_falls_into() -> None:
    hand = Hand(wants("single", "double")).tap(0).tap(150, 10).tap(300).rest()
    assert hand.words == ["double"]


def test_bouncing_makes_one_press_stamped_with_the_first_edge() -> None:
    hand = Hand(wants("single"))
    for at_ms in (0, 0.4, 0.9, 1.1, 3.0, 3.2):  # down, up, down, up, down, up …
        hand.edge(at_ms, "play", at_ms in (0, 0.9, 3.0))
    hand.down(3.3)
    for at_ms in (90, 90.2, 91, 94, 95.5):
        hand.edge(at_ms, "play", at_ms in (90.2, 94))
    (single,) = hand.rest().gestures
    assert single.held_ms == 90
    assert (single.edges[0][2] - START) / MS == 0
    assert len(single.edges) == 12


def test_bouncing_at_the_end_of_a_window_is_waited_for() -> None:
    """A press whose first edge is inside counts, though it is stable only outside."""
    hand = Hand(wants("single", "double")).tap(0, 100)
    hand.down(399).up(399.5).down(402).up(480)
    assert hand.rest().words == ["double"]


def test_a_glitch_at_the_end_of_a_window_only_delays_the_verdict() -> None:
    hand = Hand(wants("single", "double")).tap(0, 100)
    hand.down(399).up(400.5)
    hand.rest()
    assert hand.words == ["single"]
    assert hand.at_ms("single") == [400]
    assert hand.told_ms("single") == [405.5]


def test_a_bad_contact_while_held_is_no_release() -> None:
    hand = Hand(wants("long", "single")).down(0)
    for at_ms in (100, 200, 300, 590, 640):
        hand.up(at_ms).down(at_ms + 20)
    hand.up(900)
    assert hand.rest().words == ["long"]


def test_a_button_that_is_down_at_the_start_is_ignored_until_it_comes_up() -> None:
    hand = Hand(EVERYTHING)
    hand.send(Level("play", True, START), START)
    hand.until(5000)
    assert (hand.events, hand.readings) == ([], [])
    hand.up(5000).until(6000)
    assert hand.events == []
    assert hand.tap(6000).rest().words == ["press", "release", "single"]


def test_a_button_that_is_up_at_the_start_works_at_once() -> None:
    hand = Hand(wants("single"))
    hand.send(Level("play", False, START), START)
    assert hand.tap(1).rest().words == ["single"]


@pytest.mark.parametrize("held_ms", [30, 80, 130, 580, 900])
def test_a_lost_release_is_found_within_200_ms(held_ms: int) -> None:
    hand = Hand(wants("single"))
    hand.lost = {("play", held_ms)}
    hand.tap(0, held_ms).rest()
    (released,) = [e for e in hand.events if isinstance(e, ButtonReleased)]
    assert held_ms <= released.held_ms <= held_ms + 100
    assert hand.told_ns[-1] - START <= (held_ms + 200) * MS
    assert hand.words == ["single"]


def test_without_looking_a_lost_release_would_never_be_found() -> None:
    """The control of the test before: the same, and nobody answers."""
    recogniser = Recogniser(compile_gestures(buttons("play"), wants("single")))
    recogniser.feed(Edge("play", True, START), START)
    for _ in range(100):
        assert recogniser.deadline_ns is not None
        outs = recogniser.due(recogniser.deadline_ns)
    assert outs == [ReadLevel("play")]
    assert not recogniser.at_rest


def test_a_reading_that_the_release_overtook_changes_nothing() -> None:
    hand = Hand(wants("single")).tap(0, 150)
    hand.send(Level("play", True, START + 149 * MS), START + 151 * MS)
    assert hand.rest().words == ["single"]


def test_the_edge_that_a_reading_overtook_has_the_last_word() -> None:
    hand = Hand(wants("single"))
    recogniser = hand.recogniser
    recogniser.feed(Edge("play", True, START), START)
    recogniser.feed(Level("play", False, START + 100 * MS), START + 100 * MS)
    recogniser.feed(Edge("play", False, START + 90 * MS), START + 101 * MS)
    hand.now_ns = START + 101 * MS
    (single,) = hand.rest().gestures
    assert single.held_ms == 90


def test_a_press_whose_first_edge_was_lost_is_none() -> None:
    hand = Hand(EVERYTHING).up(100).rest()
    assert hand.events == []


def noise(per_second: float, seconds: float, seed: int | None = None) -> list[tuple[float, bool]]:
    """Edges of a square wave, or (with a seed) at random moments; milliseconds, and up at last."""
    rng, at_ms, down, edges = random.Random(seed), 0.0, False, []
    while at_ms < seconds * 1000:
        at_ms += 1000 / per_second if seed is None else rng.expovariate(per_second / 1000)
        down = not down
        edges.append((at_ms, down))
    return [*edges, (at_ms + 0.1, False)] if down else edges


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
@pytest.mark.parametrize("per_second", [30, 100, 300, 1000, 10_000])
def test_noise_is_at_most_one_gesture_and_told_of_once(per_second: float, seed: int | None) -> None:
    hand = Hand(wants("single", "double", "long", "repeat"))
    for at_ms, down in noise(per_second, 5, seed):
        hand.edge(at_ms, "play", down)
    hand.until(10_000)
    hand.rest()
    if per_second >= 300:
        assert len(hand.gestures) <= 1
        (alert,) = hand.alerts
        assert per_second / 2 <= alert.per_second <= per_second * 2
    assert hand.names().count("button.pressed") == hand.names().count("button.released")
    assert hand.tap(20_000).rest().words[-1] == "single"


def test_without_the_glitch_filter_noise_would_be_many_presses() -> None:
    """The control: the same edges, believed one by one."""
    presses = sum(down for _, down in noise(10_000, 5))
    assert presses > 20_000


def test_an_edge_of_noise_costs_no_more_than_one_of_a_tap() -> None:
    """Both in the same run; twice is what the two of them may differ by chance."""
    noisy = [(down, at_ms) for at_ms, down in noise(10_000, 1)]
    taps = [(index % 2 == 0, index * 40.0) for index in range(len(noisy))]
    assert _seconds(noisy) < 2 * _seconds(taps)


def _seconds(edges: list[tuple[bool, float]]) -> float:
    """Processor time that a recogniser takes for them."""
    recogniser = Recogniser(compile_gestures(buttons("play", "up", "down"), EVERYTHING))
    begun_s = time.process_time()
    for down, at_ms in edges:
        at_ns = START + int(at_ms * MS)
        deadline_ns = recogniser.deadline_ns
        if deadline_ns is not None and deadline_ns <= at_ns:
            recogniser.due(at_ns)
        recogniser.feed(Edge("play", down, at_ns), at_ns)
    return time.process_time() - begun_s


def test_a_storm_ends_a_press_and_tells_of_it() -> None:
    hand = Hand(EVERYTHING).down(0)
    hand.send(Storm("play", 10_000.0, START + 300 * MS), START + 300 * MS)
    hand.until(1000)
    assert hand.names()[-2:] == ["button.released", "alert.gesture_flapping"]
    hand.send(Level("play", False, START + 1000 * MS), START + 1000 * MS)
    hand.until(1400).tap(1400).until(1600)  # not yet quiet for long enough
    assert hand.words == ["press"]
    assert hand.until(2500).tap(2500).rest().words == ["press", "press", "release", "single"]


def test_gestures_faster_than_a_hand_are_left_out() -> None:
    hand = Hand(wants("single"))
    for index in range(150):
        hand.tap(index * 66, 33)
    hand.rest()
    (alert,) = hand.alerts
    assert alert.per_second == pytest.approx(15, rel=0.05)
    assert 20 <= len(hand.gestures) <= 20 + 10 * 10 + 1


def test_ten_taps_a_second_are_not_too_many() -> None:
    hand = Hand(wants("single"))
    for index in range(100):
        hand.tap(index * 100, 50)
    assert hand.rest().words == ["single"] * 100
    assert not hand.alerts


def test_a_worn_switch_that_bounces_twenty_times_is_believed() -> None:
    hand = Hand(wants("single"))
    for index in range(20):
        for bounce in range(20):
            hand.edge(index * 250 + bounce * 0.2, "play", bounce % 2 == 0)
        hand.down(index * 250 + 4.5)
        hand.up(index * 250 + 100)
    assert hand.rest().words == ["single"] * 20


def test_an_edge_of_a_button_that_nobody_knows_is_nothing() -> None:
    hand = Hand([want("single")])
    hand.edge(0, "gone", True).edge(1, "gone.a", True)
    hand.send(Level("gone", True, START), START)
    hand.send(Level("gone.a", True, START), START)
    assert hand.rest().events == []
