"""Runs the parts, prints the table, and puts it into the README if asked to."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from bench import machine, material
from bench.figures import percent
from bench.parts import PARTS, Bench
from bench.players import Output
from bench.rows import Row, failed, markdown, plain, renewed
from support.pulse import running_pulse

from hil.quiet import Others
from wkmp_pi.errors import WkmpError

_README = Path(__file__).parents[2] / "README.md"
_LIMIT_S = 10 * 60
_PRIORITY = 1
_TOOLS = ("mpd", "pulseaudio", "parec", "pactl")
_FAULTS = (AssertionError, LookupError, OSError, ValueError, WkmpError, subprocess.SubprocessError)

_HOW = """
Measured by `make bench` in one run: {machine}; other programs took {others} of the machine
meanwhile{priority}. Both programs play the same synthetic music to the same ALSA device, a private
PulseAudio with a null sink behind ALSA's pulse plugin, with the same buffer and period (in this
order in the table), as 32 bits at 44.1 kHz, resampled by soxr HQ. They take turns, A B A B. CPU is
user and system time of all processes of a program while it plays steadily, the mean of its two
turns, half a minute in all at 80/20 ms and twelve seconds at 500/125 ms. Memory is the most that
all its processes had; PSS divides shared pages among all who share them, other programs included.
What is heard is read off the sink's monitor, while a file plays in which each frame holds its
number. PulseAudio tells ALSA that a block is played when it takes it, so events are early by one
block of its; a sound card moves in shorter steps, for which the blocks of 1 ms stand. Where the
server ran dry without telling, there is a gap in the recording, and events have wrong times for up
to some seconds: they are counted with and without these.
"""
_REALTIME = (
    "; everything was started at real-time priority against that (ALSA's plugin has a thread that "
    "does not inherit it)"
)


def run(names: Sequence[str], *, realtime: bool, update_readme: bool) -> int:
    """Measure, print, and perhaps write; 0 even if something was missed."""
    lacking = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if lacking:
        print(f"bench: not found: {', '.join(lacking)}; make bench installs them", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, _end)
    if realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PRIORITY))
    others, begin_s = Others(), time.monotonic()
    with _bench() as bench, _limited(_LIMIT_S):
        rows = [row for name in names for row in _measured(name, bench, begin_s + _LIMIT_S)]
    busy = percent(others.share())
    print(plain(rows))
    print(f"\n{machine.described()}; other programs took {busy} of it")
    print(f"{time.monotonic() - begin_s:.0f} s")
    if update_readme:
        priority = _REALTIME if realtime else ""
        how = _HOW.format(machine=machine.described(), others=busy, priority=priority)
        text = f"{textwrap.fill(how.strip(), 100)}\n\n{markdown(rows)}"
        _README.write_text(renewed(_README.read_text(), text))
    return 0


def _measured(name: str, bench: Bench, deadline_s: float) -> Iterator[Row]:
    """The rows of one part; if it fails, a row that says so, and the others go on."""
    try:
        if time.monotonic() > deadline_s:
            raise TimeoutError("no time was left")
        print(f"bench: {name}", file=sys.stderr)
        yield from PARTS[name](bench)
    except _FAULTS as error:
        yield failed(name, error)


@contextmanager
def _bench() -> Iterator[Bench]:
    """The files and the sound server, until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        print("bench: making the files", file=sys.stderr)
        files = material.make(folder)
        with running_pulse(folder) as server:
            yield Bench(folder, Output(server.device, server.environment), files)


@contextmanager
def _limited(limit_s: int) -> Iterator[None]:
    """After so long, whatever runs then is interrupted."""
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(limit_s)
    try:
        yield
    finally:
        signal.alarm(0)


def _out_of_time(_: int, __: FrameType | None) -> NoReturn:
    raise TimeoutError("no time was left")


def _end(_: int, __: FrameType | None) -> NoReturn:
    """SIGTERM ends as Ctrl-C does: with everything cleaned up."""
    raise KeyboardInterrupt
