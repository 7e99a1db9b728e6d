"""From rows to passages: what is bad in a song or cue costs that song or cue, points stay as is."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec

from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.passage import Cue, Curve, Passage, PassageId, Points, Song, SongSpan
from wkmp_pi.units import Ticks

PASSAGE = """
    SELECT passages.id, path, start_ticks, lead_in_ticks, fade_in_ticks, fade_out_ticks,
           lead_out_ticks, end_ticks, fade_in_curve, fade_out_curve, title, artist, album, disc,
           track
    FROM passages JOIN files ON files.id = passages.file
"""
"""The columns that ``passage`` takes; add a WHERE."""


def span(
    conn: LibraryConnection,
    number: int,
    file: str,
    start: int | None,
    end: int | None,
    title: str,
    artist: str,
    album: str,
) -> Passage:
    """A passage that stands in no table of its own, from columns of the queue or of history."""
    points = Points(start=_ticks(start), end=_ticks(end))
    return Passage(
        id=PassageId(number),
        file=conn.absolute(file),
        points=points,
        title=title,
        artist=artist,
        album=album,
    )


def passage(conn: LibraryConnection, row: tuple[Any, ...]) -> Passage:
    """A passage from the columns of ``PASSAGE``, with its songs and cues."""
    number, path, *points, curve_in, curve_out, title, artist, album, disc, track = row
    return Passage(
        id=PassageId(number),
        file=conn.absolute(path),
        points=Points(**dict(zip(_POINTS, points, strict=True))),
        fade_in_curve=_curve(curve_in),
        fade_out_curve=_curve(curve_out),
        title=title,
        artist=artist,
        album=album,
        disc=disc,
        track=track,
        songs=_spans(conn, number),
        cues=tuple(_cues(conn, number)),
    )


_POINTS = ("start", "lead_in", "fade_in", "fade_out", "lead_out", "end")


def _ticks(value: int | None) -> Ticks | None:
    return None if value is None else Ticks(value)


def _curve(name: str | None) -> Curve | None:
    return next((curve for curve in Curve if curve == name), None)


def _spans(conn: LibraryConnection, number: int) -> tuple[SongSpan, ...]:
    """The songs of a passage; none at all if the table is missing or a row is bad."""
    try:
        rows = conn.execute(
            "SELECT start_ticks, end_ticks, song, songs.id, title, artist, mbid FROM passage_songs"
            " LEFT JOIN songs ON songs.id = song WHERE passage = ? ORDER BY start_ticks",
            (number,),
        ).fetchall()
        spans = tuple(_song_span(conn, *row) for row in rows)
    except (sqlite3.OperationalError, TypeError):
        return ()
    sound = all(0 <= span.start < span.end for span in spans)
    apart = all(a.end <= b.start for a, b in itertools.pairwise(spans))
    return spans if sound and apart else ()


def _song_span(
    conn: LibraryConnection,
    start: int,
    end: int,
    wanted: int | None,
    found: int | None,
    title: str,
    artist: str,
    mbid: str | None,
) -> SongSpan:
    if wanted != found:
        raise TypeError("the song is not there")
    song = found and Song(
        id=found, title=title, artist=artist, mbid=mbid, artists=shares(conn, found, artist)
    )
    return SongSpan(song=song or None, start=Ticks(start), end=Ticks(end))


def shares(conn: LibraryConnection, song: int, credit: str) -> tuple[tuple[str, float], ...]:
    """The artists of a song with their weights; empty if the credit says as much."""
    rows = conn.execute(
        "SELECT name, weight FROM song_artists JOIN artists ON artists.id = artist"
        " WHERE song = ? ORDER BY place",
        (song,),
    ).fetchall()
    return () if [name for name, _ in rows] == [credit] else tuple(rows)


def _cues(conn: LibraryConnection, number: int) -> Iterator[Cue]:
    try:
        rows = conn.execute(
            "SELECT name, at_ticks, from_end, data FROM passage_cues WHERE passage = ?"
            " ORDER BY place",
            (number,),
        ).fetchall()
    except sqlite3.OperationalError:
        return
    for name, at, from_end, text in rows:
        with contextlib.suppress(ValueError):
            data = msgspec.json.decode(text, type=dict[str, Any])
            yield Cue(name=name, at=Ticks(at), from_end=bool(from_end), data=data)
