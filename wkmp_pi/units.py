"""Units of time and rate, and the exact arithmetic between them.

Time has four kinds here: calendar time (``_utc``), monotonic time (``_ns``,
CLOCK_MONOTONIC), audio time (``Frames`` at some rate) and library time
(``Ticks``). This module converts between the last two and milliseconds. It
uses integers only, and it never reads a clock.
"""

from __future__ import annotations

from typing import NewType

Ticks = NewType("Ticks", int)
"""Library time: 1/28 224 000 s, the smallest step that all usual sample rates divide."""

Frames = NewType("Frames", int)
"""Audio time: one sample per channel, at the rate that the context names."""

Hz = NewType("Hz", int)
"""Frames per second."""

TICKS_PER_SECOND = 28_224_000
TICKS_PER_MS = TICKS_PER_SECOND // 1000
NS_PER_SECOND = 1_000_000_000


def frames_from_ticks(ticks: int, rate_hz: int) -> Frames:
    """Ticks to the nearest frame at ``rate_hz``; halves round up. Exact where the rate divides."""
    return Frames((ticks * rate_hz * 2 + TICKS_PER_SECOND) // (2 * TICKS_PER_SECOND))


def ticks_from_frames(frames: int, rate_hz: int) -> Ticks:
    """Frames at ``rate_hz`` to the nearest tick; exact where the rate divides."""
    return Ticks((frames * TICKS_PER_SECOND * 2 + rate_hz) // (2 * rate_hz))


def frames_from_ms(ms: int, rate_hz: int) -> Frames:
    """Milliseconds to the nearest frame."""
    return Frames((ms * rate_hz * 2 + 1000) // 2000)


def ms_from_frames(frames: int, rate_hz: int) -> int:
    """Frames to whole milliseconds, rounded down: a position never claims what was not heard."""
    return frames * 1000 // rate_hz


def ticks_from_ms(ms: int) -> Ticks:
    """Milliseconds to ticks, exact."""
    return Ticks(ms * TICKS_PER_MS)


def ms_from_ticks(ticks: int) -> int:
    """Ticks to whole milliseconds, rounded down."""
    return ticks // TICKS_PER_MS


def ns_from_frames(frames: int, rate_hz: float) -> int:
    """How long that many frames last, in nanoseconds."""
    return round(frames * NS_PER_SECOND / rate_hz)


def rescale_frames(frames: int, from_hz: int, to_hz: int) -> Frames:
    """Frames at one rate to the nearest frame at another; halves round up."""
    return Frames((frames * to_hz * 2 + from_hz) // (2 * from_hz))


def perceptual_gain(percent: int) -> float:
    """Volume in percent (0 to 100) as a factor; 100 is exactly 1 and 0 exactly 0.

    The cube, as PulseAudio has it (``pa_sw_volume_to_linear`` in src/pulse/volume.c):
    half of the way sounds about half as loud, -18 dB.
    """
    return float((percent / 100) ** 3)
