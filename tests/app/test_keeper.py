"""What is kept comes back: the state of one life becomes the beginning of the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wkmp_pi import commands
from wkmp_pi.app.door import Door
from wkmp_pi.app.keeper import Keeper, restored, wants_to_play
from wkmp_pi.conductor import effects as do
from wkmp_pi.library.database import open_library
from wkmp_pi.library.store import Store
from wkmp_pi.passage import Passage, PassageId
from wkmp_pi.settings import Settings
from wkmp_pi.sources.queue import PlayQueue

RATE = 44_100
pytestmark = pytest.mark.flow


@pytest.fixture
def music(tmp_path: Path) -> list[str]:
    files = [tmp_path / f"{name}.flac" for name in "abc"]
    for file in files:
        file.write_bytes(b"not decoded here")
    return [str(file) for file in files]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(open_library(tmp_path / "library.db", str(tmp_path)), lambda _: None)
    store.start()
    yield store
    assert store.stop(10.0)


def queue_of(files: list[str]) -> PlayQueue:
    passages = [Passage(id=PassageId(-i), file=file) for i, file in enumerate(files, 1)]
    queue, _ = PlayQueue().enqueue(passages)
    return queue.advance()


def reborn(store: Store, first: dict[str, Any] | None = None) -> Any:
    return store.submit(lambda conn: restored(conn, RATE, first or {})).result(10)


def test_a_library_without_a_past_begins_with_the_first_values(store: Store) -> None:
    state = reborn(store, {"crossfade_ms": 1500})
    assert state.settings.crossfade_ms == 1500
    assert (state.volume, state.queue.entries) == (100, ())
    assert store.submit(lambda conn: wants_to_play(conn, Settings())).result(10)


def test_queue_position_volume_and_settings_come_back(
    store: Store, tmp_path: Path, music: list[str]
) -> None:
    keeper = Keeper(store, str(tmp_path))
    queue = queue_of(music)
    keeper.keep(do.SaveQueue(queue))
    values = {"entry": 1, "position_ms": 61_000, "playing": False, "volume": 35, "muted": True}
    keeper.keep(do.SaveState(values))
    keeper.keep(do.SaveSetting("crossfade_ms", 777))
    state = reborn(store)
    assert state.queue.ids == queue.ids
    assert state.queue.current == 1
    assert state.resume == {1: 61_000}
    assert (state.volume, state.muted, state.settings.crossfade_ms) == (35, True, 777)
    assert not store.submit(lambda conn: wants_to_play(conn, state.settings)).result(10)


def test_a_position_of_another_entry_is_not_taken(
    store: Store, tmp_path: Path, music: list[str]
) -> None:
    keeper = Keeper(store, str(tmp_path))
    keeper.keep(do.SaveQueue(queue_of(music)))
    keeper.keep(do.SaveState({"entry": 99, "position_ms": 61_000}))
    assert reborn(store).resume == {}


def test_documents_are_stored_or_every_problem_is_named(
    store: Store, tmp_path: Path, music: list[str]
) -> None:
    keeper = Keeper(store, str(tmp_path))
    good = {"file": music[0], "title": "A", "end_ms": 1000}
    assert keeper.add((good,)).result(10) == [1]
    bad = {"file": music[1], "titel": "B"}
    with pytest.raises(Exception, match="title"):
        keeper.add((good, bad)).result(10)


@pytest.fixture
def door(store: Store, tmp_path: Path) -> tuple[Door, list[Any], list[Any]]:
    asked: list[Any] = []
    answers: list[Any] = []
    return Door(asked.append, store, tmp_path), asked, answers


def knock(door: Any, store: Store, *items: str) -> None:
    what, _, answers = door
    what.ask(commands.Enqueue(items=items), lambda *answer: answers.append(answer))
    store.submit(lambda _: None).result(10)  # the one before is answered then


def test_the_door_finds_files_and_passages(
    door: Any, store: Store, tmp_path: Path, music: list[str]
) -> None:
    Keeper(store, str(tmp_path)).add(({"file": music[0], "title": "A", "end_ms": 1000},)).result(10)
    knock(door, store, "passage:1", "b.flac", f"{music[2]}#t=1,2")
    (ask,) = door[1]
    assert [passage.file for passage in ask.passages] == music
    assert [passage.id for passage in ask.passages] == [1, -1, -2]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("passage:77", "not in the library"),
        ("missing.flac", "No such file"),
        (".", "not a regular file"),
        ("a.flac#t=5,2", "the span ends where it starts"),
        ("x" * 300, "File name too long"),
    ],
)
def test_the_door_refuses_what_can_not_be_played(
    door: Any, store: Store, music: list[str], item: str, expected: str
) -> None:
    knock(door, store, item)
    ((result, error),) = door[2]
    assert result is None
    assert expected in error
    assert door[1] == []


def test_other_commands_pass_the_door_as_they_are(door: Any) -> None:
    door[0].ask(commands.Play(), lambda *_: None)
    assert isinstance(door[1][0].command, commands.Play)
