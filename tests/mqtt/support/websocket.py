"""Just enough of a WebSocket client (RFC 6455) to talk JSON with Home Assistant."""

from __future__ import annotations

import base64
import itertools
import json
import os
import socket
import struct
from typing import Any

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class WebSocket:
    """One connection; messages are JSON objects both ways."""

    def __init__(self, host: str, port: int, path: str) -> None:
        self._socket = socket.create_connection((host, port), 30)
        self._buffer = b""
        self._numbers = itertools.count(1)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self._socket.recv(4096)
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        assert b" 101 " in head.splitlines()[0], head

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        self._frame(_TEXT, json.dumps(message).encode())

    def ask(self, kind: str, **more: Any) -> Any:
        """A numbered request; its result."""
        number = next(self._numbers)
        self.send({"id": number, "type": kind, **more})
        while True:
            answer = self.receive()
            if answer.get("id") == number and answer["type"] == "result":
                assert answer["success"], answer
                return answer["result"]

    def receive(self, seconds: float = 30.0) -> dict[str, Any]:
        """The next message."""
        self._socket.settimeout(seconds)
        while True:
            kind, data = self._read()
            if kind == _TEXT:
                found: dict[str, Any] = json.loads(data)
                return found
            if kind == _PING:
                self._frame(_PONG, data)
            assert kind != _CLOSE, data

    def close(self) -> None:
        """End."""
        self._socket.close()

    def _frame(self, kind: int, data: bytes) -> None:
        mask = os.urandom(4)
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", 0x80 | kind, 0x80 | size)
        elif size < 65_536:
            head = struct.pack("!BBH", 0x80 | kind, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | kind, 0x80 | 127, size)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self._socket.sendall(head + mask + masked)

    def _read(self) -> tuple[int, bytes]:
        """One whole message, put together from its frames."""
        kind, whole = 0, b""
        while True:
            first, second = self._take(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self._take(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self._take(8))
            kind = first & 0x0F or kind
            whole += self._take(size)
            if first & 0x80:
                return kind, whole

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            data = self._socket.recv(65_536)
            assert data, "the connection ended"
            self._buffer += data
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken
