"""The rows of the one table, and the table itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.figures import digits, tables

HEAD = ("what", "ours", "MPD", "ratio or limit", "verdict")


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
        return (self.what, self.ours, self.peer, self.bound, tables.verdict(self.met))


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
    return Row(what, f"not measured: {tables.one_line(error)}", met=False)


def markdown(rows: Sequence[Row]) -> str:
    """The table as the README has it."""
    return tables.markdown(HEAD, [row.cells() for row in rows])


def plain(rows: Sequence[Row]) -> str:
    """The table for a terminal."""
    return tables.plain(HEAD, [row.cells() for row in rows]).replace("**", "")


def renewed(readme: str, text: str) -> str:
    """The README with ``text`` as its block ``bench``.

    Raises:
        ValueError: it has no such block.
    """
    return tables.renewed(readme, "bench", text, "README.md")
