"""An event as the bus tells it: numbered, stamped, and with what caused it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wkmp_pi.events.kinds import Event

MAX_HOPS = 8
"""Causes of causes: an event that is further from what began it is dropped, for it is a loop."""

_BITS = 4  # room for MAX_HOPS in each id
_MASK = (1 << _BITS) - 1


class Told(NamedTuple):
    """One event on the bus.

    Attributes:
        id: grows with each event of the process; its lowest bits hold ``hops``, so that no
            memory is needed to stop a loop, however slow it is.
        event: what happened.
        causes: the ids of what caused it, if it was events.
        at_ns: CLOCK_MONOTONIC when it was published.
        hops: how many causes lie between it and an event that none caused.
    """

    id: int
    event: Event
    causes: tuple[int, ...]
    at_ns: int
    hops: int


def numbered(count: int, hops: int) -> int:
    """The id of the ``count``-th event, from 1."""
    return count << _BITS | hops


def hops_after(causes: Iterable[int]) -> int:
    """The hops of what these ids cause; beyond ``MAX_HOPS`` if one of them was dropped (0)."""
    return 1 + max([id_ & _MASK if id_ else MAX_HOPS for id_ in causes], default=-1)
