"""Between the conductor's effects and the library's store, and back again at the next start."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any

from wkmp_pi.conductor import effects as do
from wkmp_pi.conductor.asked import modes_of
from wkmp_pi.conductor.state import State
from wkmp_pi.errors import LibraryError
from wkmp_pi.library import documents, paths, queries, writes
from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.library.records import Play
from wkmp_pi.library.rules import Files
from wkmp_pi.library.store import Store
from wkmp_pi.passage import Passage, PassageId
from wkmp_pi.settings import AfterRestart, Settings
from wkmp_pi.sources import saved
from wkmp_pi.sources.items import FileItem, Item, ephemeral
from wkmp_pi.sources.queue import Modes, PlayQueue

_log = logging.getLogger(__name__)


class Keeper:
    """Hands what must survive to the store; never waits for it."""

    def __init__(self, store: Store, music_root: str) -> None:
        self._store = store
        self._music_root = music_root

    def keep(self, effect: do.SaveQueue | do.SaveState | do.SaveSetting) -> None:
        """Keep one thing."""
        match effect:
            case do.SaveQueue(queue):
                self._store.save_queue(saved.dump(queue), soon=False)
            case do.SaveState(values, at_once):
                self._store.save_state(values, soon=at_once)
            case do.SaveSetting(key, value):
                self._store.save_setting(key, value)

    def when_kept(self, then: Callable[[], None]) -> None:
        """Call ``then`` once a power cut would not undo it; see ``Store.when_kept``."""
        self._store.when_kept(then)

    def add(self, found: tuple[dict[str, Any], ...]) -> Future[list[int]]:
        """Store passage documents, all of them or none; the future names every problem."""

        def job(conn: LibraryConnection) -> list[int]:
            files = Files(
                locate=lambda text: paths.owned(text, self._music_root),
                length=partial(queries.file_length, conn),
            )
            return writes.add_passages(conn, documents.from_request(found, files))

        return self._store.submit(job, durable=True, patient=False)

    def record(self, play: Play) -> None:
        """Add to the history."""
        self._store.save_play(play)


def restored(conn: LibraryConnection, rate_hz: int, first: Mapping[str, Any]) -> State:
    """The state in which the box went down, as the owner wants it back.

    Args:
        conn: the library.
        rate_hz: the working rate.
        first: values of settings for a library that has none yet.
    """
    settings, warnings = writes.load_settings(conn, first)
    kept = queries.state(conn)
    for warning in warnings:
        _log.warning("%s", warning)
    volume = settings.volume_startup_percent
    if volume < 0:
        volume = _number(kept.get("volume"), 100)
    history = [play.passage for play in reversed(queries.recent_plays(conn))]
    state = State(
        rate_hz=rate_hz,
        settings=settings,
        queue=_queue(conn, modes_of(settings)),
        volume=min(volume, settings.volume_max_percent),
        muted=bool(kept.get("muted")),
        history=tuple(history),
    )
    return _position(state, kept)


def wants_to_play(conn: LibraryConnection, settings: Settings) -> bool:
    """Whether playback goes on by itself after this start; a box that never ran plays."""
    return settings.after_restart is not AfterRestart.SILENT and bool(
        queries.state(conn).get("playing", True)
    )


def _queue(conn: LibraryConnection, modes: Modes) -> PlayQueue:
    """The saved queue; one that cannot be read is told and begins empty."""
    kept = queries.queue(conn)
    if kept is None:
        return PlayQueue(modes=modes)

    def find(number: PassageId, item: Item) -> Passage | None:
        if isinstance(item, FileItem):
            return ephemeral(number, item.path, item.start, item.end)
        return queries.passage(conn, item.id)

    try:
        return saved.load(kept, modes, find)
    except LibraryError as error:
        _log.warning("%s", error)
        return PlayQueue(modes=modes)


def _position(state: State, kept: dict[str, Any]) -> State:
    """Let the entry that was current begin where it was, if the owner wants that."""
    current = state.queue.current
    if current is None or state.settings.after_restart is not AfterRestart.RESUME:
        return state
    if kept.get("entry") != current:
        return state
    position = _number(kept.get("position_ms"), 0)
    return replace(state, resume={current: max(position, 0)})


def _number(value: Any, otherwise: int) -> int:
    return value if type(value) is int else otherwise
