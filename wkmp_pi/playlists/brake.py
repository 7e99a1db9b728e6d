"""Interrupts come at most so often: what comes faster is held back, and what is held back, once.

Pure. Nothing is lost: an interrupt that comes too soon stops its runs as soon
as it may, and others that come meanwhile are the same stop, of their runs as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from wkmp_pi.units import NS_PER_SECOND

PER_SECOND: Final = 20
"""Interrupts of one run set."""


@dataclass(frozen=True, slots=True)
class Held:
    """An interrupt that came too soon."""

    at_ns: int
    runs: tuple[int, ...]
    interrupt: Mapping[str, Any]
    causes: tuple[int, ...]


class Brake:
    """For all run sets; a run set is the runs of one playlist."""

    def __init__(self) -> None:
        self._times: dict[str, deque[int]] = {}
        self._held: dict[str, Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    @property
    def next_ns(self) -> int | None:
        """When the first of those that are held back may stop its runs."""
        return min((held.at_ns for held in self._held.values()), default=None)

    def allows(
        self,
        run_set: str,
        now_ns: int,
        runs: Sequence[int],
        interrupt: Mapping[str, Any],
        causes: tuple[int, ...],
    ) -> bool:
        """Whether these runs may be stopped now; otherwise that is noted for later."""
        times = self._times.setdefault(run_set, deque(maxlen=PER_SECOND))
        if len(times) < PER_SECOND or now_ns - times[0] >= NS_PER_SECOND:
            times.append(now_ns)
            return True
        held = self._held.get(run_set) or Held(times[0] + NS_PER_SECOND, (), interrupt, causes)
        self._held[run_set] = replace(held, runs=tuple(dict.fromkeys((*held.runs, *runs))))
        return False

    def take(self, now_ns: int) -> list[Held]:
        """Those that may stop their runs now."""
        ready = [run_set for run_set, held in self._held.items() if held.at_ns <= now_ns]
        for run_set in ready:
            self._times[run_set].append(now_ns)
        return [self._held.pop(run_set) for run_set in ready]
