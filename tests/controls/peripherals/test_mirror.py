from __future__ import annotations

import os
from collections import Counter
from typing import NamedTuple

import pytest
from controls.peripherals.workbench import START, Workbench
from hypothesis import given, settings
from hypothesis import strategies as st

from wkmp_pi.controls.peripherals.mirror import GatedMirror
from wkmp_pi.events.kinds import GestureTurn

MIRROR = """
[[peripheral]]
id = "night"
kind = "gated mirror"
name = "Night knob"
metadata = { room = "bed" }
on = "gesture.turn"
open = { on = "gate.moved", where = { to = "open" } }
close = { on = "gate.moved", where = { to = "closed" } }
publish = "night.knob"
"""
TIMED = """
[[peripheral]]
id = "a_while"
kind = "gated mirror"
on = "lamp.lit"
open = { on = "gate.moved" }
open_ms = 1000
publish = "night.lamp"
"""
TURNED = """
[[peripheral]]
id = "turned"
kind = "gated mirror"
on = "lamp.*"
open = { on = "lamp.unlit" }
close = { on = "lamp.unlit" }
publish = "night.lamp"
"""


def turned(bench: Workbench, at_ms: float, steps: int = 1, late_ms: float = 0) -> Workbench:
    at_ns = START + round(at_ms * 1_000_000)
    event = GestureTurn(buttons=("knob",), at_ns=at_ns, steps=steps)
    bench.tell(at_ms, event, late_ms=late_ms)
    return bench


def steps(bench: Workbench) -> list[int]:
    return [event.data["data"]["steps"] for event in bench.events]


def test_events_are_told_again_while_the_gate_is_open() -> None:
    bench = turned(Workbench(MIRROR), 0, 1)
    bench.custom(10, "gate.moved", to="open")
    turned(turned(bench, 20, 2), 30, 3)
    bench.custom(40, "gate.moved", to="closed")
    assert steps(turned(bench, 50, 4).rest()) == [2, 3]


def test_what_is_told_again_tells_who_does_so_and_all_of_the_event() -> None:
    bench = Workbench(MIRROR).custom(0, "gate.moved", to="open")
    (event,) = turned(bench, 10, 5).rest().events
    assert event.name == "night.knob"
    assert event.data["name"] == "gesture.turn"
    assert event.data["source"] == "knob"
    assert event.data["data"]["buttons"] == ("knob",)
    assert event.data["peripheral"] == "night"
    assert event.data["peripheral_name"] == "Night knob"
    assert event.data["metadata"] == {"room": "bed"}
    assert [id_ >> 4 for id_ in bench.outs[0].causes] == [2]


def test_a_gate_that_is_opened_again_or_closed_twice_changes_nothing() -> None:
    bench = Workbench(MIRROR)
    for at_ms, to in ((0, "open"), (1, "open"), (2, "open"), (30, "closed"), (31, "closed")):
        bench.custom(at_ms, "gate.moved", to=to)
    assert steps(turned(turned(bench, 10, 1), 40, 2).rest()) == [1]


@pytest.mark.parametrize(("share", "open_"), [(0.9, True), (1.0, True), (1.1, False)])
def test_a_gate_may_close_by_itself(share: float, open_: bool) -> None:
    bench = Workbench(TIMED).custom(0, "gate.moved").custom(1000 * share, "lamp.lit").rest()
    assert bench.words == (["night.lamp"] if open_ else [])


def test_what_opens_and_closes_turns_the_gate_over() -> None:
    bench = Workbench(TURNED).custom(0, "lamp.unlit").custom(1, "lamp.lit")
    bench.custom(2, "lamp.unlit").custom(3, "lamp.lit")
    # The event that opens it is inside, the one that closes it is not.
    assert [event.data["name"] for event in bench.rest().events] == ["lamp.unlit", "lamp.lit"]


def test_it_may_be_open_from_the_beginning() -> None:
    bench = turned(Workbench(MIRROR + "opened = true"), 0, 1)
    bench.custom(10, "gate.moved", to="closed")
    assert steps(turned(bench, 20, 2).rest()) == [1]


def test_an_event_that_comes_late_is_judged_by_its_stamp() -> None:
    bench = Workbench(MIRROR).custom(0, "gate.moved", to="open")
    bench.custom(100, "gate.moved", to="closed")
    turned(turned(bench, 90, 1, late_ms=300), 110, 2)
    assert steps(bench.rest()) == [1]


def test_a_gate_that_turns_out_to_have_been_open_lets_through_what_was_refused() -> None:
    bench = Workbench(MIRROR).custom(50, "gate.moved", to="open", late_ms=400)
    turned(turned(turned(bench, 40, 1), 60, 2), 70, 3)
    assert steps(bench.rest()) == [2, 3]
    bench.custom(600, "gate.moved", to="open")
    assert steps(bench.rest()) == [2, 3]


