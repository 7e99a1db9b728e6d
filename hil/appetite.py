"""What the player takes of its box: memory, files and threads, and writes to the card."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from hil.bench import Bench
from hil.outages import LIBRARY

_SECTOR_BYTES = 512
_MIB = 1 << 20
_H_NS = 3600 * 1_000_000_000
_LOOK = """
import glob, json, os, sys, time

def process(pid):
    lines = open(f"/proc/{pid}/smaps_rollup").read().splitlines()[1:]
    memory = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    files, threads = (len(os.listdir(f"/proc/{pid}/{name}")) for name in ("fd", "task"))
    return [memory["Rss"], memory["Pss"], files, threads]

def parent(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1]
    except OSError:
        return ""

main, library = sys.argv[1:]
children = sorted(int(pid) for pid in os.listdir("/proc") if pid.isdigit() and parent(pid) == main)
number = os.stat(library).st_dev
card = os.path.realpath(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
stat = open(f"{card}/stat").read().split()
journal = glob.glob(f"/proc/fs/jbd2/{os.path.basename(card)}-*/info")
commits = sum(int(open(file).read().split()[0]) for file in journal)
written = sum(int(line.split()[1]) for line in open(f"/proc/{main}/io") if line[:5] == "write")
log = open(f"{library}-wal", "rb").read()
page, salts, sizes, at = int.from_bytes(log[8:12], "big"), log[16:24], [], 32
while salts and log[at + 8 : at + 16] == salts:
    sizes.append(int.from_bytes(log[at + 4 : at + 8], "big"))
    at += 24 + page
print(json.dumps({
    "at_ns": time.monotonic_ns(),
    "processes": [process(pid) for pid in [int(main), *children]],
    "card": [int(stat[6]), commits],
    "log": [salts.hex(), sum(size > 0 for size in sizes)],
    "written": written,
}))
"""


class Process(NamedTuple):
    """One of the player's."""

    rss_kib: int
    pss_kib: int
    files: int
    threads: int


class Card(NamedTuple):
    """Since the start of the box.

    Attributes:
        sectors: written.
        commits: of its file system.
    """

    sectors: int
    commits: int


class Log(NamedTuple):
    """The library's, since it was begun anew.

    Attributes:
        salts: others after each new beginning.
        commits: transactions in it, each of which was waited for.
    """

    salts: str
    commits: int


@dataclass(frozen=True, slots=True)
class Look:
    """How it stands at a moment of the box's CLOCK_MONOTONIC.

    Attributes:
        processes: the service first.
        written: bytes that the service had written to a disk, by the kernel's account.
    """

    at_ns: int
    processes: Sequence[Process]
    card: Card
    log: Log
    written: int


class Wear(NamedTuple):
    """What is done to the card in an hour.

    Attributes:
        mib: by the player.
        commits: likewise.
        card_mib: by the player and by its file system because of it.
        card_commits: likewise.
    """

    mib: float
    commits: float
    card_mib: float
    card_commits: float


def look(bench: Bench) -> Look:
    """Look at the player of this box."""
    words = [*bench.root, bench.python, "-c", _LOOK, str(bench.service.main_pid()), LIBRARY]
    found = json.loads(bench.shell.run(words).out)
    processes = [Process(*numbers) for numbers in found["processes"]]
    card, log = Card(*found["card"]), Log(*found["log"])
    return Look(found["at_ns"], processes, card, log, found["written"])


def wear(looks: Sequence[Look]) -> Wear:
    """What was written between the first and the last look, for each hour.

    Transactions between the last look at a log and its new beginning are not seen.
    """
    first, last = looks[0], looks[-1]
    hours = (last.at_ns - first.at_ns) / _H_NS
    commits = sum(
        b.log.commits - (a.log.commits if a.log.salts == b.log.salts else 0)
        for a, b in pairwise(looks)
    )
    return Wear(
        mib=(last.written - first.written) / _MIB / hours,
        commits=commits / hours,
        card_mib=(last.card.sectors - first.card.sectors) * _SECTOR_BYTES / _MIB / hours,
        card_commits=(last.card.commits - first.card.commits) / hours,
    )


def slope_mib(looks: Sequence[Look], kib: Callable[[Look], int]) -> float:
    """By how much memory grows in an hour, along the line through all looks, in MiB.

    Args:
        looks: at least two.
        kib: the memory of a look.
    """
    hours = [(each.at_ns - looks[0].at_ns) / _H_NS for each in looks]
    return float(np.polyfit(hours, [kib(each) / 1024 for each in looks], 1)[0])
