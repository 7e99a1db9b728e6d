from __future__ import annotations

import os
import random
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wkmp_pi.decode.messages import Media
from wkmp_pi.decode.protocol import (
    Broken,
    Channel,
    CloseSession,
    Hello,
    OpenSession,
    Probe,
    Probed,
    ProtocolError,
    Read,
    Reply,
    Request,
    Samples,
    SessionOpened,
)
from wkmp_pi.units import Hz

MEDIA = Media(codec="flac", container="flac", rate_hz=Hz(44_100), channels=2, bits=16, frames=7)
REQUESTS = [
    OpenSession(session=1, start=0, end=None, rate_hz=48_000, skip_frames=5),
    Read(session=1 << 40, frames=3),
    CloseSession(session=2),
    Probe(),
]
REPLIES = [
    Hello(sandbox={"x": True}),
    SessionOpened(session=1, media=MEDIA, length_frames=7, exact16=True),
    Samples(session=1, frames=0, finished=True),
    Probed(media=MEDIA),
    Broken(session=-1, error="is broken", invalid_timing=True),
]


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with left, right:
        yield left, right


@pytest.mark.parametrize(("messages", "union"), [(REQUESTS, Request), (REPLIES, Reply)])
def test_every_message_arrives_as_it_was_sent(
    messages: list[Any], union: Any, ends: tuple[socket.socket, socket.socket]
) -> None:
    sender: Channel[Any] = Channel(ends[0], union)
    receiver: Channel[Any] = Channel(ends[1], union, 5)
    for message in messages:
        sender.send(message)

    assert [receiver.receive() for _ in messages] == [(message, None) for message in messages]
    sender.close()
    assert receiver.receive() is None


def test_a_file_travels_with_its_own_message(
    ends: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    sender: Channel[Any] = Channel(ends[0], Request)
    receiver: Channel[Any] = Channel(ends[1], Request, 5)
    for name in ("first", "second"):
        (tmp_path / name).write_text(name, encoding="ascii")
        with (tmp_path / name).open() as file:
            sender.send(Read(1, 2))
            sender.send(Probe(), file.fileno())

    for name in ("first", "second"):
        assert receiver.receive() == (Read(1, 2), None)
        received = receiver.receive()
        assert received is not None
        assert received[1] is not None
        with os.fdopen(received[1]) as file:
            assert file.read() == name


def test_samples_larger_than_the_socket_arrive_whole(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    sender: Channel[Any] = Channel(ends[0], Reply)
    receiver: Channel[Any] = Channel(ends[1], Reply, 5)
    data = random.Random(1).randbytes(5_000_000)
    parts = [memoryview(data)[:1_000_000], memoryview(data)[1_000_000:]]
    thread = threading.Thread(target=sender.send, args=(REPLIES[2],), kwargs={"samples": parts})
    thread.start()
    memory = bytearray(len(data))

    assert receiver.receive() == (REPLIES[2], None)
    receiver.receive_into(memory)
    thread.join()
    assert memory == data


@pytest.mark.parametrize(
    "data",
    [
        random.Random(1).randbytes(64),
        b"wkmp" + struct.pack("<I", 1 << 30),
        b"wkmp" + struct.pack("<I", 3) + b"\xc1\xc1\xc1",
        b"wkmp" + struct.pack("<I", 1) + msgspec.msgpack.encode(5),
        b"wkm",
        b"wkmp" + struct.pack("<I", 100) + b"half",
    ],
)
def test_anything_else_is_no_message(
    data: bytes, ends: tuple[socket.socket, socket.socket]
) -> None:
    receiver: Channel[Any] = Channel(ends[1], Reply, 5)
    ends[0].sendall(data)
    ends[0].close()

    with pytest.raises(ProtocolError):
        receiver.receive()


def test_a_message_that_does_not_come_is_not_waited_for(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    receiver: Channel[Any] = Channel(ends[1], Reply, 0.01)
    with pytest.raises(TimeoutError):
        receiver.receive()


def test_a_message_that_trickles_is_not_waited_for_either(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    receiver: Channel[Any] = Channel(ends[1], Reply, 0.05)
    done = threading.Event()

    def trickle() -> None:
        while not done.wait(0.01):
            ends[0].send(b"w")

    thread = threading.Thread(target=trickle)
    thread.start()
    with pytest.raises(TimeoutError):
        receiver.receive_into(bytearray(1000))
    done.set()
    thread.join()
