"""The plan: which takes sound, in which order, how they overlap and how loud they are.

Pure. The conductor makes a new plan whenever something is decided; the mixer
reads the newest one once a period and does what is needed to come from where
it is to what the plan says. A take that is in no plan any more is faded out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.decode.messages import TakeId
from wkmp_pi.events.kinds import CueReached, MarkReached, PassageCompleted, Reason, SongChanged
from wkmp_pi.passage import Curve, CurvePair, EntryId, Passage, Song
from wkmp_pi.units import frames_from_ticks, ms_from_frames


class Source(Protocol):
    """The reading end of a decode-ahead buffer."""

    def readable_frames(self) -> int:
        """How many frames can be read now."""
        ...

    def read_into(self, out: NDArray[np.float32]) -> int:
        """Fill interleaved stereo; returns the frames that were read."""
        ...

    @property
    def finished(self) -> bool:
        """Whether nothing will come after what is readable."""
        ...


class Lengths(NamedTuple):
    """Four inner points as lengths in frames; ``None`` where the global time decides."""

    lead_in: int | None
    fade_in: int | None
    fade_out: int | None
    lead_out: int | None


class VoiceMark(NamedTuple):
    """A mark ``offset`` frames after the passage's start; ``event`` lacks frame and time."""

    offset: int
    event: SongChanged | CueReached | MarkReached


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One take as the mixer plays it; all lengths in frames at the working rate.

    Attributes:
        length: of the whole passage.
        skip: where this take begins inside the passage; 0 but for seeks and restarts.
        overlap: how long it sounds together with the voice before it in the plan.
        exact16: its samples lie on the 16 bit grid, so that at unity gain no dither is due.
    """

    take: TakeId
    entry: EntryId
    passage: Passage
    source: Source
    length: int
    lengths: Lengths
    skip: int = 0
    exact16: bool = False
    overlap: int = 0
    fade_in: int = 0
    fade_out: int = 0
    fade_in_curve: Curve = Curve.EXPONENTIAL
    fade_out_curve: Curve = Curve.LOGARITHMIC
    marks: tuple[VoiceMark, ...] = ()

    def identity(self) -> dict[str, Any]:
        """What every ``Heard`` event tells of its entry."""
        return {"entry": self.entry, "passage": self.passage.id, "file": self.passage.file}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What shall sound from the next period on.

    Attributes:
        voices: the current one first; each overlaps its predecessor.
        waiting: entries that will have a voice later; one of them that sounds already (and is
            being decoded anew after a seek) falls silent, but is not over.
        reasons: why entries that are no longer here were ended (default: skipped).
        unplayed: entries that ended before they began, as marks without a frame.
        gain: volume as a factor; reached after ``gain_frames``.
        hold_at: frame of the last voice that a render must not pass, because what follows it
            is not known yet; a live output goes on.
    """

    playing: bool = False
    voices: tuple[Voice, ...] = ()
    waiting: frozenset[EntryId] = frozenset()
    reasons: Mapping[EntryId, Reason] = field(default_factory=dict)
    unplayed: tuple[PassageCompleted, ...] = ()
    gain: float = 1.0
    gain_frames: int = 882
    cut_frames: int = 13_230
    resume_frames: int = 22_050
    position_frames: int = 44_100
    progress_frames: int = 220_500
    hold_at: int | None = None


SILENT_PLAN = Plan()


def lengths_of(passage: Passage, length: int, rate_hz: int) -> Lengths:
    """The inner points of a passage of ``length`` frames as lengths inside it."""
    points = passage.points
    start = frames_from_ticks(points.start or 0, rate_hz)

    def since_start(point: int | None) -> int | None:
        return None if point is None else _inside(frames_from_ticks(point, rate_hz) - start, length)

    def until_end(point: int | None) -> int | None:
        after = since_start(point)
        return None if after is None else length - after

    return Lengths(
        since_start(points.lead_in),
        since_start(points.fade_in),
        until_end(points.fade_out),
        until_end(points.lead_out),
    )


def marks_of(voice: Voice, rate_hz: int) -> tuple[VoiceMark, ...]:
    """Song boundaries and cues of a voice, sorted; none before the place where its take begins.

    At that place the song (or gap) that is due there is always told.
    """
    songs = [*_song_marks(voice, rate_hz)]
    heard_before = [m for m in songs if m.offset <= voice.skip][-1:]
    first = [VoiceMark(voice.skip, m.event) for m in heard_before]
    later = [m for m in songs if voice.skip < m.offset < voice.length]
    cues = [m for m in _cue_marks(voice, rate_hz) if voice.skip <= m.offset <= voice.length]
    told = [_at_position(m, rate_hz) for m in (*first, *later, *cues)]
    return tuple(sorted(told, key=lambda mark: mark.offset))


