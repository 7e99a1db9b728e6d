"""Presses as text: edges for a recogniser that no hand has touched. Pure.

One thing a line: when, which button, what. ``#`` begins a comment.

    0     play down        milliseconds from the beginning
    +80   play up          milliseconds after the line before
    +200  play tap         down for 80 ms
    +200  play tap 120     down for 120 ms
    +500  knob turn -3     detents of an encoder, 40 ms each
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from wkmp_pi.commands import LONGEST_SCRIPT_MS
from wkmp_pi.controls.gestures.recogniser import Recogniser
from wkmp_pi.controls.gestures.words import NS_PER_MS, Edge, Level, ReadLevel
from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import Event

MOST_EDGES: Final = 1000
TAP_MS: Final = 80.0
DETENT_MS: Final = 40.0
LINGER_MS: Final = 15_000
"""How long one waits for verdicts after the last edge: longer than any window."""

_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}(\.[ab])?")
_CLOCKWISE: Final = (("a", True), ("b", True), ("a", False), ("b", False))
_BACK: Final = (("b", True), ("a", True), ("b", False), ("a", False))

Scripted = tuple[float, str, bool]
"""Milliseconds from the beginning, button, whether down."""


class _WrongError(ValueError):
    """A line is not understood; says *found; expected*."""


def parse(text: str, name: str) -> list[Scripted]:
    """The edges of a script in the order of their moments; ``name`` is only for messages.

    Raises:
        RequestError: every line that is not understood.
    """
    edges: list[Scripted] = []
    problems: list[str] = []
    at_ms = 0.0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        try:
            found = list(_line(words, at_ms)) if words else []
        except _WrongError as error:
            problems.append(f"{name}:{number}: {error}; see: wkmp-pi gestures simulate --help")
        else:
            edges += found
            at_ms = found[-1][0] if found else at_ms
    if len(edges) > MOST_EDGES:
        problems.append(f"{name}: found {len(edges)} edges; expected at most {MOST_EDGES}; cut it")
    if problems:
        raise RequestError("\n".join(problems))
    return sorted(edges, key=lambda edge: edge[0])


def _line(words: Sequence[str], before_ms: float) -> Iterator[Scripted]:
    if len(words) < 3:
        raise _WrongError(f"found {len(words)} words; expected when, which button and what")
    at_ms, (button, what, *rest) = _moment(words[0], before_ms), words[1:]
    if not _NAME.fullmatch(button):
        raise _WrongError(f"found {button[:40]!r}; expected the name of a button")
    if what in ("down", "up") and not rest:
        yield at_ms, button, what == "down"
    elif what == "tap" and len(rest) <= 1:
        yield at_ms, button, True
        yield at_ms + (_milliseconds(rest[0]) if rest else TAP_MS), button, False
    elif what == "turn" and len(rest) == 1:
        yield from _turned(at_ms, button, _detents(rest[0]))
    else:
        found = " ".join(words[2:])[:40]
        raise _WrongError(f"found {found!r}; expected down, up, tap, tap MS or turn DETENTS")


def _moment(word: str, before_ms: float) -> float:
    at_ms = _milliseconds(word.removeprefix("+")) + (before_ms if word.startswith("+") else 0)
    if at_ms > LONGEST_SCRIPT_MS:
        raise _WrongError(f"found {at_ms:g} ms; expected at most {LONGEST_SCRIPT_MS}")
    return at_ms


def _milliseconds(word: str) -> float:
    if not _NUMBER.fullmatch(word):
        raise _WrongError(f"found {word[:40]!r}; expected milliseconds, such as 80 or +80")
    return float(word)


def _detents(word: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,3}", word) or int(word) == 0:
        raise _WrongError(f"found {word[:40]!r}; expected detents, such as 3 or -3")
    return int(word)


def _turned(at_ms: float, knob: str, detents: int) -> Iterator[Scripted]:
    quarters = (_CLOCKWISE if detents > 0 else _BACK) * abs(detents)
    for index, (pin, down) in enumerate(quarters):
        yield at_ms + index * DETENT_MS / 4, f"{knob}.{pin}", down


def stamped(edges: Iterable[Scripted], end_ns: int) -> list[Edge]:
    """The edges with stamps of which the last is ``end_ns``.

    What is simulated has just happened: a stamp in the future would decide, for real buttons too,
    what time has not decided yet. Give the recogniser each with its own stamp as the moment.
    """
    listed = list(edges)
    last_ms = max((at_ms for at_ms, _, _ in listed), default=0.0)
    return [
        Edge(button, down, end_ns - round((last_ms - at_ms) * NS_PER_MS))
        for at_ms, button, down in listed
    ]


class Told(NamedTuple):
    """An event of a simulation, and when it was told."""

    event: Event
    told_ns: int


def played(recogniser: Recogniser, edges: Sequence[Edge]) -> Iterator[Told]:
    """Live through edges on a clock of their own, and a while longer."""
    down: dict[str, bool] = {}
    for edge in edges:
        yield from _until(recogniser, edge.at_ns - 1, down)
        down[edge.button] = edge.down
        for out in recogniser.feed(edge, edge.at_ns):
            if not isinstance(out, ReadLevel):
                yield Told(out.event, edge.at_ns)
    end_ns = edges[-1].at_ns + LINGER_MS * NS_PER_MS if edges else 0
    yield from _until(recogniser, end_ns, down)


def _until(recogniser: Recogniser, end_ns: int, down: dict[str, bool]) -> Iterator[Told]:
    while (now_ns := recogniser.deadline_ns) is not None and now_ns <= end_ns:
        for out in recogniser.due(now_ns):
            if isinstance(out, ReadLevel):
                recogniser.feed(Level(out.button, down.get(out.button, False), now_ns), now_ns)
            else:
                yield Told(out.event, now_ns)
