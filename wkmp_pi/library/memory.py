"""A library in memory, for a session whose disk cannot be written: what can be read, else empty."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wkmp_pi.library import backups, health, migrate
from wkmp_pi.library.connection import LibraryConnection, connect, connect_reader
from wkmp_pi.library.health import Condition


def in_memory(
    path: Path, music_root: str, sql: Sequence[str], budget_s: float
) -> LibraryConnection:
    """A copy of the library at ``path`` or of a backup, brought up to date; or an empty one.

    A newer library is copied as it is.
    """
    for source in (path, *backups.paths(path)):
        conn = connect(None, music_root)
        with contextlib.suppress(OSError, sqlite3.Error):
            _copy(source, conn)
            finding = health.judge(conn, len(sql), budget_s)
            if finding.condition is Condition.NEWER:
                return conn
            if finding.condition is Condition.SOUND:
                migrate.apply(conn, sql)
                return conn
        conn.close()
    conn = connect(None, music_root)
    migrate.apply(conn, sql)
    return conn


def _copy(source: Path, memory: LibraryConnection) -> None:
    try:
        conn = connect_reader(source, "/")
    except sqlite3.OperationalError:
        _copy_with_log(source, memory)
        return
    with contextlib.closing(conn):
        conn.backup(memory)


def _copy_with_log(source: Path, memory: LibraryConnection) -> None:
    """SQLite plays a log into its database only where it can write: in a folder of our own."""
    with tempfile.TemporaryDirectory(prefix="wkmp_pi-") as folder:
        for log in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{source}{log}", f"{folder}/copy{log}")
        with contextlib.closing(connect(Path(folder, "copy"), "/")) as conn:
            conn.backup(memory)
