"""What was measured on, and with what, in a sentence."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
import time
from pathlib import Path


def described() -> str:
    """The machine and the versions that matter."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, {_version('mpd')}, {_version('pulseaudio')}"
    )


class Others:
    """What other programs take of the machine, from the making of this object on."""

    def __init__(self) -> None:
        self._begin = (time.monotonic(), _busy_s(), _own_s())

    def share(self) -> float:
        """Of all cores; children that still run count as others."""
        begin_s, busy_s, own_s = self._begin
        elapsed_s = (time.monotonic() - begin_s) * (os.cpu_count() or 1)
        return max(_busy_s() - busy_s - (_own_s() - own_s), 0.0) / elapsed_s


def busy_ticks(stat: str) -> int:
    """Ticks in which some program ran, out of /proc/stat: user, nice, system, irq, softirq."""
    user, nice, system, _idle, _iowait, irq, softirq = map(int, stat.split()[1:8])
    return user + nice + system + irq + softirq


def _busy_s() -> float:
    return busy_ticks(Path("/proc/stat").read_text()) / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    parts = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in parts)


def _processor() -> str:
    """A small board's own name, else the processor's."""
    board = Path("/proc/device-tree/model")
    if board.exists():
        return board.read_text().strip("\0\n")
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else "unknown processor"


def _version(program: str) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0].strip()
