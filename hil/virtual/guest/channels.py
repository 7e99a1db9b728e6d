"""What the bench runs in the guest: programs and connections, each on its channel of the link."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from subprocess import PIPE
from typing import Any

from hil.virtual.guest.loop import Loop
from hil.virtual.link import COUNT, Frame, Kind, Reader, pieces

_READ_BYTES = 1 << 16


class Channels:
    """Everything that the bench has opened.

    Args:
        loop: who watches the descriptors.
        line: the serial line, raw.
        simulated: whether time stands while the bench thinks.
    """

    def __init__(self, loop: Loop, line: int, *, simulated: bool) -> None:
        self._loop = loop
        self._line = line
        self._reader = Reader()
        self._taken = 0
        self._begun: dict[int, bytes] = {}
        self._open: dict[int, _Program | _Connection] = {}
        self._sent: dict[int, int] = {}
        self._flowing: int | None = None  # the channel that the bench waits for
        if simulated:
            loop.awake = lambda: self._flowing is None
        loop.watch(line, self._read)
        self._write(Frame(0, Kind.HELLO))

    def send(self, channel: int, kind: Kind, data: bytes = b"") -> None:
        """To the bench."""
        self._sent[channel] = self._sent.get(channel, 0) + 1
        if channel == self._flowing:
            self._flowing = None
        if kind is Kind.ENDED:
            self._open.pop(channel, None)
        self._write(Frame(channel, kind, data))

    def _read(self) -> None:
        data = os.read(self._line, _READ_BYTES)
        self._taken = (self._taken + len(data)) & 0xFFFFFFFF
        self._write(Frame(0, Kind.TAKEN, COUNT.pack(self._taken)))
        for frame in self._reader.feed(data):
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.MORE:
                self._begun[frame.channel] = self._begun.get(frame.channel, b"") + frame.data
            case Kind.START:
                self._start(frame.channel, **self._said(frame))
            case Kind.CONNECT:
                self._connect(frame.channel, **self._said(frame))
            case Kind.FLOW:
                (seen,) = COUNT.unpack(frame.data)
                if seen >= self._sent.get(frame.channel, 0):
                    self._flowing = frame.channel
            case Kind.INPUT | Kind.CLOSE | Kind.SIGNAL:
                if (place := self._open.get(frame.channel)) is not None:
                    place.take(frame)

    def _said(self, frame: Frame) -> dict[str, Any]:
        """All of what was said in one frame or several."""
        return dict(json.loads(self._begun.pop(frame.channel, b"") + frame.data))

    def _start(self, channel: int, argv: list[str]) -> None:
        try:
            self._open[channel] = _Program(self._loop, channel, argv, self.send)
        except OSError as error:
            self._refuse(channel, f"{argv[0]}: {error.strerror}", 127)

    def _connect(self, channel: int, host: str, port: int) -> None:
        try:
            self._open[channel] = _Connection(self._loop, channel, (host, port), self.send)
        except OSError as error:
            self._refuse(channel, f"{host}:{port}: {error.strerror}", error.errno or 1)

    def _refuse(self, channel: int, why: str, code: int) -> None:
        self.send(channel, Kind.ERRORS, why.encode())
        self.send(channel, Kind.ENDED, json.dumps(code).encode())

    def _write(self, frame: Frame) -> None:
        data = memoryview(frame.encoded())
        while data:
            try:
                data = data[os.write(self._line, data) :]
            except BlockingIOError:  # the line is full; the bench reads without pause
                continue


Send = Callable[[int, Kind, bytes], None]


class _Program:
    """A child whose three streams go over the link; it has ended when all is said."""

    def __init__(self, loop: Loop, channel: int, argv: list[str], send: Send) -> None:
        self._loop, self._channel, self._send = loop, channel, send
        self._child = loop.spawn(argv, self._ended, output=PIPE, errors=PIPE, piped_input=True)
        assert self._child.stdin is not None
        self._input: Any = self._child.stdin
        self._code: int | None = None
        self._streams = set[int]()
        for stream, kind in (
            (self._child.stdout, Kind.OUTPUT),
            (self._child.stderr, Kind.ERRORS),
        ):
            assert stream is not None
            self._streams.add(stream.fileno())
            loop.watch(stream.fileno(), _reading(self._read, stream.fileno(), kind))

    def take(self, frame: Frame) -> None:
        """Input, its end, or a signal for the whole session."""
        with suppress(OSError):
            if frame.kind is Kind.INPUT:
                self._input.write(frame.data)
            elif frame.kind is Kind.CLOSE:
                self._input.close()
            elif self._code is None:
                os.killpg(self._child.pid, signal.Signals(frame.data[0]))

    def _read(self, descriptor: int, kind: Kind) -> None:
        if data := os.read(descriptor, _READ_BYTES):
            for frame in pieces(self._channel, kind, data):
                self._send(*frame)
            return
        self._loop.forget(descriptor)
        self._streams.discard(descriptor)
        self._tell_end()

    def _ended(self, code: int) -> None:
        self._code = code
        self._tell_end()

    def _tell_end(self) -> None:
        if self._code is None or self._streams:
            return
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._send(self._channel, Kind.ENDED, json.dumps(self._code).encode())


class _Connection:
    """A TCP connection to something that listens in the guest."""

    def __init__(self, loop: Loop, channel: int, address: tuple[str, int], send: Send) -> None:
        self._loop, self._channel, self._send = loop, channel, send
        self._socket = socket.create_connection(address, timeout=5)
        self._socket.settimeout(5)
        loop.watch(self._socket.fileno(), self._read)

    def take(self, frame: Frame) -> None:
        """Bytes for the other side, or their end."""
        with suppress(OSError):
            if frame.kind is Kind.INPUT:
                os.set_blocking(self._socket.fileno(), True)
                self._socket.sendall(frame.data)
                os.set_blocking(self._socket.fileno(), False)
            else:
                self._socket.shutdown(socket.SHUT_WR)

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # reset: as if closed
            data = b""
        for frame in pieces(self._channel, Kind.OUTPUT, data):
            self._send(*frame)
        if not data:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._send(self._channel, Kind.ENDED, json.dumps(0).encode())


def _reading(read: Callable[[int, Kind], None], descriptor: int, kind: Kind) -> Callable[[], None]:
    return lambda: read(descriptor, kind)
