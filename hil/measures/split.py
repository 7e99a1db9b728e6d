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

_FIT = 0.02
"""Share of the power that may be left over where a sound is heard: hiss, and what filters took or
what a delay that is not quite right leaves."""


class Split(NamedTuple):
    """``before`` is heard up to frame ``end``, and ``after`` from frame ``begin`` on."""

    end: int
    begin: int


def split(captured: Signal, before: Signal, after: Signal) -> Split:
    """The cut that is the likeliest if what neither explains is any sound of the same loudness.

    Args:
        captured: shape (frames, channels).
        before: what is heard first, of the same shape, laid right to it and as loud.
        after: what is heard then, likewise.

    Returns:
        Both are the same frame unless something else is heard in between, or silence.
    """
    unlike_before, unlike_after = _unlike(captured, before), _unlike(captured, after)
    unlike_both = _unlike_any(captured)
    direct = unlike_before - unlike_after
    cut = int(np.argmin(direct))
    leaving = unlike_before - unlike_both
    entering = np.minimum.accumulate(leaving) + unlike_both - unlike_after
    begin = int(np.argmin(entering))
    least = _LEAST_BETWEEN_FRAMES * float(np.mean(np.sum(np.square(captured), axis=1)))
    if direct[cut] - entering[begin] <= least:
        return Split(cut, cut)
    return Split(int(np.argmin(leaving[: begin + 1])), begin)


def end_of(captured: Signal, before: Signal) -> int:
    """Up to which frame ``before`` is heard, as ``split``, with anything behind it."""
    return int(np.argmin(_unlike(captured, before) - _unlike_any(captured)))


def begin_of(captured: Signal, after: Signal) -> int:
    """From which frame on ``after`` is heard, as ``split``, with anything in front of it."""
    return int(np.argmin(_unlike_any(captured) - _unlike(captured, after)))


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


def _unlike(captured: Signal, expected: Signal) -> NDArray[np.float64]:
    """For each number of frames, the energy that ``expected`` does not explain in so many."""
    return _summed(np.sum(np.square(captured - expected), axis=1))


def _unlike_any(captured: Signal) -> NDArray[np.float64]:
    """What it may be, to be likelier than sound that has nothing to do with it.

    That is twice the logarithm of the likelihood of Gaussian noise of the loudness of all, in
    units of the power that may be left over.
    """
    power = np.sum(np.square(captured), axis=1)
    usual = float(np.mean(power)) * np.log(1 / _FIT)
    return _summed(_FIT * (power + usual))


def _summed(energy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(energy)])
