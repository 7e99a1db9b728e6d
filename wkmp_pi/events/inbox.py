"""What waits for one subscriber, and what happens when too much does.

Thread: any may ``put``, and never waits for it; the subscriber's own takes.
There is no lock: each step that matters is one call into C, which the
interpreter does not divide.
"""

from __future__ import annotations

import heapq
import queue
from abc import ABC, abstractmethod
from enum import StrEnum
from typing import Any, Generic, TypeVar

from wkmp_pi.events.tally import Tally
from wkmp_pi.events.told import Told

_MAX_REMEMBERED = 4096
"""Ids of what was taken last; they matter for microseconds only."""


class Overflow(StrEnum):
    """What gives way when an inbox is full."""

    DROP_OLDEST = "drop_oldest"
    """What waits longest: good for what one wants to see pass by."""

    DROP_NEWEST = "drop_newest"
    """What comes: good where the first ones matter and a storm follows."""

    LATEST = "latest"
    """Whatever waits of the same name and source: only the newest of each waits at all."""


_T = TypeVar("_T")
_Key = tuple[str, str]
_Cell = tuple[_Key, list[Told]]  # the list has one item, or none once it was taken


class Inbox(ABC, Generic[_T]):
    """Events of one subscriber, in order.

    Args:
        limit: how many may wait; 0 means no limit and nothing is ever dropped. Publishers that
            come in the same moment may overfill it by one each; the next puts it right.

    Attributes:
        dropped: counts those that gave way, except to a newer one of the same name and source.
    """

    def __init__(self, limit: int) -> None:
        self.dropped = Tally()
        self._limit = limit
        self._queue: queue.SimpleQueue[_T | None] = queue.SimpleQueue()

    @property
    def depth(self) -> int:
        """How many wait."""
        return self._queue.qsize()

    @abstractmethod
    def put(self, told: Told) -> None:
        """Add one; never waits."""

    @abstractmethod
    def take(self, timeout_s: float | None) -> Told | None:
        """The next; ``None`` after ``timeout_s`` seconds or at the end."""

    def close(self) -> None:
        """Have ``take`` give ``None`` once after what waits."""
        self._queue.put(None)

    def _next(self, timeout_s: float | None) -> _T | None:
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def _is_full(self) -> bool:
        return 0 < self._limit <= self._queue.qsize()

    def _drop_oldest(self) -> bool:
        """Make room; false if there is nothing to drop: emptied in this very moment, or closed."""
        try:
            oldest = self._queue.get_nowait()
        except queue.Empty:
            return False
        if oldest is None:
            self._queue.put(None)  # the end must reach the subscriber
            return False
        self._opened(oldest)
        self.dropped.add()
        return True

    @abstractmethod
    def _opened(self, waiting: _T) -> Told:
        """What was in the queue, as its event; nobody adds to it from now on."""


class QueueInbox(Inbox[Told]):
    """Every event; when it is full, the oldest or the newest gives way."""

    def __init__(self, limit: int, *, newest_gives_way: bool) -> None:
        super().__init__(limit)
        self._newest_gives_way = newest_gives_way

    def put(self, told: Told) -> None:
        """Add one, or drop one."""
        if self._newest_gives_way and self._is_full():
            self.dropped.add()
            return
        while self._is_full() and self._drop_oldest():
            pass
        self._queue.put(told)

    def take(self, timeout_s: float | None) -> Told | None:
        """The next; ``None`` after ``timeout_s`` seconds or at the end."""
        return self._next(timeout_s)

    def _opened(self, waiting: Told) -> Told:
        return waiting


class LatestInbox(Inbox[_Cell]):
    """The newest event of each name and source.

    They come in the order in which the first of each came, and never an older one after a
    newer. ``limit`` is that of names and sources; when it is reached, the oldest gives way.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._waiting: dict[_Key, list[Told]] = {}
        self._taken: dict[_Key, int] = {}  # the subscriber's thread only

    def put(self, told: Told) -> None:
        """Add one, or replace an older one that waits."""
        key, fresh = (told.event.name, told.event.source), [told]
        while (cell := self._waiting.setdefault(key, fresh)) is not fresh:
            older = heapq.heappushpop(cell, told)  # a cell keeps the greater, in one call into C
            if older is not told or cell:
                return
            # It was taken in this very moment: ours comes after it.
        while self._is_full() and self._drop_oldest():
            pass
        self._queue.put((key, fresh))

    def take(self, timeout_s: float | None) -> Told | None:
        """The next; ``None`` after ``timeout_s`` seconds or at the end."""
        while (waiting := self._next(timeout_s)) is not None:
            told = self._opened(waiting)
            if self._is_news(waiting[0], told.id):
                return told
        return None

    def _opened(self, waiting: _Cell) -> Told:
        key, cell = waiting
        self._waiting.pop(key, None)  # first: nobody may find it there when it is empty
        return cell.pop()

    def _is_news(self, key: _Key, id_: int) -> bool:
        if id_ <= self._taken.get(key, 0):
            return False
        if len(self._taken) >= _MAX_REMEMBERED:
            self._taken.clear()
        self._taken[key] = id_
        return True


def inbox(limit: int, overflow: Overflow) -> Inbox[Any]:
    """An empty inbox."""
    if overflow is Overflow.LATEST:
        return LatestInbox(limit)
    return QueueInbox(limit, newest_gives_way=overflow is Overflow.DROP_NEWEST)
