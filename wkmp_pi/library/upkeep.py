"""What a library needs now and then, and what must never stop it: room, backups, a short log.

On a full disk even the log cannot be moved into the database, because that
grows. So a file of a few MiB is kept in reserve and given up when the disk is
full; a box that only plays can then remember its state for a long time.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from pathlib import Path

from wkmp_pi.library import backups, faults

WAL_ALARM_BYTES = 16 << 20
"""A log that grows beyond this is held by a reader that does not end."""

RESERVE_BYTES = 2 << 20
"""Kept free for the log, which is moved into the database when it has half of that."""

LOG_BYTES = RESERVE_BYTES // 2

_log = logging.getLogger(__name__)


def back_up_if_due(conn: sqlite3.Connection, path: Path | None) -> None:
    """Make the daily backup of the library at ``path``; a failure is only logged."""
    if path is None or not backups.is_due(path, time.time()):
        return
    try:
        backups.make(conn, path)
    except (OSError, sqlite3.Error) as error:
        _log.warning("library %s: no backup was made: %s", path, faults.words(error))


def identity(path: Path | None) -> tuple[int, int] | None:
    """Which file lies at ``path`` now: its device and inode; ``None`` if there is none."""
    if path is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def alarm(path: Path | None, opened: tuple[int, int] | None) -> str | None:
    """A text for the owner if something is wrong with the library at ``path`` that still works.

    Args:
        path: of the library; ``None`` if it is in memory.
        opened: the ``identity`` that it had when it was opened.
    """
    if path is None:
        return None
    if identity(path) != opened:
        return (
            f"library {path}: was taken away while it is in use; expected it to stay; what changes "
            "now is lost at the next start: restart, which begins with a backup or a new one"
        )
    return _log_alarm(path)


def _log_alarm(path: Path) -> str | None:
    """A text for the owner if the write-ahead log grew too long."""
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


def keep_reserve(path: Path | None) -> None:
    """Set room aside for the library at ``path``, if there is room for more than that."""
    if path is None or _reserve(path).exists():
        return
    with contextlib.suppress(OSError):
        room = os.statvfs(path)
        if room.f_bavail * room.f_frsize > 4 * RESERVE_BYTES:
            fd = os.open(_reserve(path), os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(fd, 0, RESERVE_BYTES)
            finally:
                os.close(fd)


def keep_log(path: Path) -> None:
    """Give the log of the open library at ``path`` the room that it will need, if there is enough.

    A log that grows with each transaction has the file system write about its blocks each time,
    which is more than what is in the transaction.
    """
    with contextlib.suppress(OSError):
        room = os.statvfs(path)
        if room.f_bavail * room.f_frsize > 4 * RESERVE_BYTES:
            fd = os.open(path.with_name(path.name + "-wal"), os.O_WRONLY | os.O_CLOEXEC)
            try:
                os.posix_fallocate(fd, 0, LOG_BYTES)
            finally:
                os.close(fd)


def make_room(conn: sqlite3.Connection, path: Path | None) -> None:
    """Give up what was kept in reserve and cut the log off, so that writing may go on."""
    if path is not None:
        give_up_reserve(path)
    shrink_log(conn)


def give_up_reserve(path: Path) -> bool:
    """Whether there was room in reserve for the library at ``path``; there is none now."""
    with contextlib.suppress(OSError):
        _reserve(path).unlink()
        return True
    return False


def _reserve(path: Path) -> Path:
    return path.with_name(path.name + ".reserve")


def shrink_log(conn: sqlite3.Connection) -> str | None:
    """Move the whole log into the database, for good; what went wrong, in words, or ``None``."""
    try:
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        return faults.words(error)
    return None
