"""Less than a frame: by how much two arrays of the same sound lie apart, and how to lay them right.

A recording through a DAC and an ADC begins anywhere between two frames. The delay is where the
cross-spectrum of both, turned back by it, adds up to the most: for one delay and noise that is
the maximum likelihood (Knapp, Carter, "The Generalized Correlation Method for Estimation of Time
Delay", IEEE ASSP 24, 1976). A parabola through three points of the correlation would be 0.1
frames wrong for sound that reaches up to half of the rate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hil.measures.samples import Signal

_STEPS = 8
_REACH_FRAMES = 1.0


def fraction(captured: Signal, expected: Signal) -> float:
    """By how many frames ``captured`` lies further on in the sound than ``expected`` does.

    Args:
        captured: shape (frames, channels).
        expected: of the same shape, right to the frame.

    Returns:
        From -1 to 1: ``captured[k]`` is ``expected`` at ``k + fraction``.
    """
    frames = len(captured)
    window = np.hanning(frames)[:, None]
    cross = np.fft.rfft(captured * window, axis=0) * np.conj(np.fft.rfft(expected * window, axis=0))
    spectrum = cross.sum(axis=1)
    if frames % 2 == 0:
        spectrum = spectrum[:-1]  # half of the rate has no direction
    omega = 2 * np.pi * np.arange(len(spectrum)) / frames
    return _summit(spectrum, omega, _coarse(spectrum, omega))


def shifted(sound: Signal, by: float) -> Signal:
    """``sound`` at ``k + by`` for each of its frames ``k``; some frames at both ends are not right.

    Args:
        sound: shape (frames, channels).
        by: from -1 to 1.
    """
    if by == 0:
        return sound
    omega = 2 * np.pi * np.fft.rfftfreq(len(sound))
    turned = np.fft.rfft(sound, axis=0) * np.exp(1j * omega * by)[:, None]
    return np.fft.irfft(turned, len(sound), axis=0)


def _coarse(spectrum: NDArray[np.complex128], omega: NDArray[np.float64]) -> float:
    """The best of a few delays: near enough for Newton's way to the top."""
    delays = np.linspace(-_REACH_FRAMES, _REACH_FRAMES, 17)
    heights = [float(np.real(spectrum @ np.exp(-1j * omega * delay))) for delay in delays]
    return float(delays[int(np.argmax(np.abs(heights)))])


def _summit(spectrum: NDArray[np.complex128], omega: NDArray[np.float64], delay: float) -> float:
    for _ in range(_STEPS):
        turned = spectrum * np.exp(-1j * omega * delay)
        slope = float(np.sum(omega * turned.imag))
        bend = -float(np.sum(omega * omega * turned.real))
        if bend == 0:
            break
        step = -slope / bend
        delay += step
        if abs(step) < 1e-9:
            break
    return float(np.clip(delay, -_REACH_FRAMES, _REACH_FRAMES))