def arranged(
    voices: Sequence[Voice],
    *,
    crossfade: int,
    pair: CurvePair,
    gapless: Sequence[bool],
) -> tuple[Voice, ...]:
    """Voices with their overlaps and fades resolved against their neighbours.

    Args:
        voices: in playing order.
        crossfade: the global crossfade time in frames, for points that are not given.
        pair: curves for sides that choose none.
        gapless: for each pair of neighbours, whether the global time does not apply to it.
    """
    times = [
        0 if flows else min(crossfade, a.length // 2, b.length // 2)
        for a, b, flows in zip(voices, voices[1:], gapless, strict=False)
    ]
    return tuple(
        _resolved(
            voice,
            before=voices[i - 1] if i else None,
            time_before=times[i - 1] if i else 0,
            time_after=times[i] if i < len(times) else 0,
            pair=pair,
        )
        for i, voice in enumerate(voices)
    )


def decision_point(voice: Voice, crossfade: int) -> int:
    """The first frame of a voice that may depend on what follows it."""
    time = min(crossfade, voice.length // 2)
    lead_out, fade_out = voice.lengths.lead_out, voice.lengths.fade_out
    longest = max(time if lead_out is None else lead_out, time if fade_out is None else fade_out)
    return max(voice.length - longest, 0)


def _resolved(
    voice: Voice, *, before: Voice | None, time_before: int, time_after: int, pair: CurvePair
) -> Voice:
    lengths, passage = voice.lengths, voice.passage
    overlap = 0
    if before is not None:
        lead_out = _given(before.lengths.lead_out, time_before)
        overlap = min(lead_out, _given(lengths.lead_in, time_before), before.length, voice.length)
    return replace(
        voice,
        overlap=overlap,
        fade_in=_given(lengths.fade_in, time_before),
        fade_out=_given(lengths.fade_out, time_after),
        fade_in_curve=passage.fade_in_curve or pair.fade_in,
        fade_out_curve=passage.fade_out_curve or pair.fade_out,
    )


def _given(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _inside(value: int, length: int) -> int:
    return min(max(value, 0), length)


def _song_marks(voice: Voice, rate_hz: int) -> Sequence[VoiceMark]:
    """One mark where each song begins, and one where each gap between and around them begins.

    A passage that names no song at all has no timeline, so nothing is told of it.
    """
    passage = voice.passage
    start = passage.points.start or 0
    base = frames_from_ticks(start, rate_hz)

    def offset(ticks: int) -> int:
        return _inside(frames_from_ticks(start + ticks, rate_hz) - base, voice.length)

    timeline: list[tuple[int, Song | None]] = []
    free_from = 0
    for span in passage.songs:
        begin = offset(span.start)
        if begin > free_from:
            timeline.append((free_from, None))
        timeline.append((begin, span.song))
        free_from = offset(span.end)
    if timeline and free_from < voice.length:
        timeline.append((free_from, None))
    changes = [
        (at, song)
        for i, (at, song) in enumerate(timeline)
        if song is not None or i == 0 or timeline[i - 1][1] is not None
    ]
    return [VoiceMark(at, _song_event(voice, song)) for at, song in changes]


def _song_event(voice: Voice, song: Song | None) -> SongChanged:
    about: dict[str, Any] = {"song": None}
    if song is not None:
        about = {"song": song.id, "title": song.title, "artist": song.artist}
    return SongChanged(frame=0, position_ms=0, **about, **voice.identity())


def _cue_marks(voice: Voice, rate_hz: int) -> Sequence[VoiceMark]:
    def offset(at: int, from_end: bool) -> int:
        frames = frames_from_ticks(at, rate_hz)
        return voice.length - frames if from_end else frames

    return [
        VoiceMark(
            offset(cue.at, cue.from_end),
            CueReached(frame=0, cue=cue.name, data=cue.data, position_ms=0, **voice.identity()),
        )
        for cue in voice.passage.cues
    ]


def _at_position(mark: VoiceMark, rate_hz: int) -> VoiceMark:
    if isinstance(mark.event, MarkReached):  # it has none
        return mark
    position = ms_from_frames(mark.offset, rate_hz)
    return VoiceMark(mark.offset, replace(mark.event, position_ms=position))
