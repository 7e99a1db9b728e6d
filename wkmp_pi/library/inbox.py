"""What is left in the store's inbox: jobs to run, and saves that are laid over one another."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from wkmp_pi.library import writes
from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.library.records import Play

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A function to run in a transaction of its own; see ``Store.submit``."""

    run: Callable[[LibraryConnection], Any]
    done: Future[Any]
    durable: bool
    patient: bool
    after_saves: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """Something to keep.

    Attributes:
        soon: it is stored as soon as a few more may have come; else with the next one that is.
        done: completed once this, or what was laid over it, survives a power cut.
    """

    state: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    queue: Mapping[str, Any] | None = None
    play: Play | None = None
    soon: bool = True
    done: Future[None]


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody wants to know when all that was saved before is kept; see ``Store.when_kept``."""

    then: Callable[[], None]


@dataclass(slots=True)
class Waiting:
    """Saves laid one over the other: the latest value of each key, and all plays.

    Owns: its contents; only the store's thread touches it.
    """

    state: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    queue: Mapping[str, Any] | None = None
    plays: list[Play] = field(default_factory=list)
    done: list[Future[None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.done)

    def add(self, save: Save) -> None:
        """Lay ``save`` over what waits already."""
        self.state.update(save.state)
        self.settings.update(save.settings)
        self.queue = self.queue if save.queue is None else save.queue
        self.plays += [] if save.play is None else [save.play]
        self.done.append(save.done)

    def write(self, conn: LibraryConnection) -> None:
        """Store everything, inside a transaction of the caller's."""
        if self.queue is not None:
            writes.save_queue(conn, self.queue)
        writes.save_settings(conn, self.settings)
        writes.save_state(conn, self.state)
        for play in self.plays:
            _record(conn, play)


def _record(conn: LibraryConnection, play: Play) -> None:
    """Add to the history; what the schema refuses must not cost what is stored with it."""
    conn.execute("SAVEPOINT play")
    try:
        writes.record_play(conn, play)
    except sqlite3.IntegrityError:
        _log.exception("a play cannot be stored: %s", play)
        conn.execute("ROLLBACK TO play")
    conn.execute("RELEASE play")
