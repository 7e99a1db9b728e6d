"""The mixer: the newest plan and the decoded buffers in, one stereo stream and its marks out.

Pure but for the buffers it reads: no thread, clock, file or log. The stream
is cut into segments in which the set of voices and the fades at work do not
change, so that samples and marks are the same for any period size. The cost
is a few numpy calls a segment, on arrays that exist already.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.decode.messages import TakeId
from wkmp_pi.events.kinds import Heard, Reason
from wkmp_pi.mix.dither import Dither
from wkmp_pi.mix.level import Level
from wkmp_pi.mix.plan import SILENT_PLAN, Plan, Voice
from wkmp_pi.mix.strand import Strand
from wkmp_pi.mix.teller import Teller, strand_marks
from wkmp_pi.passage import EntryId

ENTRY_FRAMES = 441
"""A voice that begins amid sound (after a cut or a seek) rises within about 10 ms."""


_REMEMBERED = 64
"""So many entries that ended are known to have ended; plans are never that far behind."""


class Mixed(NamedTuple):
    """What one call of ``mix`` made.

    Attributes:
        frames: how many frames of ``out`` are valid.
        starving: the entry whose frames are not decoded yet, or whose successor is not known
            yet; the rest of the period is missing because of it.
        idle: nothing is to be played; the rest of the period is missing because of that.
    """

    frames: int
    starving: EntryId | None = None
    idle: bool = False


class Mixer:
    """Follows the plan frame by frame.

    Owned by the writer thread.

    Args:
        rate_hz: the working rate.
        dithered: whatever was changed gets dither where the output has 16 bits.
        patient: a render, which waits for what it lacks rather than go on without it.
    """

    def __init__(self, rate_hz: int, *, dithered: bool, patient: bool) -> None:
        self._patient = patient
        self._dithers = Dither() if dithered else None
        self._dither = self._dithers
        self._leaves_alone = True
        self._plan = SILENT_PLAN
        self._level = Level()
        self._teller = Teller(rate_hz)
        self._strands: list[Strand] = []
        self._begun: set[TakeId] = set()
        self._ended: deque[EntryId] = deque(maxlen=_REMEMBERED)
        self._scratch = np.zeros(0, np.float32)
        self._peak = 0.0  # of the overlap at work

    @property
    def sounding(self) -> EntryId | None:
        """The entry that is heard as the current one: the oldest that was not cut."""
        current = self._uncut(self._strands)
        return None if current is None else current.voice.entry

    def use_dither(self, on: bool, *, rounds: bool = False) -> None:
        """Whether the output has 16 bits, and ``rounds`` even what is 16 bits already."""
        self._dither = self._dithers if on else None
        self._leaves_alone = not rounds

    def take_marks(self) -> list[Heard]:
        """The marks since the last call, in the order in which they will be heard."""
        marks, self._teller.marks = self._teller.marks, []
        return marks

    def mix(self, plan: Plan, out: NDArray[np.float32], frame: int) -> Mixed:
        """Mix the next frames.

        Args:
            plan: the newest plan.
            out: interleaved stereo, shape (frames * 2,); overwritten as far as the result says.
            frame: number of its first frame in the output.
        """
        if plan is not self._plan:
            self._adopt(plan, frame)
        if len(self._scratch) < len(out):
            self._scratch = np.zeros(len(out), np.float32)
        done, total = 0, len(out) // 2
        while done < total:
            self._turn_over(frame + done)
            if not self._strands or not (self._plan.playing or self._level.decaying):
                return Mixed(done, idle=True)
            count, starving = self._segment(total - done)
            if count == 0 and not self._plan.playing:
                self._level.rest()  # nothing is there that could fade
                self._fall_silent(frame + done)
                return Mixed(done, idle=True)
            if count == 0:
                return Mixed(done, starving=starving)
            self._mix_segment(out[done * 2 : (done + count) * 2], frame + done)
            done += count
        return Mixed(done)

    def _adopt(self, plan: Plan, frame: int) -> None:
        """Bring what sounds under a new plan: update, cut, pause, resume, volume."""
        before, self._plan = self._plan, plan
        voices = self._in_order(plan.voices)
        entries = {voice.entry for voice in voices.values()} | plan.waiting
        audible = bool(self._strands) and (before.playing or self._level.decaying)
        for strand in self._strands:
            if strand.voice.take in voices:
                strand.update(voices[strand.voice.take])
            elif strand.release is None:
                strand.cut(plan.cut_frames if audible else 0)
        self._ended += self._teller.dropped(entries, frame, plan.reasons)
        self._teller.unplayed(plan.unplayed, frame, self._ended)
        self._begun &= {voice.take for voice in plan.voices}
        if plan.gain != before.gain:
            self._level.aim(plan.gain, plan.gain_frames if audible else 0)
        if plan.playing != before.playing and self._strands:
            self._pause_or_resume(frame)

    def _in_order(self, voices: Iterable[Voice]) -> dict[TakeId, Voice]:
        """The voices by take, but those that sound already though one before them is still due.

        The queue was rearranged when they had begun, but nobody could have heard it: they are
        cut, and it is the conductor's to let their passages come again.
        """
        kept: dict[TakeId, Voice] = {}
        waiting = False
        for voice in voices:
            begun = voice.take in self._begun
            waiting = waiting or not (begun or voice.entry in self._ended)
            if not (waiting and begun):
                kept[voice.take] = voice
        return kept

    def _pause_or_resume(self, frame: int) -> None:
        if not self._plan.playing:
            self._level.pause()
            return
        self._level.resume(self._plan.resume_frames)
        self._tell_progress(frame)

    def _turn_over(self, frame: int) -> None:
        """Drop the strands that are over and begin the voice that is due at ``frame``."""
        while True:
            over = [s for s in self._strands if s.over or _dried_up(s)]
            if over:
                self._tell_clipping(frame)
            for strand in over:
                self._strands.remove(strand)
                if strand.release is None:
                    self._end(strand, frame)
            if not self._strands:
                self._level.rest()
            voice = self._coming()
            newest = self._uncut(reversed(self._strands))
            due = self._plan.playing and not self._level.decaying
            if voice is None or not due or (newest and newest.left > voice.overlap):
                return
            self._begin(voice, frame, newest)

    def _begin(self, voice: Voice, frame: int, newest: Strand | None) -> None:
        self._tell_clipping(frame)
        amid = voice.skip > 0 or bool(self._strands and newest is None)
        if newest is not None:
            voice = replace(voice, overlap=min(voice.overlap, newest.left))
        strand = Strand(voice, ENTRY_FRAMES if amid and self._plan.cut_frames else 0)
        self._teller.began(voice, frame, over=newest)
        self._strands.append(strand)
        self._begun.add(voice.take)

    def _end(self, strand: Strand, frame: int) -> None:
        self._teller.marks += [due.event for due in strand_marks(strand, frame, 1)]
        heir = self._uncut(self._strands)
        if heir is not None:
            self._teller.crossfaded(strand.voice, heir.voice, frame)
        self._ended.append(strand.voice.entry)
        self._teller.ended(strand.voice, frame, self._plan.reasons, Reason.NATURAL)

    def _coming(self) -> Voice | None:
        """The next voice; never one of an entry that ended, as a plan from before may ask."""
        fresh = (v for v in self._plan.voices if v.take not in self._begun)
        return next((v for v in fresh if v.entry not in self._ended), None)

    @staticmethod
    def _uncut(strands: Iterable[Strand]) -> Strand | None:
        return next((s for s in strands if s.release is None), None)

    def _segment(self, most: int) -> tuple[int, EntryId | None]:
        """How many frames until something changes, and who is short of frames if none."""
        count = min(most, self._level.steady_frames())
        count = min(count, *(strand.steady_frames() for strand in self._strands))
        newest, coming = self._uncut(reversed(self._strands)), self._coming()
        if newest is not None and coming is not None and self._plan.playing:
            count = min(count, newest.left - coming.overlap) if not self._level.decaying else count
        elif newest is not None and self._patient and self._plan.hold_at is not None:
            count = min(count, max(self._plan.hold_at - newest.position, 0))
            if count == 0:
                return 0, newest.voice.entry
        for strand in self._strands:
            count = min(count, strand.voice.source.readable_frames())
            if count == 0:
                return 0, strand.voice.entry
        return count, None

    def _mix_segment(self, out: NDArray[np.float32], frame: int) -> None:
        count, strands = len(out) // 2, self._strands
        exact = len(strands) == 1 and strands[0].untouched() and strands[0].voice.exact16
        exact = exact and self._leaves_alone
        for index, strand in enumerate(strands):
            part = self._scratch[: len(out)] if index else out
            strand.voice.source.read_into(part)
            if not strand.untouched():
                strand.shape(part)
            if index:
                np.add(out, part, out=out)
        was_decaying = self._level.decaying
        factor = self._level.take(count)
        if factor is not None:
            np.multiply(out, factor, out=out)
        if len(strands) > 1:
            self._peak = max(self._peak, float(out.max()), -float(out.min()))
        if self._dither is not None and not (exact and factor is None):
            self._dither.add(out, frame)
        self._teller.passed(
            strands,
            frame,
            count,
            position_frames=self._plan.position_frames,
            progress_frames=self._plan.progress_frames,
        )
        for strand in strands:
            strand.advance(count)
        if was_decaying and not self._level.decaying:
            self._fall_silent(frame + count)

    def _fall_silent(self, frame: int) -> None:
        """A pause is complete: what was being cut is gone."""
        self._tell_clipping(frame)
        self._strands = [s for s in self._strands if s.release is None]
        self._tell_progress(frame)

    def _tell_progress(self, frame: int) -> None:
        current = self._uncut(self._strands)
        if current is not None:
            self._teller.progressed(current, frame)

    def _tell_clipping(self, frame: int) -> None:
        """What sounded together until now changes: tell whether it was too loud."""
        if self._peak > 1.0:
            peak_db = round(20 * math.log10(self._peak), 2)
            self._teller.clipped(self._strands[-1].voice, frame, peak_db)
        self._peak = 0.0


def _dried_up(strand: Strand) -> bool:
    """Whether all is played that a damaged file gave, or a decoder that was too late for a cut."""
    source = strand.voice.source
    waits = strand.release is None and not source.finished
    return not waits and source.readable_frames() == 0
