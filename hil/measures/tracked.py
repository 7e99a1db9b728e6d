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
from hil.measures.split import Split, begin_of, end_of, split, stretch_of
from hil.measures.stepping import FAINT, Step, found_steps, rms, step_near
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
            followed.jumps.append(self._beginning())
        anchor = 0
        for number in range(1, len(self._steps)):
            missed = self._missed(number)
            if not missed and self._straddles(anchor, number):
                continue
            if missed or abs(self._shift(anchor, number)) >= _SHIFT_FRAMES:
                followed.jumps.append(self._jump(anchor, number))
            anchor = number
        if last.frame + self._step_frames < len(self._samples):
            followed.jumps.append(self._end())
        else:
            followed.behind = self._at(last, len(self._samples))
        return followed

    def _at(self, step: Step, frame: int) -> int:
        """Which of the reference ``frame`` of the recording is, if all is as in ``step``."""
        return round(frame + step.lead + self._drift * (frame - step.frame))

    def _missed(self, number: int) -> bool:
        """Whether steps were not found just before this one."""
        return self._steps[number].frame - self._steps[number - 1].frame > self._step_frames

    def _shift(self, before: int, after: int) -> float:
        """By how much more the lead changed from one step to another than the clocks let it."""
        first, last = self._steps[before], self._steps[after]
        return last.lead - first.lead - self._drift * (last.frame - first.frame)

    def _straddles(self, anchor: int, number: int) -> bool:
        """Whether a step has a shift in its midst, so that only the next one tells its length."""
        return (
            abs(self._shift(anchor, number)) > _STRADDLING_FRAMES
            and number + 1 < len(self._steps)
            and abs(self._shift(number, number + 1)) > _STRADDLING_FRAMES
        )

    def _undisturbed(self, number: int, aside: int) -> Step:
        """The step beside this one, away from a jump of which this one may have a part.

        Where there is none, the half of this step that is further away has to do.
        """
        step, beside = self._steps[number], number + aside
        if 0 <= beside < len(self._steps) and not self._missed(max(number, beside)):
            disturbed = abs(self._shift(number, beside)) > _STRADDLING_FRAMES
            return self._steps[number if disturbed else beside]
        half = step.frames // 2
        begin = step.frame + (half if aside > 0 else 0)
        window = self._samples[begin : begin + half]
        return step_near(window, self._reference, begin, step.lead) or step

    def _jump(self, anchor: int, number: int) -> Jump:
        before, after = self._undisturbed(anchor, -1), self._undisturbed(number, 1)
        begin, end = before.frame, after.frame + after.frames
        wanted = self._wanted(before, begin, end), self._wanted(after, begin, end)
        cut = split(self._piece(begin, end), *wanted)
        cut = Split(cut.end + begin, cut.begin + begin)
        shift = after.lead - before.lead - self._drift * (after.frame - before.frame)
        if abs(shift) < _SHIFT_FRAMES and cut.end == cut.begin:
            # All of it is there, with something else above it.
            cut = Split(
                self._steps[number - 1].frame + self._step_frames, self._steps[number].frame
            )
        expected = self._at(before, cut.end)
        passed = (cut.begin - cut.end) * (1 + self._drift)
        return self._told(cut, expected, expected + round(passed + shift))

    def _beginning(self) -> Jump:
        first = self._undisturbed(0, 1)
        end = first.frame + first.frames
        piece = self._piece(0, end)
        begin = begin_of(piece, self._wanted(first, 0, end))
        return self._told(Split(0, begin), max(self._at(first, 0), 0), self._at(first, begin))

    def _end(self) -> Jump:
        last = self._undisturbed(len(self._steps) - 1, -1)
        end = len(self._samples)
        piece = self._piece(last.frame, end)
        cut = last.frame + end_of(piece, self._wanted(last, last.frame, end))
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
        inside = slice(step.frame - first, step.frame - first + step.frames)
        heard = self._piece(step.frame, step.frame + step.frames)
        return wanted * best_gain(heard, wanted[inside])
