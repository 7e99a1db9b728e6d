"""Find each step of an analog recording in its reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hil.measures.alignment import locate
from hil.measures.samples import MeasureError
from hil.recording import Samples

_NEAR_FRAMES = 64
_FAR_FRAMES = 8192
_LEAST_LIKENESS = 0.35
"""Above chance (0.25 in minutes of noise), and below a step of which a half is of another place."""

FAINT = 0.03
"""Of the level of the whole recording: what is fainter is not looked for."""


class Step(NamedTuple):
    """A step of the recording that was found.

    Attributes:
        frame: of the recording, its first.
        lead: so many frames further on is its place in the reference.
        frames: its length.
    """

    frame: int
    lead: float
    frames: int


def found_steps(samples: Samples, reference: Samples, step_frames: int) -> list[Step]:
    """All steps that are somewhere in the reference, in their order.

    Args:
        samples: shape (frames, channels), at least one step.
        reference: of the same channels.
        step_frames: length of a step.
    """
    faint = FAINT * rms(samples)
    found: list[Step] = []
    missed: list[int] = []
    for frame in _frames(len(samples), step_frames):
        window = samples[frame : frame + step_frames]
        step = None
        if rms(window) > faint:
            lead = found[-1].lead if found else None
            # Everywhere is searched after 1, 2, 4, 8 … steps that were not found.
            everywhere = not len(missed) & (len(missed) - 1)
            step = _located(window, reference, frame, lead, everywhere=everywhere)
        if step is None:
            missed.append(frame)
        else:
            found += _back(samples, reference, missed, step)[::-1]
            found.append(step)
            missed.clear()
    return found


def step_near(window: Samples, reference: Samples, frame: int, lead: float) -> Step | None:
    """The step that begins with ``frame``, if it is about where ``lead`` says.

    Args:
        window: what was recorded in the step.
        reference: of the same channels.
        frame: of the recording.
        lead: of a step nearby.
    """
    return _place(window, reference, frame, lead, _NEAR_FRAMES)


def _back(samples: Samples, reference: Samples, missed: list[int], step: Step) -> list[Step]:
    """The steps just before one that was found by searching everywhere, backwards."""
    found: list[Step] = []
    lead = step.lead
    for frame in reversed(missed):
        before = step_near(samples[frame : frame + step.frames], reference, frame, lead)
        if before is None:
            break
        found.append(before)
        lead = before.lead
    return found


def _frames(frames: int, step_frames: int) -> Iterator[int]:
    """Where steps begin; the last one ends with the recording and may overlap the one before."""
    last = frames - step_frames
    yield from range(0, last, step_frames)
    yield last


def _located(
    window: Samples, reference: Samples, frame: int, lead: float | None, *, everywhere: bool
) -> Step | None:
    step = None
    if lead is not None:
        step = step_near(window, reference, frame, lead)
        step = step or _place(window, reference, frame, lead, _FAR_FRAMES)
    if step is None and everywhere:
        step = _place(window, reference, frame, None, 0)
    return step


def _place(
    window: Samples, reference: Samples, frame: int, lead: float | None, reach_frames: int
) -> Step | None:
    near = None if lead is None else round(frame + lead)
    try:
        place = locate(window, reference, near, reach_frames=reach_frames, least=_LEAST_LIKENESS)
    except MeasureError:
        return None
    return Step(frame, place.at - frame, len(window))


def rms(samples: Samples) -> float:
    """Of all channels, in the samples' own unit."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
