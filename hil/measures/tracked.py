"""Follow an analog recording through its reference, step by step.

Each step is located near the place where the one before leads to, to a part of a frame. The
clocks of both cards differ, so the place drifts, by some hundredths of a frame in a step; a frame
that was dropped is a shift by a whole one.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from hil.measures.jump import Followed, Jump
from hil.measures.matching import best_gain
from hil.measures.samples import MeasureError, Signal, as_signal
from hil.measures.split import Split, split, stretch_of
from hil.measures.stepping import FAINT, Step, found_steps, rms
from hil.recording import Samples

SHORTEST_STEP_FRAMES = 256

_SHIFT_FRAMES = 0.5
_STRADDLING_FRAMES = 0.25
_DRIFT_STEPS = 16
"""In fewer steps the drift is less than what is measured."""


def follow(samples: Samples, reference: Samples, step_frames: int) -> Followed:
    """Every shift by half a frame and more, and what is not in the reference at all.

    Args:
        samples: shape (frames, channels); begins and ends with sound.
        reference: of the same channels.
        step_frames: length of a step; as much silence or foreign sound is found.

    Raises:
        MeasureError: nothing of the reference is in the recording, or it is shorter than a step.
    """
    if step_frames < SHORTEST_STEP_FRAMES or len(samples) < step_frames:
        raise MeasureError(
            f"recording: {len(samples)} frames of sound in steps of {step_frames}; expected steps "
            f"of at least {SHORTEST_STEP_FRAMES} frames and one step of sound; record longer"
        )
    steps = found_steps(samples, reference, step_frames)
    if not steps:
        raise MeasureError(
            f"recording: {len(samples)} frames of sound, nothing like the reference; expected a "
            "recording of it; is this what was played?"
        )
    return _Judge(samples, reference, step_frames, steps).followed()


class _Judge:
    """Tells jumps from drift, and where exactly they are."""

    def __init__(
        self, samples: Samples, reference: Samples, step_frames: int, steps: list[Step]
    ) -> None:
        self._samples, self._reference = samples, reference
        self._step_frames, self._steps = step_frames, steps
        drifts = [(b.lead - a.lead) / (b.frame - a.frame) for a, b in pairwise(steps)]
        self._drift = float(np.median(drifts)) if len(drifts) >= _DRIFT_STEPS else 0.0

    def followed(self) -> Followed:
        """All jumps, and the reference's frames at both ends."""
        first, last = self._steps[0], self._steps[-1]
        followed = Followed(max(self._at(first, 0), 0))
        if first.frame:
            followed.jumps.append(self._beginning(first))
        anchor = first
        for number, step in enumerate(self._steps[1:], start=1):
            missed = step.frame - self._steps[number - 1].frame > self._step_frames
            if not missed and self._straddles(anchor, number):
                continue
            if missed or abs(self._shift(anchor, step)) >= _SHIFT_FRAMES:
                followed.jumps.append(self._jump(anchor, step))
            anchor = step
        if last.frame + self._step_frames < len(self._samples):
            followed.jumps.append(self._end(last))
        else:
            followed.behind = self._at(last, len(self._samples))
        return followed

    def _at(self, step: Step, frame: int) -> int:
        """Which of the reference ``frame`` of the recording is, if all is as in ``step``."""
        return round(frame + step.lead + self._drift * (frame - step.frame))

    def _shift(self, before: Step, after: Step) -> float:
        return after.lead - before.lead - self._drift * (after.frame - before.frame)

    def _straddles(self, anchor: Step, number: int) -> bool:
        """Whether a step has a shift in its midst, so that only the next one tells its length."""
        step = self._steps[number]
        following = self._steps[number + 1 : number + 2]
        return (
            abs(self._shift(anchor, step)) > _STRADDLING_FRAMES
            and bool(following)
            and abs(self._shift(step, following[0])) > _STRADDLING_FRAMES
        )

    def _jump(self, before: Step, after: Step) -> Jump:
        end = after.frame + self._step_frames
        piece = self._piece(before.frame, end)
        cut = split(
            piece, self._wanted(before, before.frame, end), self._wanted(after, before.frame, end)
        )
        cut = Split(cut.end + before.frame, cut.begin + before.frame)
        shift = self._shift(before, after)
        if (
            abs(shift) < _SHIFT_FRAMES and cut.end == cut.begin
        ):  # all of it is there, with something else above it
            cut = Split(before.frame + self._step_frames, after.frame)
        expected = self._at(before, cut.end)
        passed = (cut.begin - cut.end) * (1 + self._drift)
        return self._told(cut, expected, expected + round(passed + shift))

    def _beginning(self, first: Step) -> Jump:
        end = first.frame + self._step_frames
        piece = self._piece(0, end)
        cut = split(piece, np.zeros_like(piece), self._wanted(first, 0, end))
        return self._told(
            Split(0, cut.begin), max(self._at(first, 0), 0), self._at(first, cut.begin)
        )

    def _end(self, last: Step) -> Jump:
        end = len(self._samples)
        piece = self._piece(last.frame, end)
        cut = split(piece, self._wanted(last, last.frame, end), np.zeros_like(piece)).end
        cut += last.frame
        return self._told(Split(cut, end), self._at(last, cut), None)

    def _told(self, cut: Split, expected: int, found: int | None) -> Jump:
        foreign = self._samples[cut.end : cut.begin]
        silent = len(foreign) > 0 and rms(foreign) <= FAINT * rms(self._samples)
        return Jump(cut.end, expected, found, len(foreign), silent)

    def _piece(self, first: int, end: int) -> Signal:
        return as_signal(self._samples[first:end])

    def _wanted(self, step: Step, first: int, end: int) -> Signal:
        """What would be heard from ``first`` to ``end`` if all were as in ``step``."""
        wanted = stretch_of(self._reference, first + step.lead, end - first)
        inside = slice(step.frame - first, step.frame - first + self._step_frames)
        heard = self._piece(step.frame, step.frame + self._step_frames)
        return wanted * best_gain(heard, wanted[inside])
