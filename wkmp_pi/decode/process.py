"""The decoder process: ``python -m wkmp_pi.decode.process SOCKET PARENT``.

Warm before the first request (everything is imported and has decoded once),
single-threaded, and only ever doing what the last request asked; so the one
who asks sets the pace. It gets open files, never names. It ends when the
socket closes. A file that is bad is answered; anything else that goes wrong
ends the process, and its owner starts another.
"""

from __future__ import annotations

import gc
import os
import socket
import struct
import sys

from wkmp_pi.decode import sandbox
from wkmp_pi.decode.filedecoder import FileDecoder
from wkmp_pi.decode.files import FileBytes
from wkmp_pi.decode.protocol import (
    Broken,
    Channel,
    CloseSession,
    Hello,
    OpenSession,
    Probe,
    Probed,
    Read,
    Request,
    Samples,
    SessionOpened,
)
from wkmp_pi.decode.session import Session, TimingError
from wkmp_pi.errors import MediaError

_PROBE = -1


def main() -> None:
    """Lock the door, warm up, serve."""
    link, parent = int(sys.argv[1]), int(sys.argv[2])
    held = sandbox.enter(parent)
    warm_up()
    held |= sandbox.close_doors()
    channel: Channel[Request] = Channel(socket.socket(fileno=link), Request)
    channel.send(Hello(sandbox=held))
    gc.collect()
    gc.freeze()  # from here on a collection looks only at what was opened since: a fraction of 1 ms
    Server(channel).serve()


def warm_up() -> None:
    """Decode and resample a moment of silence, so that nothing is imported or opened later."""
    sound = bytes(4 * 1024)
    layout = struct.pack("<HHIIHH", 1, 2, 48_000, 192_000, 4, 16)
    chunks = b"fmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", len(sound))
    data = b"WAVE" + chunks + sound
    fd = os.memfd_create("silence")
    os.write(fd, b"RIFF" + struct.pack("<I", len(data)) + data)
    session = Session(FileDecoder(FileBytes(fd)), start=0, end=None, rate_hz=44_100, skip_frames=0)
    session.read(44_100)
    session.close()


class Server:
    """Answers requests, one after the other.

    Owns: the channel, the open sessions and their files.
    """

    def __init__(self, channel: Channel[Request]) -> None:
        self._channel = channel
        self._sessions: dict[int, Session] = {}

    def serve(self) -> None:
        """Until the socket is closed."""
        while (received := self._channel.receive()) is not None:
            request, fd = received
            session = _PROBE if isinstance(request, Probe) else request.session
            try:
                self._answer(request, fd)
            except (MediaError, OSError, MemoryError) as error:
                self._close(session)
                self._channel.send(_broken(session, error))

    def _answer(self, request: Request, fd: int | None) -> None:
        match request:
            case OpenSession():
                self._open(request, fd)
            case Read():
                self._read(request)
            case CloseSession():
                self._close(request.session)
            case Probe():
                decoder = _decoder(fd)
                decoder.close()
                self._channel.send(Probed(decoder.media))

    def _open(self, request: OpenSession, fd: int | None) -> None:
        decoder = _decoder(fd)
        try:
            session = Session(
                decoder,
                start=request.start,
                end=request.end,
                rate_hz=request.rate_hz,
                skip_frames=request.skip_frames,
            )
        except MediaError:
            decoder.close()
            raise
        self._sessions[request.session] = session
        self._channel.send(
            SessionOpened(
                session=request.session,
                media=decoder.media,
                length_frames=session.length_frames,
                exact16=session.exact16,
            )
        )

    def _read(self, request: Read) -> None:
        pieces, finished = self._sessions[request.session].read(request.frames)
        answer = Samples(request.session, sum(map(len, pieces)), finished)
        self._channel.send(answer, samples=[piece.data.cast("B") for piece in pieces])

    def _close(self, number: int) -> None:
        session = self._sessions.pop(number, None)
        if session is not None:
            session.close()
            del session
            gc.collect()  # PyAV's objects hold each other, and FFmpeg's memory until then


def _decoder(fd: int | None) -> FileDecoder:
    """A decoder for a file that was handed over; closes it if there can be none."""
    if fd is None:
        raise RuntimeError("a request came without its file")
    source = FileBytes(fd)
    try:
        return FileDecoder(source)
    except BaseException:
        source.close()
        raise


def _broken(session: int, error: Exception) -> Broken:
    match error:
        case MediaError():
            return Broken(session, str(error), isinstance(error, TimingError))
        case MemoryError():
            return Broken(session, "needs too much memory; expected sound; replace the file")
        case _:
            why = getattr(error, "strerror", None) or error
            return Broken(session, f"cannot be read ({why}); check the disk")


if __name__ == "__main__":
    main()
