"""Normalised cross-correlation of a short window with a long reference, block by block.

Blocks of 32 bit floats keep the memory small and minutes of reference quick; whoever finds the
place then looks at it with all the bits (``alignment.locate``).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hil.measures.samples import FULL_SCALE
from hil.recording import Samples

_BLOCK_FRAMES = 1 << 16
_FAINT = 1e-7
"""Below this share of a block's loudest stretch, rounding is all that is left of the sound."""


def likenesses(window: Samples, reference: Samples) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """How like the window each stretch of the reference is.

    Args:
        window: shape (frames, channels), not longer than the reference.
        reference: shape (frames, channels).

    Yields:
        The first frame of a block, and for each of the next frames the likeness of the stretch
        that begins there: from -1 (the same, upside down) to 1, and 0 where there is silence.
    """
    frames = len(window)
    size = _block_size(frames, len(reference))
    pattern = _planes(window)
    pattern_energy = float(np.sum(pattern.astype(np.float64) ** 2))
    spectrum = np.conj(np.fft.rfft(pattern, size))
    places = len(reference) - frames + 1
    for first in range(0, places, size - frames + 1):
        block = _planes(reference[first : first + size])
        count = block.shape[1] - frames + 1
        product = np.sum(np.fft.rfft(block, size) * spectrum, axis=0)
        alike = np.fft.irfft(product, size)[:count]
        energy = _energies(block, frames)
        yield first, alike / np.sqrt(energy * pattern_energy)


def _block_size(frames: int, reference_frames: int) -> int:
    wanted = min(max(_BLOCK_FRAMES, 4 * frames), reference_frames)
    return 1 << (wanted - 1).bit_length()


def _planes(samples: Samples) -> NDArray[np.float32]:
    """Shape (channels, frames), each channel in one piece."""
    planes = np.ascontiguousarray(samples.T, np.float32)
    planes *= np.float32(1 / FULL_SCALE)
    return planes


def _energies(block: NDArray[np.float32], frames: int) -> NDArray[np.float64]:
    """Of each stretch of so many frames; infinite where it is too faint."""
    power = np.sum(np.square(block, dtype=np.float64), axis=0)
    total = np.concatenate([[0.0], np.cumsum(power)])
    energy: NDArray[np.float64] = total[frames:] - total[: len(total) - frames]
    energy[energy <= _FAINT * energy.max()] = np.inf
    return energy
