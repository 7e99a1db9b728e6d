"""An event as those look at it who compose others of it, and the ear that is tuned to it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from wkmp_pi.events.kinds import (
    UNHEARD_NS,
    ButtonPressed,
    ButtonReleased,
    Custom,
    Event,
    Gesture,
    Heard,
    PeripheralValue,
)
from wkmp_pi.events.told import Told
from wkmp_pi.playlists.definition import On
from wkmp_pi.playlists.facts import Facts
from wkmp_pi.playlists.meant import meant

State = Callable[[], Mapping[str, Any]]
"""Gives the state of the player as plain data."""

PRODUCER: Final = "peripheral:"
"""Before the id of a peripheral, where it is the producer of an event."""


class Moment(NamedTuple):
    """What is remembered of an event."""

    at_ns: int
    id: int
    source: str


class Seen:
    """One event.

    Attributes:
        at_ns: when it happened: as it tells by itself, else when it was published.
        teller: the id of the virtual peripheral that told it; empty if none did.
        facts: its data, made when somebody asks.
    """

    __slots__ = ("at_ns", "event", "facts", "id", "name", "plain", "teller")

    def __init__(self, told: Told) -> None:
        self.id = told.id
        self.event = told.event
        self.name = told.event.name
        self.at_ns = stamp_ns(told)
        self.teller = teller(told.event)
        self.plain = not (self.teller and isinstance(told.event, Gesture))
        self.facts = Facts(told.event)

    @property
    def moment(self) -> Moment:
        """What is to be remembered of it; a source by the event's name if it has none."""
        return Moment(self.at_ns, self.id, self.event.source or self.name)


def stamp_ns(told: Told) -> int:
    """When an event happened, CLOCK_MONOTONIC."""
    event = told.event
    if isinstance(event, ButtonPressed | ButtonReleased | Gesture):
        return event.at_ns
    if isinstance(event, Heard) and event.heard_ns != UNHEARD_NS:
        return event.heard_ns
    return told.at_ns


def teller(event: Event) -> str:
    """The id of the virtual peripheral that told it; empty if none did."""
    if isinstance(event, Gesture | PeripheralValue):
        return event.peripheral
    if isinstance(event, Custom) and event.producer.startswith(PRODUCER):
        return event.producer.removeprefix(PRODUCER)
    return ""


class Ear:
    """Knows whether an event is meant.

    A gesture of a virtual peripheral is meant only where ``where`` says something of
    ``peripheral``: otherwise what is composed of a button would count once more as the button.

    Args:
        on: what is waited for.
        state: asked for the state of the player, if ``on`` has a condition on it.
    """

    __slots__ = ("_on", "_state", "_whose")

    def __init__(self, on: On, state: State) -> None:
        self._on = on
        self._state = state
        self._whose = any(test.path[0] == "peripheral" for test in on.where.tests)

    def means(self, seen: Seen) -> bool:
        """Whether it is the event that is waited for."""
        if not self.hears(seen):
            return False
        on = self._on
        return meant(on, seen.facts) and (not on.state.tests or on.state.holds(self._state()))

    def hears(self, seen: Seen) -> bool:
        """Whether it is the right event, whatever its data."""
        return self._on.names(seen.name) and (seen.plain or self._whose)


def ear_of(on: On | None, state: State) -> Ear | None:
    """An ear, where something is waited for."""
    return None if on is None else Ear(on, state)
