"""Buttons and encoders on GPIO pins: stamps edges and posts them, and decides nothing.

A pin from which edges come faster than from any hand is not listened to for a
moment, because each edge costs something in three threads. A pin that is busy
is told of and asked for again; the others work.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from wkmp_pi.config.pins import Button, Encoder
from wkmp_pi.controls.gestures.words import NS_PER_MS, Edge, Input, Level, Storm
from wkmp_pi.gpio import Line, PinError, Pins

STORM_EDGES: Final = 64
"""So many edges within ``STORM_NS`` come from no hand: a bad switch bounces thirty times."""

STORM_NS: Final = 50 * NS_PER_MS
DEAF_NS: Final = 250 * NS_PER_MS
"""How long nobody listens after a storm."""

Report = Callable[[str, str | None], None]
"""Told the key of a problem, and its text (``None`` when it is over)."""


class Contact(NamedTuple):
    """A pin of a button or an encoder."""

    name: str
    pin: int
    pull_up: bool
    active_low: bool


def contacts(buttons: Iterable[Button], encoders: Iterable[Encoder] = ()) -> Iterator[Contact]:
    """The pins of buttons and encoders, by the names that their edges bear."""
    for button in buttons:
        yield Contact(button.name, button.pin, button.pull_up, button.active_low)
    for encoder in encoders:
        for side, pin in (("a", encoder.pin_a), ("b", encoder.pin_b)):
            yield Contact(f"{encoder.name}.{side}", pin, encoder.pull_up, encoder.pull_up)


@dataclass(slots=True)
class _Ear:
    """What hears one contact; its ``edge`` runs on gpiozero's thread."""

    contact: Contact
    post: Callable[[Input], None]
    poke: Callable[[], None]
    line: Line | None = None
    retry_ns: int = 0
    deaf: bool = False
    listens_ns: int | None = None
    """When to listen again; ``None`` while it does."""
    stuck: bool = False
    count: int = 0
    since_ns: int = 0

    def edge(self, high: bool, at_ns: int) -> None:
        if self.deaf:
            return
        if at_ns - self.since_ns > STORM_NS:
            self.count, self.since_ns = 0, at_ns
        self.count += 1
        if self.count > STORM_EDGES:
            self.deaf = True
            per_second = self.count * 1e9 / max(at_ns - self.since_ns, 1)
            self.post(Storm(self.contact.name, per_second, at_ns))
            self.poke()
        else:
            self.post(Edge(self.contact.name, high != self.contact.active_low, at_ns))

    def down(self, line: Line) -> bool:
        """The level of the contact now; raises ``PinError``."""
        return line.high() != self.contact.active_low


class Buttons:
    """All contacts of the box; a ``PinUser``.

    Thread: ``wkmp-pins``; ``read`` may be called from any. Edges are posted from gpiozero's.
    Owns: the lines.

    Args:
        all_contacts: which there are.
        post: hands an input to the recogniser's inbox; never waits.
        report: told of contacts that cannot be used.
        poke: asks for a ``step``; never waits.
        retry_s: between two attempts to get a busy pin.
    """

    def __init__(
        self,
        all_contacts: Iterable[Contact],
        post: Callable[[Input], None],
        report: Report,
        poke: Callable[[], None] = lambda: None,
        retry_s: float = 5.0,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._ears = {c.name: _Ear(c, post, self._poked) for c in all_contacts}
        self._post = post
        self._report = report
        self.poke = poke
        """Set it where the thread is made after the buttons."""
        self._retry_ns = round(retry_s * 1e9)
        self._clock_ns = clock_ns
        self._pins: Pins | None = None
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()

    def _poked(self) -> None:
        self.poke()

    def read(self, name: str) -> None:
        """Have a contact read; its ``Level`` is posted soon. From any thread."""
        self._asked.put(name)
        self.poke()

    def open(self, pins: Pins) -> None:
        """There is a chip."""
        self._pins = pins
        for ear in self._ears.values():
            ear.retry_ns = 0

    def step(self, now_ns: int) -> int | None:
        """Get what is missing, read what was asked for, listen again after storms."""
        asked = self._taken()
        if self._pins is None:
            return None
        for name in asked:
            ear = self._ears.get(name)
            if ear is not None and ear.line is not None and not ear.deaf:
                self._tell_level(ear, ear.line)
        dues = [self._see_to(ear, self._pins, now_ns) for ear in self._ears.values()]
        return min((due for due in dues if due is not None), default=None)

    def _taken(self) -> list[str]:
        """The contacts that are to be read; without a chip there is nothing to read."""
        names = []
        while not self._asked.empty():
            names.append(self._asked.get())
        return names

    def _see_to(self, ear: _Ear, pins: Pins, now_ns: int) -> int | None:
        """One contact; when to come again."""
        if ear.line is None:
            return self._get(ear, pins, now_ns)
        if ear.deaf:
            return self._after_storm(ear, ear.line, now_ns)
        if ear.stuck:
            return self._look_at_stuck(ear, ear.line, now_ns)
        return None

    def _get(self, ear: _Ear, pins: Pins, now_ns: int) -> int | None:
        if now_ns < ear.retry_ns:
            return ear.retry_ns
        contact = ear.contact
        try:
            ear.line = pins.line(contact.pin, pull_up=contact.pull_up, on_edge=ear.edge)
            ear.stuck = self._tell_level(ear, ear.line)
        except PinError as error:
            ear.line, ear.retry_ns = None, now_ns + self._retry_ns
            self._report(_key(contact), str(error))
            return ear.retry_ns
        if ear.stuck and "." not in contact.name:
            self._report(_key(contact), _stuck(contact))
        else:
            self._report(_key(contact), None)
        ear.retry_ns = now_ns + self._retry_ns
        return ear.retry_ns if ear.stuck else None

    def _tell_level(self, ear: _Ear, line: Line) -> bool:
        down = ear.down(line)
        self._post(Level(ear.contact.name, down, self._clock_ns()))
        return down

    def _after_storm(self, ear: _Ear, line: Line, now_ns: int) -> int | None:
        if ear.listens_ns is None:
            line.listen(on=False)
            ear.listens_ns = now_ns + DEAF_NS
        if now_ns < ear.listens_ns:
            return ear.listens_ns
        ear.listens_ns, ear.deaf, ear.count = None, False, 0
        line.listen(on=True)
        self._tell_level(ear, line)
        return None

    def _look_at_stuck(self, ear: _Ear, line: Line, now_ns: int) -> int | None:
        """Whether it came up meanwhile; only the problem depends on it."""
        if now_ns >= ear.retry_ns:
            ear.retry_ns = now_ns + self._retry_ns
            ear.stuck = ear.down(line)
            if not ear.stuck:
                self._report(_key(ear.contact), None)
        return ear.retry_ns if ear.stuck else None

    def close(self) -> None:
        """Let go of all pins."""
        self._pins = None
        for ear in self._ears.values():
            if ear.line is not None:
                ear.line.close()
            ear.line, ear.deaf, ear.listens_ns = None, False, None


def _key(contact: Contact) -> str:
    return f"button {contact.name}"


def _stuck(contact: Contact) -> str:
    level = "low" if contact.active_low else "high"
    return (
        f"button {contact.name}: pin {contact.pin} is {level} since the start; "
        "expected a button that is up; let it go, check its wires, or change active_low"
    )
