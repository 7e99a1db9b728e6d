"""What the service says at its socket, with the times, by the program ``boxside`` beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from hil.drivers.programs import Program
from hil.drivers.protocols import Shell
from hil.errors import RigError


class SilentError(RigError):
    """The service does not answer: it is not there, or it ended meanwhile."""


class Answer(NamedTuple):
    """What the service answered to a command; times are CLOCK_MONOTONIC of the box.

    Attributes:
        result: what it did; ``None`` if it refused.
        error: why it refused; ``None`` if it did it.
        sent_ns: just before the command was sent.
        came_ns: just after the answer had come.
    """

    result: dict[str, Any] | None
    error: str | None
    sent_ns: int
    came_ns: int


class Event(NamedTuple):
    """One thing that happened in the service.

    Attributes:
        name: such as ``passage.started``; ``lost``, ``following`` and ``missed`` are of the
            connection itself, which is made again whenever it breaks.
        body: all fields of the event.
        came_ns: CLOCK_MONOTONIC of the box when it was here.
    """

    name: str
    body: Mapping[str, Any]
    came_ns: int


class BoxSide:
    """The service as a program on its own machine sees it.

    Args:
        shell: the box.
        python: an interpreter there.
        socket: where the service listens.
        prefix: what makes a command the service's own user's or root's, who alone may connect.

    Attributes:
        events: all that were heard so far, in their order.
    """

    def __init__(
        self,
        shell: Shell,
        python: str,
        socket: str = "/run/wkmp-pi/wkmp.sock",
        *,
        prefix: Sequence[str] = (),
    ) -> None:
        self.events: list[Event] = []
        self._taken = 0
        self._program = Program(shell, python, "boxside", socket, prefix=prefix)

    def ask(self, command: Mapping[str, Any], timeout_s: float = 30.0) -> Answer:
        """Ask the service for one thing: ``{"command": "seek", "position_ms": 0}``.

        Raises:
            SilentError: it does not answer.
            RigError: the program beside it does not.
        """
        self._program.tell(ask=dict(command))
        said = self._answer(timeout_s)
        if "silent" in said:
            raise SilentError(
                f"{self._program.place}: {said['silent']}; expected the service; is it running?"
            )
        answer = said["answer"]
        done = answer.get("result") if answer["ok"] else None
        return Answer(done, answer.get("error"), said["sent_ns"], said["came_ns"])

    def follow(self, *names: str) -> None:
        """Hear these events from now on; names may be beginnings that end in ``*``.

        Raises:
            RigError: the service refuses, or is not there for 20 s.
        """
        self._program.tell(follow=list(names))
        try:
            event = self.next_event("following")
        except TimeoutError as error:
            raise SilentError(str(error)) from error
        if not event.body["ok"]:
            raise RigError(f"{self._program.place}: {event.body['error']}")

    def next_event(
        self,
        name: str | None = None,
        wait_for: Callable[[Event], bool] = lambda _: True,
        timeout_s: float = 20.0,
    ) -> Event:
        """The first event after the one that was returned last that fits.

        Args:
            name: its name; ``None`` takes any.
            wait_for: what else must hold of it.
            timeout_s: on the clock of the bench, for all events together.

        Raises:
            TimeoutError: none came; the text says which others did.
        """
        deadline = time.monotonic() + timeout_s
        first = self._taken
        while True:
            if self._taken == len(self.events):
                self._hear_event(name, first, deadline, timeout_s)
            event = self.events[self._taken]
            self._taken += 1
            if name in (None, event.name) and wait_for(event):
                return event

    def now_ns(self) -> int:
        """CLOCK_MONOTONIC of the box."""
        self._program.tell(ping=1)
        return int(self._answer(20.0)["now_ns"])

    def close(self) -> None:
        """Leave the service alone."""
        self._program.end()

    def _hear_event(self, name: str | None, first: int, deadline: float, timeout_s: float) -> None:
        try:
            while not self._note(self._program.hear(max(0.0, deadline - time.monotonic()))):
                pass
        except TimeoutError:
            came = ", ".join(event.name for event in self.events[first:]) or "nothing"
            raise TimeoutError(
                f"{self._program.place}: no {name or 'event'} within {timeout_s:g} s; came: {came}"
            ) from None

    def _answer(self, timeout_s: float) -> dict[str, Any]:
        """The next thing said that is not an event."""
        try:
            while self._note(said := self._program.hear(timeout_s)):
                pass
        except TimeoutError as error:
            raise RigError(f"{self._program.place}: {error}; expected an answer") from error
        if "error" in said:
            raise RigError(f"{self._program.place}: {said['error']}")
        return said

    def _note(self, said: dict[str, Any]) -> bool:
        """Keep it if it is an event."""
        if "event" in said:
            event = Event(said["event"]["name"], said["event"], said["came_ns"])
        elif "following" in said:
            event = Event("following", said["following"], said["came_ns"])
        elif "lost" in said or "missed" in said:
            name = "lost" if "lost" in said else "missed"
            event = Event(name, {name: said[name]}, said["came_ns"])
        else:
            return False
        self.events.append(event)
        return True
