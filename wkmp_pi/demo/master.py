"""Mastering: every piece equally loud, none too loud, nothing that a loudspeaker cannot use.

Pure arithmetic on whole pieces, float32 (2, frames).
"""

from __future__ import annotations

import numpy as np

from wkmp_pi.demo.waves import Sound, filtered

LOUDNESS_LUFS = -16.0
PEAK = 10 ** (-1.5 / 20)


def mastered(sound: Sound, rate_hz: int) -> Sound:
    """Changes ``sound``: no direct current, at ``LOUDNESS_LUFS``, its peaks rounded off."""
    sound -= sound.mean(axis=1, keepdims=True)
    sound *= 10 ** ((LOUDNESS_LUFS - loudness_lufs(sound, rate_hz)) / 20)
    return _rounded(sound)


def loudness_lufs(sound: Sound, rate_hz: int) -> float:
    """Integrated loudness by ITU-R BS.1770: K-weighted, gated at -70 LUFS and 10 LU below."""
    power = np.square(filtered(sound, rate_hz, _k_weight)).sum(axis=0)
    step = rate_hz // 10
    tenths = power[: power.size // step * step].reshape(-1, step).mean(axis=1)
    blocks = np.convolve(tenths, np.full(4, 0.25), "valid")  # 400 ms, overlapping by three quarters
    blocks = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    blocks = blocks[blocks > blocks.mean() / 10]
    return float(-0.691 + 10 * np.log10(blocks.mean()))


def _k_weight(f: Sound) -> Sound:
    """Magnitude of the K filter: a shelf of +4 dB above 1.7 kHz and a high-pass at 38 Hz.

    The analogue prototypes of the standard's two biquads; a magnitude is
    enough where only power is measured.
    """
    s = np.complex64(1j) * f
    high = s / np.float32(1681.97)
    shelf = (1.5849 * high**2 + 1.2589 * high / 0.7072 + 1) / (high**2 + high / 0.7072 + 1)
    low = s / np.float32(38.135)
    cut = low**2 / (low**2 + low / 0.5003 + 1)
    return np.asarray(np.abs(shelf * cut), np.float32)


def _rounded(sound: Sound) -> Sound:
    """Peaks above half of full scale bent smoothly towards ``PEAK``; below, nothing changes."""
    knee = np.float32(0.5)
    over = np.abs(sound) > knee
    excess = (np.abs(sound[over]) - knee) / np.float32(PEAK - knee)
    sound[over] = np.sign(sound[over]) * (knee + np.float32(PEAK - knee) * np.tanh(excess))
    return sound
