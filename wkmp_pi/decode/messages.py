"""What the decode worker is asked and what it tells; frozen, handed over between threads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NewType

from wkmp_pi.errors import MediaError
from wkmp_pi.units import Hz, Ticks

if TYPE_CHECKING:
    from wkmp_pi.decode.buffer import DecodeBuffer

TakeId = NewType("TakeId", int)
"""One decoding of one entry from one place on; a seek begins another take. Always grows."""


class Priority(IntEnum):
    """Whose buffer is filled first."""

    IMMEDIATE = 0
    NEXT = 1
    PREFETCH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What a file is, as its decoder sees it (not as its header claims).

    Attributes:
        frames: exact length in the file's own frames, encoder delay and padding left out.
        bits: resolution of the samples (8, 16, 24, 32); 0 for lossy codecs.
    """

    codec: str
    container: str
    rate_hz: Hz
    channels: int
    bits: int
    frames: int
    title: str = ""
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    disc: int | None = None
    track: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeRequest:
    """Fill a buffer with one passage, from ``skip_frames`` (at the working rate) on.

    Attributes:
        start: first tick of the passage in the file.
        end: the tick after its last, or ``None`` for the end of the file.
        thresholds_ms: amounts of buffered sound that are told once each, ascending.
    """

    take: TakeId
    file: str
    start: Ticks
    end: Ticks | None
    skip_frames: int
    priority: Priority
    thresholds_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The file can be played.

    Attributes:
        length_frames: length of the whole passage (not only of this take) at the working rate.
        exact16: every sample lies on the 16 bit grid, as 16 bit lossless at the working rate does.
    """

    take: TakeId
    media: Media
    length_frames: int
    exact16: bool
    buffer: DecodeBuffer


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdReached:
    """So much sound is ready (or all of it, if the passage is shorter); told once a threshold."""

    take: TakeId
    threshold_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """All is decoded. ``frames`` of this take; fewer than promised if the file is damaged."""

    take: TakeId
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """This take is over.

    Attributes:
        frames: of this take, given before; they can still be played.
        invalid_timing: the file is sound, but ends before the passage.
        away: the whole folder of the music is not there now; whoever knows it adds this.
    """

    take: TakeId
    error: MediaError
    frames: int = 0
    invalid_timing: bool = False
    away: bool = False


DecodeMessage = Opened | ThresholdReached | Finished | Failed
