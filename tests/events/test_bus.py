"""The bus: in order, to all who asked, and nobody waits for anybody."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.events.bus import Bus, Subscription
from wkmp_pi.events.kinds import QueueEmptied, VolumeChanged


def number(n: int) -> VolumeChanged:
    return VolumeChanged(percent=n, muted=False)


def waiting(subscription: Subscription) -> list[int]:
    """The numbers in an inbox, which is empty afterwards."""
    found = []
    while event := subscription.get(0):
        assert isinstance(event, VolumeChanged)
        found.append(event.percent)
    return found


@contextmanager
def frequent_switches() -> Iterator[None]:
    """Threads take turns as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def at_once(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_events_come_in_order_to_everybody() -> None:
    bus = Bus()
    one, two = bus.subscribe(), bus.subscribe()
    for n in range(100):
        bus.publish(number(n))
    assert waiting(one) == waiting(two) == list(range(100))


@pytest.mark.parametrize(
    ("names", "volume", "emptied"),
    [
        ((), True, True),
        (("*",), True, True),
        (("volume.*",), True, False),
        (("volume.changed",), True, False),
        (("queue.*", "passage.*"), False, True),
        (("volume",), False, False),
        (("queue.emptied", "volume.changed"), True, True),
    ],
)
def test_only_what_was_asked_for_comes(names: tuple[str, ...], volume: bool, emptied: bool) -> None:
    bus = Bus()
    subscription = bus.subscribe(*names)
    bus.publish(number(1))
    bus.publish(QueueEmptied())
    subscription.close()
    got = [event.name for event in subscription]
    assert got == ["volume.changed"] * volume + ["queue.emptied"] * emptied


@given(st.integers(1, 20), st.integers(0, 60))
def test_a_full_inbox_drops_its_oldest_and_counts_them(limit: int, count: int) -> None:
    bus = Bus()
    bounded, steady = bus.subscribe(limit=limit), bus.subscribe()
    for n in range(count):
        bus.publish(number(n))
    assert waiting(bounded) == list(range(count))[-limit:]
    assert bounded.missed == max(0, count - limit)
    assert (len(waiting(steady)), steady.missed) == (count, 0)


def test_nothing_comes_after_unsubscribing_and_the_iteration_ends() -> None:
    bus = Bus()
    subscription = bus.subscribe()
    bus.publish(number(1))
    bus.unsubscribe(subscription)
    bus.unsubscribe(subscription)
    bus.publish(number(2))
    assert list(subscription) == [number(1)]


def test_a_late_publisher_does_not_drop_the_end_of_a_full_inbox() -> None:
    subscription = Subscription(["*"], limit=1)
    subscription.close()
    subscription.put(number(1))  # it still held the table of subscriptions from before
    assert list(subscription) == []
    assert subscription.missed == 0


def test_waiting_for_an_event_ends_in_time() -> None:
    assert Bus().subscribe().get(0) is None


def test_a_subscriber_that_waits_elsewhere_is_woken_after_each_event() -> None:
    bus, woken = Bus(), []
    subscription = bus.subscribe("volume.*", wake=lambda: woken.append(waiting(subscription)))
    bus.publish(number(1))
    bus.publish(QueueEmptied())
    bus.publish(number(2))
    assert woken == [[1], [2]]


class ChangedInPlace(Bus):
    """What the bus must not be: one table for all, changed while others walk through it."""

    def __init__(self) -> None:
        super().__init__()
        self._table = []  # type: ignore[assignment]

    def subscribe(self, *names: str, **about: Any) -> Subscription:
        self._table.append(Subscription(names or ("*",), 0, **about))  # type: ignore[attr-defined]
        return self._table[-1]

    def unsubscribe(self, subscription: Subscription) -> None:
        self._table.remove(subscription)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("kind", "steady"), [(Bus, [1, 2]), (ChangedInPlace, [2])])
def test_who_leaves_in_the_middle_costs_nobody_an_event(kind: type[Bus], steady: list[int]) -> None:
    bus = kind()
    leaving = bus.subscribe(wake=lambda: bus.unsubscribe(leaving))
    staying = bus.subscribe()
    bus.publish(number(1))
    bus.publish(number(2))
    assert waiting(staying) == steady


@pytest.mark.flow
def test_a_steady_subscriber_misses_nothing_while_others_come_and_go() -> None:
    bus, publishers, each = Bus(), 4, 50_000
    steady, publishing = bus.subscribe(), threading.Event()
    publishing.set()

    def publish(first: int) -> None:
        for n in range(first, first + each):
            bus.publish(number(n))

    def come_and_go() -> None:
        while publishing.is_set():
            passing = bus.subscribe(limit=10)
            bus.unsubscribe(passing)

    def publish_all() -> None:
        at_once(*(lambda i=i: publish(i * each) for i in range(publishers)))
        publishing.clear()

    at_once(publish_all, come_and_go, come_and_go)
    got = waiting(steady)
    assert sorted(got) == list(range(publishers * each))
    for i in range(publishers):  # each publisher's events are in its own order
        own = [n for n in got if n // each == i]
        assert own == sorted(own)


@pytest.mark.flow
def test_what_is_missed_is_counted_exactly_however_many_publish() -> None:
    bus, publishers, each, limit = Bus(), 4, 4_000, 5
    bounded = bus.subscribe(limit=limit)

    def publish() -> None:
        for n in range(each):
            bus.publish(number(n))

    with frequent_switches():
        at_once(*[publish] * publishers)
    bus.publish(number(0))  # puts right what came in the same moment
    left = waiting(bounded)
    assert len(left) == limit
    assert bounded.missed + len(left) == publishers * each + 1
