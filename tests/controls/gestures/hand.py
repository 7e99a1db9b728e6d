"""A hand on simulated buttons: edges on a virtual clock, delivered as late as a test likes."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import Any

from wkmp_pi.config.pins import Button, Encoder, Gpio
from wkmp_pi.controls.gestures import (
    Compiled,
    Edge,
    Input,
    Level,
    Out,
    ReadLevel,
    Recogniser,
    Wanted,
    compile_gestures,
)
from wkmp_pi.events.kinds import Event, Gesture, GestureFlapping
from wkmp_pi.events.machines import Publish

MS = 1_000_000
START = 1000 * MS


def want(gesture: str, *buttons: str, **fields: Any) -> Wanted:
    return Wanted(gesture=gesture, buttons=buttons or ("play",), **fields)


def wants(*gestures: str, button: str = "play") -> list[Wanted]:
    return [want(gesture, button) for gesture in gestures]


def buttons(*names: str, **fields: Any) -> list[Button]:
    return [Button(name=name, pin=pin, **fields) for pin, name in enumerate(names, 2)]


class Hand:
    """Presses buttons of a recogniser, and asks it when it wants to be asked.

    Times are milliseconds from the beginning of the hand's life.

    Args:
        recogniser: or what it is compiled of.
        delay_ms: how long an edge is under way; a number, or a function of its moment in ms.
        answers: whether readings are answered.
    """

    def __init__(
        self,
        wanted: Iterable[Wanted] | Recogniser,
        there: Iterable[Button] = (),
        *,
        encoders: Iterable[Encoder] = (),
        gpio: Gpio | None = None,
        delay_ms: float | Callable[[float], float] = 0,
        answers: bool = True,
    ) -> None:
        if isinstance(wanted, Recogniser):
            self.recogniser = wanted
        else:
            compiled = compile_gestures(
                list(there) or buttons("play", "up", "down"), wanted, encoders, gpio or Gpio()
            )
            assert not compiled.problems
            self.recogniser = Recogniser(compiled)
        self._delay_ms = delay_ms
        self.answers = answers
        self.now_ns = START
        self.events: list[Event] = []
        self.told_ns: list[int] = []
        """When each of the events was told."""
        self.readings: list[str] = []
        self.lost: set[tuple[str, int]] = set()
        """Edges that never arrive: button and stamp in ms."""
        self._under_way: list[tuple[int, int, Input]] = []
        self._number = 0
        self._levels: list[tuple[int, str, bool]] = []

    def _arrives_ns(self, at_ns: int) -> int:
        at_ms = (at_ns - START) / MS
        delay_ms = self._delay_ms(at_ms) if callable(self._delay_ms) else self._delay_ms
        return at_ns + round(delay_ms * MS)

    # what the hand does

    def edge(self, at_ms: float, button: str, down: bool) -> Hand:
        at_ns = START + round(at_ms * MS)
        heapq.heappush(self._levels, (at_ns, button, down))
        if (button, round(at_ms)) not in self.lost:
            self.send(Edge(button, down, at_ns), at_ns)
        return self

    def send(self, message: Input, at_ns: int) -> None:
        self._number += 1
        arrives_ns = self._arrives_ns(at_ns)
        heapq.heappush(self._under_way, (arrives_ns, self._number, message))

    def down(self, at_ms: float, button: str = "play") -> Hand:
        return self.edge(at_ms, button, True)

    def up(self, at_ms: float, button: str = "play") -> Hand:
        return self.edge(at_ms, button, False)

    def tap(self, at_ms: float, held_ms: float = 80, button: str = "play") -> Hand:
        return self.down(at_ms, button).up(at_ms + held_ms, button)

    def taps(self, count: int, gap_ms: float, held_ms: float = 80, begin_ms: float = 0) -> Hand:
        """Several taps; ``gap_ms`` from each release to the next press."""
        for index in range(count):
            self.tap(begin_ms + index * (held_ms + gap_ms), held_ms)
        return self

    # what time does

    def until(self, at_ms: float) -> Hand:
        """Let time pass up to a moment, as the conductor does."""
        end_ns = START + round(at_ms * MS)
        while (moment := self._next_ns()) is not None and moment <= end_ns:
            self.now_ns = max(self.now_ns, moment)
            if self._under_way and self._under_way[0][0] <= self.now_ns:
                self._take(heapq.heappop(self._under_way)[2])
            else:
                self._heard(self.recogniser.due(self.now_ns))
        self.now_ns = max(self.now_ns, end_ns)
        return self

    def rest(self, most_ms: float = 60_000) -> Hand:
        """Let time pass until nothing more is to come."""
        end_ns = self.now_ns + round(most_ms * MS)
        while (moment := self._next_ns()) is not None:
            assert moment <= end_ns, "it never comes to rest"
            self.until((moment - START) / MS)
        assert self.recogniser.at_rest
        return self

    def _next_ns(self) -> int | None:
        dues = [self._under_way[0][0]] if self._under_way else []
        if self.recogniser.deadline_ns is not None:
            dues.append(self.recogniser.deadline_ns)
        return min(dues, default=None)

    def _take(self, message: Input) -> None:
        self._heard(self.recogniser.feed(message, self.now_ns))

    def _heard(self, outs: list[Out]) -> None:
        for out in outs:
            if isinstance(out, ReadLevel):
                self.readings.append(out.button)
                if self.answers:
                    level = Level(out.button, self._level(out.button), self.now_ns)
                    self.send(level, self.now_ns)
            else:
                assert isinstance(out, Publish)
                self.events.append(out.event)
                self.told_ns.append(self.now_ns)

    def _level(self, button: str) -> bool:
        """What the pin really is."""
        down = False
        for at_ns, name, level in sorted(self._levels):
            if name == button and at_ns <= self.now_ns:
                down = level
        return down

    def adopt(self, compiled: Compiled) -> None:
        """Want something else from now on."""
        self._heard(self.recogniser.adopt(compiled, self.now_ns))

    # what was heard

    @property
    def gestures(self) -> list[Gesture]:
        return [event for event in self.events if isinstance(event, Gesture)]

    @property
    def words(self) -> list[str]:
        return [gesture.gesture for gesture in self.gestures]

    @property
    def alerts(self) -> list[GestureFlapping]:
        return [event for event in self.events if isinstance(event, GestureFlapping)]

    def names(self) -> list[str]:
        return [event.name for event in self.events]

    def told_ms(self, word: str) -> list[float]:
        """When gestures of this word were told."""
        return [
            (told_ns - START) / MS
            for told_ns, event in zip(self.told_ns, self.events, strict=True)
            if isinstance(event, Gesture) and event.gesture == word
        ]

    def at_ms(self, word: str) -> list[float]:
        """The stamps of gestures of this word."""
        return [(g.at_ns - START) / MS for g in self.gestures if g.gesture == word]
