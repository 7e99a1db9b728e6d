"""A thread with an inbox on the bus; what it does with each event is its own business."""

from __future__ import annotations

from collections.abc import Callable

from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import Event
from wkmp_pi.threads import NamedThread


class Consumer:
    """Handles events one by one, in order, on a thread of its own.

    Thread: ``wkmp-`` and the name.
    Owns: its inbox. When more than ``limit`` events wait, the oldest are dropped.

    Args:
        bus: where the events come from, from this moment on.
        name: a few letters; the kernel shows 15 with the prefix.
        handle: gets each event; one that raises costs this delivery, which is logged.
        names: which events, as ``Bus.subscribe`` takes them.
        limit: how many may wait; 0 never drops.
    """

    def __init__(
        self, bus: Bus, name: str, handle: Callable[[Event], object], *names: str, limit: int = 0
    ) -> None:
        self._bus = bus
        self._handle = handle
        self._inbox = bus.subscribe(*names, limit=limit, label=name)
        self._thread = NamedThread(target=self._run, name=f"wkmp-{name}", daemon=True)

    def start(self) -> None:
        """Begin to handle what has been waiting since the construction."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Handle what is waiting and end; False if that took too long."""
        self._bus.unsubscribe(self._inbox)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while self._inbox.deliver(lambda told: self._handle(told.event)):
            pass
