"""What the tests of the library are made of: passages, damaged files, connections that fail."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from wkmp_pi.events.kinds import Reason
from wkmp_pi.library import database
from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.library.database import Opened
from wkmp_pi.library.records import Play, SongPlay
from wkmp_pi.passage import Cue, EntryId, Passage, PassageId, Points, Song, SongSpan
from wkmp_pi.units import Ticks, ticks_from_ms

ROOT = "/srv/music"
EPOCH = datetime(2024, 5, 1, 20, 0, tzinfo=UTC)
FULL = sqlite3.SQLITE_FULL


def open_at(folder: Path, **options: Any) -> Opened:
    return database.open_library(folder / "library.db", ROOT, **options)


def close(opened: Opened) -> None:
    opened.connection.close()
    if opened.lock:
        opened.lock.release()


def a_passage(name: str = "a/b.flac", *, seconds: int = 100, **about: Any) -> Passage:
    song = Song(id=0, title=f"song of {name}", artist="Anna & Ben", mbid=None)
    songs = (SongSpan(song=song, start=Ticks(0), end=ticks_from_ms(1000 * seconds)),)
    return Passage(
        **{
            "id": PassageId(0),
            "file": f"{ROOT}/{name}",
            "points": Points(start=Ticks(5), end=Ticks(5 + ticks_from_ms(1000 * seconds))),
            "title": f"passage of {name}",
            "artist": "Anna",
            "songs": songs,
            "cues": (Cue(name="lights", at=Ticks(7), data={"scene": [1, {"a": None}]}),),
            **about,
        }
    )


def a_play(number: int) -> Play:
    started = EPOCH + timedelta(minutes=number)
    song = SongPlay(song=0, title=f"song {number}", started_utc=started, played_ms=number)
    return Play(
        entry=EntryId(number),
        passage=a_passage(f"{number}.flac", id=PassageId(-number - 1)),
        started_utc=started,
        reason=Reason.NATURAL,
        played_ms=1000 * number,
        songs=(song,),
    )


def a_queue(entries: Iterable[int], **about: Any) -> dict[str, Any]:
    return {"entries": [{"entry": n, "passage": 1000 + n} for n in entries], **about}


class FailingConnection(LibraryConnection):
    """Fails at the ``fail_at``-th statement from now, and at all that follow while ``stay``.

    The statement is not carried out; with ``late`` it is, and only its answer is lost.
    """

    fail_at: int | None = None
    stay = False
    late = False
    code = FULL
    seen = 0

    def arm(
        self, fail_at: int, *, stay: bool = False, late: bool = False, code: int = FULL
    ) -> None:
        self.fail_at, self.stay, self.late, self.code, self.seen = fail_at, stay, late, code, 0

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        return self._run(super().execute, sql, *args)

    def executemany(self, sql: str, rows: Any) -> sqlite3.Cursor:
        return self._run(super().executemany, sql, rows)

    @property
    def failed(self) -> bool:
        return self.fail_at is not None and self.seen >= self.fail_at

    def _run(self, statement: Callable[..., sqlite3.Cursor], *args: Any) -> sqlite3.Cursor:
        self.seen += 1
        if not self.failed or (self.seen != self.fail_at and not self.stay):
            return statement(*args)
        if self.late:
            statement(*args).fetchall()
        error = sqlite3.OperationalError("failed on purpose")
        error.sqlite_errorcode = self.code
        raise error


def in_own_mounts(script: str, *arguments: str) -> str:
    """Run Python ``script`` as root in mount namespaces of its own; returns what it prints."""
    command = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    if os.geteuid() == 0:
        command = ["unshare", "--mount", "--propagation", "private", *command]
    else:
        command = ["unshare", "--user", "--map-root-user", "--mount", *command]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=environment()
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    here = Path(__file__).parents[1]
    return {**os.environ, "PYTHONPATH": f"{here.parent}:{here}"}
