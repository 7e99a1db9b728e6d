"""Talks to the Music Player Daemon on its own machine, and says when each word went and came.

As ``boxside`` does with our service, so that both are measured alike. Needs nothing but Python.

What it is asked on its standard input, one JSON object a line, and what it answers:

- ``{"ask": "pause 1"}``: one line of MPD's protocol. ``{"answer": {key: value}, "sent_ns": …,
  "came_ns": …}``, or ``{"error": …}`` if it is refused.
- ``{"ping": 1}``: ``{"now_ns": …}``.
- anything else: ``{"error": …}``.

Meanwhile, whenever MPD says that something has happened to its player, on a connection that waits
for nothing else: ``{"told": status, "came_ns": …}``, where ``status`` is what it then says of
itself, and ``came_ns`` is when it had said that something happened.

All times are CLOCK_MONOTONIC of this machine; an arrival is stamped before it is looked at.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import time
from contextlib import closing, suppress
from typing import Any

_UP_S = 20.0
_AGAIN_S = 0.02
_ANSWER_S = 20.0


class RefusedError(Exception):
    """It does not do what it was asked for."""


class Connection:
    """One connection to MPD.

    Args:
        path: of its socket; it may not be there yet.

    Raises:
        OSError: it does not come.
    """

    def __init__(self, path: str) -> None:
        self._socket = _connected(path)
        self._lines = self._socket.makefile("rb")
        self._lines.readline()  # its greeting

    def ask(self, line: str) -> tuple[dict[str, str], int, int]:
        """One line: what it answers, when it was sent, and when the answer's first line came.

        Raises:
            RefusedError: it cannot, or it has ended.
        """
        data = line.encode() + b"\n"
        sent_ns = time.monotonic_ns()
        self._socket.sendall(data)
        found: dict[str, str] = {}
        came_ns = 0
        for answer in self._lines:
            came_ns = came_ns or time.monotonic_ns()
            key, _, value = answer.decode().rstrip("\n").partition(": ")
            if key == "OK":
                return found, sent_ns, came_ns
            if key.startswith("ACK"):
                raise RefusedError(answer.decode().strip())
            found[key] = value
        raise RefusedError("the connection ended")

    def be_patient(self) -> None:
        """Wait for ever: events may be rare."""
        self._socket.settimeout(None)

    def close(self) -> None:
        """Leave."""
        self._lines.close()
        self._socket.close()


def _connected(path: str) -> socket.socket:
    deadline = time.monotonic() + _UP_S
    while True:
        found = socket.socket(socket.AF_UNIX)
        found.settimeout(_ANSWER_S)
        try:
            found.connect(path)
        except OSError:
            found.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_S)
        else:
            return found


class Say:
    """Standard output, one line at a time, for two threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def __call__(self, **fields: Any) -> None:
        """One line of JSON."""
        with self._turn:
            print(json.dumps(fields), flush=True)


def listen(path: str, say: Say) -> None:
    """Say what happens to the player until MPD ends.

    Thread: its own. Owns: its connection.
    """
    with closing(Connection(path)) as connection, suppress(RefusedError, OSError):
        connection.be_patient()
        while True:
            _, _, came_ns = connection.ask("idle player")
            status, _, _ = connection.ask("status")
            say(told=status, came_ns=came_ns)


def answer(connection: Connection, line: str) -> dict[str, Any]:
    """The answer to one line of the bench; whatever it is, it does not raise."""
    try:
        asked = json.loads(line)
        if "ping" in asked:
            return {"now_ns": time.monotonic_ns()}
        found, sent_ns, came_ns = connection.ask(str(asked["ask"]))
    except (ValueError, TypeError, KeyError, OSError, RefusedError) as error:
        return {"error": f"{line.strip()[:200]}: {error!r}"}
    return {"answer": found, "sent_ns": sent_ns, "came_ns": came_ns}


def main() -> None:
    """Answer until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("socket", help="of MPD")
    path = parser.parse_args().socket
    say = Say()
    with closing(Connection(path)) as connection:
        threading.Thread(target=listen, args=(path, say), name="listener", daemon=True).start()
        for line in sys.stdin:
            say(**answer(connection, line))


if __name__ == "__main__":
    main()
