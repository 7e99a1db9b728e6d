"""Tells systemd that the box is ready and alive: only while sound and decisions really move.

The protocol is one datagram to the socket that ``NOTIFY_SOCKET`` names, see
sd_notify(3). Without that variable nothing is sent.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from wkmp_pi.threads import NamedThread


def notify(message: str) -> None:
    """Send one message to the service manager, if there is one; never raises."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(message.encode(), "\0" + address[1:] if address[0] == "@" else address)


class Supervisor:
    """Pings the service manager while every watched part answers.

    Thread: ``wkmp-super``; it sleeps half of the manager's interval between pings.
    Owns: nothing.

    Args:
        nudge: asks every part to show that it lives, such as by posting it a message.
        steps: how far each part has come; a part whose number stands still after a nudge is
            stuck, and the manager hears nothing until it moves.
        interval_s: the manager's patience; ``None`` sends no pings.
    """

    def __init__(
        self,
        nudge: Callable[[], None],
        steps: Sequence[Callable[[], int]],
        interval_s: float | None,
    ) -> None:
        self._nudge = nudge
        self._steps = steps
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = NamedThread(target=self._run, name="wkmp-super", daemon=True)

    def start(self) -> None:
        """Say that the box is ready, and begin to watch."""
        notify("READY=1")
        if self._interval_s is not None:
            self._thread.start()

    def stop(self) -> None:
        """Say that the box is stopping."""
        notify("STOPPING=1")
        self._stopping.set()

    def step(self, before: tuple[int, ...]) -> tuple[int, ...]:
        """Compare with an earlier look, ping if all parts moved, and nudge them again."""
        now = tuple(step() for step in self._steps)
        if all(new > old for new, old in zip(now, before, strict=True)):
            notify("WATCHDOG=1")
        self._nudge()
        return now

    def _run(self) -> None:
        seen = tuple(-1 for _ in self._steps)
        while not self._stopping.is_set():
            seen = self.step(seen)
            self._stopping.wait((self._interval_s or 1.0) / 2)


def watchdog_interval_s() -> float | None:
    """What systemd told of ``WatchdogSec=`` for this process."""
    usec, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not usec.isdigit() or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 1_000_000
