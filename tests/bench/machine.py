"""What was measured on, and with what, in a sentence."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path


def described() -> str:
    """The machine and the versions that matter."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, {_version('mpd')}, {_version('pulseaudio')}"
    )


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
