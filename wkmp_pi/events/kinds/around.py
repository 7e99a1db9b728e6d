"""What is around the player: lights, the broker, and the bus itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from wkmp_pi.events.kinds.event import Event, freeze


@dataclass(frozen=True, slots=True, kw_only=True)
class LightChanged(Event):
    """A light has another state; ``level`` is from 0 to 1, ``colour`` is empty if it has none."""

    name: ClassVar[str] = "light.changed"
    light: str
    on: bool
    level: float
    colour: str

    @property
    def source(self) -> str:
        """The light."""
        return self.light


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttChanged(Event):
    """The connection to the broker was made or lost."""

    name: ClassVar[str] = "mqtt.changed"
    connected: bool
    broker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HopLimitReached(Event):
    """Events caused each other in a loop: ``event`` was dropped after ``hops``; told once each."""

    name: ClassVar[str] = "alert.hop_limit"
    event: str
    hops: int
    causes: tuple[int, ...]

    @property
    def source(self) -> str:
        """The name of the event."""
        return self.event


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinesStepped(Event):
    """For recordings: what gestures, rules and playlists were given, and the events they made.

    Told only to those who ask for it by name. ``told`` is the id of an event that was given, or
    0; ``given`` is what was given that is no event; with neither, it was time that passed.
    """

    name: ClassVar[str] = "machines.stepped"
    quiet: ClassVar[bool] = True
    now_ns: int
    told: int = 0
    given: Mapping[str, Any] | None = None
    made: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        freeze(self, "given", "made")
