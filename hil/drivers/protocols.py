"""What a test may ask of the things on the bench, whatever they are made of.

Everything that stands in time (a recording, a pull, an event) bears a stamp of CLOCK_MONOTONIC of
the machine that saw it; ``Bench.clock`` maps one machine's clock to another's. Nothing here sleeps
on the bench: time passes at the box, where it may be simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from hil.recording import Recording


class Done(NamedTuple):
    """How a command ended.

    Attributes:
        code: its exit status; minus the number of the signal that killed it.
        out: its standard output.
        err: its standard error.
    """

    code: int
    out: str
    err: str


class Process(Protocol):
    """A program that runs at the other end and talks in lines. It ends when its input ends."""

    def say(self, line: str) -> None:
        """One line to its standard input."""
        ...

    def hear(self, timeout_s: float = 20.0) -> str:
        """The next line of its standard output, without the line's end.

        Raises:
            EOFError: it has ended; the text has its last words.
            TimeoutError: it said nothing in time.
        """
        ...

    def end(self, timeout_s: float = 20.0) -> Done:
        """Close its input and wait for it; ``out`` is what was not heard yet. May be repeated."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class Shell(Protocol):
    """A way to run programs on one machine: this one, one behind ssh, or a virtual one."""

    name: str
    """For messages."""

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        check: bool = True,
        timeout_s: float = 60.0,
    ) -> Done:
        """Run a command to its end.

        Raises:
            RigError: it could not be run, it took too long, or (with ``check``) its exit status
                is not 0; the message has its last words.
        """
        ...

    def start(self, argv: Sequence[str]) -> Process:
        """Start a program; its standard error is kept for the message if it ends early."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """Make a file, and the folders it needs."""
        ...


class Power(Protocol):
    """What the box is fed by."""

    def on(self) -> None:
        """Power; returns at once, the box boots. Harmless if it is on."""
        ...

    def off(self) -> None:
        """Cut it, without a word to the box. Harmless if it is off."""
        ...


@dataclass(frozen=True, slots=True)
class Pull:
    """One change of a button's line: ``down`` is pressed, whatever level that is on the wire."""

    at_ms: float
    line: str
    down: bool


class Lines(Protocol):
    """The wires to the box's buttons, which the rig pulls, and from its outputs."""

    def pull(self, *train: Pull) -> tuple[int, ...]:
        """Do them in the order and at the times given, counted from the first moment.

        Returns:
            CLOCK_MONOTONIC of the puller at each change, in ns.
        """
        ...

    def level(self, line: str) -> bool:
        """Whether an output of the box is high."""
        ...


class LineIn(Protocol):
    """What the box plays, recorded."""

    exact: bool
    """Whether the samples are the very ones that the box wrote (a digital loop)."""

    def recording(self) -> AbstractContextManager[Recording]:
        """Record from now on; the ``Recording`` is filled when the block is left."""
        ...


class Message(NamedTuple):
    """What came from the broker; ``came_ns`` is CLOCK_MONOTONIC of the bench."""

    topic: str
    payload: bytes
    retained: bool
    came_ns: int


class Broker(Protocol):
    """The broker beside the box, as another client of it sees it."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 1, and wait until the broker has it."""
        ...

    def subscribe(self, *topics: str) -> None:
        """Begin to listen, and wait until the broker has confirmed it."""
        ...

    def hear(self, timeout_s: float = 10.0) -> Message:
        """The next message.

        Raises:
            TimeoutError: none came.
        """
        ...

    def close(self) -> None:
        """Leave."""
        ...


class CaptureFolder(NamedTuple):
    """Where a recorder puts its files: as the recorder's machine and as the bench sees it."""

    there: str
    here: Path
