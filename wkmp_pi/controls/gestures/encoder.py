"""Two pins that change one after the other to detents of a knob. Pure.

Bouncing contacts go to and fro between two neighbouring states and cancel
out. A late edge of one pin is put into its place: the last edges are counted
once more, and only the difference is told.
"""

from __future__ import annotations

import bisect
from typing import Final, NamedTuple

_LOG = 16
_IDLE_NS = 500_000_000
_PLACE: Final = {(False, False): 0, (True, False): 1, (True, True): 2, (False, True): 3}
"""The four states in the order in which they come when the first pin leads."""


class Turned(NamedTuple):
    """A knob was turned by ``steps`` detents (1 or -1), at ``speed`` detents a second."""

    steps: int
    speed: float
    at_ns: int


class _Spot(NamedTuple):
    """Where the knob is: the two pins, quarter steps since the last rest, and detents."""

    a: bool = False
    b: bool = False
    quarters: int = 0
    detents: int = 0


class Knob:
    """One encoder.

    Args:
        steps_per_detent: changes from one rest to the next: 1, 2 or 4.
        reversed: whether the pins are wired the other way round.
    """

    __slots__ = ("_base", "_last", "_log", "_sign", "_spot", "_steps")

    def __init__(self, steps_per_detent: int, *, reversed: bool = False) -> None:  # noqa: A002
        self._steps = steps_per_detent
        self._sign = -1 if reversed else 1
        self._base = self._spot = _Spot()
        self._log: list[tuple[int, str, bool]] = []
        self._last = (0, 0)  # direction and stamp of the last detent

    def level(self, pin: str, down: bool) -> None:
        """What a pin is at the beginning."""
        spot = self._spot._replace(a=down) if pin == "a" else self._spot._replace(b=down)
        self._base, self._log = spot, []
        self._spot = spot

    def edge(self, pin: str, down: bool, at_ns: int) -> list[Turned]:
        """A pin (``a`` or ``b``) changed."""
        before = self._spot.detents
        entry = (at_ns, pin, down)
        if self._log and entry < self._log[-1]:
            bisect.insort(self._log, entry)
            self._spot = self._base
            for late in self._log:
                self._spot = self._moved(self._spot, late)
        else:
            self._log.append(entry)
            self._spot = self._moved(self._spot, entry)
        if len(self._log) > _LOG:
            self._base = self._moved(self._base, self._log.pop(0))
        steps = (self._spot.detents - before) * self._sign
        return [self._turned(steps, at_ns)] if steps else []

    def _moved(self, spot: _Spot, entry: tuple[int, str, bool]) -> _Spot:
        _, pin, down = entry
        a, b = (down, spot.b) if pin == "a" else (spot.a, down)
        move = (_PLACE[a, b] - _PLACE[spot.a, spot.b]) % 4
        quarters = spot.quarters + (move if move < 2 else -1)
        turned = int(quarters / self._steps)  # towards zero
        if self._steps == 4 and not a and not b:
            # At rest: what was lost on the way is made good, or forgotten.
            turned, quarters = round(quarters / 4), 0
        return _Spot(
            a, b, quarters - turned * self._steps if quarters else 0, spot.detents + turned
        )

    def _turned(self, steps: int, at_ns: int) -> Turned:
        direction, last_ns = self._last
        apart_ns = at_ns - last_ns
        self._last = (1 if steps > 0 else -1, at_ns)
        steady = direction * steps > 0 and 0 < apart_ns <= _IDLE_NS
        return Turned(steps, abs(steps) * 1e9 / apart_ns if steady else 0.0, at_ns)
