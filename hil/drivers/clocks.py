"""Which moment of one machine's CLOCK_MONOTONIC is which of another's.

Two boards count from their own boots and drift apart by up to 100 µs a second, so a map is good
for the minute in which it was measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

_PINGS = 20


class ClockMap(NamedTuple):
    """From the clock of one machine to that of another.

    Attributes:
        offset_ns: the other clock, less this one.
        uncertainty_ns: the most by which ``offset_ns`` can be wrong, either way.
    """

    offset_ns: int
    uncertainty_ns: int

    def __call__(self, at_ns: int) -> int:
        """A moment of the one, as the other machine's clock shows it."""
        return at_ns + self.offset_ns

    @property
    def back(self) -> ClockMap:
        """The other way round."""
        return ClockMap(-self.offset_ns, self.uncertainty_ns)

    def then(self, further: ClockMap) -> ClockMap:
        """From the first machine of this one to the second machine of ``further``."""
        return ClockMap(
            self.offset_ns + further.offset_ns, self.uncertainty_ns + further.uncertainty_ns
        )


SAME = ClockMap(0, 0)
"""Both are on one machine."""


def measured(
    there_ns: Callable[[], int],
    here_ns: Callable[[], int] = time.monotonic_ns,
    *,
    pings: int = _PINGS,
) -> ClockMap:
    """The map from the clock over there to the one here.

    Each look at the clock over there was answered at some time between its start and its end; the
    shortest of them knows best.

    Args:
        there_ns: looks at the clock over there, such as ``Program.now_ns``.
        here_ns: the clock here.
        pings: how many looks, at least 1.
    """
    return min((_look(there_ns, here_ns) for _ in range(pings)), key=lambda m: m.uncertainty_ns)


def _look(there_ns: Callable[[], int], here_ns: Callable[[], int]) -> ClockMap:
    begin_ns = here_ns()
    seen_ns = there_ns()
    end_ns = here_ns()
    half_ns = (end_ns - begin_ns + 1) // 2
    return ClockMap(begin_ns + half_ns - seen_ns, half_ns)
