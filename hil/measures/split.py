"""Where in a piece of a recording one sound ends and the next begins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hil.measures import subframe
from hil.measures.samples import Signal, as_signal
from hil.recording import Samples

_MARGIN_FRAMES = 64
_LEAST_BETWEEN_FRAMES = 8
"""Frames at full level that neither sound explains: fewer are the ringing of a filter."""


class Split(NamedTuple):
    """``before`` is heard up to frame ``end``, and ``after`` from frame ``begin`` on."""

    end: int
    begin: int


def split(captured: Signal, before: Signal, after: Signal) -> Split:
    """The cut that leaves the least over.

    Args:
        captured: shape (frames, channels).
        before: what is heard first, of the same shape, laid right to it and as loud.
        after: what is heard then, likewise.

    Returns:
        Both are the same frame unless something else is heard in between, or silence.
    """
    left_before, left_after = _left(captured, before), _left(captured, after)
    left_nothing = _summed(captured)
    direct = left_before - left_after
    cut = int(np.argmin(direct))
    leaving = np.minimum.accumulate(left_before - left_nothing)
    entering = leaving + left_nothing - left_after
    begin = int(np.argmin(entering))
    least = _LEAST_BETWEEN_FRAMES * left_nothing[-1] / max(len(captured), 1)
    if direct[cut] - entering[begin] <= least:
        return Split(cut, cut)
    return Split(int(np.argmin((left_before - left_nothing)[: begin + 1])), begin)


def stretch_of(reference: Samples, first: float, frames: int) -> Signal:
    """So many frames of the reference from ``first`` on, which may lie between two frames.

    What lies outside of the reference is silence.
    """
    whole = int(np.floor(first + 0.5))
    low, high = whole - _MARGIN_FRAMES, whole + frames + _MARGIN_FRAMES
    inside = as_signal(reference[max(low, 0) : max(high, 0)])
    left = min(max(-low, 0), high - low)
    right = high - low - left - len(inside)
    padded = np.pad(inside, ((left, right), (0, 0)))
    return subframe.shifted(padded, first - whole)[_MARGIN_FRAMES : _MARGIN_FRAMES + frames]


def _left(captured: Signal, expected: Signal) -> NDArray[np.float64]:
    """For each number of frames, the energy that ``expected`` does not explain in so many."""
    return _summed(captured - expected)


def _summed(sound: Signal) -> NDArray[np.float64]:
    power = np.sum(np.square(sound), axis=1)
    return np.concatenate([[0.0], np.cumsum(power)])
