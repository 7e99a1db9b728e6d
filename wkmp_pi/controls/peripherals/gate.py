"""A gate that knows when it was open, though it may be told of that too late. Pure."""

from __future__ import annotations

import bisect
import math
from enum import Enum
from typing import Final, NamedTuple

from wkmp_pi.controls.gestures.patience import MOST_NS
from wkmp_pi.controls.peripherals.seen import Moment

_CLOSED: Final = -math.inf
_MOST_TURNS: Final = 256


class Turn(Enum):
    """What happens to a gate."""

    OPEN = "open"
    CLOSE = "close"
    OVER = "over"
    """Closed if it is open, opened if it is closed."""


class _Turned(NamedTuple):
    moment: Moment
    turn: Turn


class Gate:
    """Open or closed at each moment.

    Args:
        opened: at the beginning.
        open_ns: it closes by itself so long after it was opened; 0: never.
    """

    def __init__(self, *, opened: bool, open_ns: int) -> None:
        self._open_ns = open_ns or math.inf
        self._until_ns = math.inf if opened else _CLOSED
        self._settled: Moment | None = None
        self._turns: list[_Turned] = []

    def turn(self, turn: Turn, moment: Moment) -> None:
        """Open or close it, or turn it over; half a second too late still counts."""
        if self._settled is not None and moment < self._settled:
            return
        bisect.insort(self._turns, _Turned(moment, turn), key=lambda one: one.moment)
        old_ns = self._turns[-1].moment.at_ns - MOST_NS
        while self._turns[0].moment.at_ns < old_ns or len(self._turns) > _MOST_TURNS:
            turned = self._turns.pop(0)
            self._until_ns, self._settled = self._after(self._until_ns, turned), turned.moment

    def is_open(self, moment: Moment) -> bool:
        """Whether it was open then: from the event that opened it, up to the one that closed it."""
        until_ns = self._until_ns
        for turned in self._turns:
            if turned.moment > moment:
                break
            until_ns = self._after(until_ns, turned)
        return moment.at_ns <= until_ns

    def _after(self, until_ns: float, turned: _Turned) -> float:
        """Until when it is open, after a turn."""
        is_open = turned.moment.at_ns <= until_ns
        if turned.turn is Turn.CLOSE or (turned.turn is Turn.OVER and is_open):
            return _CLOSED
        return turned.moment.at_ns + self._open_ns
