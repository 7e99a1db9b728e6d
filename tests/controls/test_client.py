"""The client: it finds the service, and tells every way in which there is none in words."""

import socket
import threading
from contextlib import contextmanager

import pytest

from wkmp_pi.commands import Next, Play
from wkmp_pi.controls import client, peer
from wkmp_pi.controls.client import NoServiceError
from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import QueueEmptied

pytestmark = pytest.mark.flow
HELLO = b'{"hello": "wkmp-pi", "protocol": 1, "version": "0", "snapshot": {}}\n'


@contextmanager
def odd_service(path, *says):
    """A service that says these bytes, each after a request but the first, and then hangs up."""

    def serve():
        connected, _ = listener.accept()
        with connected:
            for index, bytes_ in enumerate(says):
                if index:
                    connected.recv(4096)
                connected.sendall(bytes_)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            thread.join(5)


def test_it_asks_and_gets_answers_or_refusals(server):
    with client.connect([server.path]) as asking:
        assert asking.snapshot == {"state": "paused"}
        assert asking.ask(Play()) == {"did": "play"}
        with pytest.raises(RequestError, match="next: the queue is empty"):
            asking.ask(Next())


def test_it_takes_the_first_service_that_answers(server, tmp_path):
    stale = tmp_path / "stale"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(stale))
    client.connect([tmp_path / "absent", stale, server.path]).close()


def test_it_follows_events_and_may_go_on_asking(server, bus):
    with client.connect([server.path]) as following:
        state, messages = following.follow(["queue.*"])
        assert state == {"state": "paused"}
        bus.publish(QueueEmptied())
        assert following.ask(Play()) == {"did": "play"}  # the event in between is skipped
        bus.publish(QueueEmptied())
        assert next(messages) == {"event": {"name": "queue.emptied"}}
        server.stop()
        assert list(messages) == []


def test_a_wrong_name_of_an_event_is_refused(server):
    with client.connect([server.path]) as following, pytest.raises(RequestError, match="found"):
        following.follow(["queue.empty"])


def test_being_turned_away_is_told_in_the_services_words(server, monkeypatch):
    monkeypatch.setattr(peer, "allowed", lambda user: False)
    with pytest.raises(RequestError, match="may not command this box"):
        client.connect([server.path])


@pytest.mark.parametrize(
    ("says", "part"),
    [
        (b"", "the connection ended"),
        (b"SSH-2.0\n", "found something that is not its protocol"),
        (b"[1]\n", "found something that is not its protocol"),
        (b'{"hello": "wkmp-pi", "protocol": 2}\n', "protocol 2; expected wkmp-pi, protocol 1"),
        (b"{}\n", "found None, protocol None"),
    ],
)
def test_what_is_no_service_of_ours_is_named(tmp_path, says, part):
    path = tmp_path / "s"
    with odd_service(path, says), pytest.raises(NoServiceError, match=part):
        client.connect([path])


def test_a_service_that_dies_in_the_middle_is_told(tmp_path):
    path = tmp_path / "s"
    with odd_service(path, HELLO, b""), client.connect([path]) as asking:
        with pytest.raises(NoServiceError, match=r"does not answer .*journalctl"):
            asking.ask(Play())
        with pytest.raises(NoServiceError):
            asking.ask(Play())


def test_a_service_that_hangs_is_not_waited_for_for_ever(tmp_path):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        with pytest.raises(NoServiceError, match="timed out"):
            client.connect([path], timeout_s=0.05)


def test_a_socket_of_somebody_else_is_told_from_none_at_all(tmp_path, monkeypatch):
    def forbidden(*_):
        raise PermissionError

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    with pytest.raises(RequestError, match="expected the user of the service, or root"):
        client.connect([tmp_path / "s"])
