"""Programs in the guest; see ``drivers.protocols.Shell``."""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hil.drivers.protocols import Done
from hil.errors import RigError
from hil.virtual.channel import Channel, Link, deadline
from hil.virtual.link import Frame, Kind

BENCH = "/run/bench"
"""The bench's folder as the guest sees it."""

_KILL = 9


class GuestShell:
    """Runs programs in the guest that is switched on now.

    Args:
        folder: the bench's own, which the guest has as ``BENCH``.
    """

    name = "the virtual Pi"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.link: Link | None = None

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        check: bool = True,
        timeout_s: float = 60.0,
    ) -> Done:
        """See ``Shell.run``."""
        process = self.start(argv)
        try:
            process.give(stdin)
            done = process.end(timeout_s)
        except TimeoutError as error:
            process.kill()
            raise RigError(
                f"{self.name}: {shlex.join(argv)}: not done within {timeout_s:g} s; expected an "
                "end; see its journal"
            ) from error
        if check and done.code != 0:
            raise RigError(
                f"{self.name}: {shlex.join(argv)}: ended with {done.code}; expected 0; it said: "
                f"{(done.err or done.out).strip()[-500:] or 'nothing'}"
            )
        return done

    def start(self, argv: Sequence[str]) -> GuestProcess:
        """See ``Shell.start``."""
        return GuestProcess(self._up().open(Kind.START, argv=list(argv)), shlex.join(argv))

    def write(self, path: str, data: bytes) -> None:
        """See ``Shell.write``; goes through the bench's folder, which is faster than the line."""
        script = 'mkdir -p "${1%/*}" && cp "$2" "$1.new" && mv "$1.new" "$1"'
        with tempfile.NamedTemporaryFile(dir=self._folder) as file:
            file.write(data)
            file.flush()
            self.run(["sh", "-c", script, "sh", path, f"{BENCH}/{Path(file.name).name}"])

    def connect(self, host: str, port: int) -> Channel:
        """A TCP connection inside the guest."""
        return self._up().open(Kind.CONNECT, host=host, port=port)

    def _up(self) -> Link:
        if self.link is None:
            raise RigError(f"{self.name}: it is off; expected it on; switch the power on first")
        return self.link


class GuestProcess:
    """See ``drivers.protocols.Process``."""

    def __init__(self, channel: Channel, name: str) -> None:
        self._channel = channel
        self._name = name
        self._out, self._err = bytearray(), bytearray()
        self._done: Done | None = None
        self._closed = False

    def say(self, line: str) -> None:
        """See ``Process.say``."""
        self.give(line.encode() + b"\n")

    def give(self, data: bytes) -> None:
        """Bytes to its standard input."""
        if data:
            self._channel.send(Kind.INPUT, data)

    def hear(self, timeout_s: float = 20.0) -> str:
        """See ``Process.hear``."""
        left = deadline(timeout_s)
        while b"\n" not in self._out:
            if self._done is not None:
                words = (self._err or self._out).decode(errors="replace").strip()
                raise EOFError(f"{self._name}: ended with {self._done.code}: {words[-500:]}")
            self._take(left())
        line, _, rest = bytes(self._out).partition(b"\n")
        self._out[:] = rest
        return line.decode(errors="replace")

    def end(self, timeout_s: float = 20.0) -> Done:
        """See ``Process.end``."""
        if not self._closed and self._done is None:
            self._closed = True
            self._channel.send(Kind.CLOSE)
        left = deadline(timeout_s)
        while self._done is None:
            self._take(left())
        out, self._out = self._out.decode(errors="replace"), bytearray()
        return self._done._replace(out=out, err=self._err.decode(errors="replace"))

    def kill(self) -> None:
        """See ``Process.kill``."""
        if self._done is None:
            self._channel.send(Kind.SIGNAL, bytes([_KILL]))

    def _take(self, timeout_s: float) -> None:
        frame: Frame = self._channel.next(timeout_s)
        if frame.kind is Kind.OUTPUT:
            self._out += frame.data
        elif frame.kind is Kind.ERRORS:
            self._err += frame.data
        elif frame.kind is Kind.ENDED:
            self._done = Done(json.loads(frame.data), "", "")
