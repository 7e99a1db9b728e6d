"""What a program costs, as the kernel counts it: processor time and memory of its processes.

The parsing is pure; only the functions that take a process number look at the system.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_CPUCLOCK_SCHED = 2


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: ``rss`` counts pages that are shared once for each process, ``pss`` only in part."""

    rss: int
    pss: int


def parent_of(stat: str) -> int:
    """The parent's number out of /proc/PID/stat; the program's name in it may hold anything."""
    return int(stat.rpartition(")")[2].split()[1])


def descendants(root: int, parents: Mapping[int, int]) -> set[int]:
    """``root`` and all that descend from it, given the parent of each process."""
    found = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def parse_rollup(text: str) -> Memory:
    """The sums out of /proc/PID/smaps_rollup."""
    kib = {
        name: int(value) for name, value in re.findall(r"^(\w+): +(\d+) kB$", text, re.MULTILINE)
    }
    return Memory(rss=kib["Rss"] * 1024, pss=kib["Pss"] * 1024)


def tree(root: int) -> set[int]:
    """A process and its descendants, as they are now."""
    parents = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it may end just now
            parents[int(stat.parent.name)] = parent_of(stat.read_text())
    return descendants(root, parents)


def cpu_ns(pids: Iterable[int]) -> int:
    """Processor time so far: utime + stime, but in nanoseconds, from each process's own clock.

    The number of that clock is made as clock_getcpuclockid(3) makes it.
    """
    return sum(time.clock_gettime_ns((~pid << 3) | _CPUCLOCK_SCHED) for pid in pids)


def memory(pids: Iterable[int]) -> Memory:
    """The sums over some processes; one that has just ended has none."""
    parts = []
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            parts.append(parse_rollup((_PROC / str(pid) / "smaps_rollup").read_text()))
    return Memory(rss=sum(p.rss for p in parts), pss=sum(p.pss for p in parts))
