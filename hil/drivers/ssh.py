"""Programs on a machine behind ssh.

The first command opens a connection that the others share: a command then costs a round trip
rather than a new login. Nobody is asked for a password.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
import signal
import subprocess
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

from hil.drivers.popen import PopenShell
from hil.drivers.protocols import Done
from hil.errors import RigError

_CONNECT_S = 10
_ALIVE_S = 5
_ALIVE_TRIES = 2
"""A machine that lost its supply is missed after 10 s; ``forget`` does not wait for that."""

_SSH_FAILED = 255
_SHELLS_SIGNAL = 128


class SshShell(PopenShell):
    """Another machine; a ``Shell``.

    Args:
        host: ``name`` or ``user@name``, as ssh takes it; aliases of ``~/.ssh/config`` work.
        port: if it is not the one of ssh's configuration.
        identity: the file of a private key, if it is not one of the usual.
        options: further ones as ``-o`` takes them, such as ``UserKnownHostsFile=…``.

    Raises:
        RigError: ``host`` would be taken for an option.
    """

    def __init__(
        self,
        host: str,
        *,
        port: int | None = None,
        identity: Path | None = None,
        options: Sequence[str] = (),
    ) -> None:
        super().__init__(host)
        if not host or host.startswith("-"):
            raise RigError(f"host: found {host!r}; expected a name or user@name; see the rig file")
        folder = tempfile.mkdtemp(prefix="hil-ssh-")
        self._ssh = ["ssh", *_options(f"{folder}/c", options)]
        self._ssh += ["-p", str(port)] if port is not None else []
        self._ssh += ["-i", str(identity), "-o", "IdentitiesOnly=yes"] if identity else []
        self._host = host
        self.close = weakref.finalize(self, _close, [*self._ssh, "-O", "exit", "--", host], folder)
        """Ends the shared connection for good; also done at the end of the program."""

    def forget(self) -> None:
        """Drop the shared connection; the next command makes a new one.

        For a machine that lost its supply: commands would wait for an answer on the old one.
        """
        _leave([*self._ssh, "-O", "exit", "--", self._host])

    def _command(self, argv: Sequence[str]) -> list[str]:
        """Through a shell of ours over there.

        The user's own might be of any kind, and ssh says 255 of what a signal has killed.
        """
        script = f"{shlex.join(argv)}; exit $?"
        return [*self._ssh, "--", self._host, f"exec sh -c {shlex.quote(script)}"]

    def _code(self, code: int) -> int:
        number = code - _SHELLS_SIGNAL
        return -number if number in signal.valid_signals() else code

    def _judge(self, argv: Sequence[str], done: Done, check: bool) -> None:
        if done.code == _SSH_FAILED:
            words = done.err.strip().splitlines()[-1:] or ["nothing"]
            raise self._error(
                argv,
                f"ssh says {words[0].strip()!r}",
                "a login without a password",
                f"try: ssh -o BatchMode=yes {self._host} true",
            )
        super()._judge(argv, done, check)


def _options(control: str, more: Sequence[str]) -> list[str]:
    chosen = [
        *("BatchMode=yes", f"ConnectTimeout={_CONNECT_S}"),
        *(f"ServerAliveInterval={_ALIVE_S}", f"ServerAliveCountMax={_ALIVE_TRIES}"),
        *("ControlMaster=auto", "ControlPersist=60", f"ControlPath={control}"),
        *more,
    ]
    return ["-T", *(word for option in chosen for word in ("-o", option))]


def _close(command: list[str], folder: str) -> None:
    _leave(command)
    shutil.rmtree(folder, ignore_errors=True)


def _leave(command: list[str]) -> None:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_CONNECT_S,
            check=False,
        )
