"""The same event twice, three times, n times. Pure.

Several peripherals that count the same event have one burst in common: it ends
at the largest number, so three taps are one triple where one is wanted, and
one double where none is.
"""

from __future__ import annotations

import bisect

from wkmp_pi.controls.gestures.patience import MOST_NS
from wkmp_pi.controls.peripherals import telling
from wkmp_pi.controls.peripherals.definition import Taps
from wkmp_pi.controls.peripherals.seen import Ear, Moment, Seen, State
from wkmp_pi.controls.peripherals.telling import Out
from wkmp_pi.controls.peripherals.watcher import NS_PER_MS


class TapCounter:
    """Counts one event.

    Taps whose distances are within the window are a run, whenever they are told of; runs that
    came to nothing are remembered for a while, because one that comes late may join them.

    Attributes:
        most: the largest number that somebody counts of the same event; a smaller one waits.
    """

    def __init__(self, about: Taps, state: State) -> None:
        self.about = about
        self.most = about.count
        self._ear = Ear(about.on, state)
        self._window_ns = about.window_ms * NS_PER_MS
        self._taps: list[Moment] = []

    @property
    def deadline_ns(self) -> int | None:
        """When a number can grow no more, where that matters."""
        waiting = (run[-1].at_ns for run in self._runs() if len(run) == self.about.count)
        last_ns = min(waiting, default=None)
        return None if last_ns is None else last_ns + self._window_ns + 1

    def feed(self, seen: Seen) -> list[Out]:
        """Count it, if it is the one."""
        if not self._ear.means(seen):
            return []
        outs, tap = self.due(seen.at_ns), seen.moment
        bisect.insort(self._taps, tap)
        run = next(run for run in self._runs() if tap in run)
        if len(run) >= self.most:
            outs += self._judge(run[: self.most], run[self.most - 1].at_ns)
        self._forget()
        return outs

    def due(self, until_ns: int) -> list[Out]:
        """Judge smaller numbers that have not grown."""
        outs: list[Out] = []
        for run in self._runs():
            closed_ns = run[-1].at_ns + self._window_ns
            if len(run) == self.about.count and closed_ns < until_ns:
                outs += self._judge(run, closed_ns)
        return outs

    def _judge(self, run: list[Moment], at_ns: int) -> list[Out]:
        """These are what they are, and used up."""
        self._taps = [tap for tap in self._taps if tap not in run]
        if len(run) != self.about.count:
            return []
        return [telling.gesture(self.about, self.about.word, run, at_ns, self.about.window_ms)]

    def _runs(self) -> list[list[Moment]]:
        runs: list[list[Moment]] = []
        for tap in self._taps:
            if runs and tap.at_ns - runs[-1][-1].at_ns <= self._window_ns:
                runs[-1].append(tap)
            else:
                runs.append([tap])
        return runs

    def _forget(self) -> None:
        """Runs that nothing can join any more."""
        if self._taps:
            old_ns = self._taps[-1].at_ns - self._window_ns - MOST_NS
            runs = (run for run in self._runs() if run[-1].at_ns >= old_ns)
            self._taps = [tap for run in runs for tap in run]
