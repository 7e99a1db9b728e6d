"""Decoded pieces with their places → one gapless stream of exactly the wanted frames.

Pure. Codecs hand over more than was asked for (pre-roll, encoder delay,
padding) and, in damaged files, less. Here the ends are cut, holes become
silence so that everything after a hole keeps its time, and a file with more
holes than sound is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np

from wkmp_pi.decode.decoder import Stereo
from wkmp_pi.errors import MediaError

_SILENCE_FRAMES: Final = 16_384


class Piece(NamedTuple):
    """Decoded samples and the file's frame of the first of them."""

    start: int
    samples: Stereo


def continuous(pieces: Iterable[Piece], start: int, total: int) -> Iterator[Stereo]:
    """The frames from ``start`` to ``total`` without a seam.

    Args:
        pieces: in order; may begin before ``start``, overlap, leave holes, and end early or late.
        start: first frame that is wanted.
        total: frames of the whole file.

    Yields:
        Views of the pieces and silence for the holes; stops early if the pieces do.

    Raises:
        MediaError: more than half of ``total`` frames are missing.
    """
    at, lost = start, 0
    for piece in pieces:
        hole = min(piece.start, total) - at
        if hole > 0:
            lost += hole
            _refuse_ruins(lost, total)
            yield from _silence(hole)
            at += hole
        samples = piece.samples[max(0, at - piece.start) : max(0, total - piece.start)]
        if len(samples):
            yield samples
            at += len(samples)
        if at >= total:
            return
    _refuse_ruins(lost + total - at, total)


def _silence(frames: int) -> Iterator[Stereo]:
    while frames > 0:
        part = min(frames, _SILENCE_FRAMES)
        yield np.zeros((part, 2), np.float32)
        frames -= part


def _refuse_ruins(lost: int, total: int) -> None:
    if lost * 2 > total:
        raise MediaError(
            f"only {100 - 100 * lost // max(total, 1)} % of it can be decoded; "
            "expected at least half; replace the file"
        )
