"""A count that many threads add to, without a lock and without losing one."""

from __future__ import annotations

import threading


class Tally:
    """Counts by thread: none writes another's count."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def add(self) -> None:
        """One more."""
        me = threading.get_ident()
        self._counts[me] = self._counts.get(me, 0) + 1

    @property
    def total(self) -> int:
        """The sum so far."""
        return sum(list(self._counts.values()))
