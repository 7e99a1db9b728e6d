"""The stream's rate to the device's, period by period, where the two differ.

soxr's high quality: 15 µs for 1024 frames, and no delay on the time axis: frame
``n`` of the output is the sound at ``n / to_hz`` seconds. It works in blocks
and holds back some 20 ms, which come out with the periods that follow.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wkmp_pi.output.sink import CHANNELS, Stream

_TRIALS, _TRIAL_FRAMES = 64, 256


class Resampler:
    """One stream's way to another rate.

    Owns: what is held back.

    Attributes:
        held_frames: the most that is held back, in frames at ``from_hz``.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        import soxr  # here, because most cards play the stream's own rate

        self._soxr: Any = soxr.ResampleStream(from_hz, to_hz, CHANNELS, dtype="float32")
        silence = np.zeros(_TRIAL_FRAMES * CHANNELS, np.float32)
        delays = [self._soxr.delay() for _ in range(_TRIALS) if self(silence) is not None]
        self.held_frames = math.ceil(max(delays) * from_hz / to_hz) + _TRIAL_FRAMES
        self.clear()

    def __call__(self, stream: Stream) -> Stream:
        """The frames that are ready now: a new array, empty at times."""
        ready: Stream = self._soxr.resample_chunk(stream.reshape(-1, CHANNELS))
        return np.ascontiguousarray(ready).reshape(-1)

    def clear(self) -> None:
        """Forget what is held back."""
        self._soxr.clear()
