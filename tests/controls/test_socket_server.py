"""The server with real clients on a real socket: nothing a client does harms the others."""

import json
import os
import resource
import socket
import stat
import threading

import pytest

from wkmp_pi.commands import Seek
from wkmp_pi.controls import peer
from wkmp_pi.controls.connection import FULL_BYTES, MAX_UNANSWERED
from wkmp_pi.controls.protocol import MAX_LINE_BYTES
from wkmp_pi.controls.socket_server import MAX_CLIENTS, MAX_EVENTS, SocketServer
from wkmp_pi.errors import ConfigError, RequestError
from wkmp_pi.events.kinds import (
    MachinesStepped,
    QueueEmptied,
    SettingsChanged,
    VolumeChanged,
)

pytestmark = pytest.mark.flow


def volume(percent):
    return VolumeChanged(percent=percent, muted=False)


def test_a_client_is_greeted_with_the_state(dial):
    hello = dial().hello
    assert hello["hello"] == "wkmp-pi"
    assert hello["protocol"] == 1
    assert hello["snapshot"] == {"state": "paused"}


def test_requests_are_answered_with_their_ids(dial, conductor):
    client = dial()
    assert client.ask(id=1, command="play") == {"id": 1, "ok": True, "result": {"did": "play"}}
    answer = client.ask(id="b", command="next")
    assert answer == {"id": "b", "ok": False, "error": "next: the queue is empty"}
    client.ask(command="seek", position_ms=61_000)
    assert conductor.seen[-1] == Seek(position_ms=61_000)


def test_bad_lines_are_refused_and_the_connection_goes_on(dial):
    client = dial()
    for line in (b"\n", b"\xff\n", b"[" * 50_000 + b"\n", b'{"id": 5}\n', b"\0\0\n"):
        client.socket.sendall(line)
        assert client.read()["ok"] is False
    assert client.ask(id=1, command="play")["ok"]


def test_a_line_may_come_in_pieces_and_many_in_one(dial):
    client = dial()
    for byte in b'{"id": 1, "command": "play"}\n':
        client.socket.sendall(bytes([byte]))
    assert client.read()["id"] == 1
    client.socket.sendall(b'{"id": 2, "command": "play"}\n' * 100)
    assert [client.read()["id"] for _ in range(100)] == [2] * 100


def test_a_line_too_long_is_refused_and_ends_the_connection(dial):
    client = dial()
    client.socket.sendall(b'"' + b"x" * (MAX_LINE_BYTES - 2) + b'"\n')
    assert "found a string" in client.read()["error"]
    client.socket.sendall(b"x" * (MAX_LINE_BYTES + 1))
    assert "expected a shorter line" in client.read()["error"]
    assert client.read() is None


def test_a_client_that_only_sends_gets_its_answers_before_the_end(dial):
    client = dial()
    client.socket.sendall(b'{"id": 1, "command": "play"}\n' * 40 + b'{"id": 2')
    client.socket.shutdown(socket.SHUT_WR)
    assert [client.read()["id"] for _ in range(40)] == [1] * 40
    assert client.read() is None


def test_a_flood_waits_in_the_kernel_and_not_in_the_conductor(dial, conductor):
    client, other = dial(), dial()
    conductor.hold()
    client.socket.sendall(b'{"command": "play"}\n' * 1000)
    other.send(id=9, command="pause")
    assert other.hello
    waiting = MAX_UNANSWERED + 1
    conductor.go.set()
    assert other.read()["id"] == 9
    assert conductor.asked.qsize() <= waiting
    assert [client.read()["ok"] for _ in range(1000)] == [True] * 1000


def test_no_line_is_left_behind_however_many_come_at_once(dial):
    client, count = dial(), 100_000
    sending = threading.Thread(target=client.socket.sendall, args=(b"\n" * count,))
    sending.start()
    assert sum(not client.read()["ok"] for _ in range(count)) == count
    sending.join(5)


def test_events_come_after_the_state_to_those_who_asked(dial, bus):
    client, silent = dial(), dial()
    answer = client.ask(id=1, command="events.follow", names=["volume.*", "queue.emptied"])
    assert answer["result"]["snapshot"] == {"state": "paused"}
    assert answer["result"]["following"] == ["volume.*", "queue.emptied"]
    bus.publish(SettingsChanged(key="repeat", value=True))
    bus.publish(volume(30))
    bus.publish(QueueEmptied())
    assert client.read() == {"event": {"name": "volume.changed", "percent": 30, "muted": False}}
    assert client.read() == {"event": {"name": "queue.emptied"}}
    assert silent.ask(id=2, command="play")["id"] == 2


