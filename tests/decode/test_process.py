"""The decoder process's server, run in this process, so that its files can be made to fail."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from av.container import InputContainer
from decode.conftest import FRAMES, RATE
from support.media import decoded

from wkmp_pi.decode.files import FileBytes
from wkmp_pi.decode.process import Server, warm_up
from wkmp_pi.decode.protocol import (
    Broken,
    Channel,
    CloseSession,
    OpenSession,
    Probe,
    Probed,
    Read,
    Reply,
    Request,
    Samples,
    SessionOpened,
)

Music = Callable[[str], Path]


class Asking:
    """The asking side of a server that runs in a thread."""

    def __init__(self, channel: Channel[Reply]) -> None:
        self.channel = channel

    def ask(self, request: Request, file: Path | None = None) -> Reply:
        if file is None:
            self.channel.send(request)
        else:
            with file.open("rb") as stream:
                self.channel.send(request, stream.fileno())
        received = self.channel.receive()
        assert received is not None
        return received[0]

    def open(self, file: Path, session: int = 1) -> Reply:
        return self.ask(OpenSession(session, 0, None, RATE, 0), file)

    def read(self, frames: int, session: int = 1) -> np.ndarray | Reply:
        reply = self.ask(Read(session, frames))
        if not isinstance(reply, Samples):
            return reply
        memory = np.zeros((reply.frames, 2), np.float32)
        if reply.frames:
            self.channel.receive_into(memory.data.cast("B"))
        return memory

    def play(self, file: Path) -> Broken | None:
        """A whole file; what was wrong with it."""
        reply: object = self.open(file)
        while not isinstance(reply, Broken):
            reply = self.read(FRAMES // 3)
            if isinstance(reply, np.ndarray) and len(reply) < FRAMES // 3:
                reply = None
                break
        self.channel.send(CloseSession(1))
        return reply


@pytest.fixture
def served() -> Iterator[Asking]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    server = threading.Thread(target=Server(Channel(theirs, Request)).serve)
    server.start()
    yield Asking(Channel(ours, Reply, 10))
    ours.close()
    server.join(10)
    theirs.close()


def test_sessions_are_read_side_by_side(served: Asking, music: Music) -> None:
    names = ["flac", "mp3-cbr", "vorbis"]
    for number, name in enumerate(names):
        reply = served.open(music(name), number)
        assert isinstance(reply, SessionOpened)
        assert (reply.session, reply.length_frames) == (number, FRAMES)
    parts: list[list[np.ndarray]] = [[], [], []]
    for _ in range(7):
        for number in range(3):
            part = served.read(10_000, number)
            assert isinstance(part, np.ndarray)
            parts[number].append(part)

    for number, name in enumerate(names):
        assert np.array_equal(np.concatenate(parts[number]), decoded(music(name)))


def open_descriptors(file: Path) -> int:
    """How many of this process lead to a file; others come and go as garbage is collected."""
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found += descriptor.readlink() == file
    return found


def test_an_open_file_would_be_noticed(source: Path) -> None:
    with source.open("rb"):
        assert open_descriptors(source) == 1
    assert open_descriptors(source) == 0


def test_a_closed_session_releases_its_file(served: Asking, source: Path) -> None:
    for number in range(5):
        served.open(source, number)
        served.channel.send(CloseSession(number))
        served.channel.send(CloseSession(number))
    assert isinstance(served.ask(Probe(), source), Probed)

    assert open_descriptors(source) == 0


def test_a_bad_file_is_answered_and_released(served: Asking, tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(b"RIFF1234WAVEnonsense")

    assert isinstance(served.ask(Probe(), path), Broken)
    reply = served.open(path, 5)
    assert isinstance(reply, Broken)
    assert (reply.session, reply.invalid_timing) == (5, False)
    assert open_descriptors(path) == 0


@pytest.mark.parametrize("name", ["wav", "flac", "mp3-bare", "vorbis", "alac", "adts"])
def test_whichever_read_of_the_disk_fails_is_answered(
    name: str, served: Asking, music: Music, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th read fails, for n = 1, 2, 3 … until none is left to fail."""
    healthy, count, limit = FileBytes.read, 0, 0

    def failing(self: FileBytes, offset: int, length: int) -> bytes:
        nonlocal count
        count += 1
        if count == limit:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return healthy(self, offset, length)

    monkeypatch.setattr(FileBytes, "read", failing)
    failed = 0
    while limit == 0 or count >= limit:
        count, limit = 0, limit + 1
        reply = served.play(music(name))
        if reply is not None:
            assert reply.error == "cannot be read (Input/output error); check the disk"
            failed += 1

    assert failed >= 3


def test_warming_up_leaves_no_file_open() -> None:
    warm_up()
    before = len(list(Path("/proc/self/fd").iterdir()))
    warm_up()

    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("name", ["wav", "alac"])
def test_of_a_file_that_was_closed_nothing_stays_in_memory(
    served: Asking, music: Music, name: str
) -> None:
    """FFmpeg's memory goes with PyAV's objects, which hold each other."""
    served.open(music("flac"), session=2)
    gc.collect()
    before = _containers()
    served.open(music(name), session=1)
    assert _containers() > before
    served.read(FRAMES // 3)
    served.channel.send(CloseSession(1))
    served.read(1, session=2)  # its answer comes when the one before is closed
    assert _containers() <= before


def _containers() -> int:
    return sum(isinstance(each, InputContainer) for each in gc.get_objects())
