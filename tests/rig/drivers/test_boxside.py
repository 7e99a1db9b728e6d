"""The program beside the service: against a real one, and against some that behave badly."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.box import Box, running

from hil.drivers.boxside import BoxSide, SilentError
from hil.drivers.local import LocalShell
from hil.errors import RigError

HELLO = b'{"hello": "wkmp-pi", "protocol": 1}\n'


def beside(box: Box) -> BoxSide:
    return BoxSide(LocalShell(), sys.executable, str(box.home / "run/wkmp-pi/wkmp.sock"))


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("box")) as box:
        yield box


@pytest.fixture
def side(box: Box) -> Iterator[BoxSide]:
    side = beside(box)
    yield side
    side.close()


def test_an_answer_comes_with_its_times(side):
    before_ns = time.monotonic_ns()
    answer = side.ask({"command": "volume", "percent": 40})
    assert answer.result == {"percent": 40, "muted": False}
    assert answer.error is None
    assert before_ns < answer.sent_ns < answer.came_ns < time.monotonic_ns()


def test_a_refusal_is_an_answer_too(side):
    answer = side.ask({"command": "seek", "position_ms": 1})
    assert answer.result is None
    assert "nothing is playing" in str(answer.error)


def test_events_come_in_their_order_and_answers_do_not_lose_any(side):
    side.follow("volume.*")
    for percent in (10, 20, 30):
        side.ask({"command": "volume", "percent": percent})
    event = side.next_event(wait_for=lambda event: event.body["percent"] == 20)
    assert side.next_event().body["percent"] == 30
    assert [event.body["percent"] for event in side.events[1:]] == [10, 20, 30]
    assert side.events[0].name == "following"
    assert event.name == "volume.changed"
    assert event.came_ns < side.now_ns() < time.monotonic_ns()


def test_an_event_that_does_not_come_is_told_with_those_that_did(side):
    side.follow("volume.*")
    side.ask({"command": "volume", "percent": 55})
    with pytest.raises(
        TimeoutError, match=r"no song\.changed within 0\.2 s; came: volume\.changed"
    ):
        side.next_event("song.changed", timeout_s=0.2)
    with pytest.raises(TimeoutError, match="came: nothing"):
        side.next_event(timeout_s=0.1)


def test_a_name_that_is_no_event_is_refused(side):
    with pytest.raises(RigError, match=r"boxside: .*volume\.chanced"):
        side.follow("volume.chanced")
    assert side.ask({"command": "status"}).result is not None


def test_a_service_that_is_killed_is_silent_and_found_again_when_it_is_back(tmp_path):
    with running(tmp_path) as box:
        side = beside(box)
        side.follow("volume.*")
        assert side.ask({"command": "status"}).result is not None
        box.process.kill()
        box.process.wait()
        for _ in range(2):
            with pytest.raises(SilentError, match="expected the service; is it running"):
                side.ask({"command": "status"})
        assert "ended" in str(side.next_event("lost").body["lost"])
    with running(tmp_path):
        side.next_event("following")
        assert side.ask({"command": "volume", "percent": 12}).result is not None
        assert side.next_event("volume.changed").body["percent"] == 12
    side.close()


@contextlib.contextmanager
def serving(path: Path, serve: Callable[[socket.socket], None]) -> Iterator[BoxSide]:
    """Somebody at the socket who does to each client what ``serve`` does."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.fspath(path))
    server.listen()

    def run() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = server.accept()
                with client:
                    serve(client)

    thread = threading.Thread(target=run)
    thread.start()
    side = BoxSide(LocalShell(), sys.executable, str(path))
    try:
        yield side
    finally:
        side.close()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def test_a_service_that_turns_us_away_says_why(tmp_path):
    def full(client: socket.socket) -> None:
        client.sendall(b'{"id": null, "ok": false, "error": "32 clients; try later"}\n')

    with (
        serving(tmp_path / "sock", full) as side,
        pytest.raises(SilentError, match="32 clients; try later"),
    ):
        side.ask({"command": "status"})


def test_somebody_else_at_the_socket_is_not_believed(tmp_path):
    with (
        serving(tmp_path / "sock", lambda client: client.sendall(b"SSH-2.0\n")) as side,
        pytest.raises(SilentError),
    ):
        side.ask({"command": "status"})


def test_a_service_that_was_restarted_meanwhile_is_asked_as_if_nothing_had_been(tmp_path):
    gone = threading.Semaphore(0)

    def once(client: socket.socket) -> None:
        client.sendall(HELLO)
        client.recv(1000)
        client.sendall(b'{"id": null, "ok": true, "result": {"state": "playing"}}\n')
        client.close()
        gone.release()

    with serving(tmp_path / "sock", once) as side:
        for _ in range(3):
            assert side.ask({"command": "status"}).result == {"state": "playing"}
            assert gone.acquire(timeout=5)


def test_lines_that_come_in_pieces_are_stamped_when_they_are_whole(tmp_path):
    whole_ns: list[int] = []

    def slow(client: socket.socket) -> None:
        client.sendall(HELLO)
        client.recv(1000)
        client.sendall(b'{"id": null, "ok": true, "res')
        threading.Event().wait(0.1)  # so that the first piece is seen alone
        whole_ns.append(time.monotonic_ns())
        client.sendall(b'ult": {"state": "playing"}}\n')

    with serving(tmp_path / "sock", slow) as side:
        answer = side.ask({"command": "status"})
    assert answer.result == {"state": "playing"}
    assert answer.came_ns >= whole_ns[0]


def test_missed_events_are_told(tmp_path):
    def flood(client: socket.socket) -> None:
        client.sendall(HELLO)
        if b"follow" in client.recv(1000):
            told = (
                {"id": None, "ok": True, "result": {}},
                {"missed": 12},
                {"event": {"name": "x.y"}},
            )
            client.sendall(b"".join(json.dumps(line).encode() + b"\n" for line in told))
            client.recv(1000)

    with serving(tmp_path / "sock", flood) as side:
        side.follow("*")
        assert side.next_event().body == {"missed": 12}
        assert side.next_event().name == "x.y"


def test_what_it_does_not_understand_it_says(side):
    side._program.tell(nonsense=1)
    with pytest.raises(RigError, match="expected ask, follow or ping"):
        side.now_ns()
