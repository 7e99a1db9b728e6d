"""The one mind of the box: messages in, effects out, one after the other.

Everything that *happens* and everything that is *asked* arrives in one inbox;
``decide`` is pure and tells what follows; ``perform`` does it. What buttons,
bindings and event playlists make of it is decided by machines of their own,
on the same thread and from the same inbox. Nothing is decided anywhere else,
and nothing here waits for anything but the inbox.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any, Protocol

from wkmp_pi.conductor.decide import (
    Arm,
    CardVolume,
    Decided,
    Message,
    Problem,
    Stuck,
    Tick,
    decide,
    next_deadline_ns,
)
from wkmp_pi.conductor.effects import Ask, Effect
from wkmp_pi.conductor.state import State
from wkmp_pi.units import NS_PER_SECOND

__all__ = [
    "Arm",
    "CardVolume",
    "Conductor",
    "Decided",
    "Message",
    "Problem",
    "State",
    "Tick",
    "decide",
]


class Reactions(Protocol):
    """What else decides on the conductor's thread; see ``events.stage.Stage``."""

    takes: tuple[type, ...]
    """The classes of messages that are for it."""

    @property
    def deadline_ns(self) -> int | None:
        """When ``due`` should be called, if nothing comes before."""
        ...

    def feed(self, message: Any, now_ns: int) -> None:
        """Take a message."""
        ...

    def due(self, now_ns: int) -> None:
        """Let time pass."""
        ...


class NoReactions:
    """Nothing but the player."""

    takes: tuple[type, ...] = ()
    deadline_ns: int | None = None

    def feed(self, message: Any, now_ns: int) -> None:
        """Nothing is taken."""

    def due(self, now_ns: int) -> None:
        """Nothing is due."""


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
        self.reactions: Reactions = NoReactions()
        """Set before ``run``."""
        self.causes: tuple[int, ...] = ()
        """Ids of the events behind the message that is decided about now."""
        self.steps = 0
        """Grows while the loop lives; a supervisor compares."""
        self._perform = perform
        self._watch = watch
        self._look_ns: int | None = None
        self.now_ns = clock_ns
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def post(self, message: Any) -> None:
        """Hand over a ``Message``, or one for the reactions, from any thread; never waits."""
        self._inbox.put(message)

    def stop(self) -> None:
        """End ``run`` after what is in the inbox."""
        self._inbox.put(None)

    def run(self) -> None:
        """Decide until ``stop``."""
        while (message := self._next()) is not None:
            if isinstance(message, self.reactions.takes):
                self.reactions.feed(message, self.now_ns())
                self.steps += 1
            else:
                self.step(message)

    def step(self, message: Message) -> None:
        """Decide about one message and do what follows."""
        self.state, effects = decide(self.state, message, self.now_ns())
        self.causes = message.causes if isinstance(message, Ask) else ()
        for effect in effects:
            self._perform(effect)
        self.causes = ()
        self.steps += 1

    def _next(self) -> Any:
        """The next message; a deadline that has passed is looked after before it, if only once."""
        while True:
            deadline_ns = self._deadline_ns()
            if deadline_ns is None:
                return self._inbox.get()
            wait_s = (deadline_ns - self.now_ns()) / NS_PER_SECOND
            if wait_s <= 0 and (due := self._due()) is not None:
                return due
            try:
                return self._inbox.get(timeout=max(wait_s, 0))
            except queue.Empty:
                continue

    def _deadline_ns(self) -> int | None:
        settings, decision_ns = self.state.settings, next_deadline_ns(self.state)
        if not (settings.watchdog_enabled and self.state.playing and self.state.takes):
            self._look_ns = None
        elif self._look_ns is None:
            self._look_ns = self.now_ns() + settings.watchdog_interval_ms * 1_000_000
        deadlines = (decision_ns, self._look_ns, self.reactions.deadline_ns)
        return min((at_ns for at_ns in deadlines if at_ns is not None), default=None)

    def _due(self) -> Message | None:
        """What a deadline has to say, if anything."""
        now_ns, decision_ns = self.now_ns(), next_deadline_ns(self.state)
        reactions_ns = self.reactions.deadline_ns
        if reactions_ns is not None and now_ns >= reactions_ns:
            self.reactions.due(now_ns)
        if decision_ns is not None and now_ns >= decision_ns:
            return Tick()
        if self._look_ns is not None and now_ns >= self._look_ns:
            self._look_ns = None
            return self._watch(self.state)
        return None
