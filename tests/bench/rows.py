"""The rows of the one table, and the table itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.figures import digits

HEAD = ("what", "ours", "MPD", "ratio or limit", "verdict")
_MET, _MISSED, _NO_VERDICT = "met", "**missed**", ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, as text; ``met`` is ``None`` where nothing was promised."""

    what: str
    ours: str
    peer: str = ""
    bound: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """In the order of ``HEAD``."""
        verdict = _NO_VERDICT if self.met is None else _MET if self.met else _MISSED
        return (self.what, self.ours, self.peer, self.bound, verdict)


def compared(what: str, ours: float, peer: float, text: Callable[[float], str]) -> Row:
    """A cost that shall not be above the peer's."""
    ratio = ours / peer
    return Row(what, text(ours), text(peer), f"{digits(ratio)} (≤ 1)", met=ratio <= 1)


def limited(
    what: str,
    ours: float,
    limit: float,
    text: Callable[[float], str],
    peer: float | None = None,
) -> Row:
    """A value with a limit; the peer's, if there is one, is only told."""
    told = "" if peer is None else text(peer)
    return Row(what, text(ours), told, f"≤ {text(limit)}", met=ours <= limit)


def told(what: str, ours: float, text: Callable[[float], str], peer: float | None = None) -> Row:
    """A value without a promise."""
    return Row(what, text(ours), "" if peer is None else text(peer))


def failed(what: str, error: Exception) -> Row:
    """What could not be measured is a miss too."""
    return Row(what, f"not measured: {error}".replace("|", "/").replace("\n", " "), met=False)


def markdown(rows: Sequence[Row]) -> str:
    """The table as the README has it."""
    lines = [HEAD, tuple("---" for _ in HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def plain(rows: Sequence[Row]) -> str:
    """The table for a terminal."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(cells[i]) for cells in lines) for i in range(len(HEAD))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        for cells in lines
    )
    return "\n".join(line.rstrip() for line in padded).replace("**", "")


def renewed(readme: str, text: str) -> str:
    """The README with ``text`` as its block ``bench``.

    Raises:
        ValueError: it has no such block.
    """
    block = re.compile(r"(<!-- table: bench -->\n).*?(<!-- end -->)", re.DOTALL)
    if not block.search(readme):
        raise ValueError("README.md: no block <!-- table: bench --> … <!-- end -->")
    return block.sub(lambda found: f"{found[1]}{text}\n{found[2]}", readme)
