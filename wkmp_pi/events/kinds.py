"""Every event, one class each: facts in the past tense.

``name`` is an event's identity everywhere: on the bus, in files, over the
socket. ``Heard`` events belong to an audio frame. ``frame`` is the boundary
before that output frame, counted from 0 when the stream was opened: all the
frames before it have been heard when the event is published. ``heard_ns`` is
CLOCK_MONOTONIC at that moment. Positions are milliseconds from the start of
the passage, rounded down.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

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
class Event:
    """Base of all events; ``name`` is stable across versions."""

    name: ClassVar[str] = ""


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
class CrossfadeClipped(Heard):
    """An overlap that ends here went beyond full scale and was clipped; ``entry`` came in."""

    name: ClassVar[str] = "crossfade.clipped"
    peak_db: float


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
    """The device ran dry; about ``lost_frames`` of silence were heard before ``frame``."""

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
    """Three xruns in a minute: the buffer will be this large from the next start on."""

    name: ClassVar[str] = "output.buffer_grown"
    latency_ms: int


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


AnyEvent = (
    PassageStarted
    | PassageCompleted
    | CrossfadeStarted
    | CrossfadeCompleted
    | CrossfadeClipped
    | SongChanged
    | CueReached
    | PositionUpdated
    | PlaybackProgress
    | StateChanged
    | VolumeChanged
    | QueueChanged
    | QueueEmptied
    | BufferStateChanged
    | DecodeFailed
    | PassageCorrected
    | OutputOpened
    | OutputXrun
    | OutputStarved
    | OutputLost
    | OutputRestored
    | OutputBufferGrown
    | WatchdogIntervened
    | SettingsChanged
    | SleepChanged
    | ProblemChanged
    | CommandRefused
)
"""Every event of the product; the table of names and the README are made from it."""

KINDS: Mapping[str, type[Event]] = {kind.name: kind for kind in typing.get_args(AnyEvent)}


def as_dict(event: Event) -> dict[str, Any]:
    """An event as plain data: ``name`` first, then its fields in the order of their definition."""
    fields = dataclasses.fields(event)
    return {"name": event.name, **{f.name: getattr(event, f.name) for f in fields}}
