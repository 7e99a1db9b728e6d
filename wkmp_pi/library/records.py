"""What is handed to the library and back, besides passages: words only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wkmp_pi.events.kinds import Reason
from wkmp_pi.passage import EntryId, Passage, PassageId

NOT_IN_LIBRARY = PassageId(-1)
"""The id of a passage that only history remembers; whoever plays it again gives it another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SongPlay:
    """What was heard of one song; ``song`` is 0 if the library does not know it."""

    song: int
    title: str
    artist: str = ""
    started_utc: datetime
    played_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What was heard of one passage.

    Attributes:
        started_utc: when its first frame was heard, with a time zone.
        played_ms: pauses left out.
    """

    entry: EntryId
    passage: Passage
    started_utc: datetime
    reason: Reason
    played_ms: int
    songs: tuple[SongPlay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """What is known of an audio file besides its passages.

    Attributes:
        file: absolute path.
        frames: exact length in the file's own frames.
    """

    file: str
    frames: int
    rate_hz: int
    channels: int
    format: str
    size_bytes: int | None = None
    mtime_ns: int | None = None
