"""An SQLite connection that knows where the music lies.

Paths are stored relative to the music root, so that the same library serves a
disk that is mounted elsewhere, and as the bytes of the name on disk, which
need not be UTF-8. Nothing is checked or created here; see ``database.py``.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

BUSY_TIMEOUT_S = 1.0
"""How long a statement waits for somebody else's lock before it is refused."""

_SLOW_S = 0.1
_log = logging.getLogger(__name__)


class LibraryConnection(sqlite3.Connection):
    """An open library; every function of ``queries`` and ``writes`` takes one."""

    music_root: str = "/"

    def stored(self, file: str) -> bytes:
        """The absolute path ``file`` as it stands in the database (bind it as CAST(? AS TEXT))."""
        prefix = self.music_root.rstrip("/") + "/"
        return os.fsencode(file.removeprefix(prefix))

    def absolute(self, stored: str) -> str:
        """A path of the database as an absolute one."""
        return os.path.join(self.music_root, stored)  # noqa: PTH118 - must keep every byte


def connect(
    database: Path | None,
    music_root: str,
    *,
    mode: str = "rw",
    factory: type[LibraryConnection] = LibraryConnection,
) -> LibraryConnection:
    """Open a file, or a database in memory (``None``), without a transaction of its own.

    The connection may be handed to another thread, but serves one at a time.

    Args:
        database: must exist unless ``mode`` is ``rwc``.
        music_root: absolute; stored paths are relative to it.
        mode: SQLite's own: ``ro``, ``rw``, ``rwc``, or ``ro&immutable=1``.
        factory: a subclass with other manners, such as one that fails on purpose.

    Raises:
        sqlite3.Error: the file cannot be opened.
    """
    name = ":memory:" if database is None else f"{database.absolute().as_uri()}?mode={mode}"
    conn = sqlite3.connect(
        name,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_S,
        factory=factory,
    )
    conn.music_root = music_root
    conn.text_factory = _text
    for pragma in ("foreign_keys = ON", "trusted_schema = OFF", "cell_size_check = ON"):
        conn.execute(f"PRAGMA {pragma}")
    return conn


def connect_reader(database: Path, music_root: str) -> LibraryConnection:
    """Open a file for looking only, also on a disk that is read-only.

    Raises:
        sqlite3.Error: it cannot be opened, or has a log and lies on a read-only disk.
    """
    conn = connect(database, music_root, mode="ro")
    try:
        conn.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError:
        conn.close()
        # On a read-only disk there is no place for the index of the log.
        if database.with_name(database.name + "-wal").exists():
            raise
        conn = connect(database, music_root, mode="ro&immutable=1")
    except sqlite3.Error:
        conn.close()
        raise
    conn.execute("PRAGMA query_only = ON")
    return conn


def transact(conn: LibraryConnection, job: Callable[[LibraryConnection], T], *, durable: bool) -> T:
    """Run ``job`` between BEGIN and COMMIT; nothing of it stays if anything fails.

    Args:
        conn: the writing connection, in no transaction.
        job: reads and writes, computed beforehand.
        durable: wait until the disk has it. A commit without survives every death of the
            process; a power cut may take the last ones, never a part of one.

    Raises:
        sqlite3.Error: the disk or the database refused.
        Exception: whatever ``job`` raised.
    """
    started = time.monotonic()
    conn.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    try:
        conn.execute("BEGIN")
        result = job(conn)
        conn.execute("COMMIT")
    finally:
        conn.rollback()  # does nothing after the commit
    held_s = time.monotonic() - started
    if held_s > _SLOW_S:
        _log.warning("a transaction of the library took %.0f ms", held_s * 1000)
    return result


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")
