"""The decoder process as the service sees it: started, asked, and killed without mercy."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

from wkmp_pi.decode.protocol import Channel, Hello, ProtocolError, Reply, Request
from wkmp_pi.decode.tags import cleaned

_ENVIRONMENT: Final = {
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""All that the decoder knows of its surroundings, beside where our own code lies: no secrets."""

COMMAND = (sys.executable, "-P", "-m", "wkmp_pi.decode.process")

START_LIMIT_S: Final = 20.0
_REAP_LIMIT_S: Final = 2.0
_LAST_WORDS_BYTES: Final = 16 * 1024


class DecoderGoneError(Exception):
    """The process died, hangs, or talks nonsense; it is of no use any more."""


class DecoderProcess:
    """One decoder process and the socket to it.

    Belongs to the thread that made it: the process dies with that thread.

    Args:
        transfer_limit_s: how long one message, once begun, may take.

    Raises:
        DecoderGoneError: no process can be started.
    """

    def __init__(self, transfer_limit_s: float) -> None:
        try:
            self._process, link = _connected()
        except OSError as error:
            raise DecoderGoneError(f"cannot start a decoder process ({error.strerror})") from error
        self._channel: Channel[Reply] = Channel(link, Reply, transfer_limit_s)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def fileno(self) -> int:
        """For ``poll``: readable when an answer begins or the process has gone."""
        return self._channel.link.fileno()

    def send(self, request: Request, fd: int | None = None) -> None:
        """Ask something; ``fd`` stays the caller's.

        Raises:
            DecoderGoneError: nobody takes it.
        """
        try:
            self._channel.send(request, fd)
        except OSError as error:
            raise DecoderGoneError(self._why(error)) from error

    def receive(self) -> Reply:
        """The next answer; waits until it begins if need be.

        Raises:
            DecoderGoneError: none comes, or it is no answer.
        """
        try:
            received = self._channel.receive()
        except (OSError, ProtocolError) as error:
            raise DecoderGoneError(self._why(error)) from error
        if received is None:
            raise DecoderGoneError(self._why(None))
        reply, fd = received
        if fd is not None:
            os.close(fd)  # nobody asked for one
        return reply

    def receive_into(self, memory: memoryview) -> None:
        """Samples that follow an answer.

        Raises:
            DecoderGoneError: they do not come.
        """
        try:
            self._channel.receive_into(memory)
        except (OSError, ProtocolError) as error:
            raise DecoderGoneError(self._why(error)) from error

    def wait_until_ready(self) -> dict[str, bool]:
        """Wait for the first message; which parts of the sandbox hold.

        Raises:
            DecoderGoneError: it does not start.
        """
        hello = self.receive()
        if not isinstance(hello, Hello):
            raise DecoderGoneError("the decoder process did not introduce itself")
        return hello.sandbox

    def kill(self) -> None:
        """End it at once; harmless when repeated."""
        self._channel.close()
        self._process.kill()
        if self._process.stderr is not None:
            self._process.stderr.close()
        # One that hangs in the kernel, on a disk that is gone, dies when that gives up.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAP_LIMIT_S)

    def _why(self, error: Exception | None) -> str:
        if isinstance(error, ProtocolError):
            return f"the decoder process talks nonsense: {error}"
        if isinstance(error, TimeoutError):
            return "the decoder process hangs"
        return f"the decoder process died ({self._last_words()})"

    def _last_words(self) -> str:
        """How a process ended that has closed its socket: a signal, or what it said of itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAP_LIMIT_S)
        code = self._process.poll()
        if code is None or code < 0 or self._process.stderr is None:
            return "killed" if code is None else f"signal {-code}"
        said = os.read(self._process.stderr.fileno(), _LAST_WORDS_BYTES).decode(errors="replace")
        return cleaned(said.strip().rpartition("\n")[2]) or f"exit {code}"


def _connected() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        try:
            return _spawned(theirs.fileno()), ours
        except OSError:
            ours.close()
            raise


def _spawned(link: int) -> subprocess.Popen[bytes]:
    code = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    return subprocess.Popen(
        [*COMMAND, str(link), str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,  # it may not write to files, and its last words are told
        pass_fds=(link,),
        cwd="/",
        env=_ENVIRONMENT | {"PYTHONPATH": code},  # the same code as ours, wherever it lies
        process_group=0,  # a Ctrl-C in the terminal is for the service
    )


def sandboxed() -> dict[str, bool]:
    """Start a decoder process just to see which parts of its sandbox hold on this machine.

    Raises:
        DecoderGoneError: no decoder can be started at all.
    """
    process = DecoderProcess(START_LIMIT_S)
    try:
        return process.wait_until_ready()
    finally:
        process.kill()
