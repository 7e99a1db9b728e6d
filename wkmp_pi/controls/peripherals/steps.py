"""Events one after another. Pure.

What came last is compared with the whole sequence, each time: so the longest
beginning that still fits always counts, an extra first step does no harm, and
nothing is left behind by a sequence that was given up.
"""

from __future__ import annotations

import bisect
from itertools import pairwise
from typing import NamedTuple

from wkmp_pi.controls.peripherals import telling
from wkmp_pi.controls.peripherals.definition import Sequence
from wkmp_pi.controls.peripherals.seen import Ear, Moment, Seen, State
from wkmp_pi.controls.peripherals.telling import Out
from wkmp_pi.controls.peripherals.watcher import NS_PER_MS, Timeless


class _Event(NamedTuple):
    """One that a step could mean by its name; ``fits``: the steps that do."""

    moment: Moment
    fits: frozenset[int]


class StepsWatcher(Timeless):
    """Keeps as many events as there are steps."""

    def __init__(self, about: Sequence, state: State) -> None:
        self._about = about
        self._ears = [Ear(step, state) for step in about.steps]
        self._step_ns = about.step_gap_ms * NS_PER_MS
        self._whole_ns = about.sequence_ms * NS_PER_MS
        self._events: list[_Event] = []
        self._used: Moment | None = None

    def feed(self, seen: Seen) -> list[Out]:
        """The next event, or one that breaks the sequence."""
        if not any(ear.hears(seen) for ear in self._ears):
            return []
        fits = frozenset(i for i, ear in enumerate(self._ears) if ear.means(seen))
        bisect.insort(self._events, _Event(seen.moment, fits), key=lambda event: event.moment)
        del self._events[: -len(self._ears)]
        moments = [event.moment for event in self._events]
        if not self._complete(moments):
            return []
        self._used = moments[-1]
        return [
            telling.gesture(
                self._about,
                "sequence",
                moments,
                moments[-1].at_ns,
                self._about.step_gap_ms,
                id=self._about.id,
                buttons=tuple(moment.source for moment in moments),
            )
        ]

    def _complete(self, moments: list[Moment]) -> bool:
        if len(moments) < len(self._ears) or (self._used and moments[0] <= self._used):
            return False
        if not all(step in event.fits for step, event in enumerate(self._events)):
            return False
        if any(later.at_ns - earlier.at_ns > self._step_ns for earlier, later in pairwise(moments)):
            return False
        return moments[-1].at_ns - moments[0].at_ns <= self._whole_ns
