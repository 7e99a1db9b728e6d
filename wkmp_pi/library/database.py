"""Open the library: lock it, look at it, bring it up to date; or go on without a disk.

What can go wrong with a file on a memory card ends in one of three ways, and
the caller always learns which: the library as it was; another one in its place
(``warnings``); or a copy in memory that ends with this session (``problem``).
Only a second service on the same library is refused.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wkmp_pi.errors import LibraryError
from wkmp_pi.files import exists
from wkmp_pi.library import backups, faults, health, migrate, upkeep
from wkmp_pi.library.connection import LibraryConnection, connect, connect_reader
from wkmp_pi.library.health import Condition
from wkmp_pi.library.lock import WriterLock, lock_writer
from wkmp_pi.library.memory import in_memory

CHECK_BUDGET_S = 3.0
"""How long the look at the library may take at start."""

_log = logging.getLogger(__name__)
_REMEDY = {
    Condition.NEWER: "install a newer wkmp-pi",
    Condition.FOREIGN: "name another file for the library",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A library ready for its store, which owns it from then on.

    Attributes:
        connection: the only writing one.
        lock: released when the connection is closed.
        path: the file, or ``None`` if this library lives in memory only.
        warnings: what was done to it, one sentence each.
        problem: why nothing will be kept after this session, or ``None``.
    """

    connection: LibraryConnection
    lock: WriterLock | None
    path: Path | None
    warnings: tuple[str, ...] = ()
    problem: str | None = None


def open_library(
    path: Path,
    music_root: str,
    *,
    check_budget_s: float = CHECK_BUDGET_S,
    sql: Sequence[str] | None = None,
    factory: type[LibraryConnection] = LibraryConnection,
) -> Opened:
    """Open the library at ``path`` for writing, making it and its folder (0700) if need be.

    Args:
        path: the database file.
        music_root: absolute; stored paths are relative to it.
        check_budget_s: how long the look at an existing file may take.
        sql: the steps of the schema, if not this program's own.
        factory: the class of the connection.

    Raises:
        LibraryError: another service has it open.
    """
    sql = migrate.steps() if sql is None else sql
    lock = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = lock_writer(path)
        try:
            warnings = _make_sound(path, sql, check_budget_s)
            conn = _open_current(path, music_root, sql, factory)
        except (OSError, sqlite3.Error):
            if not upkeep.give_up_reserve(path):
                raise
            warnings = _make_sound(path, sql, check_budget_s)
            conn = _open_current(path, music_root, sql, factory)
    except LibraryError:
        raise
    except _LeaveAloneError as reason:
        problem = str(reason)
    except (OSError, sqlite3.Error) as error:
        problem = (
            f"{path}: {faults.words(error)}; expected to write here; this session is kept in "
            "memory only: make room or mend the disk, then restart"
        )
    else:
        return Opened(connection=conn, lock=lock, path=path, warnings=tuple(warnings))
    conn = in_memory(path, music_root, sql, check_budget_s)
    return Opened(connection=conn, lock=lock, path=None, problem=problem)


def open_reader(path: Path, music_root: str) -> LibraryConnection:
    """Open the library for looking only; works while the service runs, and never writes.

    Keep it for less than a second: the log cannot shrink while somebody reads.

    Raises:
        LibraryError: there is none, or it is newer, damaged, or another program's.
    """
    known = len(migrate.steps())
    try:
        conn = connect_reader(path, music_root)
    except (OSError, sqlite3.Error) as error:
        reason = faults.words(error) if exists(path) else "it does not exist"
        raise LibraryError(
            f"{path}: {reason}; expected a library; start the service once, or name another file"
        ) from error
    try:
        finding = health.judge(conn, known, budget_s=0.0)
        usable = finding.condition is Condition.SOUND and migrate.version(conn) >= known
    except BaseException:
        conn.close()
        raise
    if not usable:
        conn.close()
        reason = finding.reason or "it is of an older version"
        remedy = _REMEDY.get(finding.condition, "restart the service, which mends it")
        raise LibraryError(f"{path}: {reason}; expected a library; {remedy}")
    return conn


class _LeaveAloneError(Exception):
    """The file is none that this program may change."""


def _make_sound(path: Path, sql: Sequence[str], budget_s: float) -> list[str]:
    """Have a sound library at ``path``; returns what had to be done for it, for the owner."""
    finding = health.examine(path, len(sql), budget_s)
    match finding.condition:
        case Condition.SOUND:
            return []
        case Condition.NEWER | Condition.FOREIGN:
            raise _LeaveAloneError(
                f"{path}: {finding.reason}; expected a library; it is left alone and this session "
                f"is kept in memory only: {_REMEDY[finding.condition]}"
            )
    first = not any(p.exists() for p in (path, *backups.paths(path), *backups.corrupt(path)))
    told = backups.restore(path, finding.reason, sql, budget_s)
    return [] if first else [told]


def _open_current(
    path: Path, music_root: str, sql: Sequence[str], factory: type[LibraryConnection]
) -> LibraryConnection:
    """The writing connection to a library that is sound, brought up to date before."""
    conn = _open_writer(path, music_root, factory)
    if migrate.version(conn) < len(sql):
        with contextlib.closing(conn):
            backups.make(conn, path)
            migrate.upgrade(conn, path, sql)
        conn = _open_writer(path, music_root, factory)
    return conn


def _open_writer(
    path: Path, music_root: str, factory: type[LibraryConnection]
) -> LibraryConnection:
    conn = connect(path, music_root, factory=factory)
    try:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute(f"PRAGMA wal_autocheckpoint = {_log_pages(conn)}")
        conn.execute(f"PRAGMA journal_size_limit = {upkeep.LOG_BYTES}")
        conn.execute("PRAGMA temp_store = MEMORY")
        conn.execute("BEGIN IMMEDIATE")  # SQLite opens a read-only file without a word
        conn.execute("ROLLBACK")
    except sqlite3.Error:
        conn.close()
        raise
    upkeep.keep_log(path)
    _log.info("library %s: SQLite %s", path, sqlite3.sqlite_version)
    return conn


def _log_pages(conn: LibraryConnection) -> int:
    """How many pages of this library the log holds before it is moved into it."""
    (size,) = conn.execute("PRAGMA page_size").fetchone()
    return max(upkeep.LOG_BYTES // int(size), 1)
