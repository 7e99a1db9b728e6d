"""How the machine and the process do: what the broker is told once a minute."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wkmp_pi.events.bus import Bus

_TEMPERATURE = Path("/sys/class/thermal/thermal_zone0/temp")
_PAGE_BYTES = resource.getpagesize()


class Vitals:
    """Looks when it is called; from one thread.

    Args:
        bus: whose inboxes are looked at.
        status: the player state.
        clock_s: CLOCK_MONOTONIC.
        cpu_s: processor time of this process.
    """

    def __init__(
        self,
        bus: Bus,
        status: Callable[[], Mapping[str, Any]],
        clock_s: Callable[[], float] = time.monotonic,
        cpu_s: Callable[[], float] = time.process_time,
    ) -> None:
        self._bus = bus
        self._status = status
        self._clock_s = clock_s
        self._cpu_s = cpu_s
        self._begun_s = self._last_s = clock_s()
        self._last_cpu_s = cpu_s()

    def __call__(self) -> dict[str, Any]:
        """What there is to tell now; ``None`` where this machine has no such thing."""
        graph = self._bus.graph()
        status = self._status()
        return {
            "uptime_s": round(self._clock_s() - self._begun_s),
            "cpu": self._cpu_percent(),
            "load": _load(),
            "temperature": temperature(),
            "memory_mib": _memory_mib(),
            "threads": threading.active_count(),
            "queues": {listener.label: listener.depth for listener in graph},
            "dropped": {one.label: one.dropped for one in graph if one.dropped},
            "watchdog": dict(status.get("watchdog_interventions_total") or {}),
            "problems": len(status.get("problems") or ()),
        }

    def _cpu_percent(self) -> float:
        """Of one core, since the last look."""
        now_s, cpu_s = self._clock_s(), self._cpu_s()
        passed_s, used_s = now_s - self._last_s, cpu_s - self._last_cpu_s
        self._last_s, self._last_cpu_s = now_s, cpu_s
        return round(100 * used_s / passed_s, 1) if passed_s > 0 else 0.0


def temperature(file: Path = _TEMPERATURE) -> float | None:
    """Of the processor in °C, if the kernel tells it."""
    try:
        return round(int(file.read_text()) / 1000, 1)
    except (OSError, ValueError):
        return None


def _load() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def _memory_mib() -> float | None:
    """Resident memory."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return round(pages * _PAGE_BYTES / 1024 / 1024, 1)
