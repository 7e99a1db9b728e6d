"""Events that come together: the parts of a chord, or several sources of one event. Pure."""

from __future__ import annotations

from collections.abc import Hashable

from wkmp_pi.controls.peripherals import telling
from wkmp_pi.controls.peripherals.definition import Chord, Simultaneous
from wkmp_pi.controls.peripherals.seen import Ear, Moment, Seen, State, ear_of
from wkmp_pi.controls.peripherals.telling import Out
from wkmp_pi.controls.peripherals.watcher import NS_PER_MS, Timeless


class _Together:
    """The last moment of each of several places; all of them are used up at once."""

    def __init__(self, places: int, window_ms: int) -> None:
        self._places = places
        self._window_ns = window_ms * NS_PER_MS
        self._last: dict[Hashable, Moment] = {}
        self._ended_ns: dict[Hashable, int] = {}

    def since_ns(self, place: Hashable) -> int:
        """When that place was taken; -1 if it is free."""
        moment = self._last.get(place)
        return -1 if moment is None else moment.at_ns

    def put(self, place: Hashable, moment: Moment) -> list[Moment]:
        """All of them in order, if all are there within the window; else nothing."""
        self._last[place] = max(moment, self._last.get(place, moment))
        in_order = sorted(self._last.values())
        first_ns, last_ns = in_order[0].at_ns, in_order[-1].at_ns
        if len(in_order) < self._places or last_ns - first_ns > self._window_ns:
            return []
        if any(self._is_over(place, last_ns) for place in self._last):
            return []
        self._last = {}
        return in_order

    def end(self, place: Hashable, at_ns: int) -> None:
        """What is there has come to an end."""
        self._ended_ns[place] = max(at_ns, self._ended_ns.get(place, at_ns))

    def _is_over(self, place: Hashable, at_ns: int) -> bool:
        """Whether it ended before that; what ends just then was still there."""
        return self.since_ns(place) <= self._ended_ns.get(place, -1) < at_ns


class ChordWatcher(Timeless):
    """Waits for all parts; an event takes the place of one part only."""

    def __init__(self, about: Chord, state: State) -> None:
        self._about = about
        self._ears = [Ear(part.on, state) for part in about.parts]
        self._ends = [ear_of(part.until, state) for part in about.parts]
        self._together = _Together(len(about.parts), about.window_ms)

    def feed(self, seen: Seen) -> list[Out]:
        """A part begins or ends."""
        for place, end in enumerate(self._ends):
            if end is not None and end.means(seen):
                self._together.end(place, seen.at_ns)
        places = [place for place, ear in enumerate(self._ears) if ear.means(seen)]
        if not places:
            return []
        moments = self._together.put(min(places, key=self._together.since_ns), seen.moment)
        if not moments:
            return []
        at_ns = moments[-1].at_ns
        return [telling.gesture(self._about, "chord", moments, at_ns, self._about.window_ms)]


class SourcesWatcher(Timeless):
    """Waits for the same event of all sources."""

    def __init__(self, about: Simultaneous, state: State) -> None:
        self._about = about
        self._ear = Ear(about.on, state)
        self._together = _Together(len(about.sources), about.window_ms)

    def feed(self, seen: Seen) -> list[Out]:
        """One of them told it."""
        if seen.event.source not in self._about.sources or not self._ear.means(seen):
            return []
        moments = self._together.put(seen.event.source, seen.moment)
        if not moments:
            return []
        at_ns, window_ms = moments[-1].at_ns, self._about.window_ms
        return [telling.gesture(self._about, "simultaneous", moments, at_ns, window_ms)]
