"""All encoders: which pin is whose, and what is too much of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from wkmp_pi.config.pins import Encoder
from wkmp_pi.controls.gestures.encoder import Knob, Turned
from wkmp_pi.controls.gestures.filter import Leak

EDGES_A_SECOND: Final = 1000
EDGES_AT_ONCE: Final = 500
"""Nobody turns a knob by 250 detents a second."""


class Turn(NamedTuple):
    """What an edge meant: detents, or (``per_second``) that it was one too many."""

    knob: str
    turned: tuple[Turned, ...] = ()
    per_second: float | None = None


class Knobs:
    """The encoders of the box; their pins are ``name.a`` and ``name.b``."""

    def __init__(self, encoders: Iterable[Encoder]) -> None:
        self._knobs = {
            encoder.name: Knob(encoder.steps_per_detent, reversed=encoder.reversed)
            for encoder in encoders
        }
        self._rush = {name: Leak(EDGES_A_SECOND, EDGES_AT_ONCE) for name in self._knobs}

    def level(self, name: str, down: bool) -> None:
        """A pin was read."""
        knob, _, pin = name.rpartition(".")
        if knob in self._knobs:
            self._knobs[knob].level(pin, down)

    def edge(self, name: str, down: bool, at_ns: int) -> Turn:
        """A pin changed."""
        knob, _, pin = name.rpartition(".")
        if knob not in self._knobs:
            return Turn(knob)
        rush = self._rush[knob]
        if rush.overflows(at_ns):
            self._knobs[knob].level(pin, down)
            return Turn(knob, per_second=rush.per_second())
        return Turn(knob, tuple(self._knobs[knob].edge(pin, down, at_ns)))
