"""The last value of everything: what was told last under each name and source.

Thread: any, at any time. No lock and no waiting: a cell holds one event, and
replacing it by a newer one is a single call into C; so is the copy that a
snapshot is made of. Bounded: beyond ``limit`` the oldest quarter is forgotten;
what comes meanwhile from others is counted with the next.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Mapping

from wkmp_pi.events.told import Told

Key = tuple[str, str]
"""Name and source."""


class Latest:
    """Last values.

    Args:
        clock: CLOCK_MONOTONIC in ns.
        limit: how many are kept.
        expires_ns: older ones are no longer told.
    """

    def __init__(self, clock: Callable[[], int], limit: int, expires_ns: int) -> None:
        self._clock = clock
        self._limit = limit
        self._expires_ns = expires_ns
        self._cells: dict[Key, list[Told]] = {}
        self._forgetting = threading.Lock()  # taken only if it is free

    def put(self, told: Told) -> None:
        """Note an event, unless a newer one of its name and source is known."""
        key = (told.event.name, told.event.source)
        fresh = [told]
        cell = self._cells.setdefault(key, fresh)
        if cell is fresh and len(self._cells) > self._limit:
            self._forget()
        while True:
            if cell[0] is not told:
                heapq.heappushpop(cell, told)  # keeps the greater of the two
            known = self._cells.setdefault(key, cell)
            if known is cell:
                return
            cell = known  # it was forgotten and came again in this very moment

    def get(self, name: str, source: str = "") -> Told | None:
        """The last event of that name and source; ``None`` if there is none or it is too old."""
        cell = self._cells.get((name, source))
        return None if cell is None or self._expired(cell[0]) else cell[0]

    def snapshot(self) -> Mapping[Key, Told]:
        """All that is known and not too old, at one moment."""
        return {
            key: cell[0] for key, cell in self._cells.copy().items() if not self._expired(cell[0])
        }

    def _expired(self, told: Told) -> bool:
        return self._clock() - told.at_ns > self._expires_ns

    def _forget(self) -> None:
        """Make room by a quarter at once, so that it is seldom done."""
        if not self._forgetting.acquire(blocking=False):
            return
        try:
            ages = sorted((cell[0].id, key) for key, cell in self._cells.copy().items())
            for seen, key in ages[: len(ages) - self._limit * 3 // 4]:
                cell = self._cells.pop(key, None)
                if cell is not None and cell[0].id != seen:
                    self.put(cell[0])  # it was renewed in this very moment
        finally:
            self._forgetting.release()
