from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library.building import ROOT, a_passage, a_play, a_queue

from wkmp_pi.library import queries, writes
from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.library.records import MediaFile
from wkmp_pi.passage import Points, Song, SongSpan
from wkmp_pi.units import TICKS_PER_SECOND, Ticks


def count(conn: LibraryConnection, table: str) -> int:
    return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def stored(conn: LibraryConnection, number: int) -> Any:
    """The passage as it was given: ids are the library's own business."""
    found = queries.passage(conn, number)
    assert found is not None
    spans = tuple(
        replace(span, song=span.song and replace(span.song, id=0)) for span in found.songs
    )
    return replace(found, id=0, songs=spans)


def test_a_passage_comes_back_as_it_was_given(conn: LibraryConnection) -> None:
    passage = a_passage(album="Album", disc=1, track=7)
    [number] = writes.add_passages(conn, [passage])
    assert stored(conn, number) == passage


def test_weights_of_artists_come_back(conn: LibraryConnection) -> None:
    song = Song(id=0, title="duet", artist="Anna, Ben", artists=(("Anna", 0.7), ("Ben", 0.3)))
    passage = a_passage(songs=(SongSpan(song=song, start=Ticks(0), end=Ticks(9)),))
    [number] = writes.add_passages(conn, [passage])
    assert stored(conn, number) == passage


def test_adding_the_same_span_again_updates_it(conn: LibraryConnection) -> None:
    first = a_passage()
    [number] = writes.add_passages(conn, [first])
    better = replace(
        first, points=replace(first.points, fade_in=Ticks(50)), title="better", songs=(), cues=()
    )
    assert writes.add_passages(conn, [better]) == [number]
    assert stored(conn, number) == better
    assert count(conn, "passages") == 1


def test_another_span_of_the_same_file_is_another_passage(conn: LibraryConnection) -> None:
    first = a_passage()
    later = replace(first, points=Points(start=Ticks(6)))
    assert len(set(writes.add_passages(conn, [first, later]))) == 2
    assert count(conn, "files") == 1


def test_a_song_is_the_same_by_its_mbid_else_by_title_and_artist(conn: LibraryConnection) -> None:
    def spans(*songs: Song) -> tuple[SongSpan, ...]:
        return tuple(
            SongSpan(song=song, start=Ticks(n), end=Ticks(n + 1)) for n, song in enumerate(songs)
        )

    old, new = (Song(id=0, title=t, mbid="m") for t in ("old title", "new title"))
    plain, other = (Song(id=0, title="same", artist=a) for a in ("A", "B"))
    writes.add_passages(conn, [a_passage("1", songs=spans(old, plain))])
    writes.add_passages(conn, [a_passage("2", songs=spans(new, plain, other))])
    titles = [(song.title, song.artist) for song in queries.songs(conn)]
    assert sorted(titles) == [("new title", ""), ("same", "A"), ("same", "B")]


def test_a_path_below_the_root_is_stored_relative_and_any_other_absolute(
    conn: LibraryConnection,
) -> None:
    writes.add_passages(conn, [a_passage("a.flac"), replace(a_passage(), file="/mnt/usb/b.flac")])
    paths = [path for (path,) in conn.execute("SELECT path FROM files ORDER BY id")]
    assert paths == ["a.flac", "/mnt/usb/b.flac"]
    assert [p.file for p in queries.passages(conn)] == ["/mnt/usb/b.flac", f"{ROOT}/a.flac"]


def test_a_name_that_is_not_utf_8_is_kept_to_the_byte(conn: LibraryConnection) -> None:
    name = b"caf\xe9/\xff.mp3".decode("utf-8", "surrogateescape")
    passage = a_passage(name, title=name, songs=(), cues=())
    [number] = writes.add_passages(conn, [passage])
    found = queries.passage(conn, number)
    assert found is not None
    assert found.file == passage.file
    assert found.title == "caf?/?.mp3"
    assert queries.passages_of_file(conn, passage.file) == [found]


def test_what_a_decoder_found_out_is_kept_apart_from_the_passages(conn: LibraryConnection) -> None:
    [number] = writes.add_passages(conn, [a_passage("a.flac")])
    assert queries.file_length(conn, f"{ROOT}/a.flac") is None
    media = MediaFile(
        file=f"{ROOT}/a.flac", frames=96_000, rate_hz=48_000, channels=2, format="flac"
    )
    for _ in range(2):
        writes.save_media(conn, media)
    assert queries.file_length(conn, f"{ROOT}/a.flac") == 2 * TICKS_PER_SECOND
    assert queries.file_length(conn, f"{ROOT}/b.flac") is None
    assert queries.passage(conn, number) is not None


