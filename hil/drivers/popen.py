"""Programs by ``subprocess``: what a shell on this machine and one behind ssh have in common."""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import shlex
import signal
import subprocess
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import IO

from hil.drivers.protocols import Done
from hil.errors import RigError

_LAST_WORDS_LINES = 40
_SHOWN_CHARACTERS = 300
_SETTLE_S = 2.0

_STORE = 'mkdir -p -- "$1" && cat >"$2" && [ "$(wc -c <"$2")" -eq "$4" ] && mv -f -- "$2" "$3"'
"""The count is checked because a connection that breaks ends the input as its true end does."""


class PopenShell(ABC):
    """A ``Shell`` whose commands are local processes, whatever these reach.

    Args:
        name: for messages.
        environment: what is added to the environment of these processes.
    """

    def __init__(self, name: str, environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._environment = os.environ | dict(environment or {})

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        check: bool = True,
        timeout_s: float = 60.0,
    ) -> Done:
        """Run a command to its end; see ``Shell``."""
        process = self._popen(argv)
        try:
            out, err = process.communicate(stdin, timeout_s)
        except subprocess.TimeoutExpired:
            found = f"it did not end within {timeout_s:g} s"
            raise self._error(argv, found, "an end", "does it wait for something?") from None
        finally:
            _kill_group(process)
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
        done = Done(self._code(process.returncode), _text(out), _text(err))
        self._judge(argv, done, check)
        return done

    def start(self, argv: Sequence[str]) -> LineProcess:
        """Start a program that talks in lines; see ``Shell``."""
        return LineProcess(self._popen(argv), f"{self.name}: {_shown(argv)}", self._code)

    def write(self, path: str, data: bytes) -> None:
        """Make a file, or put a new one in its place, at once and whole.

        Raises:
            RigError: it cannot be written; what was there before is still there.
        """
        fresh = f"{path}.{secrets.token_hex(4)}~"
        folder = str(PurePosixPath(path).parent)
        self.run(["sh", "-c", _STORE, "sh", folder, fresh, path, str(len(data))], stdin=data)

    @abstractmethod
    def _command(self, argv: Sequence[str]) -> list[str]:
        """The local command that runs ``argv`` over there."""

    def _code(self, code: int) -> int:
        """The exit status as ``Done`` has it."""
        return code

    def _judge(self, argv: Sequence[str], done: Done, check: bool) -> None:
        if check and done.code:
            found = f"it ended with {done.code}, saying {_last(done.err or done.out)!r}"
            raise self._error(argv, found, "0", "try it by hand")

    def _error(self, argv: Sequence[str], found: str, expected: str, remedy: str) -> RigError:
        return RigError(f"{self.name}: {_shown(argv)}: {found}; expected {expected}; {remedy}")

    def _popen(self, argv: Sequence[str]) -> subprocess.Popen[bytes]:
        """A process of a group of its own: an interruption at the terminal is not meant for it."""
        command = self._command(argv)
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            raise self._error(
                argv, str(error), f"a program {command[0]}", "is it installed?"
            ) from error


class LineProcess:
    """A ``Process`` that is a local one.

    Thread: two that read what it says, until it ends.
    Owns: the process and its pipes.

    Args:
        process: with three pipes, and a process group of its own.
        place: for messages.
        code: makes the exit status what ``Done`` has.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], place: str, code: Callable[[int], int]
    ) -> None:
        self._process = process
        self._place = place
        self._code = code
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS_LINES)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._stdin = process.stdin
        self._readers = (
            threading.Thread(target=self._read_lines, args=[process.stdout], daemon=True),
            threading.Thread(target=self._read_last_words, args=[process.stderr], daemon=True),
        )
        for reader in self._readers:
            reader.start()

    def say(self, line: str) -> None:
        """One line to its standard input.

        Raises:
            EOFError: it has ended; the text has its last words.
        """
        try:
            self._stdin.write(line.encode(errors="surrogateescape") + b"\n")
            self._stdin.flush()
        except (OSError, ValueError):  # a broken pipe, or one that was closed by ``end``
            raise self._ended() from None

    def hear(self, timeout_s: float = 20.0) -> str:
        """The next line of its standard output; see ``Process``."""
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError(f"{self._place}: nothing came within {timeout_s:g} s") from None
        if line is None:
            self._lines.put(None)  # for whoever asks again
            raise self._ended()
        return line

    def end(self, timeout_s: float = 20.0) -> Done:
        """Close its input and wait for it; see ``Process``.

        Raises:
            RigError: it did not end; it was killed.
        """
        self._close_input()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RigError(
                f"{self._place}: it went on for {timeout_s:g} s after its input had ended; "
                "expected that it ends then; it was killed"
            ) from None
        self._settle()
        out = "".join(f"{line}\n" for line in self._unheard())
        return Done(self._code(self._process.returncode), out, "\n".join(self._last_words))

    def kill(self) -> None:
        """End it at once, with whatever it started."""
        _kill_group(self._process)
        self._close_input()
        self._settle()

    def _unheard(self) -> Iterator[str]:
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get_nowait()) is not None:
                yield line
        self._lines.put(None)

    def _close_input(self) -> None:
        with contextlib.suppress(OSError):  # what it was told last and never read
            self._stdin.close()

    def _settle(self) -> None:
        """Let the readers come to the end, unless a daemon that it left behind holds the pipes."""
        for reader in self._readers:
            reader.join(_SETTLE_S)

    def _ended(self) -> EOFError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_SETTLE_S)
        self._close_input()
        self._settle()
        words = _last("\n".join(self._last_words))
        return EOFError(
            f"{self._place}: it ended with {self._process.returncode}, saying {words!r}"
        )

    def _read_lines(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self._lines.put(_text(line).removesuffix("\n"))
        self._lines.put(None)

    def _read_last_words(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self._last_words.append(_text(line).removesuffix("\n"))


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that has not ended, and its children."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


def _shown(argv: Sequence[str]) -> str:
    return _last(shlex.join(argv), first=True)


def _last(text: str, *, first: bool = False) -> str:
    """At most a few lines' worth of ``text``: its end, or its beginning."""
    text = text.strip()
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return text[:_SHOWN_CHARACTERS] + "…" if first else "…" + text[-_SHOWN_CHARACTERS:]
