"""Presses that nobody makes: edges at the times that a script gives. Pure."""

from __future__ import annotations

import heapq
from typing import NamedTuple

from wkmp_pi.controls.gestures import Edge

_NS_PER_MS = 1_000_000


class Hand(NamedTuple):
    """A script: button, whether it goes down, and when, in ms from now."""

    edges: tuple[tuple[str, bool, float], ...]


MOST_EDGES = 10_000
"""That wait for their time."""


class Fingers:
    """A machine that lets scripted edges come when it is their time."""

    def __init__(self) -> None:
        self._edges: list[tuple[int, int, Edge]] = []
        self._order = 0
        self._down: dict[str, bool] = {}

    def holds(self, button: str) -> bool:
        """Whether a script has it down and will let it go: its pin tells nothing then."""
        return self._down.get(button, False) and any(e.button == button for *_, e in self._edges)

    @property
    def deadline_ns(self) -> int | None:
        """When the next edge comes."""
        return self._edges[0][0] if self._edges else None

    def __len__(self) -> int:
        return len(self._edges)

    def feed(self, hand: Hand, now_ns: int) -> list[Edge]:
        """Take a script; its edges come by and by."""
        for button, down, at_ms in hand.edges:
            at_ns = now_ns + round(at_ms * _NS_PER_MS)
            self._order += 1
            heapq.heappush(self._edges, (at_ns, self._order, Edge(button, down, at_ns)))
        return self.due(now_ns)

    def due(self, now_ns: int) -> list[Edge]:
        """The edges whose time has come, each with the stamp of its own time."""
        found = []
        while self._edges and self._edges[0][0] <= now_ns:
            edge = heapq.heappop(self._edges)[2]
            self._down[edge.button] = edge.down
            found.append(edge)
        return found
