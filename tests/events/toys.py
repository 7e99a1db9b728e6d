"""Small machines of the shape that gestures, rules and playlists have, and a box around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from events.numbers import Clock

from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import ButtonPressed, Custom, Event, GestureMulti
from wkmp_pi.events.lines import encoded
from wkmp_pi.events.machines import Machine, Machines, Member, Publish, Vocabulary
from wkmp_pi.events.recording import NAMES, about, head
from wkmp_pi.events.stage import Stage
from wkmp_pi.events.told import Told

MS = 1_000_000


class Edge(NamedTuple):
    button: str
    at_ns: int


class Do(NamedTuple):
    command: str


VOCABULARY = Vocabulary({"edge": Edge})


class Taps:
    """Counts presses of a button until none comes for ``window_ms``."""

    def __init__(self, window_ms: int) -> None:
        self._window_ns = window_ms * MS
        self._presses: list[Edge] = []

    @property
    def deadline_ns(self) -> int | None:
        return self._presses[-1].at_ns + self._window_ns if self._presses else None

    def feed(self, item: Edge, now_ns: int) -> list[Any]:
        outs = self.due(item.at_ns - 1)
        self._presses.append(item)
        return [*outs, Publish(ButtonPressed(button=item.button, at_ns=item.at_ns))]

    def due(self, now_ns: int) -> list[Any]:
        if self.deadline_ns is None or now_ns < self.deadline_ns:
            return []
        presses, at_ns, self._presses = self._presses, self.deadline_ns, []
        buttons = tuple(dict.fromkeys(edge.button for edge in presses))
        return [Publish(GestureMulti(buttons=buttons, count=len(presses), at_ns=at_ns))]


class Echo:
    """Says it again twice: at once, and after a while; and switches something on between."""

    def __init__(self, heard: str, said: str, after_ms: int) -> None:
        self._heard, self._said, self._after_ns = heard, said, after_ms * MS
        self._later: list[tuple[int, int]] = []

    @property
    def deadline_ns(self) -> int | None:
        return self._later[0][0] if self._later else None

    def feed(self, item: Told, now_ns: int) -> list[Any]:
        if item.event.name != self._heard:
            return []
        self._later.append((now_ns + self._after_ns, item.id))
        data = {"of": item.event.source, "after": now_ns - item.at_ns}
        return [Do("light"), Publish(Custom(event=self._said, data=data), (item.id,))]

    def due(self, now_ns: int) -> Iterator[Any]:
        while self._later and self._later[0][0] <= now_ns:
            at_ns, cause = self._later.pop(0)
            yield Publish(Custom(event=self._said, data={"late": now_ns - at_ns}), (cause,))


def members(window_ms: int = 300, said: str = "mine.said") -> list[Member]:
    machines: list[tuple[Machine, tuple[type, ...]]] = [
        (Taps(window_ms), (Edge,)),
        (Echo("gesture.multi", said, 50), (Told,)),
        (Echo(said, "mine.again", 20), (Told,)),
    ]
    return [Member(machine, takes) for machine, takes in machines]


class Box:
    """A bus and a conductor that is a little late for everything, with a recorder beside it."""

    def __init__(self, those: list[Member]) -> None:
        self.clock = Clock()
        self.bus = Bus(self.clock)
        self.done: list[Any] = []
        self.stage = Stage(self.bus, those, self.done.append, VOCABULARY)
        self._inbox = self.bus.subscribe(label="conductor")
        self._recorder = self.bus.subscribe(*NAMES, label="recorder")
        self._late_ns = 0

    def press(self, button: str, handled_after_ns: int) -> None:
        edge = Edge(button, self.clock.ns)
        self.clock.ns += handled_after_ns
        self.stage.feed(edge, self.clock.ns)

    def publish(self, event: Event) -> None:
        self.bus.publish(event)

    def handle(self, late_ns: int, most: int = 1000) -> None:
        """Do what the conductor does, ``late_ns`` after each thing."""
        while most and (told := self._inbox.take(0)) is not None:
            self.clock.ns += late_ns
            self.stage.feed(told, self.clock.ns)
            most -= 1

    def wait(self, ms: int, late_ns: int) -> None:
        """Let time pass, and everything be done that is due meanwhile."""
        until_ns = self.clock.ns + ms * MS
        while (at_ns := self.stage.deadline_ns) is not None and at_ns <= until_ns:
            self.clock.ns = max(self.clock.ns, at_ns) + late_ns
            self.stage.due(self.clock.ns)
            self.handle(late_ns)
        self.clock.ns = max(self.clock.ns, until_ns)

    def recording(self) -> list[bytes]:
        lines = [head("0", NAMES, {"state": "paused"})]
        while (told := self._recorder.take(0)) is not None:
            lines.append(encoded(about(told)))
        return lines


def at_rest(**about_them: Any) -> Machines:
    return Machines(members(**about_them))
