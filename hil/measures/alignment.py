"""Where in the material that was played a recording lies, and whether it is the same."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hil.measures import subframe
from hil.measures.correlation import likenesses
from hil.measures.matching import likeness, matched
from hil.measures.samples import (
    DIGITAL_SILENCE,
    MeasureError,
    as_signal,
    checked,
    in_db,
    same_channels,
    silent_frames,
    sounding,
)
from hil.recording import Samples

SHORTEST_FRAMES = 16
"""A shorter window is like too many places."""

_COMPARED_FRAMES = 1 << 16


class Place(NamedTuple):
    """Where in the reference a window begins.

    Attributes:
        frame: the nearest frame of the reference.
        fraction: so many frames after it (or before: from -0.5 to 0.5); 0 if bit for bit the same.
        likeness: 1.0 is the same but for its level; negative: upside down.
    """

    frame: int
    fraction: float
    likeness: float

    @property
    def at(self) -> float:
        """Both in one, in frames of the reference."""
        return self.frame + self.fraction


def locate(
    window: Samples,
    reference: Samples,
    near: int | None = None,
    *,
    reach_frames: int = 8192,
    least: float = 0.5,
) -> Place:
    """Find a piece of a recording in what was played.

    Args:
        window: shape (frames, channels); 1024 frames of noise lie at one place only.
        reference: shape (frames, channels), several minutes at most.
        near: look only this near, in frames of the reference; ``None`` looks everywhere.
        reach_frames: how far from ``near``, to both sides.
        least: likeness that is taken for the same; lower it where two passages sound at once.

    Returns:
        The likeliest place; of several like each other, any one.

    Raises:
        MeasureError: there is no such place; or the window is silent, too short, longer than the
            reference or of other channels.
    """
    checked(window, "window", SHORTEST_FRAMES)
    checked(reference, "reference", len(window))
    same_channels(window, reference, "window and reference")
    sounding(window, "window")
    first, last = 0, len(reference) - len(window)
    if near is not None:
        first, last = max(first, near - reach_frames), min(last, near + reach_frames)
    if first > last:
        raise MeasureError(
            f"window: to be found within {reach_frames} frames of {near}; expected a place in "
            f"a reference of {len(reference)} frames; is it the right reference?"
        )
    frame = first + _likeliest(window, reference[first : last + len(window)])
    place = _looked_at(window, reference, frame)
    if abs(place.likeness) < least:
        raise MeasureError(
            f"window: its likeness to the reference is {place.likeness:.2f} at best (at frame "
            f"{place.frame}); expected at least {least}; is this what was played?"
        )
    return place


def first_difference(captured: Samples, expected: Samples, within: int = 0) -> int | None:
    """The first frame that is not the very same.

    Args:
        captured: shape (frames, channels), right to the frame.
        expected: of the same channels; if one is shorter, the other's next frame differs.
        within: so much, of ±2**31, is taken for the same: 65536 is one step of 16 bits.

    Returns:
        Its number, or ``None`` if all are the same.

    Raises:
        MeasureError: the channel counts differ.
    """
    same_channels(captured, expected, "captured and expected")
    common = min(len(captured), len(expected))
    for first in range(0, common, _COMPARED_FRAMES):
        last = min(first + _COMPARED_FRAMES, common)
        differs = captured[first:last] != expected[first:last]
        if within:
            apart = captured[first:last].astype(np.int64) - expected[first:last]
            differs = np.abs(apart) > within
        wrong = differs.any(axis=1)
        if wrong.any():
            return first + int(np.argmax(wrong))
    return None if len(captured) == len(expected) else common


def residual_db(captured: Samples, expected: Samples) -> float:
    """What is left of ``captured`` without ``expected``, at its best gain and delay.

    Args:
        captured: shape (frames, channels), right to the frame.
        expected: of the same shape.

    Returns:
        Level in dB below the sound that was expected; minus infinity: nothing is left.

    Raises:
        MeasureError: shapes differ, fewer than 64 frames, or ``expected`` is silent.
    """
    heard, wanted, gain = matched(captured, expected)
    wanted_rms = float(np.sqrt(np.mean((gain * wanted) ** 2)))
    left_rms = float(np.sqrt(np.mean((heard - gain * wanted) ** 2)))
    if wanted_rms == 0:
        return np.inf if left_rms else -np.inf
    return in_db(left_rms / wanted_rms)


def onset(samples: Samples, below_dbfs: float = DIGITAL_SILENCE) -> int:
    """The first frame that is not silence.

    Args:
        samples: shape (frames, channels).
        below_dbfs: peak level that still is silence; minus infinity: zeros only.

    Raises:
        MeasureError: all of it is silence.
    """
    return int(np.argmax(_sounds(samples, below_dbfs)))


def end_of_sound(samples: Samples, below_dbfs: float = DIGITAL_SILENCE) -> int:
    """The frame behind the last one that is not silence; arguments and errors as ``onset``."""
    return len(samples) - int(np.argmax(_sounds(samples, below_dbfs)[::-1]))


def _sounds(samples: Samples, below_dbfs: float) -> NDArray[np.bool_]:
    checked(samples, "samples")
    sounds = ~silent_frames(samples, below_dbfs)
    if not sounds.any():
        raise MeasureError(
            f"samples: {len(samples)} frames, none above {below_dbfs} dBFS; expected sound; "
            "is the box playing, and is its output wired to this input?"
        )
    return sounds


def _likeliest(window: Samples, reference: Samples) -> int:
    best, frame = -1.0, 0
    for first, alike in likenesses(window, reference):
        size = np.abs(alike)
        inside = int(np.argmax(size))
        if size[inside] > best:
            best, frame = float(size[inside]), first + inside
    return frame


def _looked_at(window: Samples, reference: Samples, frame: int) -> Place:
    """With all the bits: the same to the last one, or a part of a frame beside."""
    there = reference[frame : frame + len(window)]
    if np.array_equal(window, there):
        return Place(frame, 0.0, 1.0)
    heard, wanted = as_signal(window), as_signal(there)
    by = subframe.fraction(heard, wanted)
    whole = round(by) if 0 <= frame + round(by) <= len(reference) - len(window) else 0
    return Place(frame + whole, by - whole, likeness(heard, subframe.shifted(wanted, by)))
