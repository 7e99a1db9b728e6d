"""The service manager's door: one line of JSON in, one out; ``systemctl`` is its client."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hil.virtual.guest.loop import Loop
from hil.virtual.guest.services import JOURNAL, Service

SOCKET = Path("/run/manager")
_POWER_OFF = 0x4321FEDC


class Control:
    """Takes what ``systemctl`` asks, and answers when it is done."""

    def __init__(self, loop: Loop, services: Mapping[str, Service]) -> None:
        self._loop = loop
        self._services = services
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(SOCKET))
        self._socket.listen()
        loop.watch(self._socket.fileno(), self._accept)

    def _accept(self) -> None:
        client, _ = self._socket.accept()
        client.settimeout(1)
        with suppress(OSError, ValueError):
            asked = json.loads(client.makefile().readline())
            self._do(asked, _answering(client))

    def _do(self, asked: dict[str, Any], answer: Callable[[int, str], None]) -> None:
        verb = asked["verb"]
        if verb == "daemon-reload":
            answer(*self._reload())
            return
        service = self._services.get(str(asked["unit"]).removesuffix(".service") + ".service")
        if service is None:
            answer(5, f"no unit {asked['unit']}; expected one of {', '.join(self._services)}")
        elif verb == "stop":
            service.stop(lambda: answer(0, ""))
        elif verb == "restart":
            service.stop(lambda: _start(service, answer))
        elif verb == "start":
            _start(service, answer)
        else:
            answer(*_told(service, verb, int(asked.get("signal", 15))))

    def _reload(self) -> tuple[int, str]:
        try:
            for service in self._services.values():
                service.load()
        except (OSError, ValueError) as error:
            return 1, str(error)
        return 0, ""


def _start(service: Service, answer: Callable[[int, str], None]) -> None:
    failed = f"{service.name}: ended before it was up; see {JOURNAL}"
    service.start(lambda up: answer(0, "") if up else answer(1, failed))


def _told(service: Service, verb: str, number: int) -> tuple[int, str]:
    match verb:
        case "kill":
            service.kill(number)
            return 0, ""
        case "main-pid":
            return 0, str(service.pid)
        case "is-active":
            return (0, "active") if service.up else (3, "inactive")
        case _:
            return 1, f"{verb}: not known to this manager"


def _answering(client: socket.socket) -> Callable[[int, str], None]:
    def answer(code: int, text: str) -> None:
        with client, suppress(OSError):
            client.sendall(json.dumps({"code": code, "text": text}).encode() + b"\n")

    return answer


def power_off() -> None:
    """The end of the guest."""
    import ctypes

    os.sync()
    ctypes.CDLL(None).reboot(_POWER_OFF)
