"""A conductor that answers by a script, and raw clients that speak the protocol byte by byte."""

import json
import queue
import socket
import threading

import pytest

from wkmp_pi.controls.socket_server import SocketServer
from wkmp_pi.events.bus import Bus

LIMIT_S = 5.0


class ScriptedConductor:
    """Answers on a thread of its own, as the real one does; ``hold`` lets requests wait."""

    def __init__(self):
        self.asked = queue.SimpleQueue()
        self.taken = queue.SimpleQueue()
        self.seen = []
        self.go = threading.Event()
        self.go.set()
        self.answers = {"status": {"state": "paused"}}
        self.thread = threading.Thread(target=self._run, name="conductor")

    def hold(self):
        """Keep what comes from now on waiting; ``until_held`` tells when the first one does."""
        while not self.taken.empty():
            self.taken.get()
        self.go.clear()

    def until_held(self):
        self.taken.get(timeout=LIMIT_S)

    def ask(self, command, reply):
        self.asked.put((command, reply))

    def _run(self):
        for command, reply in iter(self.asked.get, None):
            self.taken.put(command)
            self.go.wait(LIMIT_S)
            name = command.__struct_config__.tag
            self.seen.append(command)
            if name == "next":
                reply(None, "next: the queue is empty")
            else:
                reply(self.answers.get(name, {"did": name}), None)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.go.set()
        self.asked.put(None)
        self.thread.join(LIMIT_S)


class Raw:
    """A client that sends what it likes."""

    def __init__(self, path, greet=True):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT_S)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rb")
        self.hello = self.read() if greet else None

    def send(self, **request):
        self.socket.sendall(json.dumps(request).encode() + b"\n")

    def read(self):
        line = self.lines.readline()
        return json.loads(line) if line else None

    def ask(self, **request):
        self.send(**request)
        return self.read()

    def close(self):
        self.lines.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture
def conductor():
    with ScriptedConductor() as conductor:
        yield conductor


@pytest.fixture
def bus():
    return Bus()


@pytest.fixture
def server(tmp_path, bus, conductor):
    server = SocketServer(tmp_path / "run" / "wkmp.sock", bus, conductor.ask)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def dial(server):
    """Connects raw clients and closes them at the end."""
    clients = []

    def connect(greet=True):
        clients.append(Raw(server.path, greet))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()
