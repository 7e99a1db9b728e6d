"""The bench's end of the link: opens channels in the guest and waits for what they say."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from hil.errors import RigError
from hil.virtual.link import COUNT, WINDOW_BYTES, Frame, Kind, Reader, pieces

_READ_BYTES = 1 << 18
_BUFFER_BYTES = 4 << 20
_STUCK_S = 60.0
_GONE_S = 10.0
"""A kernel that was killed holds its card for some ms, and another one could not have it."""


class Link:
    """The serial line of one boot.

    Thread: ``rig-link``, which reads the line and puts each frame into its channel's queue.
    Owns: the line's reading end.

    Args:
        simulated: whether the guest must be told to let time pass.
        last_words: what the guest's console said, for messages.
    """

    def __init__(self, *, simulated: bool, last_words: Callable[[], str]) -> None:
        self._line, self.guests_end = socket.socketpair()
        for end in (self._line, self.guests_end):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        self.simulated = simulated
        self._last_words = last_words
        self._numbers = count(1)
        self._sending = threading.Lock()
        self._room = threading.Condition(self._sending)
        self._sent = self._taken = 0
        self._channels: dict[int, Channel] = {0: Channel(self, 0)}
        self._hello = self._channels[0]
        self.down = False
        self._thread = threading.Thread(target=self._run, name="rig-link", daemon=True)
        self._thread.start()

    def wait_up(self, timeout_s: float) -> None:
        """Wait until the guest's first process is there.

        Raises:
            RigError: the guest ended, or took too long.
        """
        self._hello.next(timeout_s)

    def open(self, kind: Kind, **what: Any) -> Channel:
        """Start a program, or connect to one."""
        channel = Channel(self, next(self._numbers))
        self._channels[channel.number] = channel
        *most, last = list(pieces(channel.number, kind, json.dumps(what).encode()))
        for frame in most:
            self.send(frame._replace(kind=Kind.MORE))
        self.send(last)
        return channel

    def send(self, frame: Frame) -> None:
        """One frame to the guest; from any thread."""
        data = frame.encoded()
        try:
            with self._sending:
                if not self._room.wait_for(lambda: self._has_room(len(data)), _STUCK_S):
                    raise RigError(
                        f"the virtual Pi: takes nothing from its line for {_STUCK_S:g} s; expected "
                        "it to read; is this machine overloaded?"
                    )
                self._sent = (self._sent + len(data)) & 0xFFFFFFFF
                self._line.sendall(data)
        except OSError as error:
            raise self.gone() from error

    def _has_room(self, size: int) -> bool:
        return self.down or self._under_way() + size <= WINDOW_BYTES

    def _under_way(self) -> int:
        """Bytes that were sent and that the guest has not read yet."""
        return (self._sent - self._taken) & 0xFFFFFFFF

    def close(self) -> None:
        """The guest is going; returns when the last of its processes has let go of everything."""
        self._thread.join(_GONE_S)
        self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._line.close()

    def gone(self) -> RigError:
        """The error that says so, with the console's last words."""
        return RigError(
            f"the virtual Pi: it has ended; expected it to run; its last words: "
            f"{self._last_words() or 'none'}"
        )

    def _run(self) -> None:
        reader = Reader()
        while data := self._received():
            for frame in reader.feed(data):
                if frame.kind is Kind.TAKEN:
                    self._note_taken(frame)
                    continue
                if (channel := self._channels.get(frame.channel)) is not None:
                    channel.put(frame)
                if frame.kind is Kind.ENDED:
                    self._channels.pop(frame.channel, None)
        with self._room:
            self.down = True
            self._room.notify_all()
        for channel in list(self._channels.values()):
            channel.put(None)

    def _note_taken(self, frame: Frame) -> None:
        with self._room:
            (self._taken,) = COUNT.unpack(frame.data)
            self._room.notify_all()

    def _received(self) -> bytes:
        try:
            return self._line.recv(_READ_BYTES)
        except OSError:
            return b""


class Channel:
    """One program or connection in the guest."""

    def __init__(self, link: Link, number: int) -> None:
        self.number = number
        self._link = link
        self._frames: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._seen = 0

    def put(self, frame: Frame | None) -> None:
        """A frame has come, or the guest is gone; on the link's thread."""
        self._frames.put(frame)

    def send(self, kind: Kind, data: bytes = b"") -> None:
        """Bytes of any length, in as many frames as they need.

        Raises:
            RigError: the guest is gone.
        """
        for frame in list(pieces(self.number, kind, data)) or [Frame(self.number, kind)]:
            self._link.send(frame)

    def next(self, timeout_s: float | None, *, flow: bool = True) -> Frame:
        """What comes next; lets the guest's time pass until it comes, unless ``flow`` is False.

        Raises:
            TimeoutError: nothing came in time.
            RigError: the guest is gone.
        """
        if flow and self._link.simulated and self._frames.empty():
            self.send(Kind.FLOW, COUNT.pack(self._seen))
        try:
            frame = self._frames.get(timeout=None if timeout_s is None else max(timeout_s, 0))
        except queue.Empty:
            raise TimeoutError(f"nothing within {timeout_s:g} s") from None
        if frame is None:
            self._frames.put(None)
            raise self._link.gone()
        self._seen += 1
        return frame


def deadline(timeout_s: float) -> Callable[[], float]:
    """How much is left of a time that begins now, in seconds."""
    end = time.monotonic() + timeout_s
    return lambda: end - time.monotonic()
