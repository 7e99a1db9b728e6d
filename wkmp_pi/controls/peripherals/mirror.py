"""Events told again while a gate is open, each exactly once. Pure.

An event is judged by its stamp. One that came through a closed gate is
remembered for half a second: if it turns out that the gate had been opened
before it, it is told then. What was told stays told.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from wkmp_pi.controls.gestures.patience import MOST_NS
from wkmp_pi.controls.peripherals import telling
from wkmp_pi.controls.peripherals.definition import Mirror
from wkmp_pi.controls.peripherals.gate import Gate, Turn
from wkmp_pi.controls.peripherals.seen import Ear, Moment, Seen, State, ear_of
from wkmp_pi.controls.peripherals.telling import Out
from wkmp_pi.controls.peripherals.watcher import NS_PER_MS, Timeless

_MOST_REFUSED: Final = 256


class _Refused(NamedTuple):
    moment: Moment
    seen: Seen


class GatedMirror(Timeless):
    """A mirror behind a gate."""

    def __init__(self, about: Mirror, state: State) -> None:
        self._about = about
        self._ear = Ear(about.on, state)
        self._opens = Ear(about.open, state)
        self._closes = ear_of(about.close, state)
        self._gate = Gate(opened=about.opened, open_ns=about.open_ms * NS_PER_MS)
        self._refused: deque[_Refused] = deque(maxlen=_MOST_REFUSED)

    def feed(self, seen: Seen) -> list[Out]:
        """Something that is to be told again, or that moves the gate."""
        moment, turn = seen.moment, self._turn(seen)
        late = self._turned(turn, moment) if turn else []
        if not self._ear.means(seen):
            return late
        if self._gate.is_open(moment):
            return [*late, self._again(seen)]
        self._refused.append(_Refused(moment, seen))
        return late

    def _turn(self, seen: Seen) -> Turn | None:
        opens = self._opens.means(seen)
        closes = self._closes is not None and self._closes.means(seen)
        if opens and closes:
            return Turn.OVER
        return Turn.OPEN if opens else Turn.CLOSE if closes else None

    def _turned(self, turn: Turn, moment: Moment) -> list[Out]:
        """Move the gate; tell again, and forget, what turns out to have come through."""
        self._gate.turn(turn, moment)
        while self._refused and self._refused[0].moment.at_ns < moment.at_ns - MOST_NS:
            self._refused.popleft()
        later = [one for one in self._refused if one.moment > moment]
        through = [one for one in later if self._gate.is_open(one.moment)]
        for one in through:
            self._refused.remove(one)
        return [self._again(one.seen) for one in sorted(through, key=lambda one: one.moment)]

    def _again(self, seen: Seen) -> Out:
        return telling.again(self._about, self._about.publish, seen)
