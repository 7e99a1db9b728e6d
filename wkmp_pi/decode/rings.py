"""The memory of decode-ahead buffers, used again for the next ones.

Each passage needs a buffer of 5 MB. C's allocator keeps some of what it gets back of that size, so
that a box that played for an hour had grown by one at some moment or other; it fills what it gives
out again with zeros first; and what it does give back to the system, the writer would wait for,
because it is the last to let go of a buffer.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import Final

import numpy as np

from wkmp_pi.decode.buffer import CHANNELS, DecodeBuffer, Interleaved

_SPARE: Final = 2
"""So many wait to be used again: one for the passage that just ended, one more after a seek."""


class Rings:
    """Makes buffers whose memory comes back when nobody has them any more.

    Thread: ``buffer`` is for the producer's; memory comes back on whatever thread lets go of a
        buffer last, which costs nothing there.

    Args:
        frames: length of the longest buffer; all of them take as much.
    """

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self._spare: deque[Interleaved] = deque(maxlen=_SPARE)

    def buffer(self, capacity_frames: int, rate_hz: int, low_frames: int) -> DecodeBuffer:
        """An empty buffer; arguments as for ``DecodeBuffer``, at most ``frames`` long."""
        try:
            ring = self._spare.pop()
        except IndexError:
            ring = np.zeros(self.frames * CHANNELS, np.float32)
        buffer = DecodeBuffer(capacity_frames, rate_hz, low_frames, ring)
        weakref.finalize(buffer, self._spare.append, ring).atexit = False
        return buffer