def test_a_turn_of_the_gate_that_comes_much_too_late_is_left_out() -> None:
    bench = Workbench(MIRROR).custom(0, "gate.moved", to="closed", late_ms=2000)
    bench.custom(100, "gate.moved", to="open").custom(1000, "gate.moved", to="open")
    assert steps(turned(bench, 2100, 1).rest()) == [1]


def test_it_never_tells_its_own_again() -> None:
    text = MIRROR.replace('"gesture.turn"', '"night.*"') + "opened = true"
    bench = Workbench(text, hears_itself=True).custom(0, "night.knob").rest()
    assert bench.words == ["night.knob"]


many = settings(max_examples=max(int(os.environ.get("WKMP_PI_SEEDS", "0")), 200), deadline=None)


class Step(NamedTuple):
    """Something on the way to the mirror: what it is, when it is, and how late it comes."""

    what: str
    at_ms: int
    late_ms: int


def schedules(most_late_ms: int) -> st.SearchStrategy[list[Step]]:
    step = st.builds(
        Step,
        st.sampled_from(("open", "closed", "turn", "turn", "turn")),
        st.integers(0, 400),
        st.integers(0, most_late_ms),
    )
    return st.lists(step, max_size=30)


def mirrored(schedule: list[Step]) -> list[int]:
    """The numbers of the events that were told again."""
    bench = Workbench(MIRROR)
    for number, step in enumerate(schedule):
        if step.what == "turn":
            turned(bench, step.at_ms, number, step.late_ms)
        else:
            bench.custom(step.at_ms, "gate.moved", to=step.what, late_ms=step.late_ms)
    return steps(bench.rest())


def by_hindsight(schedule: list[Step], known: set[int] | None = None) -> list[int]:
    """The numbers of those events for which the gate was open, in order.

    Args:
        schedule: everything.
        known: the numbers of what is considered; all, if it is not given.
    """
    order = sorted((step.at_ms, number) for number, step in enumerate(schedule))
    inside, is_open = list[int](), False
    for _, number in order:
        if known is not None and number not in known:
            continue
        if schedule[number].what == "turn":
            inside += [number] if is_open else []
        else:
            is_open = schedule[number].what == "open"
    return inside


def ever_right(schedule: list[Step]) -> set[int]:
    """The numbers of those events for which it looked so at some time."""
    arrivals = sorted((step.at_ms + step.late_ms, number) for number, step in enumerate(schedule))
    order, right = [number for _, number in arrivals], set[int]()
    for count in range(1, len(order) + 1):
        right |= set(by_hindsight(schedule, set(order[:count])))
    return right


@pytest.mark.timeout(3600)
@many
@given(schedules(0))
def test_a_flapping_gate_lets_each_event_through_exactly_once(schedule: list[Step]) -> None:
    assert mirrored(schedule) == by_hindsight(schedule)


@pytest.mark.timeout(3600)
@many
@given(schedules(400))
def test_delays_lose_nothing_and_double_nothing(schedule: list[Step]) -> None:
    """What was rightly told stays told; what is right by the stamps is told in any case."""
    told = Counter(mirrored(schedule))
    assert max(told.values(), default=1) == 1
    assert not set(by_hindsight(schedule)) - set(told)
    assert set(told) <= ever_right(schedule)


def _never_forgets(self, turn, moment):
    """A mirror that lets through what it refused, but does not cross it off."""
    self._gate.turn(turn, moment)
    return [self._again(one.seen) for one in self._refused if self._gate.is_open(one.moment)]


def _never_looks_back(self, turn, moment):
    self._gate.turn(turn, moment)
    return []


@pytest.mark.parametrize("broken", [_never_forgets, _never_looks_back])
def test_a_mirror_that_doubles_or_loses_is_found_out(
    broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same comparison, with a mirror that is wrong."""
    monkeypatch.setattr(GatedMirror, "_turned", broken)
    schedule = [
        Step("turn", 60, 0),
        Step("open", 50, 200),
        Step("closed", 100, 300),
        Step("open", 55, 380),
    ]
    with pytest.raises(AssertionError):
        test_delays_lose_nothing_and_double_nothing.hypothesis.inner_test(schedule)


def test_a_mirror_without_a_gate_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a gate that is always open."""
    monkeypatch.setattr("wkmp_pi.controls.peripherals.gate.Gate.is_open", lambda *_: True)
    schedule = [Step("turn", 1, 0)]
    with pytest.raises(AssertionError):
        test_a_flapping_gate_lets_each_event_through_exactly_once.hypothesis.inner_test(schedule)
