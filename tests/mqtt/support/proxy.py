"""A network between a client and the broker that is slow, uneven, or cut: decided by a seed."""

from __future__ import annotations

import random
import selectors
import socket
import threading
import time
from collections import deque
from typing import Self

from mqtt.support.brokers import HERE

_PIECE = 1500


class _Way:
    """One direction of one connection: pieces with the moment at which they may go on."""

    def __init__(self, into: socket.socket) -> None:
        self.into = into
        self.pieces: deque[tuple[float, bytes]] = deque()


class Proxy:
    """Forwards ``port`` to the broker.

    Thread: one of its own, until ``close``.

    Args:
        target: the broker's port.
        seed: of all chance.
        delay_s: of each piece, in each direction: at least and at most.
    """

    def __init__(self, target: int, seed: int, delay_s: tuple[float, float] = (0.0, 0.0)) -> None:
        self._target = target
        self._chance = random.Random(seed)
        self.delay_s = delay_s
        self.holes = False  # what comes is swallowed, and nobody is told: a pulled cable
        self._selector = selectors.DefaultSelector()
        self._server = socket.create_server((HERE, 0))
        self._server.setblocking(False)
        self.port = int(self._server.getsockname()[1])
        self._selector.register(self._server, selectors.EVENT_READ)
        self._ways: dict[socket.socket, _Way] = {}
        self._stopping = threading.Event()
        self._cutting = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cut(self) -> None:
        """End every connection now."""
        self._cutting.set()

    def close(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join(10)
        self._drop_all()
        self._selector.close()
        self._server.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(self._patience_s()):
                if key.fileobj is self._server:
                    self._accept()
                elif key.fileobj in self._ways:
                    self._read(key.fileobj)  # type: ignore[arg-type]
            self._write()
            if self._cutting.is_set():
                self._cutting.clear()
                self._drop_all()

    def _patience_s(self) -> float:
        due = [way.pieces[0][0] for way in self._ways.values() if way.pieces]
        return min([0.02, *(max(at - time.monotonic(), 0) for at in due)])

    def _accept(self) -> None:
        client, _ = self._server.accept()
        try:
            broker = socket.create_connection((HERE, self._target), 1)
        except OSError:
            client.close()
            return
        for one, other in ((client, broker), (broker, client)):
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ways[one] = _Way(other)
            self._selector.register(one, selectors.EVENT_READ)

    def _read(self, source: socket.socket) -> None:
        try:
            data = source.recv(_PIECE)
        except OSError:
            data = b""
        if not data:
            self._drop(source)
        elif not self.holes:
            way = self._ways[source]
            earliest = way.pieces[-1][0] if way.pieces else 0.0
            at = time.monotonic() + self._chance.uniform(*self.delay_s)
            way.pieces.append((max(at, earliest), data))

    def _write(self) -> None:
        now = time.monotonic()
        for source, way in list(self._ways.items()):
            while way.pieces and way.pieces[0][0] <= now:
                at, data = way.pieces.popleft()
                try:
                    sent = way.into.send(data)
                except BlockingIOError:
                    way.pieces.appendleft((at, data))
                    break
                except OSError:
                    self._drop(source)
                    break
                if sent < len(data):
                    way.pieces.appendleft((at, data[sent:]))
                    break

    def _drop(self, source: socket.socket) -> None:
        way = self._ways.pop(source, None)
        if way is None:
            return
        self._ways.pop(way.into, None)
        for end in (source, way.into):
            if end in self._selector.get_map():
                self._selector.unregister(end)
            end.close()

    def _drop_all(self) -> None:
        for source in list(self._ways):
            self._drop(source)
