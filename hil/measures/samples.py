"""What every measure asks of its arrays before it looks into them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.recording import Samples

Signal = NDArray[np.float64]
"""Shape (frames, channels), full scale ±1.0."""

FULL_SCALE = 2.0**31

DIGITAL_SILENCE = -np.inf
"""As a level in dBFS: only zeros are silence."""


class MeasureError(ValueError):
    """What was recorded is no material for this measure; *place: found; expected; remedy*."""


def checked(samples: NDArray[Any], name: str, at_least_frames: int = 1) -> None:
    """Refuse what is no sound, or too short.

    Args:
        samples: shape (frames, channels), integers of 32 bits.
        name: for the message.
        at_least_frames: so many are needed.

    Raises:
        MeasureError: it has another shape or type, no channel, or too few frames.
    """
    if samples.ndim != 2 or samples.shape[1] == 0:
        raise MeasureError(
            f"{name}: shape {samples.shape}; expected (frames, channels); "
            "reshape a single channel to (frames, 1)"
        )
    if samples.dtype != np.int32:
        raise MeasureError(
            f"{name}: {samples.dtype}; expected int32 with full scale ±2**31; "
            "shift narrower integers into the upper bits"
        )
    if len(samples) < at_least_frames:
        raise MeasureError(
            f"{name}: {len(samples)} frames; expected at least {at_least_frames}; record longer"
        )


def same_channels(first: Samples, second: Samples, names: str) -> None:
    """Refuse two arrays that cannot be laid side by side.

    Raises:
        MeasureError: their channel counts differ.
    """
    if first.shape[1] != second.shape[1]:
        raise MeasureError(
            f"{names}: {first.shape[1]} and {second.shape[1]} channels; expected the same; "
            "pick or mix channels first"
        )


def aligned(captured: Samples, expected: Samples, at_least_frames: int = 1) -> None:
    """Refuse two arrays that are not frame beside frame.

    Raises:
        MeasureError: their lengths or channel counts differ, or they are too short.
    """
    checked(captured, "captured", at_least_frames)
    checked(expected, "expected", at_least_frames)
    same_channels(captured, expected, "captured and expected")
    if len(captured) != len(expected):
        raise MeasureError(
            f"captured and expected: {len(captured)} and {len(expected)} frames; "
            "expected the same; cut both to the part that is compared"
        )


def sounding(samples: Samples, name: str) -> None:
    """Refuse silence.

    Raises:
        MeasureError: every sample is zero.
    """
    if not samples.any():
        raise MeasureError(
            f"{name}: {len(samples)} frames of silence; expected sound; "
            "is the box playing, and is its output wired to this input?"
        )


def as_signal(samples: Samples) -> Signal:
    """The same in float64, full scale ±1.0."""
    return samples / FULL_SCALE


def in_db(ratio: float) -> float:
    """An amplitude ratio in dB; of 0 it is minus infinity."""
    return float(20 * np.log10(ratio)) if ratio > 0 else -np.inf


def silent_frames(samples: Samples, below_dbfs: float = DIGITAL_SILENCE) -> NDArray[np.bool_]:
    """For each frame, whether no channel is beyond a level.

    Args:
        samples: shape (frames, channels).
        below_dbfs: peak level that still is silence; minus infinity: zeros only.
    """
    limit = np.int32(min(FULL_SCALE * 10 ** (below_dbfs / 20), FULL_SCALE - 1))
    quiet: NDArray[np.bool_] = np.all((samples <= limit) & (samples >= -limit), axis=1)
    return quiet
