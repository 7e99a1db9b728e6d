"""A DAC, a wire and an ADC: what they do to sound, so that analog rigs are tried without any."""

from __future__ import annotations

import numpy as np
import soxr

from hil.measures.samples import FULL_SCALE
from hil.recording import Samples

_RINGING_FRAMES = 4096

LEAD_FRAMES = 1000
"""Noise of the wire before the sound begins."""


def analog(
    samples: Samples,
    *,
    fraction: float = 0.3,
    gain: float = 0.5,
    ppm: float = 0.0,
    snr_db: float = 60.0,
    seed: int = 0,
) -> Samples:
    """The sound at another level, a part of a frame early, by another clock, without its top.

    Args:
        samples: what the box wrote.
        fraction: the recording's frames lie so much further on in the sound.
        gain: factor.
        ppm: so much more frames are recorded than were played.
        snr_db: level of the sound above the noise of the wire.
        seed: of that noise.
    """
    around = np.pad(samples / FULL_SCALE, ((_RINGING_FRAMES, _RINGING_FRAMES), (0, 0)))
    frames = len(around)
    omega = 2 * np.pi * np.fft.rfftfreq(frames)
    response = np.exp(1j * omega * fraction) * (omega < 0.92 * np.pi)
    spectrum = np.fft.rfft(around, axis=0) * response[:, None]
    sound = np.fft.irfft(spectrum, frames, axis=0)[_RINGING_FRAMES:-_RINGING_FRAMES] * gain
    if ppm:
        sound = soxr.resample(sound, 1e6, 1e6 + ppm, quality="VHQ")
    hiss = sound.std() * 10 ** (-snr_db / 20)
    heard = np.pad(sound, ((LEAD_FRAMES, 0), (0, 0)))
    heard += np.random.default_rng(seed).normal(0, hiss, heard.shape)
    return np.rint(heard * FULL_SCALE).astype(np.int32)
