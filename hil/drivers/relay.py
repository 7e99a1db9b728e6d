"""What feeds the box: a relay on a pin of some board, or a person."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from hil.drivers.programs import Program
from hil.drivers.protocols import Shell
from hil.errors import RigError

_LINE = "relay"
_TERMINAL = Path("/dev/tty")


class RelayPower:
    """A relay that is switched by the program ``puller``; a ``Power``.

    Nothing is switched before the first ``on`` or ``off``. When the bench ends, the pin floats:
    wire the relay so that it feeds the box at rest.

    Args:
        shell: the machine whose pin it is.
        python: an interpreter there with gpiozero and lgpio.
        pin: its BCM number, or the line of a simulated chip.
        active_high: whether the box has power while the pin is high.
        off_ms: how long the box stays off at least, so that its capacitors are empty.
        backend: see ``PulledLines``.
        chip: likewise.
        now_ns: CLOCK_MONOTONIC of the bench.
    """

    def __init__(
        self,
        shell: Shell,
        python: str,
        pin: int,
        *,
        active_high: bool = True,
        off_ms: float = 5000.0,
        backend: str = "gpio",
        chip: str = "",
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._shell = shell
        self._python = python
        self._words = (f"--backend={backend}", f"--drive={_LINE}={pin}", f"--chip={chip}")
        self._active_high = active_high
        self._off_ms = off_ms
        self._now_ns = now_ns
        self._program: Program | None = None
        self._on: bool | None = None
        self._off_ns = 0

    def on(self) -> None:
        """Power, once it has been off for long enough; see ``Power``.

        Raises:
            RigError: the pin cannot be set.
        """
        if self._on is False:
            off_for_ms = (self._now_ns() - self._off_ns) / 1e6
            self._switch(True, max(0.0, self._off_ms - off_for_ms))
        elif self._on is None:
            self._switch(True)

    def off(self) -> None:
        """Cut it; see ``Power``.

        Raises:
            RigError: the pin cannot be set.
        """
        if self._on is not False:
            self._switch(False)
            self._off_ns = self._now_ns()

    def close(self) -> None:
        """Let go of the pin: the relay goes to rest."""
        if self._program is not None:
            self._program.end()
            self._program, self._on = None, None

    def _switch(self, on: bool, after_ms: float = 0.0) -> None:
        if self._program is None:
            self._program = Program(self._shell, self._python, "puller", *self._words)
        high = on == self._active_high
        self._program.ask(after_ms / 1000 + 20, train=[(after_ms, _LINE, high)])
        self._on = on


class ByHand:
    """A person at the terminal who pulls the plug; a ``Power``.

    Args:
        box: what to call it.
        ask: shows a person what to do and returns when it is done.
    """

    def __init__(self, box: str, ask: Callable[[str], None] | None = None) -> None:
        self._box = box
        self._ask = ask or ask_at_the_terminal
        self._on: bool | None = None

    def on(self) -> None:
        """Have it plugged in; see ``Power``."""
        self._have(True, f"plug {self._box} in")

    def off(self) -> None:
        """Have the plug pulled; see ``Power``."""
        self._have(False, f"pull the plug of {self._box}, without shutting it down")

    def _have(self, on: bool, what: str) -> None:
        if self._on is not on:
            self._ask(f"Please {what}, then press Enter: ")
            self._on = on


def ask_at_the_terminal(text: str) -> None:
    """Show ``text`` to whoever sits at the terminal, wherever our output goes; wait for Enter.

    Raises:
        RigError: nobody sits there.
    """
    try:
        with _TERMINAL.open() as keys, _TERMINAL.open("a") as screen:
            screen.write(f"\n{text}")
            screen.flush()
            answer = keys.readline()
    except OSError as error:
        raise _nobody(str(error)) from error
    if not answer:
        raise _nobody("the end of its input")


def _nobody(found: str) -> RigError:
    return RigError(
        f"power: found {found}; expected a person at a terminal to do it by hand; "
        "run this in a terminal, or give the rig a relay"
    )
