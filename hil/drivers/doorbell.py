"""Buttons and lamps of the box, in the place of the product's own: the program ``doorbell``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hil.drivers.programs import Program
from hil.drivers.protocols import Shell
from hil.errors import RigError


class Button(NamedTuple):
    """The box's pin of a button, by BCM number, and the command that a press asks for."""

    pin: int
    command: str


class Press(NamedTuple):
    """A press that the box has seen; times are CLOCK_MONOTONIC of the box.

    Attributes:
        button: which.
        edge_ns: when it was seen.
        sent_ns: just before its command was sent.
        came_ns: just after that was answered.
    """

    button: str
    edge_ns: int
    sent_ns: int
    came_ns: int


class Doorbell:
    """The stand-in, running.

    Args:
        shell: the box.
        python: an interpreter there with gpiozero and lgpio.
        buttons: by their names.
        lamps: pins by BCM number, by their names.
        active_low: whether a pressed button pulls its pin down.
        socket: where the service listens.
        prefix: what makes a command the service's own user's or root's, who alone may connect.

    Raises:
        RigError: it cannot have its pins, or nobody listens.
    """

    def __init__(
        self,
        shell: Shell,
        python: str,
        *,
        buttons: Mapping[str, Button],
        lamps: Mapping[str, int],
        active_low: bool = True,
        socket: str = "/run/wkmp-pi/wkmp.sock",
        prefix: Sequence[str] = (),
    ) -> None:
        words = [f"--button={name}={b.pin}={b.command}" for name, b in buttons.items()]
        words += [f"--lamp={name}={pin}" for name, pin in lamps.items()]
        words += [] if active_low else ["--active-high"]
        self._program = Program(shell, python, "doorbell", socket, *words, prefix=prefix)
        self._program.hear()  # it has all its pins, or says why not

    def press(self, timeout_s: float = 20.0) -> Press:
        """The next press that was seen and answered.

        Raises:
            RigError: none came, or the service refused.
        """
        try:
            said = self._program.hear(timeout_s)
        except TimeoutError as error:
            raise RigError(f"{self._program.place}: {error}; expected a press") from error
        if not said.pop("ok", False):
            raise RigError(f"{self._program.place}: found {said}; expected a press that was taken")
        return Press(said["press"], said["edge_ns"], said["sent_ns"], said["came_ns"])

    def light(self, lamp: str, on: bool) -> int:
        """Switch a lamp; only while no button is pressed.

        Returns:
            When it was switched; CLOCK_MONOTONIC of the box.

        Raises:
            RigError: it is not one of the lamps.
        """
        return int(self._program.ask(light=lamp, on=on)["at_ns"])

    def close(self) -> None:
        """Let go of all pins."""
        self._program.end()
