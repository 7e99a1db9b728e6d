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
    """TPDF of one LSB; its beginning follows its end, so that each part is one slice."""
    first, second = _uniform(2 * _TABLE_SAMPLES).reshape(2, -1)
    tpdf = first - second
    return (np.concatenate([tpdf, tpdf[: 2 * _BLOCK_FRAMES]]) * LSB).astype(np.float32)


def _uniform(count: int) -> NDArray[np.float64]:
    """Numbers from 0 up to 1, by SplitMix64, always the same ones.

    (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.)
    ``numpy.random`` would bring megabytes into the service for this one table.
    """
    state = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53


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
