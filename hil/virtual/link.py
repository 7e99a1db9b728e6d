"""The serial line between bench and guest: many channels over one stream of bytes.

Each channel is one program (or one TCP connection) in the guest. Both ends use this file; the
guest's end runs there as process 1, so it needs nothing but the standard library.

In simulated time the guest's clock stands while the bench thinks, because process 1 keeps the
processor busy with looking for the next frame. ``FLOW`` lets time pass: until something is sent on
that channel. It tells how many frames of the channel the bench has seen, lest the guest waits for
news that are already on their way.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

_HEAD = struct.Struct(">IBI")
PIECE_BYTES = 1024
"""No frame is longer; what is longer goes as several."""

WINDOW_BYTES = 2048
"""So much may be on its way to the guest: its terminal has room for 4 KiB, and stops for ever if
more comes at once."""


class Kind(IntEnum):
    """What a frame says."""

    HELLO = 0  # guest: it is up; channel 0
    START = 1  # bench: run this (JSON: argv)
    CONNECT = 2  # bench: connect to this (JSON: host, port)
    INPUT = 3  # bench: bytes for the program
    CLOSE = 4  # bench: no more input
    SIGNAL = 5  # bench: one byte, the signal's number
    FLOW = 6  # bench: how many frames of this channel it has seen (4 bytes)
    OUTPUT = 7  # guest: standard output, or bytes of the connection
    ERRORS = 8  # guest: standard error
    ENDED = 9  # guest: exit status, or minus the signal (JSON); nothing follows on this channel
    MORE = 11  # bench: the beginning of what the next frame of this channel says
    TAKEN = 10  # guest: how many bytes of the line it has read in all (4 bytes); channel 0


class Frame(NamedTuple):
    """One message of one channel."""

    channel: int
    kind: Kind
    data: bytes = b""

    def encoded(self) -> bytes:
        """As it goes over the line."""
        return _HEAD.pack(self.channel, self.kind, len(self.data)) + self.data


def pieces(channel: int, kind: Kind, data: bytes) -> Iterator[Frame]:
    """As many frames as ``data`` needs; none for nothing."""
    for at in range(0, len(data), PIECE_BYTES):
        yield Frame(channel, kind, data[at : at + PIECE_BYTES])


class Reader:
    """Bytes in, whole frames out."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Every frame that ``data`` completes.

        Raises:
            ValueError: this is no stream of frames.
        """
        self._rest += data
        while len(self._rest) >= _HEAD.size:
            channel, kind, size = _HEAD.unpack_from(self._rest)
            if size > PIECE_BYTES:
                raise ValueError(f"the link: found a frame of {size} bytes; expected frames")
            if len(self._rest) < _HEAD.size + size:
                return
            data = bytes(self._rest[_HEAD.size : _HEAD.size + size])
            del self._rest[: _HEAD.size + size]
            yield Frame(channel, Kind(kind), data)


COUNT = struct.Struct(">I")
"""The payload of FLOW and TAKEN; wraps around."""
