"""What should be heard, computed and decoded by somebody else than the product."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hil.recording import Samples

Gain = Callable[[NDArray[np.float64]], NDArray[np.float64]]

CURVES: Final[Mapping[str, tuple[Gain, Gain]]] = MappingProxyType(
    {
        "exponential_logarithmic": (lambda t: t**2, lambda t: (1 - t) ** 2),
        "linear_linear": (lambda t: t, lambda t: 1 - t),
        "cosine_cosine": (
            lambda t: (1 - np.cos(np.pi * t)) / 2,
            lambda t: (1 + np.cos(np.pi * t)) / 2,
        ),
        "equal_power": (lambda t: np.sin(np.pi * t / 2), lambda t: np.cos(np.pi * t / 2)),
    }
)
"""Gains of what comes and of what goes, over a fade of which ``t`` from 0 to 1 has passed."""


def crossfaded(
    first: Samples, second: Samples, overlap_frames: int, curves: str
) -> NDArray[np.float64]:
    """Two passages of which the last and the first frames sound together.

    Args:
        first: shape (frames, channels), full scale ±2**31; longer than the overlap.
        second: likewise.
        overlap_frames: how long both sound.
        curves: a key of ``CURVES``.

    Returns:
        Shape (frames, channels), in the same scale, not rounded.
    """
    rise, fall = (gain(np.arange(overlap_frames) / overlap_frames) for gain in CURVES[curves])
    going, coming = first[-overlap_frames:], second[:overlap_frames]
    both = going * fall[:, None] + coming * rise[:, None]
    return np.concatenate(
        (first[:-overlap_frames].astype(np.float64), both, second[overlap_frames:])
    )


def encoded(source: Path, target: Path, *options: str) -> None:
    """``source`` in the format that the name of ``target`` says, by ffmpeg."""
    _ffmpeg("-i", str(source), *options, "-y", str(target))


def decoded(file: Path, channels: int = 2) -> Samples:
    """All frames of a file at its own rate, by ffmpeg; full scale ±2**31.

    Opus by its reference decoder, from which ffmpeg's own one differs.
    """
    by = ("-c:a", "libopus") if file.suffix == ".opus" else ()
    raw = _ffmpeg(*by, "-i", str(file), "-f", "f64le", "-acodec", "pcm_f64le", "-")
    floats = np.frombuffer(raw, "<f8").reshape(-1, channels)
    return np.clip(np.rint(floats * 2.0**31), -(2.0**31), 2.0**31 - 1).astype(np.int32)


def _ffmpeg(*words: str) -> bytes:
    command: Sequence[str] = ["ffmpeg", "-nostdin", "-v", "error", *words]
    return subprocess.run(command, check=True, capture_output=True).stdout
