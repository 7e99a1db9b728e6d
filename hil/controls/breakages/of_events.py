"""Broken: what is told, and how quickly commands are followed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hil.controls.breakages.replacing import put
from wkmp_pi.events.kinds import Heard
from wkmp_pi.output.playout import Playout
from wkmp_pi.output.writer import Writer

_MS = 1_000_000
_EARLY_NS = 20 * _MS
_LATE_S = 0.15


def event_early() -> None:
    """Events come 20 ms before they are heard, and say so."""
    marks = Playout.heard_marks

    def early(playout: Playout, now_ns: int) -> Iterator[Heard]:
        yield from marks(playout, now_ns + _EARLY_NS)

    put(Playout, "heard_marks", early)


def stamp_early() -> None:
    """Events come in time, but bear a time 20 ms before."""
    marks = Playout.heard_marks

    def early(playout: Playout, now_ns: int) -> Iterator[Heard]:
        for mark in marks(playout, now_ns):
            yield replace(mark, heard_ns=mark.heard_ns - _EARLY_NS)

    put(Playout, "heard_marks", early)


def frame_wrong() -> None:
    """Events name the frame after theirs, but for the first of a passage."""
    marks = Playout.heard_marks

    def wrong(playout: Playout, now_ns: int) -> Iterator[Heard]:
        for mark in marks(playout, now_ns):
            yield replace(mark, frame=mark.frame + (mark.name != "passage.started"))

    put(Playout, "heard_marks", wrong)


def slow_commands() -> None:
    """Whatever changes what is played is followed 150 ms late."""
    follow = Writer.follow

    def late(writer: Writer[Any], plan: Any) -> None:
        time.sleep(_LATE_S)
        follow(writer, plan)

    put(Writer, "follow", late)


BREAKAGES = (event_early, stamp_early, frame_wrong, slow_commands)
