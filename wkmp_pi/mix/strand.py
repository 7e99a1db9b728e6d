"""One voice while it sounds: how far it is, how loud it is now, and when that changes.

Pure arrays on what the mixer hands in. A strand knows nothing of its
neighbours; the mixer cuts the stream into segments in which nothing changes
but the frames themselves.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.mix import fades
from wkmp_pi.mix.plan import Voice
from wkmp_pi.passage import Curve


class Strand:
    """A voice and the frame it has reached.

    Attributes:
        position: next frame of the passage that will be mixed.
        release: frames of the cut's fade that are left, or ``None`` if it was not cut.
    """

    __slots__ = (
        "_entry_frames",
        "_release_frames",
        "_since",
        "mark",
        "position",
        "release",
        "voice",
    )

    def __init__(self, voice: Voice, entry_frames: int) -> None:
        """Begin a voice; ``entry_frames`` > 0 softens a start amid sound."""
        self.voice = voice
        self.position = voice.skip
        self.mark = 0
        self.release: int | None = None
        self._release_frames = 0
        self._entry_frames = entry_frames
        self._since = 0

    @property
    def left(self) -> int:
        """Frames until this strand ends."""
        rest = max(self.voice.length - self.position, 0)
        return rest if self.release is None else min(rest, self.release)

    @property
    def over(self) -> bool:
        """Whether nothing of it will sound any more."""
        return self.left == 0

    def update(self, voice: Voice) -> None:
        """Take over a newer resolution of the same take.

        What has been heard of its beginning stands, a fade-out at work goes on as it began,
        and one that a new neighbour brings begins now if it should have begun earlier: no
        change of plan may step the level.
        """
        old = self.voice
        if voice.marks is not old.marks:  # those before the next frame were given out
            self.mark = bisect_left(voice.marks, self.position, key=lambda mark: mark.offset)
        fade_out, curve = (
            min(voice.fade_out, max(voice.length - self.position, 0)),
            voice.fade_out_curve,
        )
        if old.fade_out and self.position >= old.length - old.fade_out:
            fade_out, curve = old.fade_out, old.fade_out_curve
        self.voice = replace(
            voice,
            overlap=old.overlap,
            fade_in=old.fade_in,
            fade_in_curve=old.fade_in_curve,
            fade_out=fade_out,
            fade_out_curve=curve,
        )

    def cut(self, frames: int) -> None:
        """Fade out within ``frames`` and end; a later cut never makes an earlier one longer."""
        if self.release is None or frames < self.release:
            self.release = self._release_frames = frames

    def steady_frames(self) -> int:
        """How many frames until this strand ends or one of its fades begins or ends."""
        voice = self.voice
        turns = (voice.fade_in, voice.length - voice.fade_out)
        ahead = [turn - self.position for turn in turns if turn > self.position]
        if self._since < self._entry_frames:
            ahead.append(self._entry_frames - self._since)
        return min(self.left, *ahead) if ahead else self.left

    def untouched(self) -> bool:
        """Whether its samples pass as they are now (no fade is at work)."""
        return (
            self.position >= self.voice.fade_in
            and self.position < self.voice.length - self.voice.fade_out
            and self.release is None
            and self._since >= self._entry_frames
        )

    def shape(self, samples: NDArray[np.float32]) -> None:
        """Apply the fades that are at work to the next frames, in place."""
        voice, count = self.voice, len(samples) // 2
        if self.position < voice.fade_in:
            samples *= fades.fade_in(voice.fade_in_curve, voice.fade_in, self.position, count)
        into = self.position - (voice.length - voice.fade_out)
        if into >= 0 and voice.fade_out:
            samples *= fades.fade_out(voice.fade_out_curve, voice.fade_out, into, count)
        if self._since < self._entry_frames:
            samples *= fades.fade_in(Curve.COSINE, self._entry_frames, self._since, count)
        if self.release is not None:
            done = self._release_frames - self.release
            samples *= fades.fade_out(Curve.COSINE, self._release_frames, done, count)

    def advance(self, frames: int) -> None:
        """So many frames have been mixed."""
        self.position += frames
        self._since = min(self._since + frames, self._entry_frames)
        if self.release is not None:
            self.release -= frames
