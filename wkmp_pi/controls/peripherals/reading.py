"""``[[peripheral]]`` of ``box.toml`` to definitions, or every problem with its line. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from wkmp_pi.config.places import KeyPath, Places
from wkmp_pi.config.tables import Lines, Reading, named
from wkmp_pi.controls.peripherals.definition import (
    MAX_PARTS,
    MAX_PERIPHERALS,
    MAX_STEPS,
    Calibrated,
    Chord,
    Kind,
    Long,
    Mirror,
    Peripheral,
    Sequence,
    Simultaneous,
    Starter,
    Taps,
)
from wkmp_pi.controls.peripherals.lints import check
from wkmp_pi.controls.peripherals.ons import FOREIGN, Known, within
from wkmp_pi.controls.peripherals.row import Row
from wkmp_pi.controls.peripherals.values import APART, HEAD, ROWS
from wkmp_pi.errors import ConfigError

KEY: Final = "peripheral"


def read(reading: Reading, data: Mapping[str, Any], known: Known) -> tuple[Peripheral, ...]:
    """The virtual peripherals of a file.

    Args:
        reading: of the file; takes the problems. What has one is left out.
        data: all tables of the file.
        known: what there is besides.
    """
    known = within(known, data)
    rows = reading.array(KEY, data.get(KEY, []), MAX_PERIPHERALS)
    found = [(path, about) for path, table in rows for about in _peripheral(reading, path, table)]
    ids: set[str] = set()
    for path, about in found:
        if about.id and about.id in ids:
            reading.problem(
                (*path, "id"), f"found {about.id} twice; expected each once; rename one"
            )
        ids.add(about.id)
        check(reading, path, about, known)
    return tuple(about for path, about in found if path not in reading.spoilt)


def one(table: Mapping[str, Any], known: Known) -> Peripheral:
    """A virtual peripheral from a table that stands in no file.

    Raises:
        ConfigError: every problem.
    """
    reading = Reading(_NoLines(Path(), Places()))
    found = read(reading, {KEY: [dict(table)]}, known)
    if reading.problems:
        raise ConfigError([problem for _, problem in reading.problems])
    return found[0]


class _NoLines(Lines):
    """Where each key of a table stands, which is in no file."""

    def problem(self, path: KeyPath, what: str) -> str:
        """One line: *key: found; expected; remedy*."""
        return f"{named(path)}: {what}"


def _peripheral(reading: Reading, path: KeyPath, table: Any) -> Iterator[Peripheral]:
    """What a table defines, as far as it is right; nothing if nobody knows what it is."""
    kind = table.get("kind") if isinstance(table, dict) else None
    known = kind if isinstance(kind, str) and kind in Kind.__members__.values() else None
    if known is None:
        if isinstance(table, dict) and "kind" not in table:
            found = f"found no kind; expected one of {', '.join(Kind)}"
            reading.problem(path, f'{found}; write kind = "double tap"')
        else:
            reading.table(path, table, {"kind": HEAD["kind"]}, apart=table or ())
        return
    which = Kind(known)
    good = reading.table(
        path, table, {**HEAD, **FOREIGN, **ROWS[which]}, apart=APART.get(which, ())
    )
    if "id" not in good:
        reading.question(path, 'found no id; expected one; write id = "…"')
    yield _MAKERS[which](Row(reading, path, table, good))


Maker = Callable[[Row], Peripheral]


def _taps(row: Row) -> Peripheral:
    double = row.good.get("kind") is Kind.DOUBLE_TAP
    count = 2 if double else row.good.get("count", 0)
    if not count:
        row.missing("count", "count = 3", "the number of taps")
    if row.is_of_buttons:
        word = {2: "double", 3: "triple"}.get(count, "multi")
        return row.of_buttons(word, ("count",), count=count if word == "multi" else 0)
    return Taps(on=row.on(), count=count, **row.head, **row.some("window_ms"))


def _long(row: Row) -> Peripheral:
    if row.is_of_buttons:
        return row.of_buttons("long", ())
    until = row.needed("until", "what ends it")
    return Long(on=row.on(), until=until, **row.head, **row.some("hold_ms"))


def _chord(row: Row) -> Peripheral:
    if row.is_of_buttons:
        return row.of_buttons("chord", ("window_ms",), **row.some("window_ms"))
    parts = tuple(row.part(path, table) for path, table in row.list("parts", MAX_PARTS))
    return Chord(parts=parts, **row.head, **row.some("window_ms"))


def _simultaneous(row: Row) -> Peripheral:
    if row.is_of_buttons:
        return row.of_buttons("simultaneous", ("window_ms",), **row.some("window_ms"))
    if "sources" not in row.good:
        row.missing("sources", 'sources = ["…", "…"]', "who tells it")
    more = row.some("window_ms")
    return Simultaneous(on=row.on(), sources=row.good.get("sources", ()), **row.head, **more)


def _sequence(row: Row) -> Peripheral:
    times = row.some("step_gap_ms", "sequence_ms")
    gap_ms, whole_ms = times.get("step_gap_ms", 1000), times.get("sequence_ms", 10_000)
    if gap_ms > whole_ms:
        row.reading.question(
            row.path,
            f"found a gap of {gap_ms} ms in a sequence of {whole_ms} ms; expected a shorter one; "
            "lower step_gap_ms or raise sequence_ms",
        )
    if row.is_of_buttons:
        windows = {
            "window_ms": times.get("step_gap_ms", 0),
            "whole_ms": times.get("sequence_ms", 0),
        }
        return row.of_buttons("sequence", ("step_gap_ms", "sequence_ms"), **windows)
    steps = tuple(row.step(path, table) for path, table in row.list("steps", MAX_STEPS))
    return Sequence(steps=steps, **row.head, **times)


def _mirror(row: Row) -> Peripheral:
    if not row.table.keys() & {"close", "open_ms"}:
        row.missing("close", 'close = { on = "…" }', "an end, or open_ms")
    if "publish" not in row.good:
        row.missing("publish", 'publish = "night.knob"', "the name to tell it by")
    return Mirror(
        on=row.on(),
        open=row.needed("open", "what opens the gate"),
        close=row.inner("close"),
        publish=row.good.get("publish", ""),
        **row.head,
        **row.some("open_ms", "opened"),
    )


def _starter(row: Row) -> Peripheral:
    if "playlist" not in row.good:
        row.missing("playlist", 'playlist = "chime"', "what is started")
    return Starter(
        on=row.on(),
        until=row.inner("until"),
        playlist=row.good.get("playlist", ""),
        **row.head,
        **row.some("data", "cancel_previous"),
    )


def _calibrated(row: Row) -> Peripheral:
    good = row.good
    fields = good.get("fields", (("value",),))
    matrix = good.get("matrix", ())
    if matrix and len(matrix[0]) != len(fields):
        row.reading.question(
            (*row.path, "matrix"),
            f"found rows of {len(matrix[0])}; expected as many as there are fields "
            f"({len(fields)}); correct the rows",
        )
    outs = len(matrix) or len(fields)
    offset = _as_many(row, "offset", 0.0, len(fields))
    scale = _as_many(row, "scale", 1.0, outs)
    return Calibrated(
        on=row.on(),
        fields=fields,
        matrix=matrix,
        offset=offset,
        scale=scale,
        **row.head,
        **row.some("precision"),
    )


def _as_many(row: Row, key: str, usual: float, count: int) -> tuple[float, ...]:
    """One number for each; a single one counts for all."""
    given: tuple[float, ...] = row.good.get(key, (usual,))
    if len(given) not in (1, count):
        row.reading.question(
            (*row.path, key),
            f"found {len(given)} numbers; expected 1 or {count}; correct the array",
        )
    return given * count if len(given) == 1 else given


_MAKERS: Final[Mapping[Kind, Maker]] = {
    Kind.DOUBLE_TAP: _taps,
    Kind.N_TAP: _taps,
    Kind.LONG: _long,
    Kind.CHORD: _chord,
    Kind.SIMULTANEOUS: _simultaneous,
    Kind.SEQUENCE: _sequence,
    Kind.GATED_MIRROR: _mirror,
    Kind.GATED_PLAYLIST: _starter,
    Kind.CALIBRATED_VALUE: _calibrated,
}
