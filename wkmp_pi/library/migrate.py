"""From whatever version a database has to the one this program knows, on a copy.

Step *n* is ``schema/000n_*.sql``; ``PRAGMA user_version`` counts the steps
that were taken. There is no way back: an older program leaves a newer database alone.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from wkmp_pi.library.connection import LibraryConnection, connect

_PAGE_BYTES = 1024
"""The log gets whole pages, and what is saved each half minute is some 200 bytes."""


def steps() -> tuple[str, ...]:
    """The SQL of every step, in order; their number is the version this program knows."""
    folder = resources.files("wkmp_pi.library") / "schema"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(f.read_text("utf-8") for f in files)


def version(conn: sqlite3.Connection) -> int:
    """How many steps a database has behind it; 0 for an empty one."""
    number: int = conn.execute("PRAGMA user_version").fetchone()[0]
    return number


def apply(conn: sqlite3.Connection, sql: Sequence[str]) -> None:
    """Take the steps that are missing, each in its own transaction.

    Raises:
        sqlite3.Error: a step failed; the database stands before it.
    """
    for number, step in enumerate(sql, 1):
        if number > version(conn):
            try:
                conn.executescript(f"BEGIN;\n{step}\n;PRAGMA user_version = {number};\nCOMMIT;")
            finally:
                conn.rollback()


def build(path: Path, sql: Sequence[str]) -> None:
    """A library at ``path``: an empty one if there is no file, else that one brought up to date."""
    conn = connect(path, "/", mode="rwc")
    try:
        conn.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # of no effect on one that exists
        conn.execute("PRAGMA foreign_keys = OFF")  # a step may have to copy tables
        apply(conn, sql)
    finally:
        conn.close()
    flush(path)


def upgrade(live: LibraryConnection, path: Path, sql: Sequence[str]) -> None:
    """Build the new version beside the old one and put it in its place at once.

    ``live`` is closed. Whatever goes wrong, ``path`` stays what it was.

    Raises:
        sqlite3.Error, OSError: no room, or a step failed.
    """
    copy = path.with_name(path.name + ".new")
    copy.unlink(missing_ok=True)
    try:
        live.execute("VACUUM INTO ?", (os.fspath(copy),))
        build(copy, sql)
        # The log belongs to the old file; left behind, it would be played into the new one.
        live.execute("PRAGMA journal_mode = DELETE").fetchone()
        live.close()
        install(copy, path)
    finally:
        live.close()
        copy.unlink(missing_ok=True)


def install(new: Path, path: Path) -> None:
    """Put the finished database ``new`` in the place of ``path``: all or nothing, and durably."""
    flush(new)
    for log in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + log).unlink(missing_ok=True)
    new.replace(path)
    flush(path.parent)


def flush(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before going on."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
