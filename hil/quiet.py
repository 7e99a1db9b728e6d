"""Whether the bench's own machine was quiet enough for what was measured on it."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

_MOST_SHARE = 0.25
_TRIES = 3
_LOOKS = 10
_LOOK_S = 1.0

T = TypeVar("T")


class Others:
    """What other programs take of the machine, from the making of this object on.

    Args:
        ours_s: processor time of what else is ours, besides this process and its ended children.
    """

    def __init__(self, ours_s: Callable[[], float] = lambda: 0.0) -> None:
        self._ours_s = ours_s
        self._begin = (time.monotonic(), _busy_s(), self._own_s())

    def share(self) -> float:
        """Of all cores; children that still run count as others."""
        begin_s, busy_s, own_s = self._begin
        elapsed_s = (time.monotonic() - begin_s) * (os.cpu_count() or 1)
        return max(_busy_s() - busy_s - (self._own_s() - own_s), 0.0) / elapsed_s

    def _own_s(self) -> float:
        parts = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(part.ru_utime + part.ru_stime for part in parts) + self._ours_s()


def calm(ours_s: Callable[[], float] | None, attempt: Callable[[], T]) -> T:
    """What an attempt gives during which other programs left the machine alone.

    A virtual Pi stands still while its machine does something else, and then its times are wrong.

    Args:
        ours_s: processor time of the virtual Pi so far; ``None`` for a box that has its own.
        attempt: measures; tried again after a disturbance.
    """
    if ours_s is None:
        return attempt()
    share = 0.0
    for _ in range(_TRIES):
        if (share := _waited(ours_s)) > _MOST_SHARE:
            break
        others = Others(ours_s)
        result = attempt()
        if (share := others.share()) <= _MOST_SHARE:
            return result
    pytest.skip(
        f"other programs took {share:.0%} of this machine; expected at most {_MOST_SHARE:.0%}; "
        "times of a virtual Pi mean nothing then: try again when it is quiet"
    )


def _waited(ours_s: Callable[[], float]) -> float:
    """The share that others take as soon as it is small, or after some looks."""
    share = 0.0
    for _ in range(_LOOKS):
        others = Others(ours_s)
        time.sleep(_LOOK_S)
        if (share := others.share()) <= _MOST_SHARE:
            break
    return share


def busy_ticks(stat: str) -> int:
    """Ticks in which some program ran, out of /proc/stat: user, nice, system, irq, softirq."""
    user, nice, system, _idle, _iowait, irq, softirq = map(int, stat.split()[1:8])
    return user + nice + system + irq + softirq


def _busy_s() -> float:
    return busy_ticks(Path("/proc/stat").read_text()) / os.sysconf("SC_CLK_TCK")
