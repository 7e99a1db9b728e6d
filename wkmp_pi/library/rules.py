"""What a passage document must be: one table of it → one passage, and a note for each violation."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wkmp_pi.errors import RequestError
from wkmp_pi.library.notes import Notes, Path, Table, shown
from wkmp_pi.passage import Cue, Curve, Passage, PassageId, Points, Song, SongSpan
from wkmp_pi.units import Ticks, ms_from_ticks

POINTS = ("start", "lead_in", "fade_in", "fade_out", "lead_out", "end")
WORDS = ("title", "artist", "album")

_TIMES = tuple(f"{name}_{unit}" for name in POINTS for unit in ("ms", "ticks"))
FLAT_KEYS = ("file", *_TIMES, "fade_in_curve", "fade_out_curve", *WORDS, "disc", "track")
"""The keys of a passage that hold one value each: what a row of a table of cells can say."""

_PASSAGE_KEYS = (*FLAT_KEYS, "song", "cue")
_SPAN_KEYS = ("start_ms", "start_ticks", "end_ms", "end_ticks")
_SONG_KEYS = ("title", "artist", "artists", "mbid", *_SPAN_KEYS)
_CUE_KEYS = ("name", "at_ms", "at_ticks", "before_end_ms", "before_end_ticks", "data")
_MBID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What has to be known of files.

    Attributes:
        locate: the text of ``file`` → absolute path; raises ``RequestError`` if it may not be.
        length: absolute path → length of the file if it is known. It stands in for an end
            that the document does not name.
    """

    locate: Callable[[str], str]
    length: Callable[[str], Ticks | None] = lambda _: None


def read_passage(data: Any, path: Path, notes: Notes, files: Files) -> Passage:
    """One passage; worth something only if ``notes`` took no problem."""
    table = Table(data, path, notes, _PASSAGE_KEYS)
    file = _file(table, files)
    points = Points(**{name: table.ticks(name) for name in POINTS})
    length = _check_points(table, points, files.length(file) if file else None)
    songs = [_song(song, length) for song in table.tables("song", _SONG_KEYS)]
    return Passage(
        id=PassageId(0),
        file=file,
        points=points,
        fade_in_curve=table.choice("fade_in_curve", Curve),
        fade_out_curve=table.choice("fade_out_curve", Curve),
        title=table.text("title"),
        artist=table.text("artist"),
        album=table.text("album"),
        disc=table.count("disc"),
        track=table.count("track"),
        songs=_apart(songs),
        cues=tuple(_cue(cue, length) for cue in table.tables("cue", _CUE_KEYS)),
    )


def check_different(passages: Sequence[tuple[Path, Passage]], notes: Notes) -> None:
    """Note passages that would overwrite an earlier one: same file, start and end."""
    seen: dict[tuple[str, Ticks | int, Ticks | None], Path] = {}
    for path, passage in passages:
        identity = (passage.file, passage.points.start or 0, passage.points.end)
        first = seen.setdefault(identity, path)
        if passage.file and first != path:
            before = notes.where(first)
            notes.add(
                path,
                f"found the file, start and end of {before}; expected each passage once; "
                "remove one of them",
            )


def _file(table: Table, files: Files) -> str:
    value = table.data.get("file", "")
    if not isinstance(value, str) or not value:
        found = shown(value) if value else "nothing"
        table.note("file", f'found {found}; expected a path; add file = "…"')
        return ""
    try:
        return files.locate(value)
    except RequestError as error:
        table.note("file", str(error))
        return ""


def _check_points(table: Table, points: Points, file_length: Ticks | None) -> Ticks | None:
    """Note points in the wrong order; the length of the passage if it is known and positive."""
    for violation in points.violations():
        table.note("", violation)
    start, end = points.start or 0, file_length if points.end is None else points.end
    return Ticks(end - start) if end is not None and end > start else None


def _song(table: Table, length: Ticks | None) -> tuple[Table, SongSpan]:
    start, end = table.ticks("start") or Ticks(0), table.ticks("end")
    if end is None:
        end = length
        if end is None and not ("end_ms" in table.data or "end_ticks" in table.data):
            table.note(
                "",
                "found no end; expected end_ms, because the passage's own end is not known; add it",
            )
    elif start >= end:
        table.note("", f"found {_span(start, end)}; expected start before end; move one of them")
    if length is not None and end is not None and end > length:
        table.note(
            "",
            f"found {_span(start, end)}; expected it inside the passage, which has "
            f"{ms_from_ticks(length)} ms; move its end",
        )
    return table, SongSpan(song=_recording(table), start=start, end=end or start)


def _recording(table: Table) -> Song:
    credit, shares = table.text("artist"), table.weights("artists")
    credit = credit or ", ".join(name for name, _ in shares)
    mbid = table.data.get("mbid")
    if mbid is not None and not (isinstance(mbid, str) and _MBID.fullmatch(mbid.lower())):
        expected = "the id of a MusicBrainz recording"
        table.note("mbid", f"found {shown(mbid)}; expected {expected}; copy it again")
        mbid = None
    return Song(
        id=0,
        title=table.text("title", required=True),
        artist=credit,
        mbid=mbid and mbid.lower(),
        artists=() if [name for name, _ in shares] == [credit] else shares,
    )


def _apart(songs: Sequence[tuple[Table, SongSpan]]) -> tuple[SongSpan, ...]:
    ordered = sorted(songs, key=lambda song: (song[1].start, song[1].end))
    for (_, a), (table, b) in itertools.pairwise(ordered):
        if b.start < a.end:
            table.note(
                "",
                f"found {_span(b.start, b.end)} and before it {_span(a.start, a.end)}; "
                "expected songs that do not overlap; move one of them",
            )
    return tuple(span for _, span in ordered)


def _cue(table: Table, length: Ticks | None) -> Cue:
    at, before_end = table.ticks("at"), table.ticks("before_end")
    named = [stem for stem in ("at", "before_end") if _names(table, stem)]
    if len(named) != 1:
        found = "both" if named else "neither"
        table.note("", f"found {found}; expected at_ms or before_end_ms; keep one of them")
    where = before_end if at is None else at
    if length is not None and where is not None and where > length:
        table.note(
            "",
            f"found {ms_from_ticks(where)} ms; expected it inside the passage, which has "
            f"{ms_from_ticks(length)} ms; move it",
        )
    return Cue(
        name=table.text("name", required=True),
        at=where or Ticks(0),
        from_end=named == ["before_end"],
        data=_data(table),
    )


def _data(table: Table) -> Mapping[str, Any]:
    data = table.data.get("data", {})
    if isinstance(data, dict) and _is_plain(data, _MAX_DEPTH):
        return data
    table.note(
        "data",
        f"found {shown(data)}; expected a table of text, finite numbers, true, false, lists and "
        "tables; correct it",
    )
    return {}


def _is_plain(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        keys = all(isinstance(key, str) and _is_plain(key, 1) for key in value)
        return depth > 0 and keys and all(_is_plain(v, depth - 1) for v in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_is_plain(v, depth - 1) for v in value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() == value
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return isinstance(value, float) and math.isfinite(value)


def _names(table: Table, stem: str) -> bool:
    return f"{stem}_ms" in table.data or f"{stem}_ticks" in table.data


def _span(start: int, end: int) -> str:
    return f"{ms_from_ticks(start)} to {ms_from_ticks(end)} ms"
