"""The frequency of a tone, to parts of a millionth: whose clock is right, and whose resampler.

A spectrum of a few seconds shows it to parts of a Hz; then the phases at the tone's own frequency
in the first and in the second half tell how much it turned more or less than expected.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hil.measures.samples import MeasureError, as_signal, checked, sounding
from hil.recording import Samples

_LEAST_FRAMES = 4096
_LEAST_PERIODS = 16
_LOBE_BINS = 4
_LEAST_SHARE = 0.9
_ROUNDS = 3
_NOTHING = 1e-12
"""Of a constant offset, rounding is all that is left when it is taken away."""


def frequency_hz(samples: Samples, rate_hz: float) -> float:
    """Of the one tone that is in all the samples.

    Args:
        samples: shape (frames, channels), a steady tone without a break; seconds of it.
        rate_hz: what the recorder calls its rate; a wrong clock shows in the result.

    Raises:
        MeasureError: it is no tone, too low or too short.
    """
    checked(samples, "samples", _LEAST_FRAMES)
    sounding(samples, "samples")
    sound = as_signal(samples)
    frequency = _coarse(sound)
    half = len(sound) // 2
    first, second = sound[:half], sound[half : 2 * half]
    for _ in range(_ROUNDS):
        turned = np.vdot(_at(first, frequency), _at(second, frequency))
        expected = np.exp(2j * np.pi * frequency * half)
        frequency += float(np.angle(turned * np.conj(expected))) / (2 * np.pi * half)
    return frequency * rate_hz


def deviation_ppm(samples: Samples, rate_hz: float, nominal_hz: float) -> float:
    """How far a tone is from what it should be, in millionths; positive: too high.

    Raises:
        MeasureError: as ``frequency_hz``.
    """
    return (frequency_hz(samples, rate_hz) / nominal_hz - 1) * 1e6


def _coarse(sound: NDArray[np.float64]) -> float:
    """In cycles per frame, to a fraction of a bin."""
    frames = len(sound)
    spectrum = np.fft.rfft((sound - sound.mean(axis=0)) * _window(frames), axis=0)
    power = np.sum(np.abs(spectrum) ** 2, axis=1)
    top = int(np.argmax(power))
    lobe = slice(max(top - _LOBE_BINS, 0), top + _LOBE_BINS + 1)
    share = float(power[lobe].sum() / max(power.sum(), _NOTHING))
    if share < _LEAST_SHARE:
        raise MeasureError(
            f"samples: {share:.0%} of the sound at its strongest frequency; expected a steady "
            "tone; cut what is before and behind it, and look for dropped frames"
        )
    if top < _LEAST_PERIODS:
        raise MeasureError(
            f"samples: about {top} periods of the tone; expected {_LEAST_PERIODS}; record longer"
        )
    bins = np.arange(len(power))[lobe]
    return float(np.sum(bins * power[lobe]) / power[lobe].sum()) / frames


def _at(sound: NDArray[np.float64], frequency: float) -> NDArray[np.complex128]:
    """What each channel has of one frequency, with the phase of its beginning."""
    frames = len(sound)
    turning = np.exp(-2j * np.pi * frequency * np.arange(frames))[:, None]
    part: NDArray[np.complex128] = np.sum(sound * _window(frames) * turning, axis=0)
    return part


def _window(frames: int) -> NDArray[np.float64]:
    """Of Blackman: what is 3 bins away, and below zero Hz, no longer counts."""
    return np.blackman(frames)[:, None]
