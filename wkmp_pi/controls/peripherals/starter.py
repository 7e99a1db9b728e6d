"""A playlist that begins at a gate, and the runs that came of it. Pure.

A start is only asked for, so its run is known when that tells of itself: by a
number that goes with the start and comes back with the run.
"""

from __future__ import annotations

from itertools import count
from typing import Final

from wkmp_pi.controls.peripherals import telling
from wkmp_pi.controls.peripherals.definition import Starter
from wkmp_pi.controls.peripherals.seen import Ear, Seen, State, ear_of
from wkmp_pi.controls.peripherals.telling import Out
from wkmp_pi.controls.peripherals.watcher import Timeless
from wkmp_pi.events.kinds import PlaylistCreated, PlaylistStopped

_MOST_STARTS: Final = 1000
"""Starts that have not been heard of yet (a refused one never is), and runs that go on."""


class Starts:
    """The starts of all peripherals: their numbers, and those that are to end as they begin."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._doomed: dict[int, None] = {}

    def number(self) -> int:
        """The next one's."""
        return next(self._numbers)

    def doom(self, number: int) -> None:
        """That start is not wanted any more, but its run is not known yet."""
        self._doomed[number] = None
        while len(self._doomed) > _MOST_STARTS:
            del self._doomed[next(iter(self._doomed))]

    def feed(self, seen: Seen) -> list[Out]:
        """Stop a run that is not wanted any more."""
        event = seen.event
        if not isinstance(event, PlaylistCreated) or number_of(event) not in self._doomed:
            return []
        del self._doomed[number_of(event)]
        return telling.stop([event.run_id], (seen.id,))


class PlaylistStarter(Timeless):
    """Starts a playlist, and stops it if that is its business."""

    def __init__(self, about: Starter, state: State, starts: Starts) -> None:
        self._about = about
        self._gate = Ear(about.on, state)
        self._end = ear_of(about.until, state)
        self._starts = starts
        self._runs: dict[int, str] = {}  # by the number of the start; empty until it is known

    def feed(self, seen: Seen) -> list[Out]:
        """The gate, its end, or news of a run."""
        if self._about.owns:
            self._news(seen)
        outs = self.stop((seen.id,)) if self._end is not None and self._end.means(seen) else []
        return outs + (self._start(seen) if self._gate.means(seen) else [])

    def stop(self, because: tuple[int, ...] = ()) -> list[Out]:
        """End all that it started, if that is its business."""
        runs, self._runs = self._runs, {}
        for number, run in runs.items():
            if not run:
                self._starts.doom(number)
        return telling.stop(filter(None, runs.values()), because)

    def _start(self, seen: Seen) -> list[Out]:
        about, number = self._about, self._starts.number()
        outs = self.stop((seen.id,)) if about.cancel_previous else []
        if about.owns:
            self._runs[number] = ""
            while len(self._runs) > _MOST_STARTS:
                del self._runs[next(iter(self._runs))]
        who = {
            "metadata": about.metadata,
            "peripheral": about.id,
            "peripheral_name": about.name,
            "start": number,
        }
        return [*outs, telling.start(about.playlist, about.data, seen, who)]

    def _news(self, seen: Seen) -> None:
        event = seen.event
        if isinstance(event, PlaylistCreated) and number_of(event) in self._runs:
            self._runs[number_of(event)] = event.run_id
        elif isinstance(event, PlaylistStopped):
            self._runs = {n: run for n, run in self._runs.items() if run != event.run_id}


def number_of(created: PlaylistCreated) -> int:
    """The number of the start that a run came of; 0 if no peripheral asked for it."""
    data = created.trigger.get("data") or {}
    number = data.get("start") if "peripheral" in data else None
    return number if type(number) is int else 0
