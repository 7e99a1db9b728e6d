"""Tells that a sound card came or went; the only import of pyudev.

It says *that* something changed, not what: the listener looks at the cards
itself, which also makes a missed event harmless. A burst of events is one
call, and a loose plug is no more than five calls a second. Without udev or
netlink (a container) there is no hot-plug, only a text that says so; looking
from time to time must do then.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from wkmp_pi.threads import NamedThread

_UDEVD = Path("/run/udev/control")
_SETTLE_S = 0.05
"""A card comes and goes in pieces, within some 20 ms; half a card cannot be opened."""
_PAUSE_S = 0.15


def sound_monitor(subsystem: str = "sound") -> Any:
    """A listening ``pyudev.Monitor``: after udev has given the rights, or the kernel's own words.

    Raises:
        ImportError: pyudev or libudev is not installed.
        OSError: no netlink here.
    """
    import pyudev  # here, so that a machine without libudev still starts

    source = "udev" if _UDEVD.exists() else "kernel"
    monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source=source)
    monitor.filter_by(subsystem)
    monitor.start()
    return monitor


class Hotplug:
    """Watches for sound cards.

    Thread: ``wkmp-hotplug``, between ``start`` and ``stop``.
    Owns: the netlink socket.

    Args:
        on_change: called on that thread after one or more events; it may only post.
        open_monitor: what to watch; see ``sound_monitor``.
    """

    def __init__(
        self, on_change: Callable[[], None], open_monitor: Callable[[], Any] = sound_monitor
    ) -> None:
        self._on_change = on_change
        self._open_monitor = open_monitor
        self._monitor: Any = None
        self._bell = -1
        self._thread = NamedThread(target=self._run, name="wkmp-hotplug", daemon=True)

    def start(self) -> str | None:
        """Begin to watch; a text says why that is not possible here."""
        try:
            self._monitor = self._open_monitor()
        except (ImportError, OSError) as error:
            return (
                f"hot-plug: {error}; expected udev or netlink; cards that are plugged in "
                "are found a little later, by looking"
            )
        self._bell = os.eventfd(0, os.EFD_CLOEXEC)
        self._thread.start()
        return None

    def stop(self, timeout_s: float = 1.0) -> bool:
        """End the thread; False if it did not end in time. Harmless without ``start``."""
        if self._bell < 0:
            return True
        os.eventfd_write(self._bell, 1)
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            return False
        os.close(self._bell)
        self._bell, self._monitor = -1, None
        return True

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._bell, self._monitor], [], [])
            if self._bell in ready or self._stopped_within(_SETTLE_S):
                return
            self._drain()
            self._on_change()
            if self._stopped_within(_PAUSE_S):
                return

    def _stopped_within(self, seconds: float) -> bool:
        return bool(select.select([self._bell], [], [], seconds)[0])

    def _drain(self) -> None:
        """Take every event that is there, or an error, as when too many came at once."""
        with suppress(OSError):
            while self._monitor.poll(timeout=0) is not None:
                pass
