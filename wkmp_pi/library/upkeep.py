"""What a library needs now and then, and what must never stop it: backups and a short log."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path

from wkmp_pi.library import backups, faults

WAL_ALARM_BYTES = 16 << 20
"""A log that grows beyond this is held by a reader that does not end."""

_log = logging.getLogger(__name__)


def back_up_if_due(conn: sqlite3.Connection, path: Path | None) -> None:
    """Make the daily backup of the library at ``path``; a failure is only logged."""
    if path is None or not backups.is_due(path, time.time()):
        return
    try:
        backups.make(conn, path)
    except (OSError, sqlite3.Error) as error:
        _log.warning("library %s: no backup was made: %s", path, faults.words(error))


def log_alarm(path: Path | None) -> str | None:
    """A text for the owner if the write-ahead log of the library at ``path`` grew too long."""
    if path is None:
        return None
    try:
        size = path.with_name(path.name + "-wal").stat().st_size
    except OSError:
        return None
    if size <= WAL_ALARM_BYTES:
        return None
    return (
        f"library {path}: its log has {size >> 20} MiB; expected at most "
        f"{WAL_ALARM_BYTES >> 20}; end the program that reads the library all the time"
    )


def shrink_log(conn: sqlite3.Connection) -> None:
    """Move the whole log into the database, for good; a failure is only logged."""
    try:
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        _log.warning("library: closed without a checkpoint: %s", faults.words(error))
