"""The guest's service manager: starts, watches, restarts and stops, as the unit file says.

It obeys the very unit that is shipped, so that what the rig proves of restarts and watchdog is
true of the box. What it leaves to the real one is the sandbox: here everything is root.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

from hil.virtual.guest import units
from hil.virtual.guest.loop import Loop

_DROP_INS = Path("/run/systemd/system")
JOURNAL = Path("/run/bench/journal")


class Service:
    """One service: off, starting, on, or stopping.

    Args:
        loop: who waits for its process.
        file: its unit.
    """

    def __init__(self, loop: Loop, file: Path) -> None:
        self.name = file.name
        self._loop = loop
        self._file = file
        self._unit = self.load()
        self._child: Popen[bytes] | None = None
        self._wanted = False
        self._life = 0  # which start this is; a deadline of an earlier one is void
        self._pinged_s = 0.0
        self._when_off: list[Callable[[], None]] = []
        self._when_up: list[Callable[[bool], None]] = []
        self._notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._address = f"\0{self.name}.notify"
        self._notified.bind(self._address)
        loop.watch(self._notified.fileno(), self._hear)
        self._ready = False

    @property
    def pid(self) -> int:
        """Of its process; 0 if there is none."""
        return 0 if self._child is None else self._child.pid

    @property
    def up(self) -> bool:
        """Whether it runs, and has said so if its unit demands that."""
        return self._child is not None and (self._ready or not self._unit.notifies)

    def load(self) -> units.Unit:
        """Read the unit and its drop-ins again; they count from the next start on."""
        drop_ins = sorted((_DROP_INS / f"{self.name}.d").glob("*.conf"))
        self._unit = units.read([self._file, *drop_ins])
        return self._unit

    def start(self, then: Callable[[bool], None] = lambda _: None) -> None:
        """Start it, and again when it ends; harmless if it is on.

        Args:
            then: comes when it is up (True), or has ended before it was (False).
        """
        self._wanted = True
        if self._child is None:
            self._spawn()
        if self.up or self._child is None:
            then(self.up)
        else:
            self._when_up.append(then)

    def stop(self, then: Callable[[], None] = lambda: None) -> None:
        """Ask it to end, and make it if it does not; ``then`` comes when it has."""
        self._wanted = False
        if self._child is None:
            then()
            return
        self._when_off.append(then)
        self._end_by(signal.SIGTERM)

    def kill(self, number: int) -> None:
        """Send a signal to all of its processes."""
        self._signal(number)

    def _spawn(self) -> None:
        self._life += 1
        self._ready = False
        with JOURNAL.open("ab") as journal:
            try:
                child = self._loop.spawn(
                    self._unit.argv,
                    self._ended,
                    output=journal.fileno(),
                    errors=journal.fileno(),
                    environment=self._environment(),
                )
            except OSError as error:
                journal.write(f"{self.name}: {error}\n".encode())
                return
        self._child = child

    def _environment(self) -> dict[str, str]:
        unit = self._unit
        found = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "NOTIFY_SOCKET": "@" + self._address[1:],
            **unit.environment,
        }
        for key, base, name in (
            ("STATE_DIRECTORY", "/var/lib", unit.state),
            ("RUNTIME_DIRECTORY", "/run", unit.runtime),
        ):
            if name is not None:
                folder = Path(base, name)
                folder.mkdir(parents=True, exist_ok=True)
                found[key] = found["HOME"] = str(folder)
        if unit.watchdog_s is not None:
            found["WATCHDOG_USEC"] = str(round(unit.watchdog_s * 1e6))
        return found

    def _ended(self, code: int) -> None:
        self._signal(signal.SIGKILL)  # whatever it has left behind
        with JOURNAL.open("a") as journal:
            journal.write(f"{self.name}: ended with {code}\n")
        self._child = None
        self._life += 1
        self._tell_up(False)
        waiting, self._when_off = self._when_off, []
        for then in waiting:
            then()
        if self._wanted and self._unit.restarts and code not in self._unit.unless:
            self._deadline(self._unit.restart_s, self._again)

    def _again(self) -> None:
        if self._wanted and self._child is None:
            self._spawn()

    def _watch(self) -> None:
        """A process that has not notified for too long is stuck."""
        if self._unit.watchdog_s is None:
            return
        left_s = self._pinged_s + self._unit.watchdog_s - time.monotonic()
        if left_s > 0:
            self._deadline(left_s, self._watch)
        else:
            self._end_by(signal.SIGABRT)

    def _end_by(self, number: int) -> None:
        """As systemd: what was stopped can end, too, and what does not end is killed."""
        self._signal(number)
        self._signal(signal.SIGCONT)
        self._deadline(self._unit.stop_s, lambda: self._signal(signal.SIGKILL))

    def _hear(self) -> None:
        words = self._notified.recv(4096).decode(errors="replace").split("\n")
        if "READY=1" in words or "WATCHDOG=1" in words:
            self._pinged_s = time.monotonic()
        if "READY=1" in words and self._child is not None:
            self._ready = True
            self._tell_up(True)
            self._watch()  # as systemd: not before it is up

    def _tell_up(self, up: bool) -> None:
        waiting, self._when_up = self._when_up, []
        for then in waiting:
            then(up)

    def _deadline(self, seconds: float, action: Callable[[], None]) -> None:
        life = self._life
        self._loop.later(seconds, lambda: action() if life == self._life else None)

    def _signal(self, number: int) -> None:
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, number)
