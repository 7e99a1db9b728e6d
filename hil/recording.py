"""What a recorder heard: samples, and when each of them left the box."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int32]
"""Shape (frames, channels), full scale ±2**31; a recording of 16 bits fills the upper half."""


class Stamp(NamedTuple):
    """``frames`` of a stretch had been captured at ``at_ns``, CLOCK_MONOTONIC of the recorder."""

    frames: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """An unbroken piece of a recording: the card was there, and no frame was lost.

    Attributes:
        samples: what was captured.
        rate_hz: nominal rate.
        stamps: at least one; late or right, never early.
    """

    samples: Samples
    rate_hz: int
    stamps: tuple[Stamp, ...]

    def at_ns(self, frame: float) -> int:
        """When ``frame`` of this stretch was heard, by the earliest line through the stamps."""
        ns_per_frame = 1e9 / self.rate_hz
        begin_ns = min(stamp.at_ns - stamp.frames * ns_per_frame for stamp in self.stamps)
        return round(begin_ns + frame * ns_per_frame)

    def frame_at(self, at_ns: int) -> int:
        """The frame of this stretch that was heard at ``at_ns``; may lie outside of it."""
        return round((at_ns - self.at_ns(0)) * self.rate_hz / 1e9)


@dataclass(slots=True)
class Recording:
    """All stretches of one recording, in their order; filled when the recorder has ended."""

    stretches: list[Stretch] = field(default_factory=list)

    @property
    def only(self) -> Stretch:
        """The one stretch.

        Raises:
            AssertionError: the card went away meanwhile, or nothing was recorded.
        """
        assert len(self.stretches) == 1, f"{len(self.stretches)} stretches; expected one"
        return self.stretches[0]
