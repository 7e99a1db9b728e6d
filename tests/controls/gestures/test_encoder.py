from __future__ import annotations

import random

import pytest
from controls.gestures.hand import MS, START, Hand, want

from wkmp_pi.config.pins import Encoder
from wkmp_pi.controls.gestures import Edge, Level

QUARTERS = [("a", True), ("b", True), ("a", False), ("b", False)]
"""One detent clockwise, from rest to rest."""

BACK = [("b", True), ("a", True), ("b", False), ("a", False)]

Edges = list[tuple[float, str, bool]]


def detents(count: int, every_ms: float = 40.0, begin_ms: float = 0.0) -> Edges:
    """Edges of so many detents; negative is counter-clockwise."""
    one = QUARTERS if count > 0 else BACK
    return [
        (begin_ms + index * every_ms / 4, pin, down)
        for index, (pin, down) in enumerate(one * abs(count))
    ]


def turned(edges: Edges, **how: object) -> Hand:
    encoder = Encoder(name="knob", pin_a=5, pin_b=6, **how)  # type: ignore[arg-type]
    hand = Hand([want("turn", "knob")], encoders=[encoder])
    for at_ms, pin, down in edges:
        at_ns = START + round(at_ms * MS)
        hand.send(Edge(f"knob.{pin}", down, at_ns), at_ns)
    return hand.rest()


def steps(hand: Hand) -> list[int]:
    return [gesture.steps for gesture in hand.gestures]


@pytest.mark.parametrize("count", [1, 2, 7, -1, -2, -7])
def test_a_detent_is_a_turn(count: int) -> None:
    assert steps(turned(detents(count))) == [1 if count > 0 else -1] * abs(count)


def test_a_turn_tells_knob_stamp_and_speed() -> None:
    hand = turned(detents(3, every_ms=20))
    first, second, third = hand.gestures
    assert (first.name, first.buttons, first.source) == ("gesture.turn", ("knob",), "knob")
    assert (first.speed, second.speed, third.speed) == (0.0, 50.0, 50.0)
    assert first.at_ns == START + 15 * MS


def test_the_first_detent_after_a_pause_or_a_change_of_direction_has_no_speed() -> None:
    edges = [*detents(1), *detents(1, begin_ms=1000), *detents(-1, begin_ms=1100)]
    assert [g.speed for g in turned(edges).gestures] == [0.0, 0.0, 0.0]


def test_turning_on_and_back_is_told_as_it_happens() -> None:
    assert steps(turned([*detents(2), *detents(-3, begin_ms=500)])) == [1, 1, -1, -1, -1]


def test_half_a_detent_and_back_is_nothing() -> None:
    half: Edges = [(0, "a", True), (10, "b", True), (20, "b", False), (30, "a", False)]
    assert steps(turned(half)) == []


def test_a_reversed_knob_turns_the_other_way() -> None:
    assert steps(turned(detents(2), reversed=True)) == [-1, -1]


@pytest.mark.parametrize(("per_detent", "expected"), [(1, 8), (2, 4), (4, 2)])
def test_knobs_differ_in_their_steps(per_detent: int, expected: int) -> None:
    assert steps(turned(detents(2), steps_per_detent=per_detent)) == [1] * expected


def test_bouncing_contacts_cancel_out() -> None:
    rng, edges = random.Random(1), list[tuple[float, str, bool]]()
    for at_ms, pin, down in detents(5) + detents(-4, begin_ms=1000):
        for bounce in range(rng.randrange(0, 8, 2)):
            edges.append((at_ms + bounce * 0.2, pin, down ^ bool(bounce % 2)))
        edges.append((at_ms + 2, pin, down))
    assert steps(turned(edges)) == [1] * 5 + [-1] * 4


@pytest.mark.parametrize("lost", range(8))
def test_after_a_lost_edge_the_next_rest_is_right_again(lost: int) -> None:
    edges = detents(2)
    del edges[lost]
    hand = turned([*edges, *detents(3, begin_ms=500)])
    assert sum(steps(hand)) in (4, 5)
    assert steps(hand)[-3:] == [1, 1, 1]


@pytest.mark.parametrize("place", range(11))
def test_edges_that_come_out_of_order_are_put_into_order(place: int) -> None:
    edges = detents(3)
    edges[place : place + 2] = reversed(edges[place : place + 2])
    hand = Hand([], encoders=[Encoder(name="knob", pin_a=5, pin_b=6)])
    for index, (at_ms, pin, down) in enumerate(edges):
        hand.send(Edge(f"knob.{pin}", down, START + round(at_ms * MS)), START + index)
    assert sum(steps(hand.rest())) == 3


def test_a_knob_that_rests_elsewhere_at_the_start_is_right_from_its_first_rest_on() -> None:
    hand = Hand([want("turn", "knob")], encoders=[Encoder(name="knob", pin_a=5, pin_b=6)])
    hand.send(Level("knob.a", True, START), START)
    hand.send(Level("knob.b", True, START), START)
    for at_ms, pin, down in detents(2)[2:]:
        at_ns = START + round(at_ms * MS)
        hand.send(Edge(f"knob.{pin}", down, at_ns), at_ns)
    assert steps(hand.rest()) == [1]


def test_noise_on_one_pin_is_no_turn() -> None:
    edges: Edges = [(index * 0.1, "a", index % 2 == 0) for index in range(50_000)]
    hand = turned(edges)
    assert steps(hand) == []
    assert len(hand.alerts) == 1
    assert hand.alerts[0].button == "knob"


def test_a_knob_that_nobody_wants_is_told_as_well() -> None:
    hand = Hand([], encoders=[Encoder(name="knob", pin_a=5, pin_b=6)])
    for at_ms, pin, down in detents(1):
        hand.send(Edge(f"knob.{pin}", down, START + round(at_ms * MS)), START)
    assert steps(hand.rest()) == [1]
