"""What multiplies the whole mix: the volume with its ramp, the decay of a pause, the resume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.mix import fades
from wkmp_pi.passage import Curve

Factor = NDArray[np.float32] | np.float32 | None
"""One gain a sample, one for all of them, or ``None`` for unity."""

_ENDLESS = 1 << 30


class Level:
    """Gains that belong to no passage, each a state with a number of frames left.

    A pause is heard as a steep decay, after which nothing moves until ``resume``.
    Resuming in mid-decay lets the decay end first, so that no step is heard.
    """

    def __init__(self) -> None:
        self._gain = 1.0
        self._ramp_from = 1.0
        self._ramp_done = self._ramp_frames = 0
        self._decay_done = fades.PAUSE_FRAMES
        self._resume_done = self._resume_frames = 0

    @property
    def decaying(self) -> bool:
        """Whether a pause is on its way to silence."""
        return self._decay_done < fades.PAUSE_FRAMES

    def aim(self, gain: float, frames: int) -> None:
        """Reach ``gain`` within ``frames``; 0 sets it at once."""
        self._ramp_from = self._now()
        self._gain, self._ramp_done, self._ramp_frames = gain, 0, frames

    def pause(self) -> None:
        """Begin the decay."""
        self._decay_done = 0
        self._resume_frames = self._resume_done = 0

    def resume(self, frames: int) -> None:
        """Rise from silence within ``frames``, after a decay that is still on its way."""
        self._resume_done, self._resume_frames = 0, frames

    def rest(self) -> None:
        """Nothing sounds: whatever was on its way has arrived."""
        self._decay_done = fades.PAUSE_FRAMES
        self._ramp_done = self._ramp_frames
        self._resume_done = self._resume_frames

    def steady_frames(self) -> int:
        """How many frames until a decay, a rise or a ramp ends."""
        ramp = (self._ramp_frames - self._ramp_done) or _ENDLESS
        if self.decaying:
            return min(fades.PAUSE_FRAMES - self._decay_done, ramp)
        return min((self._resume_frames - self._resume_done) or _ENDLESS, ramp)

    def take(self, count: int) -> Factor:
        """The factor of the next ``count`` frames, which are then behind."""
        factor = self._ramp(count)
        if self.decaying:
            factor = _times(factor, fades.pause_decay(self._decay_done, count))
            self._decay_done += count
        elif self._resume_done < self._resume_frames:
            rise = fades.fade_in(Curve.EXPONENTIAL, self._resume_frames, self._resume_done, count)
            factor = _times(factor, rise)
            self._resume_done += count
        return factor

    def _ramp(self, count: int) -> Factor:
        if self._ramp_done >= self._ramp_frames:
            return None if self._gain == 1.0 else np.float32(self._gain)
        ramp = fades.ramp(self._ramp_from, self._gain, self._ramp_frames, self._ramp_done, count)
        self._ramp_done += count
        return ramp

    def _now(self) -> float:
        if self._ramp_done >= self._ramp_frames:
            return self._gain
        share = self._ramp_done / self._ramp_frames
        return self._ramp_from + (self._gain - self._ramp_from) * share


def _times(factor: Factor, gains: NDArray[np.float32]) -> NDArray[np.float32]:
    return gains if factor is None else gains * factor
