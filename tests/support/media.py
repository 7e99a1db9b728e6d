"""Real audio files for tests, and what they hold according to somebody else.

Signals are numbers, WAV files are written here byte by byte, every other
format comes from the ``ffmpeg`` command, and so do the reference decodings.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.decode.filedecoder import FileDecoder
from wkmp_pi.decode.files import FileBytes, open_media

Samples = NDArray[Any]
"""Shape (frames, channels)."""


def tones(frames: int, channels: int = 2, rate_hz: int = 44_100, seed: int = 0) -> Samples:
    """A chord, a sweep and some noise in every channel, all different; float64, below ±0.9."""
    random = np.random.default_rng(seed)
    seconds = np.arange(frames)[:, None] / rate_hz
    pitch = random.uniform(80, 0.2 * rate_hz, (4, channels))
    voices = sum(np.sin(2 * np.pi * hz * seconds * (1 + 0.05 * seconds)) for hz in pitch)
    return np.asarray(0.18 * voices + random.uniform(-0.1, 0.1, (frames, channels)))


def as_integers(samples: Samples, bits: int) -> Samples:
    """The nearest integers of so many bits, as int32."""
    return np.round(samples * (2 ** (bits - 1) - 1)).astype(np.int32)


def write_wav(path: Path, samples: Samples, rate_hz: int, bits: int) -> Path:
    """PCM of 8, 16, 24 or 32 bits from integers, or float of 32 or 64 from floats."""
    if samples.dtype.kind == "f":
        data, code = samples.astype(f"<f{bits // 8}").tobytes(), 3
    elif bits == 8:
        data, code = (samples + 128).astype(np.uint8).tobytes(), 1
    else:
        wide = np.ascontiguousarray(samples, dtype="<i4").view(np.uint8).reshape(-1, 4)
        data, code = wide[:, : bits // 8].tobytes(), 1
    return write_wav_bytes(path, data, rate_hz, samples.shape[1], bits, code=code)


def write_wav_bytes(
    path: Path, data: bytes, rate_hz: int, channels: int, bits: int, *, code: int = 1
) -> Path:
    """A WAV file around these bytes, with the plain 16 byte format chunk."""
    frame = channels * bits // 8
    layout = struct.pack("<HHIIHH", code, channels, rate_hz, rate_hz * frame, frame, bits)
    chunks = b"fmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", len(data))
    body = b"WAVE" + chunks + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def encode(source: Path, target: Path, *options: str) -> Path:
    """Convert with the ``ffmpeg`` command; ``options`` belong to the output."""
    ffmpeg("-i", str(source), *options, str(target))
    return target


def ffmpeg(*arguments: str) -> bytes:
    """Run ``ffmpeg``; what it writes to stdout."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def reference(path: Path, channels: int, *input_options: str) -> Samples:
    """What the ``ffmpeg`` command decodes, as float32, without any conversion of rate."""
    data = ffmpeg(*input_options, "-i", str(path), "-f", "f32le", "-c:a", "pcm_f32le", "-")
    return np.frombuffer(data, "<f4").reshape(-1, channels)


def opened(path: Path) -> FileDecoder:
    """Our decoder on a file."""
    return FileDecoder(FileBytes(open_media(str(path))))


def decoded(path: Path, start: int = 0, frames: int | None = None) -> Samples:
    """What we decode from frame ``start`` on: ``frames`` of it, or all."""
    decoder = opened(path)
    try:
        return taken(decoder.blocks(start), frames)
    finally:
        decoder.close()


def taken(blocks: Iterator[Samples], frames: int | None = None) -> Samples:
    """The first ``frames`` of a stream of blocks, or all of it."""
    parts, count = [np.zeros((0, 2), np.float32)], 0
    for block in blocks:
        parts.append(block)
        count += len(block)
        if frames is not None and count >= frames:
            break
    return np.concatenate(parts)[:frames]
