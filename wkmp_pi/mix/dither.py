"""TPDF dither for 16 bit outputs, the same for a frame whatever the period it is mixed in.

Two uniform random values of one step each add up to a triangular density:
the quantisation error is then free of distortion and of noise modulation
(Lipshitz, Wannamaker, Vanderkooy, "Quantization and Dither", JAES 40, 1992).
The values come from a table, because drawing them costs more than mixing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TABLE_SAMPLES = 1 << 16
_BLOCK_FRAMES = 1 << 12
_STRIDE = 40_503
"""Odd and far from a simple fraction of the table, so that blocks do not repeat audibly."""

LSB = np.float32(1 / 32768)


def _table() -> NDArray[np.float32]:
    random = np.random.Generator(np.random.PCG64(20_260_101))
    tpdf = random.random(_TABLE_SAMPLES) - random.random(_TABLE_SAMPLES)
    doubled = np.concatenate([tpdf, tpdf])
    return (doubled * LSB).astype(np.float32)


class Dither:
    """Adds dither to parts of the stream, addressed by their frame number."""

    def __init__(self) -> None:
        self._values = _table()

    def add(self, stream: NDArray[np.float32], frame: int) -> None:
        """Add dither in place to interleaved stereo whose first frame is number ``frame``."""
        done, total = 0, len(stream) // 2
        while done < total:
            block, inside = divmod(frame + done, _BLOCK_FRAMES)
            count = min(total - done, _BLOCK_FRAMES - inside)
            offset = (block * _STRIDE) % _TABLE_SAMPLES + inside * 2
            part = stream[done * 2 : (done + count) * 2]
            np.add(part, self._values[offset : offset + count * 2], out=part)
            done += count
