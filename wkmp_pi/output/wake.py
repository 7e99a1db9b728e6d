"""A wait that ends at a moment or when another thread rings, whichever comes first."""

from __future__ import annotations

import os
import select
import weakref

from wkmp_pi.units import NS_PER_SECOND


class Wake:
    """One thread waits, any thread rings; a ring before the wait is not lost.

    An eventfd under ``select``: the wait releases the interpreter, its timeout has
    microseconds, and ringing takes no lock of Python's.
    """

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        weakref.finalize(self, os.close, self._fd)

    def ring(self) -> None:
        """End the present or the next wait."""
        os.eventfd_write(self._fd, 1)

    def wait(self, timeout_ns: int | None) -> None:
        """Wait for a ring, at most ``timeout_ns``; ``None`` waits for ever."""
        timeout_s = None if timeout_ns is None else max(timeout_ns, 0) / NS_PER_SECOND
        ready, _, _ = select.select([self._fd], [], [], timeout_s)
        if ready:
            os.eventfd_read(self._fd)
