"""A span of a file at the working rate, the same whether it is a part or cut from the whole.

``soxr`` (HQ: 20 bit, linear phase, no delay) resamples a stream from wherever
it is started. Started at an input frame that falls exactly on an output frame,
and early enough for its filter to fill, it gives the same samples as if it
had come from the beginning; fed beyond the wanted end, as if it went on. At
the working rate itself nothing is touched and soxr is not even imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import Final

import numpy as np

from wkmp_pi.decode.decoder import Decoder, Stereo

_FILTER_FRAMES: Final = 512
"""More than half the length of soxr's filters, in frames of the lower rate."""

_SILENCE: Final = np.zeros((2048, 2), np.float32)


def length_at(frames: int, from_hz: int, to_hz: int) -> int:
    """How many frames ``frames`` become at another rate; as soxr rounds (rate.h, ``rate_flush``).

    In floating point like there, so that halves fall to the same side.
    """
    return frames if from_hz == to_hz else int(frames / (from_hz / to_hz) + 0.5)


def span_at(decoder: Decoder, rate_hz: int, begin: int, end: int) -> Iterator[Stereo]:
    """The frames from ``begin`` to ``end`` of the whole file at ``rate_hz``.

    Yields:
        Blocks of any size; fewer frames in all if the file gives fewer than it promised.
    """
    if decoder.media.rate_hz == rate_hz:
        blocks = decoder.blocks(begin)
    else:
        blocks = _resampled(decoder, rate_hz, begin)
    return _first(blocks, end - begin)


def _resampled(decoder: Decoder, rate_hz: int, begin: int) -> Iterator[Stereo]:
    """The file at another rate from frame ``begin`` of the result on, to its end."""
    import soxr

    from_hz = decoder.media.rate_hz
    shared = gcd(from_hz, rate_hz)
    step_in, step_out = from_hz // shared, rate_hz // shared  # both rates meet at these steps
    pre_roll = _FILTER_FRAMES * max(from_hz, rate_hz) // rate_hz
    steps = max(0, begin * step_in // step_out - pre_roll) // step_in
    stream = soxr.ResampleStream(from_hz, rate_hz, 2, dtype="float32", quality="HQ")
    fed, at = steps * step_in, steps * step_out
    for block in decoder.blocks(fed):
        fed += len(block)
        out = stream.resample_chunk(block)
        yield out[max(0, begin - at) :]
        at += len(out)
    total = length_at(fed, from_hz, rate_hz)
    while at < total:  # behind its end a file is silent; what is still in the filter comes out
        out = stream.resample_chunk(_SILENCE)[: total - at]
        yield out[max(0, begin - at) :]
        at += len(out)


def _first(blocks: Iterator[Stereo], frames: int) -> Iterator[Stereo]:
    for block in blocks:
        if frames <= 0:
            return
        if len(block):
            yield block[:frames]
            frames -= len(block)
