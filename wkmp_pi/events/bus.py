"""The in-process bus: publish from any thread, never wait; each subscriber has its own inbox.

Thread: none; ``publish`` runs on the publisher's and only puts references
into inboxes. The table of subscriptions is an immutable tuple, replaced as a
whole, so that subscribing while events flow loses nothing. What a subscriber
does with its inbox, and how slowly, nobody else can notice.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from wkmp_pi.events.kinds import Event


class Subscription:
    """One subscriber's inbox: events in order, oldest dropped when ``limit`` is reached.

    Args:
        names: exact names, or prefixes that end in ``*`` (``passage.*``, ``*``).
        limit: how many events may wait; 0 means no limit and nothing is ever dropped.
        wake: called on the publisher's thread after each event, for a subscriber that waits
            on something else than this inbox; must return at once.
    """

    def __init__(
        self, names: Iterable[str], limit: int, wake: Callable[[], None] | None = None
    ) -> None:
        patterns = tuple(names)
        self._exact = frozenset(p for p in patterns if not p.endswith("*"))
        self._prefixes = tuple(p[:-1] for p in patterns if p.endswith("*"))
        self._limit = limit
        self._wake = wake
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._dropped: dict[int, int] = {}  # by publishing thread: none writes another's count

    @property
    def missed(self) -> int:
        """How many events were dropped so far because the inbox was full."""
        return sum(list(self._dropped.values()))

    def wants(self, event: Event) -> bool:
        """Whether this subscriber asked for events of that name."""
        return event.name in self._exact or event.name.startswith(self._prefixes)

    def put(self, event: Event) -> None:
        """Hand over one event; drops the oldest if the inbox is full.

        Publishers that come in the same moment may overfill it by one each; the next puts it
        right.
        """
        while self._limit and self._queue.qsize() >= self._limit and self._drop_oldest():
            pass
        self._queue.put(event)
        if self._wake:
            self._wake()

    def get(self, timeout_s: float | None = None) -> Event | None:
        """The next event, or ``None`` when closed or when ``timeout_s`` passed."""
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def _drop_oldest(self) -> bool:
        """Make room; false if there is nothing to drop: emptied in this very moment, or closed."""
        try:
            oldest = self._queue.get_nowait()
        except queue.Empty:
            return False
        if oldest is None:
            self._queue.put(None)  # the end must reach the subscriber
            return False
        me = threading.get_ident()
        self._dropped[me] = self._dropped.get(me, 0) + 1
        return True

    def close(self) -> None:
        """End the iteration of the subscriber after what is already in the inbox."""
        self._queue.put(None)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._queue.get, None)


class Bus:
    """Events to all who asked for them."""

    _NO_LIMIT: Final = 0

    def __init__(self) -> None:
        self._table: tuple[Subscription, ...] = ()
        self._editing = threading.Lock()

    def subscribe(
        self, *names: str, limit: int = _NO_LIMIT, wake: Callable[[], None] | None = None
    ) -> Subscription:
        """A new inbox for events of these names (default: all), from now on."""
        subscription = Subscription(names or ("*",), limit, wake)
        with self._editing:
            self._table = (*self._table, subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """No further events for this inbox; it is closed. Harmless when repeated."""
        with self._editing:
            self._table = tuple(s for s in self._table if s is not subscription)
        subscription.close()

    def publish(self, event: Event) -> None:
        """Hand ``event`` to every subscriber that wants it; never waits, never raises."""
        for subscription in self._table:
            if subscription.wants(event):
                subscription.put(event)
