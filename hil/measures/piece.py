"""What one stretch of a digital recording holds: with which frame of what was played it begins.

A card that is pulled and plugged leaves a recording of many stretches; between the end of one and
the beginning of the next lies what was lost or is heard twice.
"""

from __future__ import annotations

from typing import NamedTuple

from hil.measures.alignment import SHORTEST_FRAMES, end_of_sound, first_difference, locate, onset
from hil.measures.exact import follow
from hil.measures.jump import Jump
from hil.measures.samples import MeasureError
from hil.recording import Samples

_WINDOW_FRAMES = 1024
_AROUND_FRAMES = 1 << 16


class Piece(NamedTuple):
    """The sound of one stretch.

    Attributes:
        onset: the frame of the stretch with which it begins.
        first: the frame of the reference that this is.
        run: the frame of the reference with which its last unbroken run begins; ``first`` if it
            has no jumps.
        jumps: where it does not go on as the reference does.
    """

    onset: int
    first: int
    run: int
    jumps: tuple[Jump, ...]


def piece(samples: Samples, reference: Samples, near: int | None = None) -> Piece:
    """Lay the sound of a stretch to what was played, to the frame and the bit.

    Args:
        samples: shape (frames, channels).
        reference: of the same channels.
        near: where its beginning is likely to be; it is looked for everywhere if it is not there.

    Raises:
        MeasureError: no sound, too little of it, or none that is in the reference.
    """
    begin, end = onset(samples), end_of_sound(samples)
    sound = samples[begin:end]
    first = _found(sound[:_WINDOW_FRAMES], reference, near)
    behind = first + len(sound)
    if first_difference(sound, reference[first:behind]) is None:
        return Piece(begin, first, first, ())
    low = max(first - _AROUND_FRAMES, 0)
    followed = follow(sound, reference[low : behind + _AROUND_FRAMES])
    jumps = [
        jump._replace(
            frame=jump.frame + begin,
            expected=jump.expected + low,
            found=None if jump.found is None else jump.found + low,
        )
        for jump in followed.jumps
    ]
    runs = [followed.first + low, *(jump.found for jump in jumps if jump.found is not None)]
    return Piece(begin, runs[0], runs[-1], tuple(jumps))


def _found(window: Samples, reference: Samples, near: int | None) -> int:
    if len(window) < SHORTEST_FRAMES:
        raise MeasureError(
            f"samples: {len(window)} frames of sound; expected at least {SHORTEST_FRAMES}; "
            "record longer"
        )
    if near is not None:
        try:
            return locate(window, reference, near=near, least=0.9).frame
        except MeasureError:
            pass  # it may be anywhere else
    return locate(window, reference).frame
