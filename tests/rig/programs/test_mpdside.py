"""The program beside MPD, against a server of its protocol that does what a test tells it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from hil.programs import mpdside


class Server:
    """Answers ``status``, refuses ``seekcur``, and says ``changed`` when it is told to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.changes: SimpleQueue[str] = SimpleQueue()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rw") as lines:
            lines.write("OK MPD 0.23.12\n")
            lines.flush()
            for line in lines:
                answer = self._answer(line.strip())
                if answer is None:
                    return
                lines.write(answer)
                lines.flush()

    def _answer(self, line: str) -> str | None:
        if line == "idle player":
            change = self.changes.get()
            return f"changed: {change}\nOK\n" if change else None
        if line == "status":
            return "state: play\nsong: 1\nOK\n"
        return "OK\n" if line == "play" else f"ACK [2@0] {{{line}}} no\n"

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def connection(server: Server) -> Iterator[mpdside.Connection]:
    with closing(mpdside.Connection(str(server.path))) as connection:
        yield connection


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "socket")
    yield server
    server.close()


def test_an_answer_comes_with_its_times(connection):
    before_ns = time.monotonic_ns()
    said = mpdside.answer(connection, '{"ask": "status"}')
    assert said["answer"] == {"state": "play", "song": "1"}
    assert before_ns < said["sent_ns"] < said["came_ns"] < time.monotonic_ns()
    assert mpdside.answer(connection, '{"ask": "play"}')["answer"] == {}


@pytest.mark.parametrize("line", ['{"ask": "seekcur x"}', "{}", "no", '{"ask": 7}'])
def test_what_is_refused_is_told_and_the_connection_goes_on(connection, line):
    assert "error" in mpdside.answer(connection, line)
    assert mpdside.answer(connection, '{"ask": "status"}')["answer"]["song"] == "1"
    assert "now_ns" in mpdside.answer(connection, '{"ping": 1}')


def test_what_happens_is_told_with_the_moment_at_which_it_was_said(server):
    told: SimpleQueue[dict[str, Any]] = SimpleQueue()
    listening = threading.Thread(
        target=mpdside.listen, args=(str(server.path), lambda **fields: told.put(fields))
    )
    listening.start()
    before_ns = time.monotonic_ns()
    server.changes.put("player")
    event = told.get(timeout=10)
    assert event["told"] == {"state": "play", "song": "1"}
    assert before_ns < event["came_ns"] < time.monotonic_ns()
    server.changes.put("")
    listening.join(10)
    assert not listening.is_alive()


def test_a_server_that_comes_later_is_waited_for(tmp_path):
    path, found = tmp_path / "socket", SimpleQueue[mpdside.Connection]()
    threading.Thread(target=lambda: found.put(mpdside.Connection(str(path)))).start()
    server = Server(path)
    with closing(found.get(timeout=10)) as connection:
        assert mpdside.answer(connection, '{"ask": "play"}')["answer"] == {}
    server.close()
