"""Pulls the wires to a box's buttons and reads those from its outputs, at exact times.

Two kinds of wires (``--backend``):

- ``gpio``: pins of this machine, wired to the box's. Needs gpiozero and lgpio. A pressed button's
  pin drives the wire; a released one lets go of it, so that the box's own resistor pulls it back.
- ``sim``: lines of a GPIO chip that this machine's own kernel simulates (gpio-sim). Needs nothing.

What it is asked on its standard input, one JSON object a line, and what it answers:

- ``{"train": [[at_ms, line, down], …]}``: change lines at times that count from now, in this
  order. ``{"stamps_ns": […]}``: CLOCK_MONOTONIC just before each change.
- ``{"level": line}``: ``{"high": true}``.
- ``{"ping": 1}``: ``{"now_ns": …}``, CLOCK_MONOTONIC.
- anything else: ``{"error": …}``.

When it ends, it lets go of everything.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn, Protocol

SIM_CHIP = "/sys/devices/platform/gpio-sim.0/gpiochip0"


class Wires(Protocol):
    """Lines by their names."""

    def set(self, line: str, down: bool) -> None:
        """Press or release a button; make a driven line high or low."""

    def level(self, line: str) -> bool:
        """Whether a line is high."""

    def close(self) -> None:
        """Let go of all."""


class SimWires:
    """Lines of a simulated chip: the kernel's files stand for the world outside of it.

    Args:
        asked: the command line.
    """

    def __init__(self, asked: argparse.Namespace) -> None:
        chip = asked.chip or SIM_CHIP
        folders = {
            name: Path(chip) / f"sim_gpio{number}"
            for lines in (asked.pull, asked.read, asked.drive)
            for name, number in lines
        }
        high_down = {name: asked.active_high for name, _ in asked.pull}
        high_down |= {name: True for name, _ in asked.drive}
        self._high_down = high_down
        self._files = {name: os.open(folders[name] / "pull", os.O_WRONLY) for name in high_down}
        self._values = {name: folder / "value" for name, folder in folders.items()}
        self._buttons = [name for name, _ in asked.pull]
        self._release()

    def set(self, line: str, down: bool) -> None:
        """See ``Wires``."""
        word = b"pull-up" if down == self._high_down[line] else b"pull-down"
        os.pwrite(self._files[line], word, 0)

    def level(self, line: str) -> bool:
        """See ``Wires``."""
        return self._values[line].read_text().strip() == "1"

    def close(self) -> None:
        """See ``Wires``."""
        self._release()
        for file in self._files.values():
            os.close(file)

    def _release(self) -> None:
        for line in self._buttons:
            self.set(line, down=False)


class GpioWires:
    """Pins of this machine.

    Args:
        asked: the command line.
        factory: of gpiozero's pins.
    """

    def __init__(self, asked: argparse.Namespace, factory: Any) -> None:
        self._factory = factory
        self._pins = {
            name: factory.pin(number)
            for lines in (asked.pull, asked.read, asked.drive)
            for name, number in lines
        }
        self._active_high = asked.active_high
        self._driven = {name for name, _ in asked.drive}
        for name, pin in self._pins.items():
            pin.function = "input"
            pin.pull = "floating"
            if name in self._driven:  # as it stands: to begin must not switch anything
                pin.output_with_state(pin.state)

    def set(self, line: str, down: bool) -> None:
        """See ``Wires``."""
        pin = self._pins[line]
        if line in self._driven:
            pin.state = down
        elif down:
            pin.output_with_state(self._active_high)
        else:
            pin.function = "input"

    def level(self, line: str) -> bool:
        """See ``Wires``."""
        return bool(self._pins[line].state)

    def close(self) -> None:
        """See ``Wires``."""
        for pin in self._pins.values():
            pin.function = "input"
        self._factory.close()


def wired(asked: argparse.Namespace) -> Wires:
    """The wires of the chip that was asked for."""
    if asked.backend == "sim":
        return SimWires(asked)
    from gpiozero.pins.lgpio import LGPIOFactory  # type: ignore[import-untyped]

    return GpioWires(asked, LGPIOFactory(chip=int(asked.chip) if asked.chip else None))


def perform(train: Iterable[tuple[float, str, bool]], wires: Wires, spin_ns: int) -> list[int]:
    """Change lines at their times, which count from now; a late one at once.

    Returns:
        CLOCK_MONOTONIC just before each change.
    """
    begin_ns = time.monotonic_ns()
    stamps_ns = []
    for at_ms, line, down in train:
        wait_until(begin_ns + round(at_ms * 1e6), spin_ns)
        stamps_ns.append(time.monotonic_ns())
        wires.set(line, down)
    return stamps_ns


def wait_until(due_ns: int, spin_ns: int) -> None:
    """Sleep until ``spin_ns`` before a moment, then turn on the spot.

    Where time is simulated it stands still for whoever does not sleep: there, ``spin_ns`` is 0.
    """
    rest_ns = due_ns - spin_ns - time.monotonic_ns()
    if rest_ns > 0:
        time.sleep(rest_ns / 1e9)
    while spin_ns and time.monotonic_ns() < due_ns:
        pass


class Puller:
    """Answers what it is asked.

    Args:
        wires: what it pulls.
        pulled: the lines that may be set.
        read: the lines whose level may be asked for.
        spin_ns: see ``wait_until``.
    """

    def __init__(self, wires: Wires, pulled: set[str], read: set[str], spin_ns: int) -> None:
        self._wires = wires
        self._pulled = pulled
        self._read = read
        self._spin_ns = spin_ns

    def answer(self, line: str) -> dict[str, Any]:
        """The answer to one line; whatever it is, it does not raise."""
        try:
            return self._answer(json.loads(line))
        except (ValueError, TypeError, AttributeError, OSError) as error:
            return {"error": f"{line.strip()[:200]}: {error}"}

    def _answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if "train" in asked:
            train = [
                (float(at_ms), _known(line, self._pulled), bool(down))
                for at_ms, line, down in asked["train"]
            ]
            return {"stamps_ns": perform(train, self._wires, self._spin_ns)}
        if "level" in asked:
            return {"high": self._wires.level(_known(asked["level"], self._read))}
        if "ping" in asked:
            return {"now_ns": time.monotonic_ns()}
        raise ValueError("expected train, level or ping")


def _known(line: Any, lines: set[str]) -> str:
    if line not in lines:
        raise ValueError(f"line: found {line!r}; expected one of {', '.join(sorted(lines))}")
    return str(line)


def named(word: str) -> tuple[str, int]:
    """``play=17``: the name of a line and the number of its pin or offset."""
    name, _, number = word.partition("=")
    return name, int(number)


def arguments(words: list[str]) -> argparse.Namespace:
    """What is wired to what, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", choices=("gpio", "sim"), required=True)
    parser.add_argument("--chip", default="", help="number of a gpiochip, or a folder of gpio-sim")
    add: dict[str, Any] = {"type": named, "action": "append", "default": [], "metavar": "NAME=PIN"}
    parser.add_argument("--pull", **add, help="the wire to a button")
    parser.add_argument("--read", **add, help="the wire from an output of the box")
    parser.add_argument("--drive", **add, help="a wire that is driven high or low, as for a relay")
    parser.add_argument("--active-high", action="store_true", help="a pressed button is high")
    parser.add_argument("--spin-ms", type=float, default=0.0, help="turn on the spot at the end")
    return parser.parse_args(words)


def _go_aside(stack: ExitStack) -> None:
    """Into a folder of our own: lgpio makes a pipe wherever it is used, and leaves it there."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    os.chdir(folder)
    stack.callback(os.chdir, "/")


def _stop(*_: object) -> NoReturn:
    sys.exit(0)


def main() -> None:
    """Answer until standard input ends, then let go of all lines."""
    asked = arguments(sys.argv[1:])
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, _stop)
    with ExitStack() as stack:
        if asked.backend == "gpio":
            _go_aside(stack)
        wires = wired(asked)
        stack.callback(wires.close)
        pulled = {name for name, _ in (*asked.pull, *asked.drive)}
        everything = pulled | {name for name, _ in asked.read}
        puller = Puller(wires, pulled, everything, round(asked.spin_ms * 1e6))
        gc.freeze()
        for line in sys.stdin:
            print(json.dumps(puller.answer(line)), flush=True)


if __name__ == "__main__":
    main()
