"""Copies of the library, two at most, and how one of them comes back.

``library.db.backup-1`` is the newest, ``-2`` the one before. A damaged library
is never deleted but moved aside as ``library.db.corrupt-N``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from wkmp_pi.library import health, migrate
from wkmp_pi.library.health import Condition

_DAY_S = 24 * 3600
_KEPT_CORRUPT = 3
_LOGS = ("-wal", "-journal")


def paths(database: Path) -> tuple[Path, Path]:
    """Where the backups lie, the newest first."""
    newest, older = (database.with_name(f"{database.name}.backup-{n}") for n in (1, 2))
    return newest, older


def is_due(database: Path, now_s: float) -> bool:
    """Whether the newest backup is a day old (or lies in the future: the clock was wrong)."""
    try:
        age_s = now_s - paths(database)[0].stat().st_mtime
    except OSError:
        return True
    return not 0 <= age_s < _DAY_S


def make(conn: sqlite3.Connection, database: Path) -> None:
    """Write another backup and forget the oldest; outside of a transaction.

    Raises:
        sqlite3.Error, OSError: no room; the backups that exist stay.
    """
    newest, older = paths(database)
    fresh = database.with_name(database.name + ".backup-new")
    fresh.unlink(missing_ok=True)
    try:
        conn.execute("VACUUM INTO ?", (os.fspath(fresh),))
        if newest.exists():
            newest.replace(older)
        migrate.install(fresh, newest)
    finally:
        fresh.unlink(missing_ok=True)


def restore(database: Path, reason: str, sql: Sequence[str], budget_s: float) -> str:
    """Put the newest good backup, or an empty library, in the place of a bad or missing one.

    The replacement is complete on the disk before anything is moved.

    Returns:
        what was done, for the owner.

    Raises:
        sqlite3.Error, OSError: no room; everything stays as it is.
    """
    replacement = database.with_name(database.name + ".new")
    replacement.unlink(missing_ok=True)
    source = newest_good(database, len(sql), budget_s)
    try:
        if source:
            shutil.copyfile(source, replacement)
        else:
            migrate.build(replacement, sql)
        aside = move_aside(database)
        migrate.install(replacement, database)
    finally:
        replacement.unlink(missing_ok=True)
    found = f"{reason}, moved to {aside.name}" if aside else reason
    did = f"{source.name} was restored" if source else "there was no good backup: a new one begins"
    return f"{database}: {found}; expected a sound library; {did}"


def newest_good(database: Path, known_version: int, budget_s: float) -> Path | None:
    """The newest backup that passes the same look as the library itself."""
    for backup in paths(database):
        if health.examine(backup, known_version, budget_s).condition is Condition.SOUND:
            return backup
    return None


def corrupt(database: Path) -> list[Path]:
    """The files that were moved aside, the oldest first."""
    found = database.parent.glob(f"{database.name}.corrupt-*")
    numbered = [(int(n), p) for p in found if (n := p.name.rpartition("-")[2]).isdecimal()]
    return [path for _, path in sorted(numbered)]


def move_aside(database: Path) -> Path | None:
    """Rename a damaged database, keeping the newest few; ``None`` if there is none."""
    if not database.exists():
        return None
    before = corrupt(database)
    number = int(before[-1].name.rpartition("-")[2]) + 1 if before else 1
    aside = database.with_name(f"{database.name}.corrupt-{number}")
    # The logs go first: a log without its database would be played into the next one.
    for log in _LOGS:
        with contextlib.suppress(FileNotFoundError):
            database.with_name(database.name + log).replace(aside.with_name(aside.name + log))
    database.replace(aside)
    for old in before[: 1 - _KEPT_CORRUPT]:
        for log in (*_LOGS, ""):
            old.with_name(old.name + log).unlink(missing_ok=True)
    return aside
