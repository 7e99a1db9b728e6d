"""How loud it is. 0 dBFS is full scale: a sine that reaches it has a peak of 0 and an RMS of -3."""

from __future__ import annotations

import numpy as np

from hil.measures.matching import likeness, matched
from hil.measures.samples import FULL_SCALE, MeasureError, as_signal, checked, in_db
from hil.recording import Samples

_LEAST_LIKENESS = 0.5


def rms_dbfs(samples: Samples) -> float:
    """Root mean square over all channels; minus infinity for silence.

    Raises:
        MeasureError: there is nothing to measure.
    """
    checked(samples, "samples")
    return in_db(float(np.sqrt(np.mean(as_signal(samples) ** 2))))


def peak_dbfs(samples: Samples) -> float:
    """The largest sample of any channel; minus infinity for silence.

    Raises:
        MeasureError: there is nothing to measure.
    """
    checked(samples, "samples")
    largest = max(int(samples.max()), -int(samples.min()))
    return in_db(largest / FULL_SCALE)


def gain_db(captured: Samples, reference: Samples) -> float:
    """Gain from the reference to what was captured, by least squares; hundredths of a dB count.

    A delay of less than a frame does not weaken it; a filter on the way does.

    Args:
        captured: shape (frames, channels), right to the frame.
        reference: of the same shape.

    Returns:
        The gain, whatever its sign; minus infinity if silence was captured.

    Raises:
        MeasureError: shapes differ, fewer than 64 frames, the reference is silent, or the two
            are not the same sound.
    """
    heard, wanted, gain = matched(captured, reference)
    if not heard.any():
        return -np.inf
    alike = likeness(heard, wanted)
    if abs(alike) < _LEAST_LIKENESS:
        raise MeasureError(
            f"captured and reference: likeness {alike:.2f}; expected at least "
            f"{_LEAST_LIKENESS}; lay them right with `locate` first"
        )
    return in_db(abs(gain))
