"""The stand-in for buttons and lamps: mock pins, and a service that answers what it is asked."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero import LED, Button
from gpiozero.pins.mock import MockFactory

from hil.programs import doorbell


class Listener:
    """A service that takes ``toggle`` and refuses everything else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        client, _ = self._socket.accept()
        with client, client.makefile("rw") as lines:
            lines.write('{"hello": "wkmp-pi"}\n')
            lines.flush()
            for line in lines:
                self.asked.append(json.loads(line)["command"])
                lines.write(json.dumps({"ok": self.asked[-1] == "toggle"}) + "\n")
                lines.flush()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    listener = Listener(tmp_path / "wkmp.sock")
    yield listener
    listener.close()


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()


def test_a_press_asks_once_and_says_when_each_thing_happened(listener, factory):
    said: list[dict[str, Any]] = []
    service = doorbell.Service(str(listener.path))
    bell = doorbell.Bell("play", "toggle", service, lambda **fields: said.append(fields))
    before_ns = time.monotonic_ns()
    with Button(17, bounce_time=None, pin_factory=factory) as button:
        button.when_pressed = bell.ring
        factory.pin(17).drive_low()
        factory.pin(17).drive_high()
    service.close()
    assert listener.asked == ["toggle"]
    (press,) = said
    assert (press["press"], press["ok"]) == ("play", True)
    times = [press[key] for key in ("edge_ns", "sent_ns", "came_ns")]
    assert before_ns < times[0] < times[1] < times[2] < time.monotonic_ns()


def test_a_refusal_is_told(listener):
    service = doorbell.Service(str(listener.path))
    assert service.ask("nixt")["ok"] is False
    service.close()


def test_a_lamp_is_switched(factory):
    with LED(24, pin_factory=factory) as lamp:
        for on in (True, False):
            line = json.dumps({"light": "lamp", "on": on})
            assert doorbell.answer(line, {"lamp": lamp})["at_ns"] <= time.monotonic_ns()
            assert factory.pin(24).state is on


@pytest.mark.parametrize(
    "line", ["", "7", "[]", "{}", "light", '{"light": "lump", "on": true}', '{"light": []}']
)
def test_nonsense_is_refused_in_words(line):
    assert "error" in doorbell.answer(line, {})
    assert "now_ns" in doorbell.answer('{"ping": 1}', {})


def test_the_command_line_says_what_is_wired_to_what():
    words = ["run.sock", "--button=play=17=toggle", "--lamp=lamp=24", "--active-high"]
    asked = doorbell.arguments(words)
    assert asked.button == [("play", 17, "toggle")]
    assert asked.lamp == [("lamp", 24)]
    assert asked.active_high


def test_it_leaves_no_file_where_it_is_started(tmp_path):
    """Whether there are pins or not: lgpio makes one before it looks."""
    command = [sys.executable, doorbell.__file__, "no.sock"]
    subprocess.run(command, cwd=tmp_path, input=b"", capture_output=True, check=False)
    assert list(tmp_path.iterdir()) == []
