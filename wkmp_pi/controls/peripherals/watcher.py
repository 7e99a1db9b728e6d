"""The shape of the machine behind a virtual peripheral. Pure."""

from __future__ import annotations

from typing import Protocol

from wkmp_pi.controls.peripherals.seen import Seen
from wkmp_pi.controls.peripherals.telling import Out

NS_PER_MS = 1_000_000


class Watcher(Protocol):
    """One peripheral at work; all times are the stamps of events."""

    @property
    def deadline_ns(self) -> int | None:
        """The stamp at which something is to be decided, if no event comes before."""
        ...

    def feed(self, seen: Seen) -> list[Out]:
        """What is wanted because of this event."""
        ...

    def due(self, until_ns: int) -> list[Out]:
        """What is wanted because no event up to this stamp will come any more."""
        ...


class Timeless:
    """Base of those that decide with events alone."""

    @property
    def deadline_ns(self) -> int | None:
        """Never."""
        return None

    def due(self, until_ns: int) -> list[Out]:  # noqa: ARG002 - the shape
        """Nothing."""
        return []
