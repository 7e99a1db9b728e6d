"""What is missing in a recording: silence where there should be sound, and frames that jumped."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hil.measures import exact as bitwise
from hil.measures import tracked
from hil.measures.alignment import end_of_sound, onset
from hil.measures.jump import Followed, Jump
from hil.measures.samples import DIGITAL_SILENCE, checked, same_channels, silent_frames
from hil.recording import Samples

_ANALOG_SILENCE_DBFS = -50.0
_ANALOG_EDGE_FRAMES = 64
"""A DAC's and an ADC's filters ring before the first frame and after the last."""


class Silence(NamedTuple):
    """A run of silent frames."""

    start: int
    length: int


def silences(
    samples: Samples, below_dbfs: float = DIGITAL_SILENCE, at_least_frames: int = 1
) -> list[Silence]:
    """Every run of silent frames.

    Args:
        samples: shape (frames, channels).
        below_dbfs: peak level that still is silence; minus infinity: zeros only.
        at_least_frames: shorter runs are left out; noise and tones cross zero.

    Raises:
        MeasureError: there is nothing to look at.
    """
    checked(samples, "samples")
    edges = np.diff(silent_frames(samples, below_dbfs).astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    runs = zip(starts.tolist(), (ends - starts).tolist(), strict=True)
    return [Silence(start, length) for start, length in runs if length >= at_least_frames]


def jumps(
    samples: Samples,
    reference: Samples,
    step_frames: int = 1024,
    *,
    exact: bool = True,
    whole: bool = False,
    below_dbfs: float | None = None,
) -> list[Jump]:
    """Each place where frames were skipped, repeated or replaced.

    Silence before the first sound and after the last is no fault. In a digital recording a
    single frame is found, and found exactly. In an analog one a single frame shows as a shift
    between two steps, and its place is right to a few frames; what was silenced or replaced
    there must last for half a step, so look for ``silences`` as well.

    Args:
        samples: shape (frames, channels).
        reference: what was played, of the same channels.
        step_frames: an analog recording is followed in steps of so many; at least 256.
        exact: whether the recording is digital, so that every bit counts.
        whole: whether the reference must be there from its first sound to its last.
        below_dbfs: peak level that still is silence; by default zeros only if ``exact``, else
            -50 dBFS.

    Raises:
        MeasureError: no sound, other channels, or nothing of the reference is in the recording.
    """
    checked(samples, "samples")
    checked(reference, "reference")
    same_channels(samples, reference, "samples and reference")
    if below_dbfs is None:
        below_dbfs = DIGITAL_SILENCE if exact else _ANALOG_SILENCE_DBFS
    begin, end = onset(samples, below_dbfs), end_of_sound(samples, below_dbfs)
    sound = samples[begin:end]
    if exact:
        followed = bitwise.follow(sound, reference)
    else:
        followed = tracked.follow(sound, reference, step_frames)
    if whole:
        _with_ends(followed, len(sound), reference, 0 if exact else _ANALOG_EDGE_FRAMES)
    return [jump._replace(frame=jump.frame + begin) for jump in followed.jumps]


def _with_ends(followed: Followed, frames: int, reference: Samples, edge_frames: int) -> None:
    """Add what is missing of the reference before the recording's first frame and after its last.

    Args:
        followed: to be completed.
        frames: length of the recording's sound.
        reference: what should be there.
        edge_frames: less is not missed.
    """
    first, behind = onset(reference), end_of_sound(reference)
    if followed.first - first > edge_frames:
        followed.jumps.insert(0, Jump(0, first, followed.first))
    if followed.behind is not None and behind - followed.behind > edge_frames:
        followed.jumps.append(Jump(frames, followed.behind, behind))
