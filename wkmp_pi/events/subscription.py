"""One subscriber's end of the bus: its inbox, its wake-up call, and what is known of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from wkmp_pi.events.graph import Listener
from wkmp_pi.events.inbox import Overflow, inbox
from wkmp_pi.events.interest import Interest, Pattern
from wkmp_pi.events.kinds import Event
from wkmp_pi.events.tally import Tally
from wkmp_pi.events.told import Told

_NS_PER_MS = 1_000_000
_log = logging.getLogger(__name__)


class Subscription:
    """Events in order for one subscriber, who takes them when it likes.

    Thread: publishers ``put`` and ``call``; all else is the subscriber's.

    Args:
        patterns: which events.
        clock: CLOCK_MONOTONIC in ns.
        limit: how many may wait; 0 means no limit and nothing is ever dropped.
        overflow: what gives way at the limit.
        priority: who has a higher one gets each event earlier.
        wake: called on the publisher's thread after each event, for a subscriber that waits
            on something else than this inbox; must return at once.
        label: who this is, for people.
    """

    SLOW_MS: Final = 50
    """A handler that takes longer is reported."""

    def __init__(
        self,
        patterns: Iterable[Pattern],
        clock: Callable[[], int],
        *,
        limit: int = 0,
        overflow: Overflow = Overflow.DROP_OLDEST,
        priority: int = 0,
        wake: Callable[[], None] | None = None,
        label: str = "",
    ) -> None:
        self._interest = Interest(patterns)
        self._clock = clock
        self._inbox = inbox(limit, overflow)
        self.priority = priority
        self.wakes = wake is not None
        self._wake = wake
        self.label = label or " ".join(self._interest.words)
        self._failed = Tally()
        self._slow = Tally()
        self._latest_ns = 0  # the longest way of an event to its taker

    # For the bus

    def wants(self, event: Event) -> bool:
        """Whether this subscriber asked for such events."""
        return self._interest.wants(event)

    def names(self, kind: type[Event]) -> bool:
        """Whether this subscriber asked for exactly these."""
        return self._interest.names(kind)

    def put(self, told: Told) -> None:
        """Hand over one event; never waits."""
        self._inbox.put(told)

    def call(self) -> None:
        """Wake the subscriber; if that raises it has cost one delivery, and nobody else's."""
        if self._wake is not None:
            try:
                self._wake()
            except Exception:  # noqa: BLE001 - whatever a subscriber does wrong is its own
                self._note_failure()

    def close(self) -> None:
        """End the iteration of the subscriber after what is already in the inbox."""
        self._inbox.close()

    # For the subscriber

    def take(self, timeout_s: float | None = None) -> Told | None:
        """The next event as it was told; ``None`` when closed or when ``timeout_s`` passed."""
        told = self._inbox.take(timeout_s)
        if told is not None:
            self._latest_ns = max(self._latest_ns, self._clock() - told.at_ns)
        return told

    def get(self, timeout_s: float | None = None) -> Event | None:
        """The next event, or ``None`` when closed or when ``timeout_s`` passed."""
        told = self.take(timeout_s)
        return None if told is None else told.event

    def deliver(self, handle: Callable[[Told], object], timeout_s: float | None = None) -> bool:
        """Have the next event handled; false when closed or when ``timeout_s`` passed.

        A handler that raises costs this one delivery: it is logged and counted. One that takes
        longer than ``SLOW_MS`` is logged and counted, too.
        """
        told = self.take(timeout_s)
        if told is None:
            return False
        begin_ns = self._clock()
        try:
            handle(told)
        except Exception:  # noqa: BLE001 - whatever a subscriber does wrong is its own
            self._note_failure(told.event.name)
        took_ms = (self._clock() - begin_ns) / _NS_PER_MS
        if took_ms > self.SLOW_MS:
            self._note_slow(told.event.name, took_ms)
        return True

    def __iter__(self) -> Iterator[Event]:
        while (told := self.take()) is not None:
            yield told.event

    # For whoever looks

    @property
    def missed(self) -> int:
        """How many events were dropped so far because the inbox was full."""
        return self._inbox.dropped.total

    @property
    def listener(self) -> Listener:
        """What is known of this subscriber now."""
        return Listener(
            label=self.label,
            patterns=self._interest.words,
            depth=self._inbox.depth,
            dropped=self.missed,
            priority=self.priority,
            failed=self._failed.total,
            slow=self._slow.total,
            late_ms=round(self._latest_ns / _NS_PER_MS, 3),
        )

    def _note_failure(self, name: str = "an event") -> None:
        self._failed.add()
        if _worth_a_line(self._failed.total):
            _log.exception("%s: could not handle %s; it goes on", self.label, name)

    def _note_slow(self, name: str, took_ms: float) -> None:
        self._slow.add()
        if _worth_a_line(self._slow.total):
            _log.warning("%s: took %.0f ms for %s", self.label, took_ms, name)


def _worth_a_line(count: int) -> bool:
    """The first, the second, the fourth, …: a storm of failures is no storm of lines."""
    return count & (count - 1) == 0
