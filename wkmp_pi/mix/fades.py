"""Fade curves as pure arrays: frame ``i`` of an ``n``-frame fade has ``t = i / n``.

A fade-in begins at gain 0 and would reach 1 on the frame after its last; a
fade-out begins at 1 and would reach 0 there. So a fade of zero frames is no
fade, and two neighbours of equal length meet without a doubled frame.

Exponential is slow first and fast at the end, logarithmic the other way
round; equal power keeps the loudness of unrelated neighbours constant
(sin² + cos² = 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.passage import Curve

Gains = NDArray[np.float32]
"""One gain per sample of an interleaved stereo stream, shape (frames * 2,)."""

_Shape = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_RISING: Mapping[Curve, _Shape] = {
    Curve.LINEAR: lambda t: t,
    Curve.EXPONENTIAL: lambda t: t * t,
    Curve.LOGARITHMIC: lambda t: 1 - (1 - t) ** 2,
    Curve.COSINE: lambda t: 0.5 * (1 - np.cos(math.pi * t)),
    Curve.EQUAL_POWER: lambda t: np.sin(0.5 * math.pi * t),
}

_FALLING: Mapping[Curve, _Shape] = {
    Curve.LINEAR: lambda t: 1 - t,
    Curve.EXPONENTIAL: lambda t: 1 - t * t,
    Curve.LOGARITHMIC: lambda t: (1 - t) ** 2,
    Curve.COSINE: lambda t: 0.5 * (1 + np.cos(math.pi * t)),
    Curve.EQUAL_POWER: lambda t: np.cos(0.5 * math.pi * t),
}

PAUSE_DECAY = 0.96875
"""Gain of each frame of a pause against the one before: steep, yet without a click."""

PAUSE_FRAMES = math.ceil(math.log(0.0001778) / math.log(PAUSE_DECAY))
"""After so many frames (about 6 ms) the decay is below -75 dB, and silence follows."""


def fade_in(curve: Curve, length: int, first: int, count: int) -> Gains:
    """Gains of frames ``first`` … ``first + count - 1`` of a fade-in of ``length`` frames."""
    return _sampled(_RISING[curve], length, first, count)


def fade_out(curve: Curve, length: int, first: int, count: int) -> Gains:
    """Gains of frames ``first`` … ``first + count - 1`` of a fade-out of ``length`` frames."""
    return _sampled(_FALLING[curve], length, first, count)


def ramp(start: float, end: float, length: int, first: int, count: int) -> Gains:
    """A straight line from gain ``start`` that arrives at ``end`` after ``length`` frames."""
    return _sampled(lambda t: start + (end - start) * t, length, first + 1, count)


def pause_decay(first: int, count: int) -> Gains:
    """Gains of a pause from its frame ``first`` on."""
    frames = np.arange(first + 1, first + count + 1, dtype=np.float64)
    return np.repeat(PAUSE_DECAY**frames, 2).astype(np.float32)


def _sampled(shape: _Shape, length: int, first: int, count: int) -> Gains:
    t = np.arange(first, first + count, dtype=np.float64) / length
    return np.repeat(shape(t), 2).astype(np.float32)
