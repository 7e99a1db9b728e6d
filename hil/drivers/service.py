"""The service of the box, as systemd there runs it."""

from __future__ import annotations

from collections.abc import Sequence

from hil.drivers.protocols import Shell

_START_S = 100.0
"""systemd itself gives a service 90 s to start or to stop."""

_STORE = 'mkdir -p "$1" && cat >"$1/$2"'
_DROP_IN = "hil.conf"


class SystemdService:
    """One unit; all methods raise ``RigError`` if systemd refuses, with its last words.

    Args:
        shell: the box.
        unit: such as ``wkmp-pi.service``.
        prefix: what makes a command root's: ``("sudo", "-n")`` where ``shell`` is not root's own.
        units: where an override goes; what lies in the usual place is gone after a reboot.
    """

    def __init__(
        self,
        shell: Shell,
        unit: str,
        *,
        prefix: Sequence[str] = (),
        units: str = "/run/systemd/system",
    ) -> None:
        self._shell = shell
        self._unit = unit
        self._prefix = tuple(prefix)
        self._drop_ins = f"{units}/{unit}.d"

    def start(self) -> None:
        """Start it and wait until it is up."""
        self._systemctl("start", self._unit)

    def stop(self) -> None:
        """Stop it and wait until it has ended."""
        self._systemctl("stop", self._unit)

    def restart(self) -> None:
        """Stop it, start it, and wait until it is up."""
        self._systemctl("restart", self._unit)

    def kill(self, sign: str = "KILL") -> None:
        """Send a signal to all of its processes; what happens then, its unit says."""
        self._systemctl("kill", f"--signal={sign}", self._unit)

    def main_pid(self) -> int | None:
        """The process id of its main process; ``None`` while it has none."""
        text = self._systemctl("show", "-p", "MainPID", "--value", self._unit)
        return int(text) or None

    def is_active(self) -> bool:
        """Whether it is up."""
        done = self._shell.run([*self._prefix, "systemctl", "is-active", self._unit], check=False)
        return done.code == 0

    def override(self, text: str | None) -> None:
        """Let a drop-in of ours add to the unit, or (``None``) take it away again.

        It counts from the next start on.
        """
        if text is None:
            self._run("rm", "-f", f"{self._drop_ins}/{_DROP_IN}")
        else:
            command = ("sh", "-c", _STORE, "sh", self._drop_ins, _DROP_IN)
            self._run(*command, stdin=text.encode())
        self._systemctl("daemon-reload")

    def _systemctl(self, *words: str) -> str:
        return self._run("systemctl", *words)

    def _run(self, *words: str, stdin: bytes = b"") -> str:
        done = self._shell.run([*self._prefix, *words], stdin=stdin, timeout_s=_START_S)
        return done.out.strip()
