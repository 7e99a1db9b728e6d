"""What the two programs that are compared have in common: an output, a process, and six verbs.

Both play the same files to the same ALSA device, with the same buffer and
period, at the same rate and in the same format; both run as their users run
them, without tuning that the other one does not get.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from wkmp_pi.config import Audio

RATE_HZ = 44_100
_USUAL = Audio()
_START_S = 20.0
_STOP_S = 8.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Output:
    """Where both play to.

    Attributes:
        device: ALSA's name of it.
        environment: what a process needs to reach it.
        latency_ms: the buffer; as a box has it that nobody has configured.
        period_ms: what is handed over at once; likewise.
    """

    device: str
    environment: dict[str, str]
    latency_ms: int = _USUAL.latency_ms
    period_ms: int = _USUAL.period_ms

    @property
    def name(self) -> str:
        """For the table."""
        return f"{self.latency_ms}/{self.period_ms} ms"


class Player(Protocol):
    """A running program."""

    pid: int

    def play(self, file: Path) -> None:
        """Forget everything else and play one file from its start."""
        ...

    def pause(self) -> None:
        """Stand still."""
        ...

    def resume(self) -> None:
        """Go on; harmless with an empty queue."""
        ...

    def seek(self, position_s: float) -> None:
        """Go to another place of the file."""
        ...

    def position_s(self) -> float:
        """How far the file has been played, by the program's own account."""
        ...


@dataclass(frozen=True, slots=True)
class Peer:
    """One of the two.

    Attributes:
        name: for the table.
        prepare: given a folder and an output, writes what the program reads at its start;
            returns its command line.
        running: the program that ``prepare`` prepared, ready to be asked.
    """

    name: str
    prepare: Callable[[Path, Output], list[str]]
    running: Callable[[Path, Output], AbstractContextManager[Player]]


@contextmanager
def started(
    command: list[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is asked to end with the block, and made to if it does not."""
    quiet = subprocess.DEVNULL
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdin=quiet, stdout=quiet, stderr=said
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def once_up(process: subprocess.Popen[bytes], attempt: Callable[[], T | None], log: Path) -> T:
    """What ``attempt`` gives as soon as it gives something."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        found = attempt()
        if found is not None:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{process.args!r}: does not answer; it said: {log.read_text()[-500:]}")
