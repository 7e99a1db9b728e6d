"""Machines on a live bus; while somebody records, each step is noted.

Thread: one, the owner's (the conductor).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import Event, MachinesStepped
from wkmp_pi.events.machines import Machine, Machines, Member, Vocabulary
from wkmp_pi.events.told import Told

_log = logging.getLogger(__name__)


class Stage:
    """Machines on a bus.

    Args:
        bus: takes the events that they want published, stamped with the time of the step.
        members: the machines.
        act: does everything else that they want; what it feeds comes after the step.
        vocabulary: knows a word for each input that is no event.
    """

    def __init__(
        self, bus: Bus, members: list[Member], act: Callable[[Any], None], vocabulary: Vocabulary
    ) -> None:
        self._bus = bus
        self._machines = Machines(members, _failed)
        self._act = act
        self._vocabulary = vocabulary
        self._waiting: deque[tuple[Any, int]] = deque()
        self._stepping = False

    @property
    def deadline_ns(self) -> int | None:
        """When ``due`` should be called, if nothing is fed before."""
        return self._machines.deadline_ns

    def feed(self, item: Any, now_ns: int) -> None:
        """Give them an input: an event as it was told, or something of the vocabulary."""
        self._take((item, now_ns))

    def due(self, now_ns: int) -> None:
        """Let time pass."""
        self._take((None, now_ns))

    def _take(self, given: tuple[Any, int]) -> None:
        """One step after another, also if one leads to the next."""
        self._waiting.append(given)
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._waiting:
                self._step(*self._waiting.popleft())
        finally:
            self._stepping = False

    def _step(self, item: Any, now_ns: int) -> None:
        machines, made = self._machines, list[int]()
        for out in machines.due(now_ns) if item is None else machines.feed(item, now_ns):
            if isinstance(getattr(out, "event", None), Event):
                made.append(self._bus.publish(out.event, out.causes, at_ns=now_ns))
            else:
                self._act(out)
        if self._bus.named(MachinesStepped):
            self._note(item, now_ns, made)

    def _note(self, item: Any, now_ns: int, made: list[int]) -> None:
        told = item.id if isinstance(item, Told) else 0
        given = None if told or item is None else self._vocabulary.encode(item)
        self._bus.publish(
            MachinesStepped(now_ns=now_ns, told=told, given=given, made=tuple(made)), at_ns=now_ns
        )


def _failed(machine: Machine, error: Exception) -> None:
    _log.error("%s: failed; it goes on", type(machine).__name__, exc_info=error)
