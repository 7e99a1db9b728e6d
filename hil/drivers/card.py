"""The sound card of the box as something that is pulled and plugged, and that others may hold.

Made for the card of the virtual Pi: its driver gives it away and takes it back without a hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from hil.drivers.programs import Program
from hil.drivers.protocols import Shell
from hil.errors import RigError

DEVICE = "snd_aloop.0"
PLAYS = "hw:Loopback,0"
CONTROLS = "hw:Loopback"
_DRIVER = "/sys/bus/platform/drivers/snd_aloop"
_PLAYBACK = "/proc/asound/Loopback/pcm0p"
_NODES, CARDS = "/dev/snd", "/sys/class/sound"
NODE = f"{_NODES}/pcmC0D0p"
_ANSWER_S = 20.0


class Pulled(NamedTuple):
    """The card was pulled; times are CLOCK_MONOTONIC of the box.

    Attributes:
        at_ns: just before.
        free_ns: when the last program had let go of it.
        heard_frames: how many had left it since it was started last, by the kernel's own count;
            ``None`` if it was not playing.
    """

    at_ns: int
    free_ns: int
    heard_frames: int | None


class Storm(NamedTuple):
    """The first and the last event of a loose plug, CLOCK_MONOTONIC of the box."""

    first_ns: int
    last_ns: int


class PluggedCard:
    """The box's card; it is plugged in when this is closed.

    Args:
        shell: the box.
        python: an interpreter there.
        driver: the folder of its driver in /sys.
        playback: the folder of its places to play in /proc/asound.

    Raises:
        RigError: the program that pulls it cannot be started.
    """

    def __init__(
        self, shell: Shell, python: str, *, driver: str = _DRIVER, playback: str = _PLAYBACK
    ) -> None:
        self._program = Program(shell, python, "card", driver, DEVICE, playback)

    def unplug(self, after_s: float = 0.0) -> Pulled:
        """Pull it; returns when every program has let go of it.

        Raises:
            RigError: it is not there, or one does not let go of it.
        """
        return Pulled(**self._program.ask(after_s + _ANSWER_S, unplug=after_s))

    def plug(self, after_s: float = 0.0) -> int:
        """Plug it in.

        Returns:
            CLOCK_MONOTONIC of the box just before.

        Raises:
            RigError: it is there already.
        """
        return int(self._program.ask(after_s + _ANSWER_S, plug=after_s)["at_ns"])

    def storm(self, events: int, seconds: float) -> Storm:
        """Pull and plug it by turns, at even distances; after an even number it is as it was.

        Raises:
            RigError: a program does not let go of it.
        """
        return Storm(**self._program.ask(4 * seconds + _ANSWER_S, storm=[events, seconds]))

    def close(self) -> None:
        """Leave it plugged in.

        Raises:
            RigError: it cannot be.
        """
        try:
            done = self._program.end()
        except TimeoutError as error:
            self._program.kill()
            raise RigError(f"{self._program.place}: {error}; is the card still held?") from error
        if done.code:
            raise RigError(f"{self._program.place}: ended with {done.code}: {done.err[-300:]}")


class Holder(NamedTuple):
    """Another program that has the card.

    Attributes:
        held: how many of its places to play it has.
        pid: its process.
        name: what other programs see of it.
    """

    held: int
    pid: int
    name: str


@contextmanager
def held(shell: Shell, python: str) -> Iterator[Holder]:
    """Another program has all places of the card until the end of the block.

    Raises:
        RigError: it gets none.
    """
    program = Program(shell, python, "holder", PLAYS)
    try:
        holder = Holder(**program.hear())
        if not holder.held:
            raise RigError(
                f"{program.place}: {PLAYS}: no place to play; expected one that is free; is the "
                "card there, and who has it?"
            )
        yield holder
    finally:
        program.end()


@dataclass(slots=True)
class Opens:
    """Who looked for cards or opened them, filled at the end of ``opens``: times in ns, by path."""

    at_ns: dict[str, list[int]] = field(default_factory=dict)

    def most_in(self, window_s: float, path: str) -> int:
        """The largest number within any window of that length."""
        times, window_ns = self.at_ns.get(path, []), round(window_s * 1e9)
        return max((sum(at <= t < at + window_ns for t in times) for at in times), default=0)


@contextmanager
def opens(shell: Shell, python: str, folders: Sequence[str] = (_NODES, CARDS)) -> Iterator[Opens]:
    """Count who opens ``NODE`` and who looks through ``CARDS`` until the end of the block."""
    program = Program(shell, python, "opens", *folders)
    program.hear()
    found = Opens()
    try:
        yield found
    finally:
        done = program.end()
        for at_ns, path in json.loads(done.out or '{"opens": []}')["opens"]:
            found.at_ns.setdefault(path, []).append(at_ns)


class Knob:
    """A volume control for the card, which it does not have by itself; gone when it is pulled.

    Args:
        shell: the box.
        python: an interpreter there.
        name: of its element; ``Master Playback Volume`` is the control ``Master``.
    """

    def __init__(self, shell: Shell, python: str, name: str = "Master Playback Volume") -> None:
        self._program = Program(shell, python, "knob", CONTROLS)
        self._name = name

    def add(self) -> None:
        """Now the card has it; it stands at 0, of 100."""
        self._program.ask(add=self._name)

    def read(self) -> int:
        """Where it stands, 0 to 100."""
        return int(self._program.ask(read=self._name)["value"])

    def moved(self, seconds: float) -> tuple[int, int]:
        """Wait for so long until it is moved away from 0.

        Returns:
            Where it stands then (0: nobody moved it), and CLOCK_MONOTONIC just before.
        """
        answer = self._program.ask(seconds + _ANSWER_S, **{"await": self._name, "seconds": seconds})
        return answer["value"], answer["at_ns"]

    def close(self) -> None:
        """Leave the card alone."""
        self._program.end()
