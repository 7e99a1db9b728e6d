"""What is played: passages with their six points, songs inside them, cues, and items to ask for.

Words only: no file is opened here and no clock is read. Points are ticks
from the start of the *file*; songs and cues are ticks from the start of the
*passage*.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NewType

from wkmp_pi.units import Ticks, ms_from_ticks

PassageId = NewType("PassageId", int)
"""A passage of the library; a negative number is an ephemeral one (a bare file or span)."""

EntryId = NewType("EntryId", int)
"""One stay in the play queue; the same passage may be queued twice. Never used again."""


class Curve(StrEnum):
    """How loudness moves through a fade; the arithmetic is in ``mix/fades.py``."""

    LINEAR = "linear"
    EXPONENTIAL = "exponential"
    LOGARITHMIC = "logarithmic"
    COSINE = "cosine"
    EQUAL_POWER = "equal_power"


class CurvePair(StrEnum):
    """The global choice of a fade-in and a fade-out curve that belong together."""

    EXPONENTIAL_LOGARITHMIC = "exponential_logarithmic"
    LINEAR_LINEAR = "linear_linear"
    COSINE_COSINE = "cosine_cosine"
    EQUAL_POWER = "equal_power"

    @property
    def fade_in(self) -> Curve:
        """The curve of the passage that comes."""
        return _PAIRS[self][0]

    @property
    def fade_out(self) -> Curve:
        """The curve of the passage that goes."""
        return _PAIRS[self][1]


_PAIRS: Mapping[CurvePair, tuple[Curve, Curve]] = {
    CurvePair.EXPONENTIAL_LOGARITHMIC: (Curve.EXPONENTIAL, Curve.LOGARITHMIC),
    CurvePair.LINEAR_LINEAR: (Curve.LINEAR, Curve.LINEAR),
    CurvePair.COSINE_COSINE: (Curve.COSINE, Curve.COSINE),
    CurvePair.EQUAL_POWER: (Curve.EQUAL_POWER, Curve.EQUAL_POWER),
}

_CHAINS = (("start", "fade_in", "fade_out", "end"), ("start", "lead_in", "lead_out", "end"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """The six points of a passage, in ticks from the start of its file.

    ``None`` for start and end means the ends of the file; ``None`` for an
    inner point means "by the global crossfade time, once the neighbour is
    known". The fade chain (how loud) and the lead chain (when a neighbour may
    sound) are independent.
    """

    start: Ticks | None = None
    lead_in: Ticks | None = None
    fade_in: Ticks | None = None
    fade_out: Ticks | None = None
    lead_out: Ticks | None = None
    end: Ticks | None = None

    def violations(self) -> list[str]:
        """Every pair of points that stands in the wrong order, and every negative point."""
        found = [
            f"{name} is {ms_from_ticks(value)} ms; expected 0 or later; give a point in the file"
            for name, value in self.given(_NAMES)
            if value < 0
        ]
        start, end = self.start or 0, self.end
        if end is not None and start >= end:
            found.append(
                f"start ({ms_from_ticks(start)} ms) does not lie before end "
                f"({ms_from_ticks(end)} ms); expected start < end; move one of them"
            )
        found += [
            f"{left} ({ms_from_ticks(a)} ms) lies after {right} ({ms_from_ticks(b)} ms)"
            f"; expected {' ≤ '.join(chain)}; move one of them"
            for chain in _CHAINS
            for (left, a), (right, b) in itertools.pairwise(self.given(chain))
            if a > b and (left, right) != ("start", "end")
        ]
        return found

    def repaired(self, duration: Ticks) -> tuple[Points, list[str]]:
        """These points made playable in a file of ``duration`` ticks, and what was changed.

        For rows that are bad already: a negative start becomes the start of the
        file, start at or after end becomes the whole file, inner points are
        clamped into the passage, and an inverted inner pair becomes its
        midpoint. An ``end`` beyond the file is left for the decoder to judge.
        """
        notes: list[str] = []
        points = self
        start, end = self.start or 0, duration if self.end is None else self.end
        if start < 0:
            notes.append("start lies before the file; moved to 0 ms")
            points, start = replace(self, start=None), 0
        if start >= end:
            notes.append("start does not lie before end; the whole file is played")
            points, start, end = replace(self, start=None, end=None), 0, duration
        for name, value in points.given(_NAMES[1:-1]):
            inside = Ticks(min(max(value, start), end))
            if inside != value:
                notes.append(
                    f"{name} lies outside the passage; moved to {ms_from_ticks(inside)} ms"
                )
                points = replace(points, **{name: inside})
        for left, right in (("fade_in", "fade_out"), ("lead_in", "lead_out")):
            a, b = getattr(points, left), getattr(points, right)
            if a is not None and b is not None and a > b:
                middle = Ticks((a + b) // 2)
                notes.append(f"{left} lies after {right}; both moved to {ms_from_ticks(middle)} ms")
                points = replace(points, **{left: middle, right: middle})
        return points, notes

    def given(self, names: tuple[str, ...]) -> list[tuple[str, Ticks]]:
        """Those of the named points that are not ``None``, in the order of ``names``."""
        return [(name, value) for name in names if (value := getattr(self, name)) is not None]


_NAMES = ("start", "lead_in", "fade_in", "fade_out", "lead_out", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """A recording: what a listener calls the song.

    Attributes:
        artist: the credit as it is printed.
        artists: names and weights (they sum to 1) where the credit does not say it all.
    """

    id: int
    title: str
    artist: str = ""
    mbid: str | None = None
    artists: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SongSpan:
    """Where one song sounds inside a passage: half-open, ticks from the passage's start."""

    song: Song | None
    start: Ticks
    end: Ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A named mark of the owner: ``at`` ticks after the passage's start, or before its end."""

    name: str
    at: Ticks
    from_end: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A span of one audio file, as the library or a request defines it.

    Attributes:
        id: the library's number; negative for an ephemeral passage.
        file: absolute path of the audio file.
        fade_in_curve: this passage's own choice; ``None`` takes the global pair's.
        fade_out_curve: likewise.
        track: number on the album, to tell album neighbours that follow each other.
        songs: sorted, not overlapping; gaps are legal and so is no song at all.
    """

    id: PassageId
    file: str
    points: Points = Points()
    fade_in_curve: Curve | None = None
    fade_out_curve: Curve | None = None
    title: str = ""
    artist: str = ""
    album: str = ""
    disc: int | None = None
    track: int | None = None
    songs: tuple[SongSpan, ...] = ()
    cues: tuple[Cue, ...] = ()
