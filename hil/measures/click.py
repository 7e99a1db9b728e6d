"""What is heard as a click: a place where the waveform breaks, louder than the sound around it.

The fourth difference of a tone is next to nothing; that of a break is several times its height.
So each millisecond's largest fourth difference is compared with those of the milliseconds on both
sides, and with the loudness there: a change of slope by 3 % of the level, as a steep fade has at
its beginning, is no click. Made for tones and steady sound; a drum is one click after the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hil.measures.samples import FULL_SCALE, checked, in_db
from hil.recording import Samples

_ORDER = 4
_BLOCK_MS = 1.0
_SIDE_BLOCKS = 20
_OWN_BLOCKS = 1
_LEAST_BLOCKS = 50
_CHUNK_BLOCKS = 1 << 12

_ROUGH = 1.75
"""A break must exceed what is usual around it by so much …"""

_LEVEL_SHARE = 0.08
"""… and this share of the level there: a fade of 0.96875 per frame makes 0.065 …"""

_FAINT = 8 / 32768
"""… and some steps of 16 bits: dither is no click."""


class Click(NamedTuple):
    """A break of the waveform.

    Attributes:
        frame: the first behind it, right to two frames.
        excess_db: so far it is above what passes for steady sound; above 0.
    """

    frame: int
    excess_db: float


class _Peaks(NamedTuple):
    """Of each block and channel, shape (blocks, channels): how loud, how rough, and where most."""

    level: NDArray[np.float32]
    rough: NDArray[np.float32]
    place: NDArray[np.intp]


def clicks(samples: Samples, rate_hz: int) -> list[Click]:
    """All breaks, in their order; those within 2 ms are one.

    A tone that is cut off just where it crosses zero does not break.

    Args:
        samples: shape (frames, channels), at least 50 ms.
        rate_hz: frames per second.

    Raises:
        MeasureError: it is too short to tell what is usual in it.
    """
    block_frames = max(round(rate_hz * _BLOCK_MS / 1000), _ORDER + 1)
    checked(samples, "samples", _LEAST_BLOCKS * block_frames)
    peaks = _peaks(samples, block_frames)
    usual = _ROUGH * _around(peaks.rough, 0.8) + _LEVEL_SHARE * _around(peaks.level, 0.8) + _FAINT
    ratio = peaks.rough / usual
    channel = np.argmax(ratio, axis=1)
    blocks = np.arange(len(ratio))
    excess = ratio[blocks, channel]
    frames = blocks * block_frames + peaks.place[blocks, channel]
    found: list[Click] = []
    for block in np.flatnonzero(excess > 1).tolist():
        click = Click(int(frames[block]), in_db(float(excess[block])))
        if not found or click.frame - found[-1].frame > 2 * block_frames:
            found.append(click)
        elif click.excess_db > found[-1].excess_db:
            found[-1] = click
    return found


def _peaks(samples: Samples, block_frames: int) -> _Peaks:
    """Of the whole blocks and of one that ends with the last frame, chunk by chunk."""
    whole = -(-len(samples) // block_frames)
    parts = [
        _chunk_peaks(samples, first, min(first + _CHUNK_BLOCKS, whole), block_frames)
        for first in range(0, whole, _CHUNK_BLOCKS)
    ]
    level, rough, place = zip(*parts, strict=True)
    return _Peaks(np.concatenate(level), np.concatenate(rough), np.concatenate(place))


def _chunk_peaks(samples: Samples, first: int, last: int, block_frames: int) -> _Peaks:
    begin, end = first * block_frames, min(last * block_frames, len(samples))
    # A break is seen from one frame behind it to three before it.
    low, high = max(begin - _ORDER + 1, 0), min(end + 1, len(samples))
    sound = samples[low:high] / FULL_SCALE
    rough = np.zeros((end - begin, samples.shape[1]))
    differences = np.abs(np.diff(sound, _ORDER, axis=0))
    at = low + _ORDER - 1 - begin
    rough[at : at + len(differences)] = differences
    missing = ((0, (last - first) * block_frames - (end - begin)), (0, 0))
    shape = (last - first, block_frames, samples.shape[1])
    rough = np.pad(rough, missing).reshape(shape)
    level = np.abs(np.pad(sound[begin - low : end - low], missing)).reshape(shape)
    highest = level.max(axis=1).astype(np.float32)
    return _Peaks(highest, rough.max(axis=1).astype(np.float32), rough.argmax(axis=1))


def _around(peaks: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """What so many of the blocks on the louder side of each block do not exceed."""
    margin = _SIDE_BLOCKS + _OWN_BLOCKS
    padded = np.pad(peaks, ((margin, margin), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SIDE_BLOCKS, axis=0)
    rank = int(share * _SIDE_BLOCKS)
    usual = np.partition(windows, rank, axis=-1)[..., rank]
    behind = usual[margin + _OWN_BLOCKS + 1 :]
    return np.maximum(usual[: len(peaks)], behind[: len(peaks)])