def test_the_queue_comes_back_with_all_that_belongs_to_it(conn: LibraryConnection) -> None:
    assert queries.queue(conn) is None
    queue = {
        "entries": [
            {"entry": 4, "passage": 12},
            {"entry": 3, "passage": -3, "file": f"{ROOT}/a.flac", "start": 7, "end": 9},
            {"entry": 9, "passage": -4, "file": "/mnt/b\udcff.flac"},
        ],
        "order": [9, 3, 4],
        "current": None,
        "next_id": 10,
    }
    writes.save_queue(conn, queue)
    assert queries.queue(conn) == queue
    assert queries.state(conn) == {}


def test_a_queue_that_was_emptied_is_not_one_that_was_never_saved(conn: LibraryConnection) -> None:
    writes.save_queue(conn, a_queue([]))
    assert queries.queue(conn) == {"entries": []}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(st.integers(1, 12), unique=True, max_size=12).map(a_queue), max_size=8))
def test_the_queue_that_was_saved_last_is_the_one(
    conn: LibraryConnection, history: list[dict[str, Any]]
) -> None:
    conn.execute("BEGIN")
    for queue in history:
        writes.save_queue(conn, queue)
        assert queries.queue(conn) == queue
    conn.execute("ROLLBACK")


def test_one_new_entry_writes_one_row(conn: LibraryConnection) -> None:
    writes.save_queue(conn, a_queue(range(1, 100)))
    before = conn.total_changes
    writes.save_queue(conn, a_queue([*range(1, 50), 100, *range(50, 100)]))
    assert conn.total_changes - before == 1


def test_state_that_did_not_change_writes_nothing(conn: LibraryConnection) -> None:
    writes.save_state(conn, {"volume": 5, "muted": False})
    before = conn.total_changes
    writes.save_state(conn, {"volume": 5, "muted": False})
    assert conn.total_changes == before
    assert queries.state(conn) == {"volume": 5, "muted": False}


def test_a_play_that_is_told_twice_is_one_play(conn: LibraryConnection) -> None:
    writes.record_play(conn, a_play(1))
    writes.record_play(conn, replace(a_play(1), played_ms=77))
    assert count(conn, "play_history") == count(conn, "song_play_history") == 1
    assert [play.played_ms for play in queries.recent_plays(conn)] == [77]


def test_history_stands_on_its_own_when_the_passage_is_gone(conn: LibraryConnection) -> None:
    [number] = writes.add_passages(conn, [a_passage()])
    passage = queries.passage(conn, number)
    assert passage is not None
    writes.record_play(conn, replace(a_play(1), passage=passage))
    assert queries.recent_plays(conn)[0].passage == passage
    conn.execute("DELETE FROM files")
    [play] = queries.recent_plays(conn)
    assert (play.passage.id, play.passage.file) == (-1, passage.file)
    assert play.passage.points == passage.points


def test_the_newest_plays_come_first_and_no_more_than_asked_for(conn: LibraryConnection) -> None:
    for number in range(1, 6):
        writes.record_play(conn, a_play(number))
    plays = queries.recent_plays(conn, limit=3)
    assert [play.entry for play in plays] == [5, 4, 3]
    assert plays[0].started_utc == a_play(5).started_utc


def test_missing_settings_are_written_down_and_present_ones_stay(conn: LibraryConnection) -> None:
    writes.save_settings(conn, {"crossfade_ms": 7000})
    loaded, warnings = writes.load_settings(conn)
    assert (loaded.crossfade_ms, loaded.skip_fade_ms, warnings) == (7000, 300, [])
    keys = dict(conn.execute("SELECT key, value FROM settings").fetchall())
    assert keys["crossfade_ms"] == "7000"
    assert keys["curve_pair"] == '"exponential_logarithmic"'
    assert len(keys) > 20


@pytest.mark.parametrize("bad", ["-1", '"much"', "null", "}", "1e999", "true", "5.5"])
def test_a_bad_setting_takes_its_default_and_warns(conn: LibraryConnection, bad: str) -> None:
    conn.execute("INSERT INTO settings VALUES ('crossfade_ms', ?), ('of_tomorrow', '1')", (bad,))
    loaded, [warning] = writes.load_settings(conn)
    assert loaded.crossfade_ms == 4000
    assert "crossfade_ms" in warning
    kept = conn.execute("SELECT value FROM settings WHERE key = 'crossfade_ms'").fetchone()[0]
    assert kept == bad
