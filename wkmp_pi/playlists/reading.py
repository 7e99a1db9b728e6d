"""One file to one playlist, or every problem of it at once, each with file and line.

Pure: bytes in, a definition out. What several playlists do to each other is
for ``book`` to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wkmp_pi.config import toml_file
from wkmp_pi.config.places import KeyPath
from wkmp_pi.config.rules import shown
from wkmp_pi.config.tables import Lines, Reading, places_of
from wkmp_pi.errors import ConfigError
from wkmp_pi.events.kinds import frozen
from wkmp_pi.playlists import lints, values
from wkmp_pi.playlists.deeds import deed
from wkmp_pi.playlists.definition import (
    MAX_IN_FLIGHT,
    MAX_STEPS,
    USUAL_RUNS,
    Ending,
    On,
    Playlist,
    Span,
    Step,
    Wait,
)
from wkmp_pi.playlists.timing import timed

_ARRAYS: Final = ("trigger", "interrupt", "step", "ending")
_MAX_LISTED: Final = 64
"""Of triggers, interrupts and endings."""

_NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """A playlist, and where it stands."""

    playlist: Playlist
    lines: Lines


def parse(data: bytes, file: Path) -> Parsed:
    """The playlist of a file's bytes; the file's stem is its id.

    Raises:
        ConfigError: every problem, each with file and line.
    """
    document = toml_file.parse(data, file)
    text = data.removeprefix(b"\xef\xbb\xbf").decode().replace("\r\n", "\n")
    reading = Reading(Lines(file, places_of(text)))
    playlist = _playlist(reading, file.stem, document.values)
    lints.check(reading, playlist)
    if reading.problems:
        raise ConfigError([problem for _, problem in sorted(reading.problems)])
    return Parsed(playlist, reading.lines)


def _playlist(reading: Reading, playlist_id: str, data: Mapping[str, Any]) -> Playlist:
    if not values.is_id(playlist_id):
        reading.problem(
            ("name",),
            f"found a file called {shown(playlist_id)}; expected a-z, then a-z, 0-9, _ or -; "
            "rename it",
        )
    head = reading.table((), data, values.HEAD, apart=_ARRAYS)
    rows = reading.array("step", data.get("step", []), MAX_STEPS)
    steps, gates = timed(reading, [_step(reading, path, table) for path, table in rows])
    usual_runs = max(min(USUAL_RUNS, MAX_IN_FLIGHT // max(len(steps), 1)), 1)
    if "deadline_s" in head:
        head["deadline_ns"] = head.pop("deadline_s")
    if "veto_ms" in head:
        head["veto_ns"] = head.pop("veto_ms") * _NS_PER_MS
    return Playlist(
        id=playlist_id,
        steps=steps,
        gates=gates,
        triggers=tuple(_ons(reading, "trigger", data)),
        interrupts=tuple(_ons(reading, "interrupt", data)),
        endings=tuple(_endings(reading, data)),
        **{"name": playlist_id, "max_runs": usual_runs, **head},
    )


def _ons(reading: Reading, key: str, data: Mapping[str, Any]) -> Iterator[On]:
    for path, table in reading.array(key, data.get(key, []), _MAX_LISTED):
        yield _on(reading, path, reading.table(path, table, values.TRIGGER))


def _on(reading: Reading, path: KeyPath, good: Mapping[str, Any]) -> On:
    if "event" not in good:
        reading.question(path, 'found no event; expected its name; write event = "gesture.single"')
    about = {key: value for key, value in good.items() if key in values.TRIGGER}
    return On(**{"event": "", **about})


def _endings(reading: Reading, data: Mapping[str, Any]) -> Iterator[Ending]:
    for path, table in reading.array("ending", data.get("ending", []), _MAX_LISTED):
        good = reading.table(path, table, values.ENDING)
        done = deed(reading, path, good)
        reasons = {"reasons": frozenset(good["reasons"])} if "reasons" in good else {}
        yield Ending(
            name=done.name, data=good.get("data", frozen({})), command=done.command, **reasons
        )


def _step(reading: Reading, path: KeyPath, table: Any) -> Step:
    good = reading.table(path, table, values.STEP, apart=("wait",))
    done = deed(reading, path, good)
    late_ms = good.get("drop_after_ms")
    return Step(
        id=good.get("id", ""),
        name=done.name,
        data=good.get("data", frozen({})),
        command=done.command,
        offset=Span(good.get("offset_s", 0), good.get("offset_frames", 0)),
        after=good.get("after", ""),
        wait=_wait(reading, (*path, "wait"), table),
        repeat=good.get("repeat", 1),
        interval=Span(good.get("interval_s", 0), good.get("interval_frames", 0)),
        producer=good.get("producer", ""),
        drop_after_ns=None if late_ms is None else late_ms * _NS_PER_MS,
    )


def _wait(reading: Reading, path: KeyPath, table: Any) -> Wait | None:
    if not isinstance(table, dict) or "wait" not in table:
        return None
    good = reading.table(path, table["wait"], values.WAIT)
    if "deadline_s" not in good:
        reading.question(
            path,
            "found a wait without a deadline, which may never end; expected deadline_s; "
            "write deadline_s = 10",
        )
    return Wait(on=_on(reading, path, good), deadline_ns=good.get("deadline_s", 0))
