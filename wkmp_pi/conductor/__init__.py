"""The one mind of the box: messages in, effects out, one after the other.

Everything that *happens* and everything that is *asked* arrives in one inbox;
``decide`` is pure and tells what follows; ``perform`` does it. Nothing is
decided anywhere else, and nothing here waits for anything but the inbox.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable

from wkmp_pi.conductor.decide import (
    CardVolume,
    Decided,
    Message,
    Problem,
    Stuck,
    Tick,
    decide,
    next_deadline_ns,
)
from wkmp_pi.conductor.effects import Effect
from wkmp_pi.conductor.state import State
from wkmp_pi.units import NS_PER_SECOND

__all__ = ["CardVolume", "Conductor", "Decided", "Message", "Problem", "State", "Tick", "decide"]


class Conductor:
    """The loop around ``decide``.

    Thread: the one that calls ``run`` (main).
    Owns: the player state. Its inbox has no limit: commands are limited at the doors, and
    events are few.

    Args:
        state: what is known at first.
        perform: does one effect; must not wait.
        watch: looks for stuck states, each ``watchdog_interval_ms`` while there is something to
            play; quick.
        clock_ns: CLOCK_MONOTONIC.
    """

    def __init__(
        self,
        state: State,
        perform: Callable[[Effect], None],
        clock_ns: Callable[[], int] = time.monotonic_ns,
        watch: Callable[[State], Stuck | None] = lambda _: None,
    ) -> None:
        self.state = state
        self.steps = 0
        """Grows while the loop lives; a supervisor compares."""
        self._perform = perform
        self._watch = watch
        self._look_ns: int | None = None
        self.now_ns = clock_ns
        self._inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def post(self, message: Message) -> None:
        """Hand over a message from any thread; never waits."""
        self._inbox.put(message)

    def stop(self) -> None:
        """End ``run`` after what is in the inbox."""
        self._inbox.put(None)

    def run(self) -> None:
        """Decide until ``stop``."""
        while (message := self._next()) is not None:
            self.step(message)

    def step(self, message: Message) -> None:
        """Decide about one message and do what follows."""
        self.state, effects = decide(self.state, message, self.now_ns())
        for effect in effects:
            self._perform(effect)
        self.steps += 1

    def _next(self) -> Message | None:
        """The next message; a deadline that comes before it is a message, too."""
        while True:
            deadline_ns = self._deadline_ns()
            if deadline_ns is None:
                return self._inbox.get()
            wait_s = max(deadline_ns - self.now_ns(), 0) / NS_PER_SECOND
            try:
                return self._inbox.get(timeout=wait_s)
            except queue.Empty:
                due = self._due()
                if due is not None:
                    return due

    def _deadline_ns(self) -> int | None:
        settings, decision_ns = self.state.settings, next_deadline_ns(self.state)
        if not (settings.watchdog_enabled and self.state.playing and self.state.takes):
            self._look_ns = None
            return decision_ns
        if self._look_ns is None:
            self._look_ns = self.now_ns() + settings.watchdog_interval_ms * 1_000_000
        return self._look_ns if decision_ns is None else min(self._look_ns, decision_ns)

    def _due(self) -> Message | None:
        """What a deadline has to say, if anything."""
        now_ns, decision_ns = self.now_ns(), next_deadline_ns(self.state)
        if decision_ns is not None and now_ns >= decision_ns:
            return Tick()
        if self._look_ns is not None and now_ns >= self._look_ns:
            self._look_ns = None
            return self._watch(self.state)
        return None
