"""Broken: the samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from hil.controls.breakages.replacing import put
from wkmp_pi.output.alsa_sink import AlsaSink


def wrong_gain() -> None:
    """Everything is 1 % too quiet."""
    write = AlsaSink.write
    put(AlsaSink, "write", lambda sink, stream: write(sink, stream * np.float32(0.99)))


def frame_dropped() -> None:
    """One frame is left out, once, about two seconds after the start of the sound."""
    write, written = AlsaSink.write, [0]

    def dropping(sink: AlsaSink, stream: Any) -> bool:
        written[0] += 1 if stream.any() else 0
        return write(sink, stream[2:] if written[0] == 100 else stream)

    put(AlsaSink, "write", dropping)


BREAKAGES = (wrong_gain, frame_dropped)
