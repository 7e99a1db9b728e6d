"""What people read: plain data to aligned lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wkmp_pi.shown import clean, clock, columns, cut, named


def table(
    rows: Iterable[Sequence[str]],
    right: frozenset[int] = frozenset(),
    widest: int | None = None,
) -> str:
    """Rows as aligned columns, two blanks apart.

    Args:
        rows: as many cells in each.
        right: columns that are aligned there.
        widest: columns of the terminal that a cell may take; longer ones are cut.
    """
    lines = [tuple(cell if widest is None else cut(cell, widest) for cell in row) for row in rows]
    widths = [max(map(columns, column)) for column in zip(*lines, strict=True)]

    def padded(index: int, cell: str) -> str:
        blanks = " " * (widths[index] - columns(cell))
        return blanks + cell if index in right else cell + blanks

    return "\n".join(
        "  ".join(padded(index, cell) for index, cell in enumerate(line)).rstrip() for line in lines
    )


def status(state: Mapping[str, Any]) -> str:
    """The player state, as the service's ``status`` gives it."""
    lines = [("state", _playing(state)), *_current(state), *_next(state)]
    lines.append(("queue", _counted(state["queue_length"], "entry", "entries")))
    lines.append(("volume", f"{state['volume']} %" + (" (muted)" if state["muted"] else "")))
    modes = [mode for mode in ("repeat", "random", "single", "consume") if state.get(mode)]
    lines.append(("modes", ", ".join(modes) or "none"))
    lines += _sleeping(state)
    lines.append(("device", clean(state.get("device") or "none")))
    lines += [("problem", clean(problem)) for problem in state.get("problems", ())]
    return table(lines)


def _playing(state: Mapping[str, Any]) -> str:
    if not state["current"]:
        return f"{state['state']}, nothing is queued"
    return f"{state['state']}  {clock(state['position_ms'])} of {clock(state['duration_ms'])}"


def _current(state: Mapping[str, Any]) -> list[tuple[str, str]]:
    current, song = state["current"], state.get("song")
    if not current:
        return []
    lines = [("now", _entry(current))]
    if song and song.get("title") != current.get("title"):
        lines.append(("song", named(song)))
    return lines


def _next(state: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [("next", _entry(state["next"]))] if state["next"] else []


def _entry(entry: Mapping[str, Any]) -> str:
    return f"{named(entry)}  (entry {entry['entry']})"


def _sleeping(state: Mapping[str, Any]) -> list[tuple[str, str]]:
    if state.get("sleep_at_end"):
        return [("sleep", "at the end of the passage")]
    if state.get("sleep_ms") is not None:
        return [("sleep", f"in {clock(state['sleep_ms'])}")]
    return []


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def queue(queued: Mapping[str, Any], widest: int | None = None) -> str:
    """The queue in the owner's order; an arrow marks what plays."""
    if not queued["entries"]:
        return "the queue is empty; fill it with: wkmp-pi enqueue FILE"
    rows = [
        (
            "▶" if entry["entry"] == queued["current"] else "",
            str(entry["entry"]),
            named(entry),
            clean(entry.get("album") or ""),
        )
        for entry in queued["entries"]
    ]
    return table(rows, right=frozenset({1}), widest=widest)
