"""What was heard, and how the device did.

``Heard`` events belong to an audio frame. ``frame`` is the boundary before
that output frame, counted from 0 when the stream was opened: all the frames
before it have been heard when the event is published. ``heard_ns`` is
CLOCK_MONOTONIC at that moment. Positions are milliseconds from the start of
the passage, rounded down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from wkmp_pi.events.kinds.event import Event, freeze

UNHEARD_NS = -1
"""The ``heard_ns`` of a mark: an event that still lacks its time."""


class Reason(StrEnum):
    """Why a passage ended."""

    NATURAL = "natural"
    USER_SKIP = "user_skip"
    QUEUE_REMOVED = "queue_removed"
    PLAYBACK_ERROR = "playback_error"
    INVALID_TIMING = "invalid_timing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Event):
    """An event of one entry at one frame of the output."""

    frame: int
    heard_ns: int = UNHEARD_NS
    entry: int
    passage: int
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageStarted(Heard):
    """The first frame of a passage was heard; ``position_ms`` is not 0 after a restart."""

    name: ClassVar[str] = "passage.started"
    title: str = ""
    artist: str = ""
    album: str = ""
    position_ms: int = 0
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageCompleted(Heard):
    """The last frame of a passage was heard; ``played_ms`` leaves pauses out."""

    name: ClassVar[str] = "passage.completed"
    reason: Reason
    played_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossfadeStarted(Heard):
    """``entry`` is still heard and ``next_entry`` begins; they overlap for ``overlap_frames``."""

    name: ClassVar[str] = "crossfade.started"
    next_entry: int
    next_passage: int
    next_file: str
    overlap_frames: int
    overlap_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossfadeCompleted(Heard):
    """``entry`` is gone and ``next_entry`` is heard alone."""

    name: ClassVar[str] = "crossfade.completed"
    next_entry: int
    next_passage: int
    next_file: str
    overlap_frames: int
    overlap_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossfadeClipped(Heard):
    """An overlap that ends here went beyond full scale and was clipped; ``entry`` came in."""

    name: ClassVar[str] = "crossfade.clipped"
    peak_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SongChanged(Heard):
    """Another song is heard, or none (``song`` is null in a gap between songs)."""

    name: ClassVar[str] = "song.changed"
    song: int | None
    title: str = ""
    artist: str = ""
    position_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CueReached(Heard):
    """A mark of the owner was heard."""

    name: ClassVar[str] = "cue.reached"
    cue: str
    data: Mapping[str, Any] = field(default_factory=dict)
    position_ms: int

    def __post_init__(self) -> None:
        freeze(self, "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReached(Heard):
    """A mark that an event playlist had asked for was heard; only for those who ask by name."""

    name: ClassVar[str] = "mark.reached"
    quiet: ClassVar[bool] = True
    key: str

    @property
    def source(self) -> str:
        """The mark."""
        return self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionUpdated(Heard):
    """Each ``position_event_interval_ms`` of a passage, and after a seek."""

    name: ClassVar[str] = "position.updated"
    position_ms: int
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackProgress(Heard):
    """Each ``playback_progress_interval_ms`` of played time, and at each pause and play."""

    name: ClassVar[str] = "playback.progress"
    position_ms: int
    duration_ms: int
    played_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOpened(Event):
    """A sink takes sound; what the device really gave, not what was asked."""

    name: ClassVar[str] = "output.opened"
    device: str
    rate_hz: int
    channels: int
    format: str
    period_frames: int
    buffer_frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputXrun(Event):
    """The device ran dry: ``lost_frames`` of silence were heard before ``frame``; told after it."""

    name: ClassVar[str] = "output.xrun"
    frame: int
    lost_frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputStarved(Event):
    """Nothing was decoded in time; ``lost_frames`` of silence were written at ``frame``."""

    name: ClassVar[str] = "output.starved"
    frame: int
    entry: int
    lost_frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLost(Event):
    """The device is gone; playback stands still at ``frame`` until it is back."""

    name: ClassVar[str] = "output.lost"
    frame: int
    device: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRestored(Event):
    """Sound again, at the frame where it stopped, after ``gap_ms``."""

    name: ClassVar[str] = "output.restored"
    frame: int
    device: str
    gap_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputBufferGrown(Event):
    """Three xruns in a minute: the buffer is this large from now on, until the next start."""

    name: ClassVar[str] = "output.buffer_grown"
    latency_ms: int
