"""The life of event playlists: each run is created, emits, and is stopped exactly once.

``trigger`` and ``interrupt`` are ``{name, source, data}`` of the event that did it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from wkmp_pi.events.kinds.event import Event, freeze


class StopReason(StrEnum):
    """Why a run ended; the first reason wins."""

    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    FAILED = "failed"
    TIMEOUT = "timeout"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRun(Event):
    """An event of one run of a playlist."""

    run_id: str
    playlist_id: str
    playlist_name: str

    @property
    def source(self) -> str:
        """The playlist."""
        return self.playlist_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistCreated(OfRun):
    """A run of a playlist of so many ``steps`` began; stopping it now lets nothing come out."""

    name: ClassVar[str] = "event.playlist.created"
    steps: int
    metadata: Mapping[str, Any] = field(default_factory=dict)
    trigger: Mapping[str, Any]

    def __post_init__(self) -> None:
        freeze(self, "metadata", "trigger")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistEmitted(OfRun):
    """A step of a run came out, after its own event ``emitted`` (``name`` in the payload)."""

    name: ClassVar[str] = "event.playlist.emitted"
    step_index: int
    repeat_index: int
    emitted: str = field(metadata={"payload": "name"})
    offset_s: float
    scheduled_ns: int
    actual_ns: int
    late_ms: float
    data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    trigger: Mapping[str, Any]

    def __post_init__(self) -> None:
        freeze(self, "data", "metadata", "trigger")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistStopped(OfRun):
    """A run ended, by ``interrupt`` if that is not null."""

    name: ClassVar[str] = "event.playlist.stopped"
    reason: StopReason
    interrupt: Mapping[str, Any] | None = None
    emitted_count: int
    duration_ms: int
    metadata: Mapping[str, Any] = field(default_factory=dict)
    trigger: Mapping[str, Any]

    def __post_init__(self) -> None:
        freeze(self, "interrupt", "metadata", "trigger")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistOverdue(OfRun):
    """A run should have ended ``overdue_ms`` ago."""

    name: ClassVar[str] = "alert.playlist.overdue"
    overdue_ms: int
