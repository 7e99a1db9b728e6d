"""What the tables of measured figures share: numbers as text, verdicts, and the table itself. Pure.

A table is a head and rows of cells, all of them text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

Cells = Sequence[str]
"""One row; as many as the head has."""

_STEPS = ((1e-9, "ns", 1e9), (1e-6, "µs", 1e6), (1e-3, "ms", 1e3))
_MOST_REASON = 160


def verdict(met: bool | None) -> str:
    """``met`` or ``**missed**``; nothing where nothing was promised."""
    return "" if met is None else "met" if met else "**missed**"


def one_line(text: object) -> str:
    """Words of somebody else, such as an error's, so that they fit into a cell."""
    words = " ".join(str(text).split()).replace("|", "/")
    return words if len(words) <= _MOST_REASON else f"{words[: _MOST_REASON - 1]}…"


def digits(value: float) -> str:
    """Three significant digits at most, or the whole part; only 0 is shown as 0."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return str(float(value))
    decimals = max(2 - math.floor(math.log10(abs(value))), 0)
    text = f"{value:.{min(decimals, 4)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.3g}" if text in ("0", "-0") else text


def seconds(value: float) -> str:
    """A duration in the unit that suits it."""
    for limit, unit, factor in _STEPS:
        if abs(value) < limit * 1000:
            return f"{digits(value * factor)} {unit}"
    return f"{digits(value)} s"


def mebibytes(value: float) -> str:
    """An amount of memory, given in bytes."""
    return f"{digits(value / 2**20)} MiB"


def percent(value: float) -> str:
    """A share, given as a fraction of 1."""
    return f"{digits(value * 100)} %"


def _time_in(unit_s: float, unit: str) -> Callable[[float], str]:
    return lambda value: seconds(value * unit_s) if value else f"0 {unit}"


_TEXTS: Final[Mapping[str, Callable[[float], str]]] = {
    "s": _time_in(1, "s"),
    "ms": _time_in(1e-3, "ms"),
    "µs": _time_in(1e-6, "µs"),
    "us": _time_in(1e-6, "µs"),
    "ns": _time_in(1e-9, "ns"),
    "bytes": mebibytes,
    "frames": lambda value: f"{digits(value)} {'frame' if value == 1 else 'frames'}",
    "": digits,
}


def with_unit(value: float, unit: str) -> str:
    """A number and its unit: durations in the one that suits them, bytes as MiB, others as given.

    Args:
        value: in ``unit``; ``%`` is hundredths.
        unit: ``s``, ``ms``, ``µs`` (or ``us``), ``ns``, ``bytes``, ``frames``, nothing, or any
            other word, which then stands behind the number.
    """
    text = _TEXTS.get(unit)
    return text(value) if text else f"{digits(value)} {unit}"


def markdown(head: Cells, rows: Sequence[Cells]) -> str:
    """The table for a document."""
    lines = [head, ["---" for _ in head], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def plain(head: Cells, rows: Sequence[Cells]) -> str:
    """The table for a terminal, in columns."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        for cells in lines
    )
    return "\n".join(line.rstrip() for line in padded)


def renewed(document: str, block: str, text: str, name: str) -> str:
    """The document with ``text`` between ``<!-- table: block -->`` and ``<!-- end -->``.

    Raises:
        ValueError: it has no such block; the message begins with the document's ``name``.
    """
    begin = f"<!-- table: {block} -->"
    place = re.compile(rf"({re.escape(begin)}\n).*?(<!-- end -->)", re.DOTALL)
    if not place.search(document):
        raise ValueError(
            f"{name}: found no block {begin} … <!-- end -->; expected one; write both lines"
        )
    return place.sub(lambda found: f"{found[1]}{text}\n{found[2]}", document)
