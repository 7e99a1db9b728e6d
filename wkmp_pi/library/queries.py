"""Read the library: plain functions of a connection, which change nothing.

Passages are handed over as they stand, points in the wrong order included:
whoever plays them repairs them and tells about it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from wkmp_pi import settings as declared
from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import Reason
from wkmp_pi.library import rows
from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.library.records import NOT_IN_LIBRARY, Play
from wkmp_pi.passage import EntryId, Passage, Song
from wkmp_pi.settings import Settings
from wkmp_pi.units import Ticks

QUEUE = "queue"
"""The key of the player state that holds what belongs to the play queue as a whole."""


def passage(conn: LibraryConnection, number: int) -> Passage | None:
    """One passage with its songs and cues, or ``None`` if there is none of that number."""
    row = conn.execute(rows.PASSAGE + "WHERE passages.id = ?", (number,)).fetchone()
    return row and rows.passage(conn, row)


def passages(
    conn: LibraryConnection, text: str = "", *, limit: int = -1, offset: int = 0
) -> list[Passage]:
    """Passages whose title, artist, album or path holds every word of ``text``, by path and start.

    Args:
        conn: the library.
        text: words in any order and case; empty finds all.
        limit: at most so many; -1 for all.
        offset: how many to leave out first.
    """
    words = [_pattern(word) for word in text.split()]
    column = "title || char(10) || artist || char(10) || album || char(10) || path"
    where = " AND ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(words)) or "1"
    sql = f"{rows.PASSAGE} WHERE {where} ORDER BY path, coalesce(start_ticks, 0) LIMIT ? OFFSET ?"
    found = conn.execute(sql, (*words, limit, offset)).fetchall()
    return [rows.passage(conn, row) for row in found]


def passages_of_file(conn: LibraryConnection, file: str) -> list[Passage]:
    """The passages of one audio file (absolute path), by start."""
    sql = (
        f"{rows.PASSAGE} WHERE path = CAST(? AS TEXT) ORDER BY coalesce(start_ticks, 0), end_ticks"
    )
    found = conn.execute(sql, (conn.stored(file),)).fetchall()
    return [rows.passage(conn, row) for row in found]


def songs(conn: LibraryConnection, text: str = "", *, limit: int = -1) -> list[Song]:
    """Songs whose title or artist holds every word of ``text``, by title."""
    words = [_pattern(word) for word in text.split()]
    where = " AND ".join([r"title || char(10) || artist LIKE ? ESCAPE '\'"] * len(words)) or "1"
    sql = f"SELECT id, title, artist, mbid FROM songs WHERE {where} ORDER BY title, id LIMIT ?"  # noqa: S608
    found = conn.execute(sql, (*words, limit)).fetchall()
    return [
        Song(
            id=number,
            title=title,
            artist=artist,
            mbid=mbid,
            artists=rows.shares(conn, number, artist),
        )
        for number, title, artist, mbid in found
    ]


def file_length(conn: LibraryConnection, file: str) -> Ticks | None:
    """The length of an audio file (absolute path), if somebody has measured it."""
    sql = "SELECT duration_ticks FROM files WHERE path = CAST(? AS TEXT)"
    row = conn.execute(sql, (conn.stored(file),)).fetchone()
    return Ticks(row[0]) if row and row[0] is not None else None


def queue(conn: LibraryConnection) -> dict[str, Any] | None:
    """The play queue as ``writes.save_queue`` took it, or ``None`` if none was saved."""
    found = conn.execute(
        "SELECT entry, passage, file, start_ticks, end_ticks FROM queue ORDER BY rank"
    ).fetchall()
    about = dict(_values(conn, "state")).get(QUEUE)
    if not isinstance(about, dict):
        return None
    return {**about, "entries": [_queued(conn, *row) for row in found]}


def state(conn: LibraryConnection) -> dict[str, Any]:
    """The player state as it was saved last; a value that is no JSON is left out."""
    values = _values(conn, "state")
    return {key: value for key, value in values if value is not _BAD and key != QUEUE}


def settings(conn: LibraryConnection) -> tuple[Settings, list[str]]:
    """The settings; what is missing or bad has its default, and each bad one gives a warning.

    A key that is not known is left alone: another version of the program may know it.
    """
    taken, warnings = Settings(), []
    for key, value in _values(conn, "settings"):
        if key not in declared.ABOUT:
            continue
        try:
            taken = declared.changed(taken, key, None if value is _BAD else value)
        except RequestError as error:
            warnings.append(f"{error}; the default is used")
    return taken, warnings


def recent_plays(conn: LibraryConnection, limit: int = 50) -> list[Play]:
    """What was played last, the newest first; without what was heard of single songs.

    A passage that is in the library is the whole one; any other has the id
    ``NOT_IN_LIBRARY`` and the span that was played.
    """
    found = conn.execute(
        "SELECT entry, started_utc, reason, played_ms, passage, file, start_ticks, end_ticks,"
        " title, artist, album FROM play_history ORDER BY id DESC LIMIT ?",
        (limit,),
    ).fetchall()
    plays = []
    for entry, started, reason, played_ms, number, *rest in found:
        whole = None if number is None else passage(conn, number)
        with contextlib.suppress(ValueError):  # a bad row: no time, or a reason of another version
            plays.append(
                Play(
                    entry=EntryId(entry),
                    passage=whole or rows.span(conn, NOT_IN_LIBRARY, *rest),
                    started_utc=datetime.fromisoformat(started),
                    reason=Reason(reason),
                    played_ms=played_ms,
                )
            )
    return plays


_BAD: Any = object()


def _values(conn: LibraryConnection, table: str) -> Iterator[tuple[str, Any]]:
    for key, text in conn.execute(f"SELECT key, value FROM {table}").fetchall():  # noqa: S608
        try:
            yield key, msgspec.json.decode(text)
        except ValueError:
            yield key, _BAD


def _queued(
    conn: LibraryConnection,
    entry: int,
    passage: int,
    file: str | None,
    start: int | None,
    end: int | None,
) -> dict[str, Any]:
    span = {"file": file and conn.absolute(file), "start": start, "end": end}
    given = {key: value for key, value in span.items() if value is not None}
    return {"entry": entry, "passage": passage, **given}


def _pattern(word: str) -> str:
    for special in "\\%_":
        word = word.replace(special, "\\" + special)
    return f"%{word}%".encode("utf-8", "replace").decode()
