"""Stands in for the box's own buttons and lamps: what is pressed goes to the service as a command.

Runs on the box. Needs gpiozero and lgpio. Presses are not debounced: what the pin does, it tells.

What it says on its standard output, one JSON object a line:

- ``{"up": 1}``: it has its pins and its connection to the service.
- ``{"press": name, "edge_ns": …, "sent_ns": …, "came_ns": …, "ok": true}``: a button was pressed;
  when that was seen, when its command was sent, and when the service had answered it.

What it is asked on its standard input, one JSON object a line, and what it answers:

- ``{"light": name, "on": true}``: switch a lamp; ``{"at_ns": …}``, just after that.
- ``{"ping": 1}``: ``{"now_ns": …}``.
- anything else: ``{"error": …}``.

All times are CLOCK_MONOTONIC of this machine. When it ends, it lets go of all pins.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

_ANSWER_S = 20.0


class Service:
    """A connection to the service; for one thread.

    Args:
        path: of its socket.
    """

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_ANSWER_S)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rb")
        self._lines.readline()  # its greeting

    def ask(self, command: str) -> dict[str, Any]:
        """When a command was sent and answered, and whether it was taken."""
        data = json.dumps({"command": command}).encode() + b"\n"
        sent_ns = time.monotonic_ns()
        self._socket.sendall(data)
        answer = self._lines.readline()
        came_ns = time.monotonic_ns()
        return {"sent_ns": sent_ns, "came_ns": came_ns, "ok": json.loads(answer)["ok"]}

    def close(self) -> None:
        """Leave."""
        self._lines.close()
        self._socket.close()


class Say:
    """Standard output, one line at a time, for several threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def __call__(self, **fields: Any) -> None:
        """One line of JSON."""
        with self._turn:
            print(json.dumps(fields), flush=True)


class Bell:
    """One button.

    Args:
        name: for the bench.
        command: what a press asks the service for.
        service: is asked on the thread of the pins alone.
        say: tells the bench.
    """

    def __init__(self, name: str, command: str, service: Service, say: Say) -> None:
        self._name = name
        self._command = command
        self._service = service
        self._say = say

    def ring(self) -> None:
        """It was pressed a moment ago."""
        edge_ns = time.monotonic_ns()
        self._say(press=self._name, edge_ns=edge_ns, **self._service.ask(self._command))


def answer(line: str, lamps: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one line of the bench; whatever it is, it does not raise.

    Args:
        line: of standard input.
        lamps: by their names; gpiozero's.
    """
    try:
        return _answer(json.loads(line), lamps)
    except (ValueError, TypeError, KeyError, OSError) as error:
        return {"error": f"{line.strip()[:200]}: {error!r}"}


def _answer(asked: Mapping[str, Any], lamps: Mapping[str, Any]) -> dict[str, Any]:
    if "light" in asked:
        lamp = lamps[asked["light"]]
        (lamp.on if asked["on"] else lamp.off)()
        return {"at_ns": time.monotonic_ns()}
    if "ping" in asked:
        return {"now_ns": time.monotonic_ns()}
    raise ValueError("expected light or ping")


def button(word: str) -> tuple[str, int, str]:
    """``play=17=toggle``: name, pin and command."""
    name, pin, command = word.split("=")
    return name, int(pin), command


def lamp(word: str) -> tuple[str, int]:
    """``lamp=24``: name and pin."""
    name, pin = word.split("=")
    return name, int(pin)


def arguments(words: list[str]) -> argparse.Namespace:
    """What is wired to what, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("socket", help="of the service")
    add: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("--button", type=button, metavar="NAME=PIN=COMMAND", **add)
    parser.add_argument("--lamp", type=lamp, metavar="NAME=PIN", **add)
    parser.add_argument("--active-high", action="store_true", help="a pressed button is high")
    return parser.parse_args(words)


def serve(asked: argparse.Namespace, stack: ExitStack) -> None:
    """Answer until standard input ends; the pins are let go of by ``stack``."""
    from gpiozero import LED, Button, Device
    from gpiozero.pins.lgpio import LGPIOFactory  # type: ignore[import-untyped]

    Device.pin_factory = LGPIOFactory()
    say = Say()
    service = Service(asked.socket)
    stack.callback(service.close)
    for name, pin, command in asked.button:
        pressed = stack.enter_context(Button(pin, pull_up=not asked.active_high, bounce_time=None))
        pressed.when_pressed = Bell(name, command, service, say).ring
    lamps = {name: stack.enter_context(LED(pin)) for name, pin in asked.lamp}
    say(up=1)
    for line in sys.stdin:
        say(**answer(line, lamps))


def main() -> None:
    """Serve until standard input ends."""
    asked = arguments(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        os.chdir(folder)  # lgpio leaves a pipe wherever it is used
        stack.callback(os.chdir, "/")
        serve(asked, stack)


if __name__ == "__main__":
    main()
