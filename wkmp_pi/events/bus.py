"""The in-process bus: publish from any thread, never wait; each subscriber has its own inbox.

Thread: none; ``publish`` runs on the publisher's and only puts references
into inboxes. The table of subscriptions is replaced as a whole, so that
subscribing while events flow loses nothing. What a subscriber does with its
inbox, how slowly, and what it raises, nobody else can notice. Events of one
publisher come in order to everybody; those of several come in the order in
which they got through.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from wkmp_pi.events.graph import Listener
from wkmp_pi.events.inbox import Overflow
from wkmp_pi.events.interest import Pattern
from wkmp_pi.events.kinds import Event, HopLimitReached
from wkmp_pi.events.latest import Key, Latest
from wkmp_pi.events.subscription import Subscription
from wkmp_pi.events.tally import Tally
from wkmp_pi.events.told import MAX_HOPS, Told, hops_after, numbered

__all__ = ["Bus", "Overflow", "Subscription", "Told"]

_DAY_NS = 24 * 3600 * 1_000_000_000
_MAX_LATEST = 1024
_MAX_ROUTES = 1024
"""Names are few, but the owner's files may invent more."""

_MAX_ALERTED = 256

_Route = tuple[tuple[Subscription, ...], tuple[Subscription, ...]]
"""Who gets an event, and who of them is woken after it."""


class _Table:
    """The subscriptions of one moment, first served first, and who gets what."""

    def __init__(self, subscriptions: Sequence[Subscription]) -> None:
        self.subscriptions = tuple(sorted(subscriptions, key=lambda s: -s.priority))
        self.routes: dict[str, _Route] = {}

    def find(self, event: Event) -> _Route:
        """Who gets that event; remembered by its name."""
        wanting = tuple(s for s in self.subscriptions if s.wants(event))
        route = wanting, tuple(s for s in wanting if s.wakes)
        if len(self.routes) < _MAX_ROUTES:
            self.routes[event.name] = route
        return route


class Bus:
    """Events to all who asked for them.

    Args:
        clock: CLOCK_MONOTONIC in ns.
    """

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._table = _Table(())
        self._editing = threading.Lock()
        self._count = itertools.count(1)
        self._latest = Latest(clock, _MAX_LATEST, _DAY_NS)
        self._looped = Tally()
        self._alerted: dict[str, Event] = {}

    def subscribe(
        self,
        *names: Pattern,
        limit: int = 0,
        overflow: Overflow = Overflow.DROP_OLDEST,
        priority: int = 0,
        wake: Callable[[], None] | None = None,
        label: str = "",
    ) -> Subscription:
        """A new inbox for these events (default: all), from now on.

        Args:
            names: names, beginnings that end in ``*``, or classes with their subclasses.
            limit: how many may wait; 0 means no limit and nothing is ever dropped.
            overflow: what gives way at the limit.
            priority: who has a higher one gets each event earlier.
            wake: called on the publisher's thread after each event; must return at once.
            label: who this is, for people.
        """
        subscription = Subscription(
            names or ("*",),
            self._clock,
            limit=limit,
            overflow=overflow,
            priority=priority,
            wake=wake,
            label=label,
        )
        with self._editing:
            self._table = _Table((*self._table.subscriptions, subscription))
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """No further events for this inbox; it is closed. Harmless when repeated."""
        with self._editing:
            left = [s for s in self._table.subscriptions if s is not subscription]
            self._table = _Table(left)
        subscription.close()

    def publish(self, event: Event, causes: Sequence[int] = (), at_ns: int | None = None) -> int:
        """Hand ``event`` to every subscriber that wants it; never waits, never raises.

        Args:
            event: what happened.
            causes: the ids of the events that caused it, if any did.
            at_ns: when it was found to have happened (CLOCK_MONOTONIC), if that is not now.

        Returns:
            Its id; 0 if it was dropped because more than ``MAX_HOPS`` causes lie behind it.
        """
        hops = hops_after(causes) if causes else 0
        if hops > MAX_HOPS:
            return self._drop(event, causes)
        stamp_ns = self._clock() if at_ns is None else at_ns
        told = Told(numbered(next(self._count), hops), event, tuple(causes), stamp_ns, hops)
        self._latest.put(told)
        table = self._table
        getting, woken = table.routes.get(event.name) or table.find(event)
        for subscription in getting:
            subscription.put(told)
        for subscription in woken:  # when all have it: what a call publishes comes after it
            subscription.call()
        return told.id

    def named(self, kind: type[Event]) -> bool:
        """Whether somebody asked for exactly these events; nobody else is told quiet ones."""
        return any(s.names(kind) for s in self._table.subscriptions)

    def latest(self, name: str, source: str = "") -> Told | None:
        """The last event of that name and source, if it is known and not too old."""
        return self._latest.get(name, source)

    def snapshot(self) -> Mapping[Key, Told]:
        """The last event of every name and source."""
        return self._latest.snapshot()

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Who listens now, first served first."""
        return self._table.subscriptions

    @property
    def looped(self) -> int:
        """How many events were dropped so far because they caused each other in a loop."""
        return self._looped.total

    def graph(self) -> list[Listener]:
        """Who listens to what now, and how they are."""
        return [subscription.listener for subscription in self._table.subscriptions]

    def _drop(self, event: Event, causes: Sequence[int]) -> int:
        """Stop a loop; the first time that an event is in one, all are told."""
        self._looped.add()
        alert = HopLimitReached(event=event.name, hops=MAX_HOPS, causes=tuple(causes))
        few = len(self._alerted) < _MAX_ALERTED
        if few and self._alerted.setdefault(event.name, alert) is alert:
            self.publish(alert)
        return 0
