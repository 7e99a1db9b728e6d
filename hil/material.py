"""What the rig plays: noise that is nowhere like itself, tones, steps, and the files of them.

Noise is the material of almost every test: each stretch of 1024 frames lies at one place only, so
that a recording tells to the frame what is heard, through wires as well as through bits.
"""

from __future__ import annotations

import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hil.recording import Samples

_BITS = (16, 24, 32)
_FADE_MS = 20.0


class Material(NamedTuple):
    """A file and what is in it.

    Attributes:
        path: WAV, integers.
        samples: shape (frames, channels), full scale ±2**31, as a digital recorder hears them.
        rate_hz: of both.
    """

    path: Path
    samples: Samples
    rate_hz: int


def noise(
    seed: int,
    seconds: float,
    rate_hz: int = 44_100,
    *,
    channels: int = 2,
    peak_db: float = -12.0,
    bits: int = 16,
) -> Samples:
    """Noise, another one in each channel; always the same for a seed.

    It is white but for its highest part, which no converter passes: the mean of neighbours is
    taken twice. So an analog recording, too, can be compared with it to hundredths of a dB.
    No sample of it is zero, so that it begins with its first frame and ends with its last, and
    a frame of silence within it is a fault.

    Args:
        seed: another seed, other noise.
        seconds: its length, rounded to frames.
        rate_hz: frames per second.
        channels: at least 1.
        peak_db: what it never exceeds, in dBFS; its RMS is 9 dB below.
        bits: 16, 24 or 32; the lower ones are zero.
    """
    highest = int(10 ** (peak_db / 20) * (2 ** (bits - 1) - 1))
    shape = (round(seconds * rate_hz) + 2, channels)
    values = np.random.default_rng(seed).integers(-highest, highest, shape, np.int32, endpoint=True)
    for _ in range(2):
        values = (values[1:] >> 1) + (values[:-1] >> 1)
    values[values == 0] = 1
    return values << np.int32(32 - bits)


def tone(
    frequency_hz: float,
    seconds: float,
    rate_hz: int = 44_100,
    *,
    channels: int = 2,
    peak_db: float = -12.0,
    bits: int = 16,
    fade_ms: float = _FADE_MS,
) -> Samples:
    """A sine, the same in each channel, that comes and goes without a click.

    Args:
        frequency_hz: below half of the rate.
        seconds: its length, rounded to frames.
        rate_hz: frames per second.
        channels: at least 1.
        peak_db: in dBFS.
        bits: 16, 24 or 32; it is rounded to these.
        fade_ms: how long it rises at the beginning and falls at the end; 0: not at all.
    """
    frames = round(seconds * rate_hz)
    sine = np.sin(2 * np.pi * frequency_hz / rate_hz * np.arange(frames)) * 10 ** (peak_db / 20)
    rising = min(round(fade_ms * rate_hz / 1000), frames // 2)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(rising) / max(rising, 1))
    sine[:rising] *= rise
    sine[frames - rising :] *= rise[::-1]
    return _whole(sine, channels, bits)


def steps(
    seconds: float,
    every_frames: int,
    rate_hz: int = 44_100,
    *,
    channels: int = 2,
    peak_db: float = -12.0,
    bits: int = 16,
) -> Samples:
    """Silence with single impulses of one frame, the first one at frame 0.

    Args:
        seconds: its length, rounded to frames.
        every_frames: from one impulse to the next.
        rate_hz: frames per second.
        channels: at least 1.
        peak_db: of the impulses, in dBFS.
        bits: 16, 24 or 32.
    """
    line = np.zeros(round(seconds * rate_hz))
    line[::every_frames] = 10 ** (peak_db / 20)
    return _whole(line, channels, bits)


def write_wav(path: Path, samples: Samples, rate_hz: int = 44_100, *, bits: int = 16) -> None:
    """Write integer PCM; nothing is rounded.

    Args:
        path: the file.
        samples: shape (frames, channels), full scale ±2**31.
        rate_hz: frames per second.
        bits: 16, 24 or 32.

    Raises:
        ValueError: ``bits`` is another, or the samples have more of them.
    """
    if bits not in _BITS:
        raise ValueError(f"{path}: {bits} bits; expected one of {_BITS}; pick the next larger")
    if bits < 32 and (samples & np.int32(2 ** (32 - bits) - 1)).any():
        raise ValueError(
            f"{path}: samples of more than {bits} bits; expected zeros below; make the material "
            "with as many bits as the file"
        )
    width = bits // 8
    upper = np.ascontiguousarray(samples, "<i4").view(np.uint8).reshape(-1, 4)[:, 4 - width :]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(upper.tobytes())


def noise_file(
    path: Path,
    seed: int,
    seconds: float,
    rate_hz: int = 44_100,
    *,
    channels: int = 2,
    peak_db: float = -12.0,
    bits: int = 16,
) -> Material:
    """Write ``noise`` to a WAV file; arguments as there."""
    samples = noise(seed, seconds, rate_hz, channels=channels, peak_db=peak_db, bits=bits)
    write_wav(path, samples, rate_hz, bits=bits)
    return Material(path, samples, rate_hz)


def _whole(line: NDArray[np.float64], channels: int, bits: int) -> Samples:
    """One channel of full scale ±1.0 as integers, in so many channels."""
    highest = 2 ** (bits - 1) - 1
    values = np.rint(np.clip(line * 2.0 ** (bits - 1), -highest - 1, highest)).astype(np.int64)
    whole = (values << (32 - bits)).astype(np.int32)
    return np.repeat(whole[:, None], channels, axis=1)
