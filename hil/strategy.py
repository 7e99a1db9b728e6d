"""From any state of the box to a known one: off, booted, or playing.

A rig that failed once stays failed: the first error is kept and raised again at every further
try, so that one loose cable does not tell forty stories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum

from hil.errors import RigError


class Status(IntEnum):
    """What is known of the box; each state is reached through those before it."""

    UNKNOWN = 0
    OFF = 1
    BOOTED = 2
    PLAYING = 3


class Strategy:
    """Leads the box from state to state, with one step for each.

    Args:
        steps: what leads into each state from the one before it. ``OFF`` is reachable from
            everywhere.
    """

    def __init__(self, steps: Mapping[Status, Callable[[], None]]) -> None:
        self._steps = steps
        self._status = Status.UNKNOWN
        self._first: Exception | None = None

    @property
    def status(self) -> Status:
        """Where the box is, as far as this strategy led it."""
        return self._status

    def to(self, wanted: Status) -> None:
        """Lead the box into a state; nothing happens if it is there.

        Raises:
            RigError: it failed, now or at an earlier try.
        """
        if self._first is not None:
            raise RigError(
                f"the rig: broken since an earlier test; expected no second try; mend this first: "
                f"{self._first}"
            ) from self._first
        try:
            if wanted < self._status or self._status is Status.UNKNOWN:
                self._step(Status.OFF)
            while self._status < wanted:
                self._step(Status(self._status + 1))
        except Exception as error:
            self._first = error
            raise

    def changed(self, status: Status) -> None:
        """A test led the box somewhere itself; ``UNKNOWN`` makes the next ``to`` begin anew."""
        self._status = status

    def _step(self, into: Status) -> None:
        self._status = Status.UNKNOWN
        self._steps[into]()
        self._status = into
