from __future__ import annotations

import itertools
import sqlite3

import pytest

from wkmp_pi.library.connection import LibraryConnection

FADE = ("start_ticks", "fade_in_ticks", "fade_out_ticks", "end_ticks")
LEAD = ("start_ticks", "lead_in_ticks", "lead_out_ticks", "end_ticks")
PAIRS = sorted({pair for chain in (FADE, LEAD) for pair in itertools.combinations(chain, 2)})


@pytest.fixture
def with_file(conn: LibraryConnection) -> LibraryConnection:
    conn.execute("INSERT INTO files (id, path) VALUES (1, 'a.flac')")
    return conn


def insert(conn: LibraryConnection, **points: int | None) -> None:
    names = ", ".join(["file", *points])
    marks = ", ".join("?" * (len(points) + 1))
    conn.execute(f"INSERT INTO passages ({names}) VALUES ({marks})", (1, *points.values()))  # noqa: S608


def test_every_table_is_strict(conn: LibraryConnection) -> None:
    tables = conn.execute("PRAGMA table_list").fetchall()
    ours = [row for row in tables if row[0] == "main" and not row[1].startswith("sqlite_")]
    assert len(ours) == 17
    assert [name for _, name, _, _, _, strict in ours if not strict] == []


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_a_pair_of_points_in_the_wrong_order_is_refused(
    with_file: LibraryConnection, left: str, right: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        insert(with_file, **{left: 11, right: 10})


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_points_may_coincide_but_for_start_and_end(
    with_file: LibraryConnection, left: str, right: str
) -> None:
    if (left, right) == ("start_ticks", "end_ticks"):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            insert(with_file, start_ticks=10, end_ticks=10)
    else:
        insert(with_file, **{left: 10, right: 10})


@pytest.mark.parametrize("name", [*FADE, *LEAD])
def test_a_negative_point_is_refused(with_file: LibraryConnection, name: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        insert(with_file, **{name: -1})


def test_an_end_at_zero_is_no_passage(with_file: LibraryConnection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        insert(with_file, end_ticks=0)


def test_start_0_and_no_start_are_the_same_passage(with_file: LibraryConnection) -> None:
    insert(with_file, start_ticks=0)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        insert(with_file, start_ticks=None)


def test_text_is_no_number(with_file: LibraryConnection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):
        with_file.execute("INSERT INTO passages (file, start_ticks) VALUES (1, 'soon')")


def test_every_foreign_key_has_an_index(conn: LibraryConnection) -> None:
    """Without one, each deletion of a parent would read the whole child table."""
    tables = [n for (n,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for table in tables:
        keys = {row[3] for row in conn.execute(f"PRAGMA foreign_key_list({table})")}
        indexed = {
            conn.execute(f"PRAGMA index_info('{row[1]}')").fetchone()[2]
            for row in conn.execute(f"PRAGMA index_list({table})")
        }
        assert keys <= indexed, table
