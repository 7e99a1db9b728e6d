"""The other end of the socket: ask the running service, and follow its events.

It waits for the service, with a limit; only following events waits for ever.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from wkmp_pi.commands import AnyCommand
from wkmp_pi.controls import protocol
from wkmp_pi.errors import RequestError, WkmpError

ANSWER_S = 10.0
"""A busy box answers within milliseconds; a card that writes back may hold it for seconds."""


class NoServiceError(WkmpError):
    """Nobody answers at the socket; starting the service helps."""


class Client:
    """One connection to the service; use it in a ``with`` statement.

    Attributes:
        snapshot: the player state at the moment of connecting.
    """

    def __init__(self, connected: socket.socket, path: Path) -> None:
        self._socket = connected
        self._path = path
        self._lines = connected.makefile("rb")
        self.snapshot: dict[str, Any] = self._hello()

    def ask(self, command: AnyCommand | protocol.OfEvents) -> dict[str, Any]:
        """Ask for one thing and wait for the answer.

        Raises:
            RequestError: the service refuses; it says why.
            NoServiceError: the service went away or does not answer.
        """
        try:
            self._socket.sendall(_encode(command))
        except OSError as error:
            raise self._gone(error) from error
        while "ok" not in (answer := self._read()):
            pass  # events of an earlier follow
        return _result(answer)

    def follow(
        self, names: Sequence[str], *, causes: bool = False
    ) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
        """The state now, and then every event as it comes, until the service goes away.

        The iterator gives ``{"event": …}``, with ``causes`` also its number, time and causes,
        and ``{"missed": n}``.

        Raises:
            RequestError: one of the names is not an event's.
        """
        snapshot = self.ask(protocol.Follow(names=tuple(names), causes=causes))["snapshot"]
        self._socket.settimeout(None)
        return snapshot, self._messages()

    def _messages(self) -> Iterator[dict[str, Any]]:
        while line := self._lines.readline():
            yield json.loads(line)

    def _hello(self) -> dict[str, Any]:
        hello = self._read()
        if "ok" in hello:
            _result(hello)
        if hello.get("protocol") != protocol.PROTOCOL:
            raise NoServiceError(
                f"{self._path}: found {hello.get('hello')!r}, protocol {hello.get('protocol')!r}; "
                f"expected wkmp-pi, protocol {protocol.PROTOCOL}; restart the service after updates"
            )
        snapshot: dict[str, Any] = hello["snapshot"]
        return snapshot

    def _read(self) -> dict[str, Any]:
        try:
            line = self._lines.readline()
        except OSError as error:
            raise self._gone(error) from error
        if not line:
            raise self._gone("the connection ended")
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            raise self._gone("found something that is not its protocol")
        return message

    def _gone(self, why: object) -> NoServiceError:
        return NoServiceError(
            f"{self._path}: the wkmp-pi service does not answer ({why}); "
            "look at its log: journalctl -u wkmp-pi"
        )

    def close(self) -> None:
        """End the connection."""
        self._lines.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def connect(paths: Sequence[Path], timeout_s: float = ANSWER_S) -> Client:
    """Connect to the first of ``paths`` where a service answers.

    Raises:
        NoServiceError: at none of them.
        RequestError: a service answers, but not to this user.
    """
    forbidden = None
    for path in paths:
        connected = socket.socket(socket.AF_UNIX)
        connected.settimeout(timeout_s)
        try:
            connected.connect(os.fspath(path))
        except PermissionError:
            forbidden = path
        except OSError:
            pass
        else:
            return _opened(connected, path)
        connected.close()
    if forbidden:
        raise RequestError(
            f"{forbidden}: may not be used by this user; "
            "expected the user of the service, or root; try: sudo wkmp-pi …"
        )
    looked = ", ".join(str(path) for path in paths)
    raise NoServiceError(
        f"no wkmp-pi service is running (looked at {looked}); "
        "start it with: make run, or wkmp-pi run"
    )


def _opened(connected: socket.socket, path: Path) -> Client:
    try:
        return Client(connected, path)
    except BaseException:
        connected.close()
        raise


def _encode(command: AnyCommand | protocol.OfEvents) -> bytes:
    # Not msgspec's own encoder: a file name that is not UTF-8 must come through.
    return json.dumps(msgspec.to_builtins(command)).encode() + b"\n"


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    if not answer["ok"]:
        raise RequestError(str(answer.get("error")))
    result: dict[str, Any] = answer["result"]
    return result
