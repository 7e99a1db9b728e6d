"""The bus: in order, to all who asked, and nobody waits for anybody."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from events.numbers import Clock, at_once, frequent_switches, number, waiting
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.events import kinds
from wkmp_pi.events.bus import Bus, Overflow, Subscription, Told
from wkmp_pi.events.kinds import Custom, Event, Gesture, Heard, QueueEmptied


def test_events_come_in_order_to_everybody() -> None:
    bus = Bus()
    one, two = bus.subscribe(), bus.subscribe()
    for n in range(100):
        bus.publish(number(n))
    assert waiting(one) == waiting(two) == list(range(100))


EVENTS: dict[str, Event] = {
    "volume.changed": number(1),
    "queue.emptied": QueueEmptied(),
    "gesture.single": kinds.GestureSingle(buttons=("top",), at_ns=0),
    "gesture.turn": kinds.GestureTurn(buttons=("knob",), at_ns=0, steps=-2),
    "crossfade.clipped": kinds.CrossfadeClipped(
        frame=0, entry=1, passage=1, file="/a", peak_db=1.0
    ),
    "lamp.wanted": Custom(event="lamp.wanted"),
}


@pytest.mark.parametrize(
    ("asked", "come"),
    [
        ((), set(EVENTS)),
        (("*",), set(EVENTS)),
        (("volume.*",), {"volume.changed"}),
        (("volume.changed",), {"volume.changed"}),
        (("volume",), set()),
        (("queue.*", "passage.*"), {"queue.emptied"}),
        (("queue.emptied", "lamp.wanted"), {"queue.emptied", "lamp.wanted"}),
        ((QueueEmptied,), {"queue.emptied"}),
        ((Gesture,), {"gesture.single", "gesture.turn"}),
        ((Heard, "volume.*"), {"crossfade.clipped", "volume.changed"}),
        ((Custom,), {"lamp.wanted"}),
        ((Event,), set(EVENTS)),
    ],
)
def test_only_what_was_asked_for_comes(asked: tuple[Any, ...], come: set[str]) -> None:
    bus = Bus()
    subscription = bus.subscribe(*asked)
    for event in (*EVENTS.values(), *EVENTS.values()):
        bus.publish(event)
    subscription.close()
    assert [event.name for event in subscription] == [n for n in EVENTS if n in come] * 2


def test_an_owner_may_invent_any_number_of_events() -> None:
    bus = Bus()
    subscription = bus.subscribe("mine.*")
    for n in range(3000):
        bus.publish(Custom(event=f"mine.n{n}"))
        bus.publish(Custom(event=f"other.n{n}"))
    subscription.close()
    assert [event.name for event in subscription] == [f"mine.n{n}" for n in range(3000)]


def test_nothing_comes_after_unsubscribing_and_the_iteration_ends() -> None:
    bus = Bus()
    subscription = bus.subscribe()
    bus.publish(number(1))
    bus.unsubscribe(subscription)
    bus.unsubscribe(subscription)
    bus.publish(number(2))
    assert list(subscription) == [number(1)]


def test_waiting_for_an_event_ends_in_time() -> None:
    assert Bus().subscribe().get(0) is None


def test_a_subscriber_that_waits_elsewhere_is_woken_after_each_event() -> None:
    bus, woken = Bus(), list[list[int]]()
    subscription = bus.subscribe("volume.*", wake=lambda: woken.append(waiting(subscription)))
    bus.publish(number(1))
    bus.publish(QueueEmptied())
    bus.publish(number(2))
    assert woken == [[1], [2]]


def test_who_has_a_higher_priority_is_served_first() -> None:
    bus, order = Bus(), list[str]()
    for name, priority in [("b", 0), ("a", 5), ("d", -1), ("c", 0)]:
        bus.subscribe(priority=priority, wake=lambda name=name: order.append(name))
    bus.publish(number(1))
    assert order == ["a", "b", "c", "d"]


def test_what_a_subscriber_publishes_when_it_is_woken_comes_after_what_woke_it_for_all() -> None:
    bus = Bus()

    def answer() -> None:
        bus.publish(number(2))

    one = bus.subscribe("queue.emptied", priority=9, wake=answer)
    other = bus.subscribe()
    bus.publish(QueueEmptied())
    assert one.get(0) == QueueEmptied()
    assert [other.get(0), other.get(0)] == [QueueEmptied(), number(2)]


# --- what a subscriber does wrong is its own ------------------------------------------------------


def raising() -> None:
    raise ZeroDivisionError


def test_a_subscriber_that_raises_costs_one_delivery(caplog: pytest.LogCaptureFixture) -> None:
    bus, handled = Bus(), list[int]()

    def handle(told: Told) -> None:
        assert isinstance(told.event, kinds.VolumeChanged)
        if told.event.percent == 1:
            raise ZeroDivisionError
        handled.append(told.event.percent)

    bad, good = bus.subscribe(label="bad one"), bus.subscribe()
    for n in range(3):
        bus.publish(number(n))
    while bad.deliver(handle, 0):
        pass
    assert handled == [0, 2]
    assert waiting(good) == [0, 1, 2]
    assert [listener.failed for listener in bus.graph()] == [1, 0]
    assert "bad one: could not handle volume.changed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_wake_up_call_that_raises_costs_nobody_else_anything() -> None:
    bus, woken = Bus(), list[int]()
    bad = bus.subscribe(wake=raising, label="bad", priority=1)
    good = bus.subscribe(wake=lambda: woken.append(1))
    for n in range(5):
        assert bus.publish(number(n))
    assert waiting(good) == waiting(bad) == list(range(5))
    assert len(woken) == 5
    assert [listener.failed for listener in bus.graph()] == [5, 0]


def test_without_that_care_a_raising_subscriber_would_cost_the_others_an_event() -> None:
    """The control: who calls subscribers directly loses what comes after the one that raises."""
    called: list[int] = []
    subscribers: list[Callable[[], object]] = [raising, lambda: called.append(1)]
    with pytest.raises(ZeroDivisionError):
        [call() for call in subscribers]
    assert called == []


def test_a_storm_of_failures_is_no_storm_of_lines(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus()
    bus.subscribe(wake=raising)
    for n in range(1000):
        bus.publish(number(n))
    assert bus.graph()[0].failed == 1000
    assert len(caplog.records) == 10


def test_a_slow_handler_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    bus = Bus(clock)
    subscription = bus.subscribe(label="sloth")

    def handle(_: Told, ms: int) -> None:
        clock.ns += ms * 1_000_000

    for ms in (Subscription.SLOW_MS, Subscription.SLOW_MS + 1):
        bus.publish(number(1))
        assert subscription.deliver(lambda told, ms=ms: handle(told, ms), 0)
    assert bus.graph()[0].slow == 1
    assert [record.getMessage() for record in caplog.records] == [
        "sloth: took 51 ms for volume.changed"
    ]
    assert caplog.records[0].levelno == logging.WARNING


# --- causes and loops -----------------------------------------------------------------------------


@given(st.lists(st.integers(0, 3), max_size=30))
def test_ids_grow_and_causes_and_hops_are_told(counts: list[int]) -> None:
    bus = Bus()
    subscription = bus.subscribe()
    ids: list[int] = []
    for count in counts:
        ids.append(bus.publish(number(1), [i for i in ids[-count:] if count]))
        if ids[-1] == 0:
            ids.pop()
    told = [t for t in iter(lambda: subscription.take(0), None) if t.event == number(1)]
    assert [t.id for t in told] == ids == sorted(set(ids))
    hops = {t.id: t.hops for t in told}
    for t in told:
        assert t.hops == max([1 + hops[cause] for cause in t.causes], default=0) <= 8


def test_an_event_bears_the_time_of_its_publication_or_the_one_it_was_given() -> None:
    clock = Clock()
    bus = Bus(clock)
    subscription = bus.subscribe()
    bus.publish(number(1))
    bus.publish(number(1), at_ns=7)
    told = list(iter(lambda: subscription.take(0), None))
    assert [t.at_ns for t in told] == [clock.ns, 7]


def say(bus: Bus, *heard: str, said: str, times: int = 1, attributed: bool = True) -> None:
    """Say an event so many times for each of those that are heard; sooner or later it ends."""
    left = iter(range(198 if times == 1 else 1000))

    def say_again() -> None:
        told = mine.take(0)
        for _ in range(times):
            if told is not None and next(left, None) is not None:
                bus.publish(Custom(event=said), (told.id,) if attributed else ())

    mine = bus.subscribe(*heard, wake=say_again)


def mirrored(bus: Bus, *, attributed: bool) -> list[Event]:
    """What is told with an ungated mirror on the bus, which hears what it says."""
    say(bus, "lamp.*", "volume.*", said="lamp.wanted", attributed=attributed)
    everything = bus.subscribe()
    bus.publish(number(1))
    everything.close()
    return list(everything)


def test_the_hop_limit_stops_a_mirror_loop_and_tells_once() -> None:
    bus = Bus()
    told = mirrored(bus, attributed=True)
    assert [event.name for event in told] == [
        "volume.changed", *["lamp.wanted"] * 8, "alert.hop_limit",
    ]  # fmt: skip
    assert told[-1].source == "lamp.wanted"
    assert bus.looped == 1
    again = mirrored(bus, attributed=True)
    assert "alert.hop_limit" not in {event.name for event in again}
    assert bus.looped > 1


def test_without_causes_a_mirror_loop_would_go_on() -> None:
    """The control."""
    bus = Bus()
    assert len(mirrored(bus, attributed=False)) == 199
    assert bus.looped == 0


def test_two_mirrors_that_multiply_each_others_events_end_as_well() -> None:
    bus = Bus()
    say(bus, "a.x", said="b.x", times=2)
    say(bus, "b.x", said="a.x", times=2)
    everything = bus.subscribe()
    bus.publish(Custom(event="a.x"))
    everything.close()
    told = [event for event in everything if isinstance(event, Custom)]
    assert len(told) == sum(2**hops for hops in range(9))
    assert bus.looped == 2**9


def test_what_a_dropped_event_would_have_caused_is_dropped_as_well() -> None:
    bus = Bus()
    assert bus.publish(number(1), causes=[bus.publish(number(1)), 0]) == 0


# --- the last values ------------------------------------------------------------------------------


def test_the_last_value_is_known_before_anybody_is_told() -> None:
    bus, known = Bus(), list[bool]()

    def look() -> None:
        told = subscription.take(0)
        known.append(told is not None and bus.latest("volume.changed") == told)

    subscription = bus.subscribe(wake=look)
    for n in range(3):
        bus.publish(number(n))
    assert known == [True] * 3
    assert [told.event for told in bus.snapshot().values()] == [number(2)]


# --- who listens to what --------------------------------------------------------------------------


def test_the_graph_tells_who_listens_to_what_and_how_they_are() -> None:
    clock = Clock()
    bus = Bus(clock)
    late = bus.subscribe("volume.*", Gesture, limit=2, label="late")
    bus.subscribe(QueueEmptied, Custom, priority=3)
    for n in range(5):
        bus.publish(number(n))
    clock.ns += 1_500_000
    late.get(0)
    first, second = bus.graph()
    assert first[:5] == ("queue.emptied Custom", ("queue.emptied", "Custom"), 0, 0, 3)
    assert second[:5] == ("late", ("volume.*", "Gesture"), 1, 3, 0)
    assert second.late_ms == 1.5
    bus.unsubscribe(late)
    assert [listener.label for listener in bus.graph()] == ["queue.emptied Custom"]


# --- while others come and go ---------------------------------------------------------------------


class ChangedInPlace(Bus):
    """What the bus must not be: one sorted list for all, changed while others walk through it."""

    def __init__(self) -> None:
        super().__init__()
        self._list: list[Subscription] = []

    def subscribe(self, *names: Any, **about: Any) -> Subscription:
        subscription = Subscription(names or ("*",), lambda: 0, **about)
        with suppress(ValueError):  # somebody changed it meanwhile
            self._list.append(subscription)
            self._list.sort(key=lambda subscription: -subscription.priority)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        with suppress(ValueError):
            self._list.remove(subscription)

    def publish(self, event: Event, causes: Any = (), at_ns: int | None = None) -> int:
        told = Told(16, event, (), 0, 0)
        for subscription in self._list:
            subscription.put(told)
            subscription.call()
        return 16


@pytest.mark.parametrize(("kind", "steady"), [(Bus, [1, 2]), (ChangedInPlace, [2])])
def test_who_leaves_in_the_middle_costs_nobody_an_event(kind: type[Bus], steady: list[int]) -> None:
    bus = kind()
    leaving = bus.subscribe(wake=lambda: bus.unsubscribe(leaving))
    staying = bus.subscribe()
    bus.publish(number(1))
    bus.publish(number(2))
    assert waiting(staying) == steady


def churned(bus: Bus, publishers: int, each: int) -> list[int]:
    """What a steady subscriber got from so many publishers while two others came and went."""
    steady, publishing = bus.subscribe(), threading.Event()
    publishing.set()

    def publish(first: int) -> None:
        for n in range(first, first + each):
            bus.publish(number(n))

    def come_and_go() -> None:
        while publishing.is_set():
            passing = bus.subscribe(limit=10, priority=1)
            bus.unsubscribe(passing)

    def publish_all() -> None:
        at_once(*(lambda i=i: publish(i * each) for i in range(publishers)))
        publishing.clear()

    at_once(publish_all, come_and_go, come_and_go)
    return waiting(steady)


@pytest.mark.flow
def test_a_steady_subscriber_misses_nothing_while_others_come_and_go() -> None:
    publishers, each = 4, 50_000
    got = churned(Bus(), publishers, each)
    assert len(got) == 200_000
    assert sorted(got) == list(range(publishers * each))
    for i in range(publishers):  # each publisher's events are in its own order
        own = [n for n in got if n // each == i]
        assert own == sorted(own)


@pytest.mark.flow
def test_a_table_that_is_changed_in_place_would_lose_events() -> None:
    """The control."""
    with frequent_switches():
        assert any(len(churned(ChangedInPlace(), 4, 5_000)) < 20_000 for _ in range(50))


@pytest.mark.flow
@pytest.mark.parametrize("overflow", [Overflow.DROP_OLDEST, Overflow.DROP_NEWEST])
def test_what_is_missed_is_counted_exactly_however_many_publish(overflow: Overflow) -> None:
    bus, publishers, each, limit = Bus(), 4, 4_000, 5
    bounded = bus.subscribe(limit=limit, overflow=overflow)

    def publish() -> None:
        for n in range(each):
            bus.publish(number(n))

    with frequent_switches():
        at_once(*[publish] * publishers)
    bus.publish(number(0))  # puts right what came in the same moment
    left = waiting(bounded)
    assert len(left) in range(limit, limit + publishers)
    assert bounded.missed + len(left) == publishers * each + 1
