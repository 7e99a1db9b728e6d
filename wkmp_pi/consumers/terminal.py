"""What plays now and next, as lines on a terminal; on a screen the last one is live."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any, TextIO

from wkmp_pi.events import kinds
from wkmp_pi.events.kinds import Event
from wkmp_pi.shown import clean, clock, columns, cut, named

_BAR_CELLS, _LEAST_CELLS = 20, 5
_LEAST_NEXT = 20
"""Columns without which what comes next is not worth a word."""


class Terminal:
    """Prints a line for each passage, and one that follows the position.

    Thread: the consumer's that calls ``handle``.

    Args:
        status: the player state as ``report.status_report`` tells it.
        out: where to print; only a screen gets the live line.
    """

    NAMES = (
        "passage.started",
        "position.updated",
        "playback.state_changed",
        "crossfade.started",
        "problem.changed",
        "queue.emptied",
        "volume.changed",
    )

    def __init__(self, status: Callable[[], dict[str, Any]], out: TextIO) -> None:
        self._status = status
        self._out = out
        self._live = out.isatty()
        self._drawn = 0  # columns of the live line that is on the screen
        self._problems = set[str]()

    def handle(self, event: Event) -> None:
        """Show one event."""
        with suppress(OSError, ValueError):  # the terminal was closed: the sound goes on
            match event:
                case kinds.PassageStarted():
                    self._line(f"♪ {named(asdict(event))}")
                case kinds.CrossfadeStarted():
                    self._line(f"  crossfade, {event.overlap_ms / 1000:.1f} s")
                case kinds.ProblemChanged():
                    self._tell_problem(event)
                case kinds.QueueEmptied():
                    self._line("  the queue is empty; add music with: wkmp-pi enqueue FILE")
            if self._live:
                self._draw()

    def _tell_problem(self, event: kinds.ProblemChanged) -> None:
        """When it comes and when it goes; in between, the status tells how it stands."""
        if event.text is None:
            self._problems.discard(event.key)
            self._line(clean(f"  {event.key} is well again"))
        elif event.key not in self._problems:
            self._problems.add(event.key)
            self._line(clean(f"! {event.text}"))

    def finish(self) -> None:
        """Leave the cursor on a line of its own."""
        if self._drawn:
            with suppress(OSError, ValueError):
                self._out.write("\n")
                self._out.flush()
            self._drawn = 0

    def _line(self, text: str) -> None:
        self._out.write(f"{self._erasing()}{text}\n")
        self._out.flush()
        self._drawn = 0

    def _draw(self) -> None:
        line = live_line(self._status(), _window_columns() - 1)
        self._out.write(self._erasing() + line)
        self._out.flush()
        self._drawn = columns(line)

    def _erasing(self) -> str:
        """What takes the live line away; a window that became narrower has broken it up."""
        if not self._drawn:
            return ""
        more_rows = (self._drawn - 1) // _window_columns()
        return (f"\033[{more_rows}A" if more_rows else "") + "\r\033[J"


def live_line(status: dict[str, Any], most: int) -> str:
    """State, position and what comes next, in one line of at most so many columns."""
    mark = "▶" if status["state"] == "playing" else "⏸"
    current, following = status["current"], status["next"]
    if current is None:
        return cut(f"{mark} nothing to play", most)
    position, duration = status["position_ms"] or 0, status["duration_ms"]
    volume = "muted" if status["muted"] else f"{status['volume']} %"
    before, after = f"{mark} {clock(position)} ", f" {clock(duration)}  {volume}"
    bar = _bar(position, duration, min(most - len(before) - len(after), _BAR_CELLS))
    line = before + bar + after
    if following and most - columns(line) >= _LEAST_NEXT:
        line += f"   next: {named(following)}"
    return cut(line, most)


def _bar(position: int, duration: int | None, cells: int) -> str:
    if cells < _LEAST_CELLS:
        return "/"
    done = min(cells * position // duration, cells) if duration else 0
    return "━" * done + "─" * (cells - done)


def _window_columns() -> int:
    return shutil.get_terminal_size().columns
