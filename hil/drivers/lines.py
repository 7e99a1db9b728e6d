"""The wires to the box's buttons and from its outputs, pulled by the program ``puller``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from hil.drivers.programs import Program
from hil.drivers.protocols import Pull, Shell

_ANSWER_S = 20.0


class PulledLines:
    """Lines of one puller; a ``Lines``.

    Args:
        shell: the machine that pulls: another board, or the box if its chip is simulated.
        python: an interpreter there; with gpiozero and lgpio for ``gpio``.
        backend: ``gpio`` for pins of that machine, ``sim`` for a chip that its kernel simulates.
        pulls: its pin, or the simulated line, that is wired to each button.
        reads: likewise for each output of the box.
        active_low: whether a pressed button pulls its pin down.
        chip: number of the gpiochip, or the folder of the simulated one; empty for the usual.
        spin_ms: turn on the spot that long before each change, for times exact to some 10 µs; not
            where time is simulated.

    Raises:
        RigError: the puller cannot be started.
    """

    def __init__(
        self,
        shell: Shell,
        python: str,
        backend: Literal["gpio", "sim"],
        *,
        pulls: Mapping[str, int],
        reads: Mapping[str, int] | None = None,
        active_low: bool = True,
        chip: str = "",
        spin_ms: float = 0.0,
    ) -> None:
        words = [f"--pull={name}={number}" for name, number in pulls.items()]
        words += [f"--read={name}={number}" for name, number in (reads or {}).items()]
        words += [] if active_low else ["--active-high"]
        words += [f"--chip={chip}", f"--spin-ms={spin_ms}"]
        self._program = Program(shell, python, "puller", f"--backend={backend}", *words)
        try:
            self._program.now_ns()  # it has all its lines, or says why not
        except BaseException:
            self._program.kill()
            raise

    def pull(self, *train: Pull) -> tuple[int, ...]:
        """Do them in the order and at the times given; see ``Lines``.

        Returns:
            CLOCK_MONOTONIC of the puller just before each change, in ns.

        Raises:
            RigError: a line is not one of the buttons (then nothing was pulled), or cannot be set.
        """
        last_s = max((pull.at_ms for pull in train), default=0.0) / 1000
        moves = [(pull.at_ms, pull.line, pull.down) for pull in train]
        answer = self._program.ask(last_s + _ANSWER_S, train=moves)
        return tuple(answer["stamps_ns"])

    def level(self, line: str) -> bool:
        """Whether an output of the box is high; see ``Lines``."""
        return bool(self._program.ask(level=line)["high"])

    def now_ns(self) -> int:
        """CLOCK_MONOTONIC of the puller."""
        return self._program.now_ns()

    def close(self) -> None:
        """Let go of all lines."""
        self._program.end()