def test_no_event_falls_between_the_state_and_the_first_event(dial, bus, conductor):
    client = dial()
    conductor.hold()
    client.send(id=1, command="events.follow")
    conductor.until_held()
    bus.publish(volume(1))
    conductor.go.set()
    assert client.read()["id"] == 1
    assert client.read()["event"]["percent"] == 1


def test_with_causes_an_event_comes_with_its_number_and_what_caused_it(dial, bus):
    client, plain = dial(), dial()
    client.ask(command="events.follow", causes=True)
    plain.ask(command="events.follow")
    first = bus.publish(volume(1))
    second = bus.publish(QueueEmptied(), causes=[first], at_ns=7)
    told = client.read()
    assert told["id"] == first
    assert (told["causes"], told["hops"]) == ([], 0)
    assert told["event"] == plain.read()["event"]
    assert client.read() == {
        "id": second, "at_ns": 7, "causes": [first], "hops": 1, "event": {"name": "queue.emptied"},
    }  # fmt: skip
    assert plain.read() == {"event": {"name": "queue.emptied"}}


def test_what_is_for_recordings_comes_only_to_those_who_ask_for_it_by_name(dial, bus):
    client, plain = dial(), dial()
    client.ask(command="events.follow", names=["machines.stepped"])
    plain.ask(command="events.follow")
    bus.publish(MachinesStepped(now_ns=5))
    bus.publish(QueueEmptied())
    assert client.read()["event"]["now_ns"] == 5
    assert plain.read()["event"]["name"] == "queue.emptied"


def test_who_listens_can_be_asked(dial, bus):
    client = dial()
    bus.subscribe("volume.*", limit=2, priority=1, label="mirror")
    client.ask(command="events.follow", names=["queue.*"])
    for n in range(5):
        bus.publish(volume(n))
    answer = client.ask(id=1, command="events.graph")["result"]
    mirror, follower = answer["listeners"]
    assert (mirror["label"], mirror["patterns"]) == ("mirror", ["volume.*"])
    assert (mirror["depth"], mirror["dropped"]) == (2, 3)
    assert follower["label"].startswith("client ")
    assert answer["looped"] == 0


def test_following_again_replaces_the_names(dial, bus):
    client = dial()
    client.ask(command="events.follow", names=["queue.*"])
    client.ask(command="events.follow", names=["volume.*"])
    bus.publish(QueueEmptied())
    bus.publish(volume(2))
    assert client.read()["event"]["name"] == "volume.changed"


def publish_until_lost(bus, subscription):
    """Publish numbered events until the follower's inbox has lost some; gives how many."""
    count = 0
    while subscription.missed < 1000:
        bus.publish(SettingsChanged(key="number", value=count))
        count += 1
    return count


def test_a_slow_follower_loses_its_oldest_events_and_is_told_how_many(dial, bus, server):
    slow, quick = dial(), dial()
    slow.ask(command="events.follow")
    (subscription,) = bus.subscriptions
    count = publish_until_lost(bus, subscription)
    assert quick.ask(id=1, command="play")["ok"]
    seen, lost = [], 0
    while not seen or seen[-1] < count - 1:
        message = slow.read()
        lost += message.get("missed", 0)
        if event := message.get("event"):
            seen.append(event["value"])
    assert seen == sorted(seen)
    assert lost == subscription.missed
    assert len(seen) + lost == count
    assert seen[-MAX_EVENTS:] == list(range(count - MAX_EVENTS, count))


def test_a_client_that_reads_no_answers_does_not_fill_the_memory(dial, server, conductor):
    conductor.answers["queue"] = {"entries": ["x" * 1000] * 40}
    greedy, other = dial(), dial()
    greedy.socket.setblocking(False)
    line, sent = b'{"command": "queue"}\n', 0
    for _ in range(200):
        try:
            sent += greedy.socket.send(line * 100)
        except BlockingIOError:
            other.ask(command="play")
    longest = max(len(client._outgoing) for client in server._clients)
    assert longest <= FULL_BYTES + (MAX_UNANSWERED + 1) * 45_000
    assert len(conductor.seen) < sent // len(line)
    assert other.ask(id=3, command="play")["ok"]


def test_more_clients_than_allowed_are_turned_away_in_words(dial):
    clients = [dial() for _ in range(MAX_CLIENTS)]
    late = [dial(greet=False) for _ in range(8)]
    for client in late:
        assert "32 clients are connected already" in client.read()["error"]
        assert client.read() is None
    assert all(client.ask(id=1, command="play")["ok"] for client in clients)
    clients[0].close()
    clients[1].ask(command="play")
    assert dial().hello["protocol"] == 1


