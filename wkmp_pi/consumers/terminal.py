"""What plays now and next, as lines on a terminal; on a screen the last one is live."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from wkmp_pi.events import kinds
from wkmp_pi.events.kinds import Event


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
        self._drawn = False

    def handle(self, event: Event) -> None:
        """Show one event."""
        with suppress(OSError, ValueError):  # the terminal was closed: the sound goes on
            match event:
                case kinds.PassageStarted():
                    self._line(f"♪ {_words(event.title, event.artist, event.file)}")
                case kinds.CrossfadeStarted():
                    self._line(f"  crossfade, {event.overlap_ms / 1000:.1f} s")
                case kinds.ProblemChanged():
                    self._line(f"! {event.text}" if event.text else f"  {event.key} is well again")
                case kinds.QueueEmptied():
                    self._line("  the queue is empty; add music with: wkmp-pi enqueue FILE")
            if self._live:
                self._draw()

    def finish(self) -> None:
        """Leave the cursor on a line of its own."""
        if self._drawn:
            with suppress(OSError, ValueError):
                self._out.write("\n")
                self._out.flush()
            self._drawn = False

    def _line(self, text: str) -> None:
        self._out.write(("\r\033[K" if self._drawn else "") + text + "\n")
        self._out.flush()
        self._drawn = False

    def _draw(self) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._out.write("\r\033[K" + live_line(self._status())[:width])
        self._out.flush()
        self._drawn = True


def live_line(status: dict[str, Any]) -> str:
    """State, position and what comes next, in one line."""
    mark = "▶" if status["state"] == "playing" else "⏸"
    current, following = status["current"], status["next"]
    if current is None:
        return f"{mark} nothing to play"
    position, duration = status["position_ms"] or 0, status["duration_ms"]
    total = clock(duration) if duration is not None else "-:--"
    bar = _bar(position, duration)
    volume = "muted" if status["muted"] else f"{status['volume']} %"
    then = f"   next: {_words(**_about(following))}" if following else ""
    return f"{mark} {clock(position)} {bar} {total}  {volume}{then}"


def clock(ms: int) -> str:
    """Milliseconds as m:ss."""
    return f"{ms // 60_000}:{ms // 1000 % 60:02}"


def _bar(position: int, duration: int | None) -> str:
    cells = 20
    done = cells * position // duration if duration else 0
    return "━" * min(done, cells) + "─" * max(cells - done, 0)


def _about(slot: dict[str, Any]) -> dict[str, str]:
    return {"title": slot["title"], "artist": slot["artist"], "file": slot["file"]}


def _words(title: str, artist: str, file: str) -> str:
    name = title or Path(file).name
    words = f"{name} — {artist}" if artist else name
    return "".join(c for c in words if c.isprintable())
