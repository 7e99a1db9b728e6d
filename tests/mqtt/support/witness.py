"""An independent client of the broker: MQTT 3.1.1 over a bare socket, of nobody's library.

It is the oracle of these tests, so it shares nothing with what it judges.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from typing import NamedTuple, Self

from mqtt.support.brokers import HERE

_PATIENCE_S = 20.0
_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _SUBSCRIBE, _SUBACK = 0x10, 0x20, 0x30, 0x40, 0x82, 0x90
_PINGREQ, _PINGRESP, _DISCONNECT = 0xC0, 0xD0, 0xE0


class Message(NamedTuple):
    """A message as it came off the wire."""

    topic: str
    payload: bytes
    retained: bool
    qos: int
    came_s: float


class Witness:
    """A connection that publishes and listens; not thread-safe.

    Attributes:
        heard: everything that came so far, in order.
    """

    def __init__(
        self,
        port: int,
        *topics: str,
        user: str = "",
        password: str = "",
        client_id: str = "witness",
        clean: bool = True,
    ) -> None:
        self.heard: list[Message] = []
        self.granted: tuple[int, ...] = ()
        self._buffer = b""
        self._acknowledged = 0
        self._number = 0
        self._socket = socket.create_connection((HERE, port), _PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        flags = (0x02 if clean else 0) | (0xC0 if user else 0)
        body = _text("MQTT") + struct.pack("!BBH", 4, flags, 0) + _text(client_id)
        if user:
            body += _text(user) + _text(password)
        self._send(_CONNECT, body)
        self.code = self._await_packet(_CONNACK)[1]
        if topics:
            self.subscribe(*topics)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def subscribe(self, *topics: str, qos: int = 1) -> None:
        """Begin to listen, and wait until the broker says so."""
        wanted = b"".join(_text(topic) + bytes([qos]) for topic in topics)
        self._send(_SUBSCRIBE, struct.pack("!H", self._next_number()) + wanted)
        self.granted = tuple(self._await_packet(_SUBACK)[2:])

    def publish(self, topic: str, payload: bytes | str = b"", *, retain: bool = False) -> None:
        """Publish with QoS 1, and wait until the broker has it."""
        self.publish_quickly(topic, payload, retain=retain)
        number = self._number
        while self._acknowledged != number:
            self._take(*self._packet(_PATIENCE_S))

    def publish_quickly(
        self, topic: str, payload: bytes | str = b"", *, retain: bool = False, qos: int = 1
    ) -> None:
        """Publish and go on."""
        data = payload.encode() if isinstance(payload, str) else payload
        number = struct.pack("!H", self._next_number()) if qos else b""
        self._send(_PUBLISH | qos << 1 | retain, _text(topic) + number + data)

    def hear(self, seconds: float) -> list[Message]:
        """What comes in that time, all of it."""
        before, end = len(self.heard), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self._take(*self._packet(left))
            except TimeoutError:
                break
        return self.heard[before:]

    def until(self, wanted: Callable[[Message], bool], seconds: float = _PATIENCE_S) -> Message:
        """The first message from now on that is ``wanted``.

        Raises:
            TimeoutError: none came.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            before = len(self.heard)
            self._take(*self._packet(left))
            for message in self.heard[before:]:
                if wanted(message):
                    return message
        raise TimeoutError

    def topic(self, topic: str, seconds: float = _PATIENCE_S) -> Message:
        """The next message of one topic."""
        return self.until(lambda message: message.topic == topic, seconds)

    def close(self) -> None:
        """Leave."""
        try:
            self._send(_DISCONNECT, b"")
        except OSError:
            pass
        finally:
            self._socket.close()

    def _next_number(self) -> int:
        self._number = self._number % 65_535 + 1
        return self._number

    def _send(self, kind: int, body: bytes) -> None:
        self._socket.settimeout(_PATIENCE_S)
        self._socket.sendall(bytes([kind]) + _length(len(body)) + body)

    def _await_packet(self, kind: int) -> bytes:
        while True:
            found, body = self._packet(_PATIENCE_S)
            if found == kind:
                return body
            self._take(found, body)

    def _take(self, kind: int, body: bytes) -> None:
        if kind & 0xF0 == _PUBLISH:
            qos = kind >> 1 & 3
            size = struct.unpack("!H", body[:2])[0]
            topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
            if qos:
                self._send(_PUBACK, rest[:2])
                rest = rest[2:]
            self.heard.append(Message(topic, rest, bool(kind & 1), qos, time.monotonic()))
        elif kind == _PUBACK:
            self._acknowledged = struct.unpack("!H", body[:2])[0]

    def _packet(self, seconds: float) -> tuple[int, bytes]:
        """One packet.

        Raises:
            TimeoutError: none came; what came of it is kept.
            ConnectionError: the broker is gone.
        """
        end = time.monotonic() + seconds
        while (found := self._cut()) is None:
            self._socket.settimeout(max(end - time.monotonic(), 0.001))
            data = self._socket.recv(65_536)
            if not data:
                raise ConnectionError("the broker closed the connection")
            self._buffer += data
        return found

    def _cut(self) -> tuple[int, bytes] | None:
        size, shift = 0, 0
        for index, byte in enumerate(self._buffer[1:5], 1):
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                begin, end = index + 1, index + 1 + size
                if len(self._buffer) < end:
                    return None
                kind, body = self._buffer[0], self._buffer[begin:end]
                self._buffer = self._buffer[end:]
                return kind, body
        return None


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("!H", len(data)) + data


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, low = divmod(size, 128)
        out.append(low | (0x80 if size else 0))
        if not size:
            return bytes(out)
