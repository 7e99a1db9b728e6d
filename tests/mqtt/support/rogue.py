"""A server that says what it likes, byte by byte: what no honest broker would send."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self

from mqtt.support.brokers import HERE

CONNACK = bytes([0x20, 3, 0, 0, 0])
"""MQTT 5: let in, without any property."""

OLD_CONNACK = bytes([0x20, 2, 0, 0])


class Rogue:
    """Accepts one client after the other, reads its hello, and sends each the same bytes.

    Thread: one of its own, until ``close``.
    """

    def __init__(self, *pieces: bytes, hang_up: bool = False) -> None:
        self._pieces = pieces
        self._hang_up = hang_up
        self.greeted = 0
        self._server = socket.create_server((HERE, 0))
        self._server.settimeout(0.05)
        self.port = int(self._server.getsockname()[1])
        self._held: list[socket.socket] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(10)
        for one in self._held:
            one.close()
        self._server.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = self._server.accept()
            except TimeoutError:
                continue
            client.settimeout(5)
            with contextlib.suppress(OSError):
                client.recv(4096)
                self.greeted += 1
                for piece in self._pieces:
                    client.sendall(piece)
            if self._hang_up:
                client.close()
            else:
                self._held.append(client)
