from __future__ import annotations

from pathlib import Path

import pytest
from library.building import a_passage, a_play, close, open_at

from wkmp_pi.errors import LibraryError
from wkmp_pi.library import database, queries, writes
from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.passage import SongSpan
from wkmp_pi.units import Ticks


@pytest.fixture
def number(conn: LibraryConnection) -> int:
    [number] = writes.add_passages(conn, [a_passage()])
    return number


def bend(conn: LibraryConnection, sql: str) -> None:
    """Change a row past every rule, as a damaged disk or a careless hand would."""
    conn.execute("PRAGMA ignore_check_constraints = ON")
    conn.execute("PRAGMA foreign_keys = OFF")
    conn.execute(sql)


def test_a_number_that_is_none_finds_nothing(conn: LibraryConnection) -> None:
    assert queries.passage(conn, 12) is None


def test_points_in_the_wrong_order_are_handed_over_as_they_are(
    conn: LibraryConnection, number: int
) -> None:
    bend(conn, "UPDATE passages SET lead_in_ticks = 90, lead_out_ticks = 80, start_ticks = -4")
    found = queries.passage(conn, number)
    assert found is not None
    assert (found.points.start, found.points.lead_in, found.points.lead_out) == (-4, 90, 80)
    assert found.points.violations()


def test_without_the_table_of_songs_a_passage_has_none(
    conn: LibraryConnection, number: int
) -> None:
    conn.execute("DROP TABLE passage_songs")
    conn.execute("DROP TABLE passage_cues")
    found = queries.passage(conn, number)
    assert found is not None
    assert (found.songs, found.cues, found.title) == ((), (), "passage of a/b.flac")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE passage_songs SET start_ticks = end_ticks",
        "UPDATE passage_songs SET start_ticks = -1",
        "UPDATE passage_songs SET song = 999",
        "INSERT INTO passage_songs VALUES (1, 7, 12, 1)",
    ],
)
def test_a_bad_row_of_songs_costs_the_songs_only(
    conn: LibraryConnection, number: int, sql: str
) -> None:
    bend(conn, sql)
    found = queries.passage(conn, number)
    assert found is not None
    assert found.songs == ()
    assert found.cues


def test_a_gap_may_be_named(conn: LibraryConnection, number: int) -> None:
    conn.execute("UPDATE passage_songs SET song = NULL, end_ticks = 10")
    found = queries.passage(conn, number)
    assert found is not None
    assert found.songs == (SongSpan(song=None, start=Ticks(0), end=Ticks(10)),)


@pytest.mark.parametrize("data", ["{", "[1]", ""])
def test_a_bad_cue_costs_that_cue_only(conn: LibraryConnection, number: int, data: str) -> None:
    conn.execute("INSERT INTO passage_cues VALUES (?, 9, 'bad', 0, 0, ?)", (number, data))
    found = queries.passage(conn, number)
    assert found is not None
    assert [cue.name for cue in found.cues] == ["lights"]


def test_a_curve_of_another_version_is_none(conn: LibraryConnection, number: int) -> None:
    conn.execute("UPDATE passages SET fade_in_curve = 'spline', fade_out_curve = 'cosine'")
    found = queries.passage(conn, number)
    assert found is not None
    assert (found.fade_in_curve, found.fade_out_curve) == (None, "cosine")


def test_words_are_found_in_any_order_and_case_and_signs_mean_themselves(
    conn: LibraryConnection,
) -> None:
    titles = ["Blue Sky", "100% blue", "under_score", "under-score", r"back\slash"]
    writes.add_passages(conn, [a_passage(f"{n}.mp3", title=t) for n, t in enumerate(titles)])

    def found(text: str) -> list[str]:
        return [passage.title for passage in queries.passages(conn, text)]

    assert found("SKY blue") == ["Blue Sky"]
    assert found("%") == ["100% blue"]
    assert found("r_s") == ["under_score"]
    assert found("\\") == [r"back\slash"]
    assert found("anna 3.mp3") == ["under-score"]
    assert found("sky score") == []
    assert found("\udcff") == []
    assert len(found("")) == 5
    assert [p.title for p in queries.passages(conn, limit=2, offset=1)] == titles[1:3]


def test_songs_are_found_by_title_and_artist(conn: LibraryConnection, number: int) -> None:
    [song] = queries.songs(conn, "ben a/b")
    assert (song.title, song.artist, song.artists) == ("song of a/b.flac", "Anna & Ben", ())
    assert queries.songs(conn, "nobody") == []


def test_bad_rows_of_history_and_state_are_left_out(conn: LibraryConnection) -> None:
    for n in (1, 2, 3):
        writes.record_play(conn, a_play(n))
    conn.execute("UPDATE play_history SET reason = 'of_tomorrow' WHERE entry = 1")
    conn.execute("UPDATE play_history SET started_utc = 'soon' WHERE entry = 2")
    assert [play.entry for play in queries.recent_plays(conn)] == [3]
    conn.execute("INSERT INTO state VALUES ('volume', '{'), ('muted', 'true'), ('queue', '3')")
    assert queries.state(conn) == {"muted": True}
    assert queries.queue(conn) is None


def test_a_reader_looks_on_while_the_service_writes_and_cannot_write(
    tmp_path: Path, conn: LibraryConnection, number: int
) -> None:
    reader = database.open_reader(tmp_path / "library.db", "/srv/music")
    try:
        writes.add_passages(conn, [a_passage("new.flac")])
        assert len(queries.passages(reader)) == 2
        with pytest.raises(Exception, match="readonly"):
            writes.save_state(reader, {"volume": 1})
    finally:
        reader.close()


def test_a_reader_says_what_is_wrong_with_a_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="does not exist"):
        database.open_reader(tmp_path / "library.db", "/srv/music")
    (tmp_path / "library.db").write_bytes(b"no database at all" * 99)
    with pytest.raises(LibraryError, match="not a database"):
        database.open_reader(tmp_path / "library.db", "/srv/music")
    (tmp_path / "library.db").unlink()
    opened = open_at(tmp_path)
    close(opened)
    bent = (tmp_path / "library.db").read_bytes().replace(b"CREATE", b"CR\xc3\xc3TE")
    (tmp_path / "bent.db").write_bytes(bent)
    with pytest.raises(LibraryError, match="restart the service, which mends it"):
        database.open_reader(tmp_path / "bent.db", "/srv/music")
    opened = open_at(tmp_path)
    for version, said in ((0, "tables are missing"), (99, "its version is 99")):
        opened.connection.execute(f"PRAGMA user_version = {version}")
        with pytest.raises(LibraryError, match=said):
            database.open_reader(tmp_path / "library.db", "/srv/music")
    close(opened)
