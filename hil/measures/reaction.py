"""When the sound changed: what is heard after somebody did something to it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hil.measures.alignment import Place, locate
from hil.measures.matching import matched
from hil.measures.samples import MeasureError, as_signal, checked
from hil.measures.split import stretch_of
from hil.recording import Samples

_STEP_FRAMES = 1024
_REACH_FRAMES = 22_050
_NEAR_FRAMES = 8
_NOTICED = 0.01
_NOISE_FACTOR = 8.0
"""A clock that drifts leaves three times as much in the next step, and no two steps are alike."""


class _Before(NamedTuple):
    """What a step of the recording is, as long as nothing has changed.

    Attributes:
        place: of its first frame in the reference.
        gain: from the reference to it.
        apart: how far a frame is from that, at most, full scale ±1.0; what is further is a change.
    """

    place: Place
    gain: float
    apart: float


def changed(
    samples: Samples, reference: Samples, frame: int, *, reach_frames: int = _REACH_FRAMES
) -> int:
    """The first frame that is not what would have come without a change, be it level or place.

    Right to a few frames; of a change that comes by degrees, the first that shows above the noise
    of the wire, or 1 % of the level where there is none.

    Args:
        samples: shape (frames, channels).
        reference: what was played up to the change, and would have gone on.
        frame: of the samples; up to here, and in the 1024 frames before it, nothing has changed.
        reach_frames: the change is looked for in so many from there on.

    Raises:
        MeasureError: what is heard before ``frame`` is not in the reference, or nothing changes.
    """
    checked(samples[: max(frame, 0)], "samples before the change", _STEP_FRAMES)
    checked(samples[frame:], "samples after it")
    behind = min(frame + reach_frames, len(samples))
    near: int | None = None
    for first in range(frame, behind, _STEP_FRAMES):
        before = _before(samples[first - _STEP_FRAMES : first], reference, near)
        heard = samples[first : min(first + _STEP_FRAMES, behind)]
        if (at := _first_apart(heard, reference, before)) is not None:
            return first + at
        near = before.place.frame + _STEP_FRAMES
    raise MeasureError(
        f"samples: the same sound for {behind - frame} frames from {frame} on; expected a change; "
        "was it asked for, and is the recording long enough?"
    )


def _before(known: Samples, reference: Samples, near: int | None) -> _Before:
    """Followed step by step, because the clocks of player and recorder drift apart."""
    place = locate(known, reference, near, reach_frames=_NEAR_FRAMES)
    there = reference[place.frame : place.frame + len(known)]
    heard, wanted, gain = matched(known, there)
    noise = float(np.abs(heard - gain * wanted).max())
    level = float(np.sqrt(np.mean(np.square(heard))))
    return _Before(place, gain, _NOISE_FACTOR * noise + _NOTICED * level)


def _first_apart(heard: Samples, reference: Samples, before: _Before) -> int | None:
    unchanged = before.gain * stretch_of(reference, before.place.at + _STEP_FRAMES, len(heard))
    apart = np.abs(as_signal(heard) - unchanged).max(axis=1) > before.apart
    return int(np.argmax(apart)) if apart.any() else None
