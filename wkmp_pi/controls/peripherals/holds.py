"""Something that lasts: it has begun and does not end for so long. Pure."""

from __future__ import annotations

from wkmp_pi.controls.peripherals import telling
from wkmp_pi.controls.peripherals.definition import Long
from wkmp_pi.controls.peripherals.seen import Ear, Moment, Seen, State
from wkmp_pi.controls.peripherals.telling import Out
from wkmp_pi.controls.peripherals.watcher import NS_PER_MS


class Holder:
    """Waits for the end; told once for each beginning, while it lasts.

    A further beginning in between changes nothing. What is an end and a beginning at once
    begins anew: so "nothing of that for a minute" can be said.
    """

    def __init__(self, about: Long, state: State) -> None:
        self._about = about
        self._begins = Ear(about.on, state)
        self._ends = Ear(about.until, state)
        self._hold_ns = about.hold_ms * NS_PER_MS
        self._begun: Moment | None = None
        self._ended_ns: int | None = None
        self._told = False

    @property
    def deadline_ns(self) -> int | None:
        """When it has lasted long enough."""
        return None if self._begun is None or self._told else self._begun.at_ns + self._hold_ns

    def feed(self, seen: Seen) -> list[Out]:
        """It begins or ends."""
        outs = self._end(seen.at_ns) if self._ends.means(seen) else []
        return outs + (self._begin(seen.moment) if self._begins.means(seen) else [])

    def due(self, until_ns: int) -> list[Out]:
        """It has lasted long enough."""
        deadline_ns = self.deadline_ns
        if self._begun is None or deadline_ns is None or deadline_ns > until_ns:
            return []
        self._told = True
        return [self._gesture(self._begun)]

    def _begin(self, moment: Moment) -> list[Out]:
        if self._begun is not None:
            return []
        if self._ended_ns is not None and self._ended_ns > moment.at_ns:
            # It comes after its own end, which is no reason to wait for another.
            lasted = self._ended_ns - moment.at_ns >= self._hold_ns
            return [self._gesture(moment)] if lasted else []
        self._begun = moment
        return []

    def _end(self, at_ns: int) -> list[Out]:
        self._ended_ns = max(at_ns, self._ended_ns or at_ns)
        if self._begun is None or at_ns < self._begun.at_ns:
            return []
        outs = self.due(at_ns)
        self._begun, self._told = None, False
        return outs

    def _gesture(self, begun: Moment) -> Out:
        at_ns, hold_ms = begun.at_ns + self._hold_ns, self._about.hold_ms
        return telling.gesture(self._about, "long", [begun], at_ns, hold_ms, held_ms=hold_ms)
