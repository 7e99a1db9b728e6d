"""Talks to the service on its own machine, and says when each word went and came.

It stands beside the service so that no network is in what it measures; docs/socket.md has the
protocol. Needs nothing but Python. Connects when it has something to ask, and again after the
connection was lost.

What it is asked on its standard input, one JSON object a line, and what it answers:

- ``{"ask": {"command": …}}``: ``{"answer": …, "sent_ns": …, "came_ns": …}``, where ``answer`` is
  the service's whole reply; or ``{"silent": why}`` if it does not answer.
- ``{"follow": [names]}``: follow events from now on, on a connection of their own, which is made
  again whenever it breaks. ``{"following": reply, "came_ns": …}`` each time that the service takes
  or refuses it, ``{"lost": why, "came_ns": …}`` when it breaks, and between them
  ``{"event": …, "came_ns": …}`` and ``{"missed": n, "came_ns": …}`` as they come.
- ``{"ping": 1}``: ``{"now_ns": …}``.
- anything else: ``{"error": …}``.

All times are CLOCK_MONOTONIC of this machine; an arrival is stamped before it is looked at.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

Say = Callable[..., None]

ANSWER_S = 20.0
AGAIN_S = 0.01
"""Between two tries to reach a service that is not there."""


class GoneError(Exception):
    """Nobody is at the other end of the socket, or not any more."""


class Line(NamedTuple):
    """What came, and when."""

    text: bytes
    came_ns: int


class Connection:
    """One connection to the service.

    Args:
        path: of its socket.

    Raises:
        GoneError: nobody is there, or it turns us away.
    """

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        self._lines = self._arrivals()
        try:
            self._socket.connect(path)
            hello, _ = self.message()
        except (OSError, GoneError) as error:
            self.close()
            raise GoneError(f"{path}: {error}") from error
        if "hello" not in hello:
            self.close()
            raise GoneError(f"{path}: {hello.get('error', 'it is somebody else')}")

    def send(self, request: dict[str, Any]) -> int:
        """Send one request; when it was sent."""
        data = json.dumps(request).encode() + b"\n"
        sent_ns = time.monotonic_ns()
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise GoneError(str(error)) from error
        return sent_ns

    def message(self) -> tuple[dict[str, Any], int]:
        """What comes next, and when it came."""
        try:
            line = next(self._lines)
            return dict(json.loads(line.text)), line.came_ns
        except StopIteration:
            raise GoneError("the connection ended") from None
        except (OSError, ValueError, TypeError) as error:
            raise GoneError(str(error)) from error

    def reply(self) -> tuple[dict[str, Any], int]:
        """The next message that is a reply, and when it came."""
        while "ok" not in (arrival := self.message())[0]:
            pass
        return arrival

    def ended(self) -> bool:
        """Whether the other end has gone, as far as is known by now."""
        if not select.select([self._socket], [], [], 0)[0]:
            return False
        try:
            return not self._socket.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def be_patient(self) -> None:
        """Wait for ever: events may be rare."""
        self._socket.settimeout(None)

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def _arrivals(self) -> Iterator[Line]:
        rest = b""
        while data := self._socket.recv(1 << 16):
            came_ns = time.monotonic_ns()
            *whole, rest = (rest + data).split(b"\n")
            for text in whole:
                yield Line(text, came_ns)


class Follower:
    """Follows events, whatever happens to the service meanwhile.

    Thread: its own, until the program ends or the service refuses.
    Owns: its connection.
    """

    def __init__(self, path: str, names: list[str], say: Say) -> None:
        self._path = path
        self._names = names
        self._say = say
        threading.Thread(target=self._run, name="follower", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection = Connection(self._path)
            except GoneError:
                time.sleep(AGAIN_S)
                continue
            with closing(connection):
                try:
                    self._follow(connection)
                except GoneError as error:
                    self._say(lost=str(error), came_ns=time.monotonic_ns())
                else:
                    return

    def _follow(self, connection: Connection) -> None:
        """Until the connection breaks; returns if the service refuses."""
        connection.send({"command": "events.follow", "names": self._names})
        reply, came_ns = connection.reply()
        self._say(following=reply, came_ns=came_ns)
        if not reply["ok"]:
            return
        connection.be_patient()
        while True:
            message, came_ns = connection.message()
            self._say(**message, came_ns=came_ns)


class Desk:
    """Answers what it is asked.

    Args:
        path: of the service's socket.
        say: puts one object on standard output; called by several threads.
    """

    def __init__(self, path: str, say: Say) -> None:
        self._path = path
        self._say = say
        self._connection: Connection | None = None

    def take(self, line: str) -> None:
        """One line of standard input; whatever it is, it does not raise."""
        try:
            self._do(json.loads(line))
        except (ValueError, TypeError) as error:
            self._say(error=f"{line.strip()[:200]}: {error}")

    def _do(self, asked: dict[str, Any]) -> None:
        if "ask" in asked:
            self._say(**self._ask(dict(asked["ask"])))
        elif "follow" in asked:
            Follower(self._path, [str(name) for name in asked["follow"]], self._say)
        elif "ping" in asked:
            self._say(now_ns=time.monotonic_ns())
        else:
            raise ValueError("expected ask, follow or ping")

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            if self._connection is None or self._connection.ended():
                self._leave()
                self._connection = Connection(self._path)
            sent_ns = self._connection.send(request)
            answer, came_ns = self._connection.reply()
        except GoneError as error:
            self._leave()
            return {"silent": str(error)}
        return {"answer": answer, "sent_ns": sent_ns, "came_ns": came_ns}

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Speaker:
    """Standard output, one line at a time, for several threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def __call__(self, **fields: Any) -> None:
        """One line of JSON."""
        line = json.dumps(fields)
        with self._turn:
            print(line, flush=True)


def main() -> None:
    """Answer until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("socket", help="of the service")
    desk = Desk(parser.parse_args().socket, Speaker())
    for line in sys.stdin:
        desk.take(line)


if __name__ == "__main__":
    main()
