"""A service without sound: the real socket and the real decisions, but nobody who plays."""

import queue
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from wkmp_pi import cli, commands
from wkmp_pi.conductor.asked import answered, enqueued
from wkmp_pi.conductor.state import State
from wkmp_pi.controls.socket_server import SocketServer
from wkmp_pi.errors import RequestError
from wkmp_pi.events.bus import Bus
from wkmp_pi.passage import Passage, PassageId

LIMIT_S = 5.0


class SilentService:
    """Answers commands in order on a thread of its own, from a state that plays nothing."""

    def __init__(self, path):
        self.state = State(rate_hz=44_100, device="card-Silent")
        self.bus = Bus()
        self.seen = []
        self.server = SocketServer(path, self.bus, lambda *asked: self.inbox.put(asked))
        self.inbox = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        for command, reply in iter(self.inbox.get, None):
            self.seen.append(command)
            try:
                self.state, result = self._decide(command)
            except RequestError as error:
                reply(None, str(error))
            else:
                reply(result, None)

    def _decide(self, command):
        if isinstance(command, commands.Enqueue):
            return enqueued(self.state, command, tuple(map(self._passage, command.items)))
        if isinstance(command, commands.AddPassages):
            return self.state, {"passages": list(range(1, len(command.documents) + 1))}
        return answered(self.state, command, 0)

    def _passage(self, item):
        return Passage(id=PassageId(-1), file=item, title="Moonlight", artist="Ludwig")

    def set(self, **fields):
        self.state = replace(self.state, **fields)

    def __enter__(self):
        self.server.start()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.inbox.put(None)
        self.thread.join(LIMIT_S)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A user whose home, socket and working folder are empty."""
    for name in ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "WKMP_PI_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WKMP_PI_SOCKET", str(tmp_path / "s"))
    monkeypatch.setattr("wkmp_pi.config.usual.SYSTEM_FILE", tmp_path / "etc.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def service(place):
    with SilentService(place / "s") as service:
        yield service


@pytest.fixture
def wkmp(capsys):
    """Runs a command line in this process: code, what was printed, what was complained."""

    def run(*words):
        try:
            code = cli.main([str(word) for word in words])
        except SystemExit as exit_:
            code = exit_.code
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return run
