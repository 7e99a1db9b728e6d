"""Virtual peripherals on a virtual clock: events arrive as late as a test likes."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import tomli

from wkmp_pi.config.tables import Lines, Reading, places_of
from wkmp_pi.controls.peripherals import Known, Peripheral, Peripherals, read
from wkmp_pi.events.kinds import ButtonPressed, ButtonReleased, Custom, Event, Gesture
from wkmp_pi.events.machines import Publish
from wkmp_pi.events.told import MAX_HOPS, Told, hops_after, numbered

MS = 1_000_000
START = 1000 * MS

FOREIGN = ("door.rung", "knock.knocked", "lamp.lit", "lamp.unlit", "scale.read", "gate.moved")
"""Events that others publish."""


def reading_of(text: str) -> Reading:
    return Reading(Lines(Path("box.toml"), places_of(text)))


def problems_of(text: str, **known: Any) -> list[str]:
    data, reading = tomli.loads(text), reading_of(text)
    read(reading, data, Known(**{"events": FOREIGN, **known}))
    return [problem for _, problem in sorted(reading.problems)]


def defined(text: str, **known: Any) -> tuple[Peripheral, ...]:
    """The peripherals of a text in which nothing is wrong."""
    data, reading = tomli.loads(text), reading_of(text)
    found = read(reading, data, Known(**{"events": FOREIGN, **known}))
    assert reading.problems == []
    return found


class Workbench:
    """Feeds peripherals, and asks them when they want to be asked.

    Times are milliseconds from the beginning.

    Args:
        peripherals: or the text, or the definitions, that they are made of.
        hears_itself: whether what they publish comes back to them, as on the bus.
    """

    def __init__(
        self,
        peripherals: Peripherals | str | Iterable[Peripheral],
        *,
        hears_itself: bool = False,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self.state = dict(state or {})
        if isinstance(peripherals, str):
            peripherals = defined(peripherals)
        if not isinstance(peripherals, Peripherals):
            peripherals = Peripherals(peripherals, lambda: self.state)
        self.peripherals = peripherals
        self.now_ns = START
        self.outs: list[Any] = []
        self.told_ms: list[float] = []
        """When each of them came out."""
        self.looped = 0
        self._hears_itself = hears_itself
        self._under_way: list[tuple[int, int, Told]] = []
        self._numbers = count(1)

    # what happens

    def tell(
        self, at_ms: float, event: Event, *, late_ms: float = 0, causes: tuple[int, ...] = ()
    ) -> int:
        """An event of that moment, which arrives so much later; its id."""
        hops = hops_after(causes) if causes else 0
        if hops > MAX_HOPS:
            self.looped += 1
            return 0
        number = next(self._numbers)
        at_ns = START + round(at_ms * MS)
        told = Told(numbered(number, hops), event, causes, at_ns, hops)
        heapq.heappush(self._under_way, (at_ns + round(late_ms * MS), number, told))
        return told.id

    def press(self, at_ms: float, button: str = "play", *, late_ms: float = 0) -> Workbench:
        stamp = START + round(at_ms * MS)
        self.tell(at_ms, ButtonPressed(button=button, at_ns=stamp), late_ms=late_ms)
        return self

    def release(self, at_ms: float, button: str = "play", *, late_ms: float = 0) -> Workbench:
        stamp = START + round(at_ms * MS)
        event = ButtonReleased(button=button, at_ns=stamp, held_ms=0)
        self.tell(at_ms, event, late_ms=late_ms)
        return self

    def custom(self, at_ms: float, name: str, *, late_ms: float = 0, **data: Any) -> Workbench:
        self.tell(at_ms, Custom(event=name, producer="test", data=data), late_ms=late_ms)
        return self

    # what time does

    def until(self, at_ms: float) -> Workbench:
        end_ns, turns = START + round(at_ms * MS), 0
        while (moment := self._next_ns()) is not None and moment <= end_ns:
            turns += 1
            assert turns < 10_000, "it never comes to rest"
            self.now_ns = max(self.now_ns, moment)
            if self._under_way and self._under_way[0][0] <= self.now_ns:
                told = heapq.heappop(self._under_way)[2]
                self.take(self.peripherals.feed(told, self.now_ns))
            else:
                self.take(self.peripherals.due(self.now_ns))
        self.now_ns = max(self.now_ns, end_ns)
        return self

    def rest(self, most_ms: float = 200_000) -> Workbench:
        """Let time pass until nothing more is to come."""
        end_ns = self.now_ns + round(most_ms * MS)
        while (moment := self._next_ns()) is not None:
            assert moment <= end_ns, "it never comes to rest"
            self.until((moment - START) / MS)
        assert self.peripherals.at_rest
        return self

    def _next_ns(self) -> int | None:
        dues = [self._under_way[0][0]] if self._under_way else []
        if self.peripherals.deadline_ns is not None:
            dues.append(self.peripherals.deadline_ns)
        return min(dues, default=None)

    def take(self, outs: Iterable[Any]) -> None:
        for out in outs:
            self.outs.append(out)
            self.told_ms.append((self.now_ns - START) / MS)
            if isinstance(out, Publish) and self._hears_itself:
                self.tell((self.now_ns - START) / MS, out.event, causes=out.causes)

    # what came out

    @property
    def events(self) -> list[Any]:
        return [out.event for out in self.outs if isinstance(out, Publish)]

    @property
    def gestures(self) -> list[Gesture]:
        return [event for event in self.events if isinstance(event, Gesture)]

    @property
    def words(self) -> list[str]:
        """What was told: gestures by their word, all else by its name."""
        return [e.gesture if isinstance(e, Gesture) else e.name for e in self.events]

    @property
    def at_ms(self) -> list[float]:
        """The stamps of the gestures."""
        return [(gesture.at_ns - START) / MS for gesture in self.gestures]

    @property
    def commands(self) -> list[Any]:
        return [getattr(out, "command", out) for out in self.outs if not isinstance(out, Publish)]
