"""Stopping the player for longer than the card's buffer, and what a recording then says of it.

The kernel runs dry, plays silence, and the player has to go on where it stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hil.bench import Bench
from hil.measures.jump import Jump

_SCRIPT = """
children=$(grep -lsx "PPid:[[:space:]]*$1" /proc/[0-9]*/status | cut -d / -f 3)
pids="$1 $children"
shift
while [ $# -gt 1 ]; do
    sleep "$1"
    kill -STOP $pids
    sleep "$2"
    kill -CONT $pids
    shift 2
done
"""
_LARGEST_MS = 2000
_GROWS_AFTER = 3
"""Xruns in a minute, and the buffer is doubled."""


class Stall(NamedTuple):
    """The player plays for so long, and then stands for so long."""

    playing_s: float
    standing_s: float


def stalls(count: int, latency_ms: int, margins_s: Sequence[float]) -> list[Stall]:
    """Stalls each of which outlasts the buffer, which is doubled after every third of them.

    Args:
        count: how many.
        latency_ms: the buffer at first.
        margins_s: how much longer than the buffer each of them lasts, in turn.
    """
    planned = []
    for index in range(count):
        buffer_s = min(latency_ms << index // _GROWS_AFTER, _LARGEST_MS) / 1000
        margin_s = margins_s[index % len(margins_s)]
        planned.append(Stall(0.5 + margin_s, buffer_s + margin_s))
    return planned


def stall(bench: Bench, planned: Sequence[Stall]) -> None:
    """Stop all processes of the player, and let them go on, again and again."""
    main = bench.service.main_pid()
    times = [f"{seconds:.3f}" for each in planned for seconds in each]
    words = ["sh", "-c", _SCRIPT, "sh", str(main), *times]
    bench.shell.run([*bench.root, *words], timeout_s=60 + sum(map(sum, planned)))


class Gap(NamedTuple):
    """A place where the card ran dry.

    A driver may play on into what its ring still has from before, until it notices.

    Attributes:
        frame: of the recording, the first that is not what it should be.
        expected: the frame of the reference that should have been there.
        frames: how long it lasts.
        stale: so many of these are old sound; the others are silence.
        lost: so many frames of the reference are missing behind it; negative: are heard twice.
    """

    frame: int
    expected: int
    frames: int
    stale: int
    lost: int | None


def gaps(jumps: Sequence[Jump]) -> list[Gap]:
    """The jumps of a recording, those of one gap in one."""
    found: list[Gap] = []
    for jump in jumps:
        last = found[-1] if found else None
        end = jump.frame + jump.foreign_frames
        if last is not None and (last.lost or 0) < 0 and jump.expected <= last.expected:
            stale = last.stale + jump.frame - last.frame - last.frames
            lost = None if jump.found is None else jump.found - last.expected
            found[-1] = last._replace(frames=end - last.frame, stale=stale, lost=lost)
        else:
            stale = 0 if jump.silent else jump.foreign_frames
            length = jump.foreign_frames
            found.append(Gap(jump.frame, jump.expected, length, stale, jump.lost_frames))
    return found
