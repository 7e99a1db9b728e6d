"""What is due when, of all runs together, in the order of time. Pure.

One heap of one entry for each step that has occurrences left: the next one.
So neither repeats nor runs cost anything while they wait, and the order of
time holds across steps and runs alike.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection
from enum import IntEnum
from typing import NamedTuple


class What(IntEnum):
    """Of one run at one moment, steps come before ends."""

    STEP = 0
    MARK = 1
    WAIT_ENDS = 2
    DEADLINE = 3
    OVERDUE = 4


class Due(NamedTuple):
    """One entry; what is due at the same moment comes in the order of the runs and steps."""

    at_ns: int
    run: int
    what: What
    step: int = 0
    repeat: int = 0


class Agenda:
    """A heap of entries."""

    def __init__(self) -> None:
        self._heap: list[Due] = []

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_ns(self) -> int | None:
        """When the first entry is due."""
        return self._heap[0].at_ns if self._heap else None

    def add(self, due: Due) -> None:
        """Note an entry."""
        heapq.heappush(self._heap, due)

    def take(self, now_ns: int) -> Due | None:
        """The first entry, if it is due."""
        if self._heap and self._heap[0].at_ns <= now_ns:
            return heapq.heappop(self._heap)
        return None

    def forget(self, runs: Collection[int]) -> None:
        """Drop all entries of these runs."""
        self._heap = [due for due in self._heap if due.run not in runs]
        heapq.heapify(self._heap)
