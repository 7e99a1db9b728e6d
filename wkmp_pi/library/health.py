"""Is this file a sound library of ours? A look before use, within a budget of time."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from wkmp_pi.library import faults, migrate
from wkmp_pi.library.connection import LibraryConnection, connect

_APPLICATION_ID = 0x776B6D70
_OURS = frozenset({"files", "passages", "queue", "state", "settings", "play_history"})
_STEPS_BETWEEN_LOOKS = 20_000
# quick_check also names rows that break a rule of the schema. One bad row is no reason to
# give up a library: whoever reads it corrects it.
_BAD_ROW = ("CHECK constraint", "NULL value in", "NUMERIC value in", "TEXT value in", "non-")


class Condition(Enum):
    """What a file turned out to be."""

    MISSING = auto()
    SOUND = auto()
    DAMAGED = auto()
    NEWER = auto()
    FOREIGN = auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition and, unless it is sound, the reason in words."""

    condition: Condition
    reason: str = ""


def examine(path: Path, known_version: int, budget_s: float) -> Finding:
    """Look at the database file ``path`` before it is used.

    What shows no damage within about ``budget_s`` seconds counts as sound.

    Raises:
        sqlite3.Error, OSError: the disk does not let us look.
    """
    if not path.exists():
        return Finding(Condition.MISSING, "it is missing")
    if path.stat().st_size == 0:
        return Finding(Condition.DAMAGED, "it is empty")  # ours is never: it is born complete
    conn = connect(path, "/")
    try:
        return judge(conn, known_version, budget_s)
    finally:
        conn.close()


def judge(conn: LibraryConnection, known_version: int, budget_s: float) -> Finding:
    """Look at an open database.

    Raises:
        sqlite3.Error: the disk does not let us look.
    """
    try:
        return _judge(conn, known_version, budget_s)
    except UnicodeDecodeError:  # SQLite quotes the damaged text in its message
        return Finding(Condition.DAMAGED, "its schema is no text")
    except sqlite3.Error as error:
        if not faults.is_damage(error):
            raise
        return Finding(Condition.DAMAGED, str(error))


def _judge(conn: LibraryConnection, known_version: int, budget_s: float) -> Finding:
    tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_schema WHERE type='table'")}
    application_id = conn.execute("PRAGMA application_id").fetchone()[0]
    number = migrate.version(conn)
    if application_id != _APPLICATION_ID and not tables >= _OURS:
        return Finding(Condition.FOREIGN, "it belongs to another program")
    if number > known_version:
        return Finding(
            Condition.NEWER, f"its version is {number} and this program knows {known_version}"
        )
    if number < 1 or not tables >= _OURS:
        return Finding(Condition.DAMAGED, "tables are missing")
    damage = quick_check(conn, budget_s)
    return Finding(Condition.DAMAGED, damage) if damage else Finding(Condition.SOUND)


def quick_check(conn: sqlite3.Connection, budget_s: float) -> str | None:
    """The first damage to the structure that SQLite finds within ``budget_s``, or ``None``."""
    deadline = time.monotonic() + budget_s
    conn.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
    try:
        lines = [line for (line,) in conn.execute("PRAGMA quick_check(100)")]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return None
        raise
    finally:
        conn.set_progress_handler(None, 0)
    return next((line for line in lines if line != "ok" and not line.startswith(_BAD_ROW)), None)
