"""What the mixer tells: marks, in the order in which they will be heard.

At one frame a position comes before a progress, these before song
boundaries and cues, and an end before a beginning, whatever the period size.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from wkmp_pi.events.kinds import (
    CrossfadeClipped,
    CrossfadeCompleted,
    CrossfadeStarted,
    Heard,
    PassageCompleted,
    PassageStarted,
    PlaybackProgress,
    PositionUpdated,
    Reason,
)
from wkmp_pi.mix.plan import Voice
from wkmp_pi.mix.strand import Strand
from wkmp_pi.passage import EntryId
from wkmp_pi.units import ms_from_frames


class _Due(NamedTuple):
    frame: int
    event: Heard


class Teller:
    """Turns what the mixer does into marks, and counts what was played."""

    def __init__(self, rate_hz: int) -> None:
        self.marks: list[Heard] = []
        self._rate_hz = rate_hz
        self._open: dict[EntryId, Voice] = {}
        self._played: dict[EntryId, int] = {}
        self._progress_frames = 0
        self._clipped: EntryId | None = None
        self._unplayed: frozenset[int] = frozenset()

    def began(self, voice: Voice, frame: int, *, over: Strand | None) -> None:
        """A voice begins at ``frame``, perhaps ``over`` the end of another."""
        if over is not None and over.left:
            self.marks.append(CrossfadeStarted(**self._overlap(over.voice, voice, frame)))
        times = self._times(voice, voice.skip)
        if voice.entry in self._open:
            self.marks.append(PositionUpdated(frame=frame, **times, **voice.identity()))
            return
        self._open[voice.entry], self._played[voice.entry] = voice, 0
        about = voice.passage
        words: dict[str, Any] = {"title": about.title, "artist": about.artist, "album": about.album}
        self.marks.append(PassageStarted(frame=frame, **words, **times, **voice.identity()))

    def dropped(
        self, planned: Container[EntryId], frame: int, reasons: Mapping[EntryId, Reason]
    ) -> list[EntryId]:
        """Every entry that has started and is not planned any more is over; which ones."""
        gone = [voice for entry, voice in self._open.items() if entry not in planned]
        for voice in gone:
            self.ended(voice, frame, reasons, Reason.USER_SKIP)
        return [voice.entry for voice in gone]

    def unplayed(
        self, completed: Sequence[PassageCompleted], frame: int, ended: Container[int]
    ) -> None:
        """Entries that were over before they began, each told once in however many plans it is.

        One that did begin, as nobody but the mixer knew, is among those that ``ended``.
        """
        self.marks += [
            replace(mark, frame=frame)
            for mark in completed
            if mark.entry not in self._unplayed and mark.entry not in ended
        ]
        self._unplayed = frozenset(mark.entry for mark in completed)

    def ended(
        self, voice: Voice, frame: int, reasons: Mapping[EntryId, Reason], default: Reason
    ) -> None:
        """An entry is over."""
        del self._open[voice.entry]
        played = ms_from_frames(self._played.pop(voice.entry), self._rate_hz)
        reason = reasons.get(voice.entry, default)
        self.marks.append(
            PassageCompleted(frame=frame, reason=reason, played_ms=played, **voice.identity())
        )

    def crossfaded(self, out: Voice, into: Voice, frame: int) -> None:
        """An overlap ends with the end of ``out``."""
        self.marks.append(CrossfadeCompleted(**self._overlap(out, into, frame)))

    def clipped(self, voice: Voice, frame: int, peak_db: float) -> None:
        """A mix went beyond full scale; told once for each incoming voice."""
        if self._clipped != voice.entry:
            self._clipped = voice.entry
            self.marks.append(CrossfadeClipped(frame=frame, peak_db=peak_db, **voice.identity()))

    def progressed(self, strand: Strand, frame: int) -> None:
        """Playing paused or went on."""
        times = self._times(strand.voice, strand.position)
        played = ms_from_frames(self._progress_frames, self._rate_hz)
        self.marks.append(
            PlaybackProgress(frame=frame, played_ms=played, **times, **strand.voice.identity())
        )

    def passed(
        self,
        strands: Sequence[Strand],
        frame: int,
        count: int,
        *,
        position_frames: int,
        progress_frames: int,
    ) -> None:
        """``count`` frames from ``frame`` on are mixed; the strands still stand at their start."""
        current = next((s for s in strands if s.release is None), None)
        due: list[_Due] = []
        if current is not None:
            due += self._positions(current, frame, count, position_frames)
            due += self._progresses(current, frame, count, progress_frames)
            self._progress_frames += count
        for strand in strands:
            if strand.release is None:
                due += strand_marks(strand, frame, count)
                self._played[strand.voice.entry] += count
        due.sort(key=lambda mark: mark.frame)  # stable: at one frame the order above stands
        self.marks += [mark.event for mark in due]

    def _positions(self, strand: Strand, frame: int, count: int, step: int) -> Iterator[_Due]:
        at = strand.position
        last = min(at + count, strand.voice.length - 1)
        for position in range((at // step + 1) * step, last + 1, step):
            heard = frame + position - at
            times = self._times(strand.voice, position)
            yield _Due(heard, PositionUpdated(frame=heard, **times, **strand.voice.identity()))

    def _progresses(self, strand: Strand, frame: int, count: int, step: int) -> Iterator[_Due]:
        before = self._progress_frames
        for played in range((before // step + 1) * step, before + count + 1, step):
            heard = frame + played - before
            times = self._times(strand.voice, strand.position + played - before)
            event = PlaybackProgress(
                frame=heard,
                played_ms=ms_from_frames(played, self._rate_hz),
                **times,
                **strand.voice.identity(),
            )
            yield _Due(heard, event)

    def _times(self, voice: Voice, position: int) -> dict[str, Any]:
        return {
            "position_ms": ms_from_frames(position, self._rate_hz),
            "duration_ms": ms_from_frames(voice.length, self._rate_hz),
        }

    def _overlap(self, out: Voice, into: Voice, frame: int) -> dict[str, Any]:
        return {
            "frame": frame,
            "next_entry": into.entry,
            "next_passage": into.passage.id,
            "next_file": into.passage.file,
            "overlap_frames": into.overlap,
            "overlap_ms": ms_from_frames(into.overlap, self._rate_hz),
            **out.identity(),
        }


def strand_marks(strand: Strand, frame: int, count: int) -> Iterator[_Due]:
    """The marks of a voice that lie in its next ``count`` frames; each is given out once."""
    marks = strand.voice.marks
    while strand.mark < len(marks) and marks[strand.mark].offset < strand.position + count:
        offset, event = marks[strand.mark]
        heard = frame + max(offset - strand.position, 0)
        yield _Due(heard, replace(event, frame=heard))
        strand.mark += 1
