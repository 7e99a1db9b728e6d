"""The words between the parts of a decoder: framings, codecs, and what they make together.

A *framing* knows how one container lays packets into a file and which frames
each packet holds; a *codec* turns packets into samples; a *decoder* is both
for one file. All positions are frames of the file at its own rate, counted
from the first one that is meant to be heard: what an encoder put before it
(its delay) has negative numbers, what it put behind (its padding) lies at or
after ``frames``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.decode.messages import Media

Stereo = NDArray[np.float32]
"""Samples, shape (frames, 2), C-contiguous, full scale ±1.0; the receiver may keep it."""


class Packet(NamedTuple):
    """One or more codec frames that follow each other, as they are sent to a codec.

    Attributes:
        data: what the codec takes (bytes; the container demuxer has packets of its own).
        start: the file's frame of the first sample that comes of it.
        frames: how many come of it; 0 if it only prepares the codec and its output is no use.
    """

    data: Any
    start: int
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What the headers of a file say about the one audio stream that is played.

    Attributes:
        codec: common name, as in ``Media.codec``.
        decoders: FFmpeg decoders that can read it, best first.
        setup: the codec's own headers (FFmpeg's "extradata").
        rate_hz: frames per second as the container counts them; a codec may deliver twice that.
        channels: 0 if only the codec knows.
        bits: resolution; 0 for lossy codecs.
    """

    codec: str
    decoders: tuple[str, ...]
    setup: bytes = b""
    rate_hz: int
    channels: int
    bits: int = 0


class Framing(ABC):
    """Where the packets of one file lie, and when they sound.

    Attributes:
        joined: whether a packet may hold several codec frames, which saves calls.
    """

    track: Track
    joined = False

    @property
    @abstractmethod
    def frames(self) -> int:
        """Exact length of what the bytes of a sound file decode to."""

    @abstractmethod
    def packets(self, start: int) -> Iterator[Packet]:
        """Packets in order, from early enough before frame ``start`` that it decodes exactly."""

    def one_by_one(self) -> None:
        """From now on each packet holds one codec frame, so that damage costs no more."""
        self.joined = False

    def delivered_at(self, rate_hz: int) -> None:  # noqa: B027 most have nothing to do
        """The codec delivers at this rate: from now on, count frames of that rate."""


class Decoder(Protocol):
    """One open file. Belongs to one thread; owns the file."""

    media: Media

    def blocks(self, start: int) -> Iterator[Stereo]:
        """Everything from frame ``start`` on, in blocks of any size, sample exact.

        What cannot be decoded becomes silence of the same length. Starting
        another iteration ends the one before.

        Raises:
            MediaError: more than half of the file cannot be decoded.
            OSError: the medium cannot be read.
        """
        ...

    def close(self) -> None:
        """Release the file; harmless when repeated."""
        ...
