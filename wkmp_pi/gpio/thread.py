"""The one thread that owns the pins, however many buttons and lights there are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from wkmp_pi.gpio.door import PinError, Pins
from wkmp_pi.threads import NamedThread

_NS_PER_S = 1_000_000_000
PROBLEM = "gpio"
"""The key of the problem that there is no chip."""


class PinUser(Protocol):
    """What has pins; every method is called on the thread that owns them."""

    def open(self, pins: Pins) -> None:
        """There is a chip: a new one, if there was one before."""
        ...

    def step(self, now_ns: int) -> int | None:
        """Do what is due; gives when to be called again at the latest (``None``: when poked).

        Without a chip as well: what is asked for is told, and done when there is one.

        Raises:
            PinError: the chip is gone.
        """
        ...

    def close(self) -> None:
        """The chip is gone, or will be; let go of all pins. Harmless without ``open``."""
        ...


class PinThread:
    """Opens the chip, again and again if need be, and lets the users of pins do their work.

    Thread: ``wkmp-pins``, between ``start`` and ``stop``.
    Owns: chip and pins.

    Args:
        users: buttons, lights.
        report: told why there is no chip, and ``None`` when there is; from that thread.
        open_pins: opens the chip; raises ``PinError``.
        retry_s: between two attempts.
        clock_ns: CLOCK_MONOTONIC.
    """

    def __init__(
        self,
        users: Sequence[PinUser],
        report: Callable[[str | None], None],
        open_pins: Callable[[], Pins] = Pins,
        retry_s: float = 5.0,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._users = tuple(users)
        self._report = report
        self._open_pins = open_pins
        self._retry_ns = round(retry_s * _NS_PER_S)
        self._clock_ns = clock_ns
        self._pins: Pins | None = None
        self._open_ns = 0
        self._told: str | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._thread = NamedThread(target=self._run, name="wkmp-pins", daemon=True)

    def start(self) -> None:
        """Begin; the chip is opened on the thread, so that nobody waits for it."""
        self._thread.start()

    def poke(self) -> None:
        """Something is to be done; from any thread, never waits."""
        self._wake.set()

    def stop(self, timeout_s: float) -> bool:
        """Let go of everything and end; False if that took too long. Harmless without ``start``."""
        self._stopping = True
        self._wake.set()
        if self._thread.ident is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def step(self) -> int | None:
        """Do what is due; when to come again at the latest, CLOCK_MONOTONIC."""
        now_ns = self._clock_ns()
        try:
            if self._pins is None and now_ns >= self._open_ns:
                self._open()
            dues = [user.step(now_ns) for user in self._users]
        except PinError as error:
            self._lose(str(error.strerror or error))
            self._open_ns = now_ns + self._retry_ns
            return self._open_ns
        if self._pins is None:
            dues.append(self._open_ns)
        return min((due for due in dues if due is not None), default=None)

    def close(self) -> None:
        """Let go of chip and pins."""
        for user in self._users:
            user.close()
        if self._pins is not None:
            self._pins.close()
            self._pins = None

    def _open(self) -> None:
        pins = self._pins = self._open_pins()
        for user in self._users:
            user.open(pins)
        self._tell(None)

    def _lose(self, why: str) -> None:
        self.close()
        self._tell(why)

    def _tell(self, why: str | None) -> None:
        if why != self._told:
            self._told = why
            self._report(why)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            due_ns = self.step()
            self._wait(due_ns)
        self.close()

    def _wait(self, due_ns: int | None) -> None:
        wait_s = None if due_ns is None else max(due_ns - self._clock_ns(), 0) / _NS_PER_S
        if not self._stopping:
            self._wake.wait(wait_s)
