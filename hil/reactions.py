"""From what somebody did to the first frame that shows it: acts, found again in a recording."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from hil.measures.alignment import locate
from hil.measures.gap import Silence, silences
from hil.measures.reaction import changed
from hil.measures.samples import DIGITAL_SILENCE, MeasureError
from hil.recording import Samples, Stretch
from hil.resources import Rig

_SILENCE_MS = 50.0
"""A pause lasts longer; what is shorter is a place where the box had nothing to play."""

_ANALOG_SILENCE_DBFS = -50.0
_KNOWN_FRAMES = 1024


class Effect(Enum):
    """What is heard of an act."""

    SILENCE = "the frame behind the last one that sounds"
    SOUND = "the first frame that sounds again"
    CHANGE = "the first frame that is not what would have come"
    ARRIVAL = "the first frame of what was asked for"


class Act(NamedTuple):
    """Something that was done to a box that plays.

    Attributes:
        kind: for the table.
        at_ns: when; CLOCK_MONOTONIC of the recorder.
        effect: what is heard of it.
        sound: for ``CHANGE`` what would have gone on, for ``ARRIVAL`` what comes instead, from
            its first frame on.
    """

    kind: str
    at_ns: int
    effect: Effect
    sound: Samples | None = None


class Heard:
    """A recording in which acts are looked for.

    Args:
        stretch: all of them happened within it.
        rig: how it was recorded.
    """

    def __init__(self, stretch: Stretch, rig: Rig) -> None:
        about = rig.line_in
        self._stretch = stretch
        self._early = round((about.uncertainty_us / 1e6 + 0.005) * stretch.rate_hz)
        below_dbfs = DIGITAL_SILENCE if about.exact else _ANALOG_SILENCE_DBFS
        least = round(_SILENCE_MS / 1000 * stretch.rate_hz)
        self._silences = silences(stretch.samples, below_dbfs, least)

    def ms(self, act: Act) -> float:
        """From the act to what is heard of it; infinite if nothing is."""
        # A time that was read off a recording may be wrong, so it is looked for from before on.
        first = self._stretch.frame_at(act.at_ns) - self._early
        try:
            frame = self._found(act, first)
        except MeasureError:
            return math.inf
        return (self._stretch.at_ns(frame) - act.at_ns) / 1e6

    def by_kind(self, acts: Iterable[Act]) -> dict[str, list[float]]:
        """All of them, by what was done, each in the order in which it was done."""
        found: dict[str, list[float]] = {}
        for act in acts:
            found.setdefault(act.kind, []).append(self.ms(act))
        return found

    def _found(self, act: Act, first: int) -> int:
        if act.effect is Effect.CHANGE:
            assert act.sound is not None
            return changed(self._stretch.samples, act.sound, first)
        if act.effect is Effect.ARRIVAL:
            assert act.sound is not None
            within = self._stretch.samples[first : first + self._stretch.rate_hz]
            return first + locate(act.sound[:_KNOWN_FRAMES], within).frame
        silence = self._silence_at(first)
        return silence.start + (silence.length if act.effect is Effect.SOUND else 0)

    def _silence_at(self, frame: int) -> Silence:
        """The first one that lies around that frame or behind it."""
        for silence in self._silences:
            if silence.start + silence.length > frame:
                return silence
        raise MeasureError(f"samples: no silence after frame {frame}; expected one; was it paused?")