def test_clients_that_vanish_in_the_middle_leave_nothing_behind(dial, server, bus):
    for _ in range(100):
        client = dial()
        client.send(command="events.follow")
        client.socket.sendall(b'{"id": 1, "comm')
        client.close()
    bus.publish(volume(1))
    survivor = dial()
    while len(server._clients) > 1:
        bus.publish(volume(1))
        assert survivor.ask(id=1, command="play")["ok"]
    assert bus.subscriptions == ()


def test_only_the_owner_may_open_the_socket(server):
    assert stat.S_IMODE(server.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.path.parent.stat().st_mode) == 0o700


def test_other_users_are_turned_away_even_where_the_file_lets_them_in(server, dial, monkeypatch):
    monkeypatch.setattr(peer, "user_of", lambda client: os.geteuid() + 1)
    refused = dial(greet=False)
    assert "may not command this box" in refused.read()["error"]
    assert refused.read() is None


def test_the_kernel_tells_who_connected():
    one, other = socket.socketpair()
    with one, other:
        assert peer.user_of(one) == os.geteuid()
    assert peer.allowed(os.geteuid())
    assert peer.allowed(0)
    assert not peer.allowed(os.geteuid() + 1)


def test_a_live_socket_is_respected_and_named(server, bus, conductor):
    second = SocketServer(server.path, bus, conductor.ask)
    with pytest.raises(RequestError, match="another wkmp-pi service answers there"):
        second.start()
    second.stop()
    assert server.path.exists()


def test_a_socket_that_a_dead_service_left_is_replaced(tmp_path, bus, conductor):
    path = tmp_path / "wkmp.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert path.exists()
    server = SocketServer(path, bus, conductor.ask)
    server.start()
    server.stop()
    assert not path.exists()


def test_opening_first_and_starting_later_serves_who_came_in_between(tmp_path, bus, conductor):
    server = SocketServer(tmp_path / "wkmp.sock", bus, conductor.ask)
    server.open()
    with socket.socket(socket.AF_UNIX) as early:
        early.connect(str(server.path))
        early.settimeout(5)
        server.start()
        with early.makefile("rb") as lines:
            assert b"hello" in lines.readline()
    server.stop()


def test_anything_else_in_the_way_is_left_alone(tmp_path, bus, conductor):
    path = tmp_path / "wkmp.sock"
    path.write_text("precious")
    server = SocketServer(path, bus, conductor.ask)
    with pytest.raises(ConfigError, match="found something that is no socket"):
        server.start()
    server.stop()
    assert path.read_text() == "precious"


def test_a_place_that_cannot_be_written_is_named(tmp_path, bus, conductor):
    (tmp_path / "file").write_text("")
    server = SocketServer(tmp_path / "file" / "wkmp.sock", bus, conductor.ask)
    with pytest.raises(ConfigError, match=r"wkmp\.sock: .*; set control\.socket"):
        server.start()
    server.stop()


def test_stopping_ends_every_connection_and_may_be_repeated(server, dial):
    client = dial()
    server.stop()
    server.stop()
    assert client.read() is None
    assert not server.path.exists()
    assert "wkmp-socket" not in {thread.name for thread in threading.enumerate()}


def test_answers_after_the_end_are_harmless(server, dial, conductor):
    client = dial()
    conductor.hold()
    client.send(command="play")
    conductor.until_held()
    server.stop()
    conductor.go.set()


def test_an_answer_given_twice_is_sent_once(tmp_path, bus):
    def ask(command, reply):
        reply({"n": 1}, None)
        reply({"n": 2}, None)

    server = SocketServer(tmp_path / "s", bus, ask)
    server.start()
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(server.path))
            client.settimeout(5)
            lines = client.makefile("rb")
            assert json.loads(lines.readline())["snapshot"] == {"n": 1}
            client.sendall(b'{"id": 1, "command": "play"}\n{"id": 2, "command": "play"}\n')
            assert [json.loads(lines.readline())["id"] for _ in range(2)] == [1, 2]
            lines.close()
    finally:
        server.stop()


def test_a_conductor_that_takes_nothing_more_is_a_refusal(tmp_path, bus):
    def ask(command, reply):
        raise RequestError("too much is asked at once; try again")

    server = SocketServer(tmp_path / "s", bus, ask)
    server.start()
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(server.path))
            client.settimeout(5)
            with client.makefile("rb") as lines:
                assert "try again" in json.loads(lines.readline())["error"]
                assert lines.readline() == b""
    finally:
        server.stop()


def test_without_free_descriptors_the_server_waits_instead_of_spinning(server, dial):
    first = dial()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    late = socket.socket(socket.AF_UNIX)
    late.settimeout(5)
    lowest_free = os.dup(late.fileno())
    os.close(lowest_free)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
        late.connect(str(server.path))
        assert first.ask(id=1, command="play")["ok"]
        assert server._accept_at is not None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with late, late.makefile("rb") as lines:
        assert b"hello" in lines.readline()
