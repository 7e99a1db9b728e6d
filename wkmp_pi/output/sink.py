"""What every output can do: the contract between the writer thread and a device or file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.units import Hz

CHANNELS = 2
"""The stream is always stereo; a sink maps it to what its device has."""

Stream = NDArray[np.float32]
"""Interleaved stereo, shape (frames * 2,), full scale ±1.0, already clipped and dithered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkFormat:
    """What a sink really realised.

    Attributes:
        device: stable id of the card, ``silent``, or ``wav:PATH``.
        rate_hz: the device's own rate.
        channels: the device's own channels.
        format: S16, S24_3LE, S24_LE, S32 or F32.
        period_frames: stream frames that the writer hands over at once.
        buffer_frames: stream frames that may be queued; the latency of every command.
    """

    device: str
    rate_hz: Hz
    channels: int
    format: str
    period_frames: int
    buffer_frames: int


class Position(NamedTuple):
    """How far the sound has come, as one observation.

    Attributes:
        heard: stream frames that have left the device since the sink was opened. A device
            tells it in steps, so that the truth is this or a little more, never less.
        at_ns: CLOCK_MONOTONIC of the observation.
    """

    heard: int
    at_ns: int


class Sink(Protocol):
    """An open output. One thread owns it; only ``close`` may be called twice."""

    format: SinkFormat
    realtime: bool
    """True: the device has a clock of its own. False: it takes everything at once (a file)."""
    stand_in: bool
    """It is in the place of a card that is not to be had; that one is tried from time to time."""

    def write(self, stream: Stream) -> bool:
        """Hand over one period; never waits.

        What the device does not take at once stays inside the sink and goes first the next
        time. After an underrun the refused frames are written again.

        Returns:
            False if the device had run dry before this period (an xrun), else True.

        Raises:
            DeviceError: the device is lost.
        """
        ...

    def position(self) -> Position:
        """Where the device stands now.

        Raises:
            DeviceError: the device is lost.
        """
        ...

    def pause(self) -> None:
        """Stop the device at once and forget what is queued; the next write starts it again.

        ``position().heard`` then equals all that was written.
        """
        ...

    def close(self) -> None:
        """Release the device without waiting for what is queued."""
        ...

    def abandon(self) -> None:
        """Release a device that was lost; never raises, and asks it for nothing it may not answer.

        Instead of ``close``, which is harmless afterwards.
        """
        ...
