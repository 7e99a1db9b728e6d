"""What the service and the decoder process say to each other over their socket.

Eight bytes (a mark and a length), then one MessagePack object; a file
travels as a descriptor beside its request, never as a name. ``Samples`` is
followed by its frames as raw interleaved float32. Answers come in the order of
the requests. Both sides check what they get: a peer that sends anything else
is broken and is dropped.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from wkmp_pi.decode.messages import Media

_PREFIX: Final = struct.Struct("<4sI")
_MARK: Final = b"wkmp"
_LONGEST_BYTES: Final = 64 * 1024
_SEND_BUFFER_BYTES: Final = 1024 * 1024
"""So that a second of sound leaves in one go, without waking the reader for every part."""


class OpenSession(msgspec.Struct, frozen=True, tag="open"):
    """Open the file that comes along, for a passage of it. Answer: ``SessionOpened``."""

    session: int
    start: int
    end: int | None
    rate_hz: int
    skip_frames: int


class Read(msgspec.Struct, frozen=True, tag="read"):
    """The next frames of a session. Answer: ``Samples``."""

    session: int
    frames: int


class CloseSession(msgspec.Struct, frozen=True, tag="close"):
    """Forget a session; harmless when repeated. No answer."""

    session: int


class Probe(msgspec.Struct, frozen=True, tag="probe"):
    """What is the file that comes along? Answer: ``Probed``."""


Request = OpenSession | Read | CloseSession | Probe


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """The first message: ready, and locked in as far as this kernel lets it be."""

    sandbox: dict[str, bool]


class SessionOpened(msgspec.Struct, frozen=True, tag="opened"):
    """The fields are those of ``messages.Opened``."""

    session: int
    media: Media
    length_frames: int
    exact16: bool


class Samples(msgspec.Struct, frozen=True, tag="samples"):
    """So many frames follow; ``finished`` if they are the last."""

    session: int
    frames: int
    finished: bool


class Probed(msgspec.Struct, frozen=True, tag="probed"):
    """What the file is."""

    media: Media


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """A request failed because of its file; ``session`` -1 for a probe."""

    session: int
    error: str
    invalid_timing: bool = False


Reply = Hello | SessionOpened | Samples | Probed | Broken

Incoming = TypeVar("Incoming")


class ProtocolError(Exception):
    """The peer sent something that is no message."""


class Channel(Generic[Incoming]):
    """One end of the socket.

    Owns the socket. Belongs to one thread.

    Args:
        link: a connected Unix stream socket.
        incoming: the union of what may come.
        limit_s: how long one message may take, and each wait for one; ``None``: for ever.
    """

    def __init__(self, link: socket.socket, incoming: Any, limit_s: float | None = None) -> None:
        self.link = link
        self._limit_s = limit_s
        link.settimeout(limit_s)
        with contextlib.suppress(OSError):
            link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._decoder: msgspec.msgpack.Decoder[Incoming] = msgspec.msgpack.Decoder(incoming)

    def send(
        self, message: Request | Reply, fd: int | None = None, samples: Sequence[memoryview] = ()
    ) -> None:
        """Send a message, a descriptor with it (which stays the caller's), samples behind it.

        Raises:
            OSError: the peer is gone, or does not take it in time.
        """
        body = msgspec.msgpack.encode(message)
        data = _PREFIX.pack(_MARK, len(body)) + body
        if fd is not None:
            sent = socket.send_fds(self.link, [data], [fd])
            data = data[sent:]
        if data:
            self.link.sendall(data)
        for part in samples:
            self.link.sendall(part)

    def receive(self) -> tuple[Incoming, int | None] | None:
        """The next message and the descriptor that came with it; ``None`` at the end.

        The descriptor belongs to the caller.

        Raises:
            ProtocolError: this is no message.
            OSError: it does not come in time.
        """
        prefix, fds, _, _ = socket.recv_fds(self.link, _PREFIX.size, 1)
        if not prefix:
            return None
        rest = bytearray(_PREFIX.size - len(prefix))
        self.receive_into(rest)
        mark, length = _PREFIX.unpack(prefix + rest)
        if mark != _MARK or length > _LONGEST_BYTES:
            raise ProtocolError("found bytes that are no message; expected a message; restart it")
        body = bytearray(length)
        self.receive_into(body)
        try:
            return self._decoder.decode(body), fds[0] if fds else None
        except msgspec.MsgspecError as error:
            raise ProtocolError(f"found a message that is none ({error}); restart it") from error

    def receive_into(self, memory: bytearray | memoryview) -> None:
        """Fill ``memory`` with what follows.

        Raises:
            ProtocolError: the peer stopped in the middle.
            OSError: it does not come in time.
        """
        view = memoryview(memory).cast("B")
        begun_s = time.monotonic()
        while len(view):
            count = self.link.recv_into(view)
            if not count:
                raise ProtocolError("found half a message; expected all of it; restart it")
            view = view[count:]
            if self._limit_s is not None and time.monotonic() - begun_s > self._limit_s:
                raise TimeoutError("a message comes too slowly")

    def close(self) -> None:
        """Close the socket; harmless when repeated."""
        self.link.close()
