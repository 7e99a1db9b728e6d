"""What instruments are built from: rotations, cycles, noise, and the shapes of loudness in time.

Pure functions of arrays, float32 throughout; nothing here loops over samples.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Sound = NDArray[np.float32]
"""Mono ``(n,)`` or stereo ``(2, n)``; full scale is ±1.0."""

_CYCLE_BITS = 15  # a cycle of 32768 points: read without interpolation, its error lies near -80 dB


def seconds_of(seconds: float, rate_hz: int) -> Sound:
    """The time of each frame."""
    return np.arange(int(seconds * rate_hz), dtype=np.float32) / np.float32(rate_hz)


def turning(hz: float, frames: int, rate_hz: int) -> Sound:
    """The angle of a steady rotation, wrapped, so that float32 stays exact to the last frame."""
    return _phase(hz, frames, rate_hz, 0.0).astype(np.float32) * np.float32(2 * np.pi / 2**32)


def saw(hz: float, frames: int, rate_hz: int, start: float, partials: int, slope: float) -> Sound:
    """A sawtooth without aliases: so many partials, each 1/k**slope, not above 1.0."""
    phase = _phase(hz, frames, rate_hz, start)
    return np.take(_cycle(partials, slope), phase >> np.uint32(32 - _CYCLE_BITS))


def noise(frames: int, rate_hz: int, dice: Generator, low_hz: float, high_hz: float) -> Sound:
    """White noise between two frequencies, with soft edges, 1.0 at its loudest."""

    def band(f: Sound) -> Sound:
        f = np.maximum(f, 1)
        return np.asarray(1 / np.sqrt((1 + (low_hz / f) ** 6) * (1 + (f / high_hz) ** 6)))

    sound = filtered(dice.standard_normal(frames, dtype=np.float32), rate_hz, band)
    sound /= np.abs(sound).max()
    return sound


def filtered(sound: Sound, rate_hz: int, response: Callable[[Sound], Sound]) -> Sound:
    """The same sound with its loudness at each frequency (Hz) multiplied by ``response``."""
    frames = sound.shape[-1]
    size = fast_size(frames)
    spectrum = np.fft.rfft(sound, size)
    spectrum *= response(np.fft.rfftfreq(size, 1 / rate_hz).astype(np.float32))
    return np.asarray(np.fft.irfft(spectrum, size)[..., :frames], np.float32)


def fast_size(frames: int) -> int:
    """The next power of two, or 3 or 5 times one: as long, and quick to transform."""
    return min(m << max(0, (frames - 1) // m).bit_length() for m in (1, 3, 5))


def start(frames: int, seconds: float, rate_hz: int) -> Sound:
    """A straight rise to 1, short enough to be a stroke and long enough not to be a click."""
    rise = np.arange(frames, dtype=np.float32) / np.float32(seconds * rate_hz)
    np.minimum(rise, 1, out=rise)
    return rise


def gate(frames: int, rate_hz: int, *, attack: float, held: float, release: float) -> Sound:
    """Half a cosine up, level, and after ``held`` seconds half a cosine down to silence."""
    t = np.arange(frames, dtype=np.float32) / np.float32(rate_hz)
    up = np.clip(t / np.float32(attack), 0, 1)
    down = np.clip((np.float32(held + release) - t) / np.float32(release), 0, 1)
    half = np.float32(np.pi / 2)
    return np.asarray(np.square(np.sin(half * up) * np.sin(half * down)))


def damped(sound: Sound, seconds: float, rate_hz: int) -> Sound:
    """Changes ``sound``: damped over a quarter of a second when its key is let go, then silent."""
    frames = sound.shape[-1]
    fall = min(int(0.25 * rate_hz), frames)
    begin = max(0, min(int(seconds * rate_hz), frames - fall))
    sound[..., begin : begin + fall] *= np.linspace(1, 0, fall, dtype=np.float32) ** 2
    sound[..., begin + fall :] = 0
    return sound


def _phase(hz: float, frames: int, rate_hz: int, start: float) -> NDArray[np.uint32]:
    """A rotation in whole steps of 1/2**32 of a turn; it wraps by itself."""
    step, first = round(hz / rate_hz * 2**32), int(start * 2**32) & 0xFFFFFFFF
    return np.arange(frames, dtype=np.uint32) * np.uint32(step) + np.uint32(first)


@functools.cache
def _cycle(partials: int, slope: float) -> Sound:
    angle = np.arange(2**_CYCLE_BITS) * (2 * np.pi / 2**_CYCLE_BITS)
    cycle = np.sum([np.sin(k * angle) / k**slope for k in range(1, partials + 1)], axis=0)
    return np.asarray(cycle / np.abs(cycle).max(), np.float32)
