"""How a driver talks to its program at the other end: in lines of JSON, through any shell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hil.drivers.protocols import Done, Shell
from hil.errors import RigError

_PROGRAMS = Path(__file__).parents[1] / "programs"
_THERE = "/tmp"  # noqa: S108 - the name bears a hash of what is in it, which is written each time


class Program:
    """A running program of ``hil/programs``, copied to its machine before.

    Args:
        shell: where it runs.
        python: the interpreter there, with the library that it needs.
        name: of the program.
        words: its arguments.
        prefix: what makes a command another user's there, such as ``("sudo", "-n")``.

    Raises:
        RigError: it cannot be brought there or started.
    """

    def __init__(
        self, shell: Shell, python: str, name: str, *words: str, prefix: Sequence[str] = ()
    ) -> None:
        source = (_PROGRAMS / f"{name}.py").read_bytes()
        path = f"{_THERE}/hil-{name}-{hashlib.sha256(source).hexdigest()[:8]}.py"
        shell.write(path, source)
        self.place = f"{shell.name}: {name}"
        self._process = shell.start([*prefix, python, path, *words])

    def tell(self, **said: Any) -> None:
        """One object to it.

        Raises:
            RigError: it has ended.
        """
        try:
            self._process.say(json.dumps(said))
        except EOFError as error:
            raise self._gone(error) from error

    def hear(self, timeout_s: float = 20.0) -> dict[str, Any]:
        """The next object that it says.

        Raises:
            TimeoutError: it said nothing in time.
            RigError: it has ended, or says something else.
        """
        try:
            line = self._process.hear(timeout_s)
        except EOFError as error:
            raise self._gone(error) from error
        try:
            return dict(json.loads(line))
        except (ValueError, TypeError):
            raise RigError(
                f"{self.place}: found {line[:200]!r}; expected an object of JSON; "
                "does its interpreter print something of its own?"
            ) from None

    def ask(self, timeout_s: float = 20.0, **said: Any) -> dict[str, Any]:
        """One object to it, and its answer.

        Raises:
            RigError: it has ended, says nothing in time, or says that it could not do it.
        """
        self.tell(**said)
        try:
            answer = self.hear(timeout_s)
        except TimeoutError as error:
            raise RigError(f"{self.place}: {error}; expected an answer; is it stuck?") from error
        if "error" in answer:
            raise RigError(f"{self.place}: {answer['error']}")
        return answer

    def now_ns(self) -> int:
        """CLOCK_MONOTONIC of its machine, some time during this call."""
        return int(self.ask(ping=1)["now_ns"])

    def end(self) -> Done:
        """Have it end by itself."""
        return self._process.end()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def _gone(self, error: EOFError) -> RigError:
        return RigError(f"{self.place}: {error}; expected it to run; see its last words")
