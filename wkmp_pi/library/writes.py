"""Change the library: plain functions of a connection, which its store runs in a transaction.

They neither begin nor commit, and they compute before they write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from wkmp_pi import settings as declared
from wkmp_pi.library import queries
from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.library.ranks import reranked
from wkmp_pi.library.records import MediaFile, Play
from wkmp_pi.passage import Passage, Song
from wkmp_pi.settings import Settings
from wkmp_pi.units import ticks_from_frames


def save_queue(conn: LibraryConnection, queue: Mapping[str, Any]) -> None:
    """Make the saved queue this one; writes only the rows that are new, gone, or elsewhere.

    Args:
        conn: the library.
        queue: plain data: ``entries``, each with ``entry`` and ``passage``, and with ``file``
            (and ``start``, ``end`` in ticks) if the passage is an ephemeral one, whose id is
            negative; and any other JSON values, which are kept as they are.
    """
    about = dict(queue)
    wanted = {each["entry"]: each for each in about.pop("entries")}
    stored: dict[int, int] = dict(conn.execute("SELECT entry, rank FROM queue").fetchall())
    ranks = reranked(stored, list(wanted))
    gone = [(entry,) for entry in stored if entry not in wanted]
    moved = [(r, e) for e, r in ranks.items() if e in stored and stored[e] != r]
    new = [(e, r, *_queued(conn, wanted[e])) for e, r in ranks.items() if e not in stored]
    conn.executemany("DELETE FROM queue WHERE entry = ?", gone)
    conn.executemany("UPDATE queue SET rank = ? WHERE entry = ?", moved)
    conn.executemany(
        "INSERT INTO queue (entry, rank, passage, file, start_ticks, end_ticks)"
        " VALUES (?, ?, ?, CAST(? AS TEXT), ?, ?)",
        new,
    )
    save_state(conn, {queries.QUEUE: about})


def save_state(conn: LibraryConnection, values: Mapping[str, Any]) -> None:
    """Keep these values of the player state (JSON values); other keys stay."""
    _put(conn, "state", values)


def save_settings(conn: LibraryConnection, values: Mapping[str, Any]) -> None:
    """Keep these settings (values as ``settings.parse`` returns them); others stay."""
    _put(conn, "settings", values)


def load_settings(
    conn: LibraryConnection, first: Mapping[str, Any] | None = None
) -> tuple[Settings, list[str]]:
    """The settings and their warnings as ``queries.settings``; missing ones are written down.

    Args:
        conn: the library.
        first: values for settings that the library does not have yet, instead of the defaults.
    """
    values = {key: about.default for key, about in declared.ABOUT.items()} | dict(first or {})
    conn.executemany(
        "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(key, _json(value)) for key, value in values.items()],
    )
    return queries.settings(conn)


def record_play(conn: LibraryConnection, play: Play) -> None:
    """Add to the history; the same entry and start told again replaces what was told first."""
    passage, points = play.passage, play.passage.points
    values = (
        play.entry,
        passage.id,
        conn.stored(passage.file),
        points.start,
        points.end,
        *_words(passage.title, passage.artist, passage.album),
        _utc(play.started_utc),
        play.reason,
        play.played_ms,
    )
    [(number,)] = conn.execute(
        "INSERT INTO play_history (entry, passage, file, start_ticks, end_ticks, title, artist,"
        " album, started_utc, reason, played_ms)"
        " VALUES (?, (SELECT id FROM passages WHERE id = ?), CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, ?,"
        " ?)"
        " ON CONFLICT (entry, started_utc) DO UPDATE"
        " SET reason = excluded.reason, played_ms = excluded.played_ms RETURNING id",
        values,
    ).fetchall()
    conn.execute("DELETE FROM song_play_history WHERE play = ?", (number,))
    conn.executemany(
        "INSERT INTO song_play_history (play, place, song, title, artist, started_utc, played_ms)"
        " VALUES (?, ?, (SELECT id FROM songs WHERE id = ?), ?, ?, ?, ?)",
        [
            (number, place, s.song, *_words(s.title, s.artist), _utc(s.started_utc), s.played_ms)
            for place, s in enumerate(play.songs)
        ],
    )


def save_media(conn: LibraryConnection, media: MediaFile) -> None:
    """Keep what a decoder found out about a file; its passages stay."""
    duration = ticks_from_frames(media.frames, media.rate_hz)
    conn.execute(
        "INSERT INTO files (path, duration_ticks, format, rate_hz, channels, size_bytes, mtime_ns)"
        " VALUES (CAST(? AS TEXT), ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE"
        " SET duration_ticks = excluded.duration_ticks, format = excluded.format,"
        " rate_hz = excluded.rate_hz, channels = excluded.channels,"
        " size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns",
        (
            conn.stored(media.file),
            duration,
            media.format,
            media.rate_hz,
            media.channels,
            media.size_bytes,
            media.mtime_ns,
        ),
    )


def add_passages(conn: LibraryConnection, passages: Iterable[Passage]) -> list[int]:
    """Store passages with their songs and cues; returns their numbers in the same order.

    A passage is the same one as before if file, start and end are: it keeps
    its number, and everything else of it is replaced. A song is the same if
    its MusicBrainz id is, or, without one, its title and artist.
    """
    return [_add_passage(conn, passage) for passage in passages]


_UPSERT_PASSAGE = """
    INSERT INTO passages (file, start_ticks, end_ticks, lead_in_ticks, fade_in_ticks,
        fade_out_ticks, lead_out_ticks, fade_in_curve, fade_out_curve, title, artist, album,
        disc, track)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (file, coalesce(start_ticks, 0), coalesce(end_ticks, -1)) DO UPDATE SET
        lead_in_ticks = excluded.lead_in_ticks, fade_in_ticks = excluded.fade_in_ticks,
        fade_out_ticks = excluded.fade_out_ticks, lead_out_ticks = excluded.lead_out_ticks,
        fade_in_curve = excluded.fade_in_curve, fade_out_curve = excluded.fade_out_curve,
        title = excluded.title, artist = excluded.artist, album = excluded.album,
        disc = excluded.disc, track = excluded.track
    RETURNING id
