"""What was captured beside what was expected, as well as a gain and a part of a frame can do it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hil.measures import subframe
from hil.measures.samples import Signal, aligned, as_signal, sounding
from hil.recording import Samples

_LEAST_FRAMES = 64
_EDGE_FRAMES = 256
_WHOLE = 1e-4
"""A delay of less, in frames, weakens nothing that could be measured."""


class Matched(NamedTuple):
    """Two signals of the same shape, and ``gain``: ``captured`` is nearly ``gain * expected``."""

    captured: Signal
    expected: Signal
    gain: float


def matched(captured: Samples, expected: Samples) -> Matched:
    """Lay the expected sound to the captured one, at the best gain and delay of up to a frame.

    Args:
        captured: shape (frames, channels), right to the frame.
        expected: of the same shape.

    Returns:
        Both without their edges if a part of a frame is between them: there the moved one is
        not right.

    Raises:
        MeasureError: shapes differ, fewer than 64 frames, or ``expected`` is silent.
    """
    aligned(captured, expected, _LEAST_FRAMES)
    sounding(expected, "expected")
    heard, wanted = as_signal(captured), as_signal(expected)
    by = 0.0 if np.array_equal(captured, expected) else subframe.fraction(heard, wanted)
    if abs(by) > _WHOLE:
        edge = min(_EDGE_FRAMES, len(heard) // 8)
        heard, wanted = heard[edge:-edge], subframe.shifted(wanted, by)[edge:-edge]
    return Matched(heard, wanted, best_gain(heard, wanted))


def best_gain(captured: Signal, expected: Signal) -> float:
    """By least squares, negative if upside down; 0 if there is nothing to compare with."""
    energy = float(np.vdot(expected, expected))
    return float(np.vdot(expected, captured)) / energy if energy else 0.0


def likeness(captured: Signal, expected: Signal) -> float:
    """1.0 if they differ by their level only, 0 if not alike or silent, -1.0 if upside down."""
    energy = float(np.vdot(captured, captured)) * float(np.vdot(expected, expected))
    return float(np.vdot(captured, expected)) / float(np.sqrt(energy)) if energy else 0.0
