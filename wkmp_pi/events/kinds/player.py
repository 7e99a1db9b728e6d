"""What the player did: its state, its queue, its settings, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wkmp_pi.events.kinds.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(Event):
    """Play or pause took effect in the plan; ``state`` is ``playing`` or ``paused``."""

    name: ClassVar[str] = "playback.state_changed"
    state: str
    entry: int | None
    position_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeChanged(Event):
    """The volume is now ``percent``, silent if ``muted``."""

    name: ClassVar[str] = "volume.changed"
    percent: int
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChanged(Event):
    """The play queue is another; ``trigger`` says why: enqueue, remove, move, clear and so on."""

    name: ClassVar[str] = "queue.changed"
    trigger: str
    length: int
    entries: tuple[int, ...]
    current: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEmptied(Event):
    """Nothing is left to play."""

    name: ClassVar[str] = "queue.emptied"


@dataclass(frozen=True, slots=True, kw_only=True)
class BufferStateChanged(Event):
    """A decode-ahead buffer is ``requested``, ``filling``, ``ready`` or ``finished``."""

    name: ClassVar[str] = "buffer.state_changed"
    entry: int
    state: str
    buffered_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeFailed(Event):
    """A file could not be read or decoded; its entry was dropped and the queue goes on."""

    name: ClassVar[str] = "decode.failed"
    entry: int
    passage: int
    file: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageCorrected(Event):
    """A bad row of the library was corrected for this performance only."""

    name: ClassVar[str] = "passage.corrected"
    entry: int
    passage: int
    file: str
    correction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchdogIntervened(Event):
    """The watchdog repaired a stuck state (``kind``): a bug in the event system."""

    name: ClassVar[str] = "watchdog.intervened"
    kind: str
    entry: int | None
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged(Event):
    """One setting has another value."""

    name: ClassVar[str] = "settings.changed"
    key: str
    value: Any

    @property
    def source(self) -> str:
        """The key."""
        return self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused(Event):
    """Something that was asked was not done."""

    name: ClassVar[str] = "command.refused"
    command: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepChanged(Event):
    """The sleep timer was set (``remaining_ms``, or at the end of the passage), or cleared."""

    name: ClassVar[str] = "sleep.changed"
    remaining_ms: int | None
    at_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemChanged(Event):
    """A visible problem appeared (``text``) or went away (``text`` is null)."""

    name: ClassVar[str] = "problem.changed"
    key: str
    text: str | None

    @property
    def source(self) -> str:
        """The key."""
        return self.key