"""


def _add_passage(conn: LibraryConnection, passage: Passage) -> int:
    points = passage.points
    values = (
        _file(conn, passage.file),
        points.start,
        points.end,
        points.lead_in,
        points.fade_in,
        points.fade_out,
        points.lead_out,
        passage.fade_in_curve,
        passage.fade_out_curve,
        *_words(passage.title, passage.artist, passage.album),
        passage.disc,
        passage.track,
    )
    [(number,)] = conn.execute(_UPSERT_PASSAGE, values).fetchall()
    _replace_songs(conn, number, passage)
    _replace_cues(conn, number, passage)
    return int(number)


def _replace_songs(conn: LibraryConnection, number: int, passage: Passage) -> None:
    rows = [
        (number, span.start, span.end, span.song and _song(conn, span.song))
        for span in passage.songs
    ]
    conn.execute("DELETE FROM passage_songs WHERE passage = ?", (number,))
    conn.executemany(
        "INSERT INTO passage_songs (passage, start_ticks, end_ticks, song) VALUES (?, ?, ?, ?)",
        rows,
    )


def _replace_cues(conn: LibraryConnection, number: int, passage: Passage) -> None:
    conn.execute("DELETE FROM passage_cues WHERE passage = ?", (number,))
    conn.executemany(
        "INSERT INTO passage_cues (passage, place, name, at_ticks, from_end, data)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (number, place, cue.name, cue.at, cue.from_end, _json(cue.data))
            for place, cue in enumerate(passage.cues)
        ],
    )


def _file(conn: LibraryConnection, file: str) -> int:
    path = (conn.stored(file),)
    conn.execute("INSERT INTO files (path) VALUES (CAST(? AS TEXT)) ON CONFLICT DO NOTHING", path)
    row = conn.execute("SELECT id FROM files WHERE path = CAST(? AS TEXT)", path).fetchone()
    return int(row[0])


def _song(conn: LibraryConnection, song: Song) -> int:
    title, artist = _words(song.title, song.artist)
    if song.mbid:
        found = conn.execute("SELECT id FROM songs WHERE mbid = ?", (song.mbid,))
    else:  # the plus keeps SQLite from walking through all songs without an mbid
        sql = "SELECT id FROM songs WHERE title = ? AND artist = ? AND +mbid IS NULL"
        found = conn.execute(sql, (title, artist))
    row = found.fetchone()
    if row:
        changes = (title, artist, row[0])
        conn.execute("UPDATE songs SET title = ?, artist = ? WHERE id = ?", changes)
    else:
        sql = "INSERT INTO songs (mbid, title, artist) VALUES (?, ?, ?) RETURNING id"
        [row] = conn.execute(sql, (song.mbid, title, artist)).fetchall()
    number = int(row[0])
    _replace_artists(conn, number, song)
    return number


def _replace_artists(conn: LibraryConnection, number: int, song: Song) -> None:
    shares = song.artists or ([(song.artist, 1.0)] if song.artist else [])
    rows = [
        (number, place, _artist(conn, name), weight) for place, (name, weight) in enumerate(shares)
    ]
    conn.execute("DELETE FROM song_artists WHERE song = ?", (number,))
    conn.executemany(
        "INSERT INTO song_artists (song, place, artist, weight) VALUES (?, ?, ?, ?)", rows
    )


def _artist(conn: LibraryConnection, name: str) -> int:
    words = _words(name)
    row = conn.execute("SELECT id FROM artists WHERE name = ? LIMIT 1", words).fetchone()
    if row is None:
        [row] = conn.execute("INSERT INTO artists (name) VALUES (?) RETURNING id", words).fetchall()
    return int(row[0])


def _queued(conn: LibraryConnection, each: Mapping[str, Any]) -> tuple[Any, ...]:
    file = each.get("file")
    return each["passage"], file and conn.stored(file), each.get("start"), each.get("end")


def _put(conn: LibraryConnection, table: str, values: Mapping[str, Any]) -> None:
    conn.executemany(
        f"INSERT INTO {table} (key, value) VALUES (?, ?)"  # noqa: S608
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value != excluded.value",
        [(key, _json(value)) for key, value in values.items()],
    )


def _words(*texts: str) -> tuple[str, ...]:
    # A title made of a file name may hold bytes that are no UTF-8.
    return tuple(text.encode("utf-8", "replace").decode() for text in texts)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
