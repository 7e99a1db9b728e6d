"""What an SQLite error means for the box: the disk is in trouble, the file is damaged, or a bug."""

from __future__ import annotations

import sqlite3

_WORDS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the disk is read-only",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_PERM: "access is denied",
    sqlite3.SQLITE_BUSY: "another program holds the database",
    sqlite3.SQLITE_LOCKED: "another program holds the database",
    sqlite3.SQLITE_PROTOCOL: "another program holds the database",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
}


def _code(error: sqlite3.Error) -> int:
    # Extended codes keep the primary one in the low byte.
    code: int = getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR
    return code & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken: nothing heals it but another file."""
    return _code(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_trouble(error: sqlite3.Error) -> bool:
    """Whether the same statement may succeed later; False means a bug or a bad value."""
    return _code(error) in _WORDS


def words(error: sqlite3.Error | OSError) -> str:
    """What happened, for a person."""
    if isinstance(error, sqlite3.Error):
        return _WORDS.get(_code(error), str(error))
    return error.strerror or str(error)
