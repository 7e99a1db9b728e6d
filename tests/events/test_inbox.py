"""Inboxes: bounded, in order, and each by its own rule when it is full."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from events.numbers import at_once, frequent_switches, number, told, waiting
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.events.bus import Bus, Overflow
from wkmp_pi.events.inbox import LatestInbox, inbox
from wkmp_pi.events.kinds import ButtonPressed, VolumeChanged
from wkmp_pi.events.told import Told


@given(st.integers(1, 20), st.integers(0, 60))
def test_a_full_inbox_drops_its_oldest_and_counts_them(limit: int, count: int) -> None:
    bounded = inbox(limit, Overflow.DROP_OLDEST)
    for n in range(count):
        bounded.put(told(n))
    assert waiting(bounded) == list(range(count))[-limit:]
    assert bounded.dropped.total == max(0, count - limit)


@given(st.integers(1, 20), st.integers(0, 60))
def test_a_full_inbox_of_the_other_rule_drops_what_comes(limit: int, count: int) -> None:
    bounded = inbox(limit, Overflow.DROP_NEWEST)
    for n in range(count):
        bounded.put(told(n))
    assert waiting(bounded) == list(range(count))[:limit]
    assert bounded.dropped.total == max(0, count - limit)


@pytest.mark.parametrize("overflow", list(Overflow))
def test_without_a_limit_nothing_is_dropped(overflow: Overflow) -> None:
    endless = inbox(0, overflow)
    for n in range(1000):
        endless.put(told(n + 1))
    left = waiting(endless)
    assert endless.dropped.total == 0
    assert left == ([999 + 1] if overflow is Overflow.LATEST else list(range(1, 1001)))


@pytest.mark.parametrize("overflow", [Overflow.DROP_OLDEST, Overflow.LATEST])
def test_a_late_publisher_does_not_drop_the_end_of_a_full_inbox(overflow: Overflow) -> None:
    bounded = inbox(1, overflow)
    bounded.close()
    bounded.put(told(1))  # it still held the table of subscriptions from before
    assert bounded.take(0) is None
    assert bounded.dropped.total == 0


# --- only the newest of each name and source ------------------------------------------------------


def pressed(button: str, n: int) -> Told:
    return Told(n, ButtonPressed(button=button, at_ns=n), (), 0, 0)


Model = dict[str, int]


@given(st.lists(st.one_of(st.sampled_from("abcde"), st.none()), max_size=40), st.integers(0, 4))
def test_only_the_newest_of_each_source_waits(steps: list[str | None], limit: int) -> None:
    """Letters are published, ``None`` takes one; compared with a dictionary in order."""
    box, model, dropped = LatestInbox(limit), Model(), 0
    for n, button in enumerate(steps, start=1):
        if button is None:
            taken = box.take(0)
            expected = next(iter(model.items()), None)
            assert expected == (taken and (taken.event.source, taken.id))
            model.pop(expected[0] if expected else "", None)
            continue
        if limit and button not in model and len(model) >= limit:
            del model[next(iter(model))]
            dropped += 1
        model[button] = n
        box.put(pressed(button, n))
        assert box.depth == len(model)
        assert box.dropped.total == dropped


class Interrupted(dict[Any, Any]):
    """A dictionary that lets somebody else run after its next look-up."""

    def __init__(self, content: dict[Any, Any], then: Callable[[], object]) -> None:
        super().__init__(content)
        self.then: list[Callable[[], object]] = [then]

    def setdefault(self, key: Any, default: Any = None) -> Any:
        found = super().setdefault(key, default)
        if self.then:
            self.then.pop()()
        return found


def test_what_comes_while_an_older_one_is_taken_is_not_lost() -> None:
    box, taken = LatestInbox(0), list[Told | None]()
    box.put(pressed("a", 1))
    box._waiting = Interrupted(box._waiting, lambda: taken.append(box.take(0)))
    box.put(pressed("a", 2))
    taken += [box.take(0), box.take(0)]
    assert [t and t.id for t in taken] == [1, 2, None]


def test_any_number_of_sources_may_come_and_go() -> None:
    box = LatestInbox(0)
    for n in range(1, 10_001):
        box.put(pressed(f"b{n}", n))
        taken = box.take(0)
        assert taken is not None
        assert taken.id == n
    assert len(box._taken) < 5000


def test_an_older_one_never_comes_after_a_newer() -> None:
    """It had its number first, but its publisher was held up."""
    box, taken = LatestInbox(0), list[Told | None]()
    box.put(pressed("a", 2))
    taken.append(box.take(0))
    box.put(pressed("a", 1))
    taken.append(box.take(0))
    box.put(pressed("a", 4))
    box.put(pressed("a", 3))
    taken += [box.take(0), box.take(0)]
    assert [t and t.id for t in taken] == [2, None, 4, None]


def test_a_subscriber_that_keeps_no_numbers_would_be_told_the_older_one_last() -> None:
    """The control."""
    box = LatestInbox(0)
    box._is_news = lambda *_: True  # type: ignore[method-assign]
    box.put(pressed("a", 2))
    taken = [box.take(0)]
    box.put(pressed("a", 1))
    taken.append(box.take(0))
    assert [t and t.id for t in taken] == [2, 1]


@pytest.mark.flow
def test_the_last_value_always_arrives_however_many_publish() -> None:
    bus, publishers, each = Bus(), 3, 20_000
    box = bus.subscribe(overflow=Overflow.LATEST)
    seen: list[Told] = []

    def publish() -> None:
        for n in range(each):
            bus.publish(number(n))

    def take() -> None:
        while (t := box.take()) is not None:
            seen.append(t)

    def publish_all() -> None:
        at_once(*[publish] * publishers)
        box.close()

    with frequent_switches():
        at_once(publish_all, take)
    ids = [t.id for t in seen]
    assert ids == sorted(set(ids))
    assert ids[-1] == publishers * each << 4
    assert isinstance(seen[-1].event, VolumeChanged)
    assert bus.latest("volume.changed") == seen[-1]
