"""Which frames were sent and heard, and which marks wait to be heard.

Pure: time comes in as an argument. Frames are those of the stream; a sink
counts from the frame with which it began.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from wkmp_pi.events.kinds import Heard
from wkmp_pi.output.clock import PlayoutClock
from wkmp_pi.output.sink import Position
from wkmp_pi.units import NS_PER_SECOND, ns_from_frames

_STALLED_NS = NS_PER_SECOND // 2


class Silence(NamedTuple):
    """The device ran dry: so many frames long was nothing heard before ``frame``."""

    frame: int
    frames: int


class Playout:
    """The position of one output, from the first sink to the last.

    Attributes:
        sent: the frame after the last that the present sink was given.
        marks: not yet heard, in the order of their frames.
    """

    def __init__(self, rate_hz: int) -> None:
        self.sent = 0
        self.marks: deque[Heard] = deque()
        self._rate_hz = rate_hz
        self._clock = PlayoutClock(rate_hz)
        self._base = 0  # the frame with which the present sink began
        self._floor = 0  # every frame before it was heard, whatever the clock says
        self._seen = Position(0, 0)  # the last progress of the device
        self._instant = False
        self._told_ns = 0
        self._dry: tuple[int, int] | None = None  # a frame, and since when it was waited for

    @property
    def known(self) -> bool:
        """Whether the device has been seen to move, so that times can be told."""
        return self._clock.running

    @property
    def seen(self) -> int:
        """The frame that the device was last seen at: no later one has left it for certain."""
        return max(self._floor, self._base + self._seen.heard)

    def begin(self, frame: int, *, instant: bool) -> None:
        """A sink begins with ``frame``; an ``instant`` one (a file) hears what it is given."""
        self._base = self._floor = self.sent = frame
        self._seen = Position(0, 0)
        self._instant = instant
        self._clock.reset()

    def run(self, now_ns: int) -> None:
        """The device starts to move with the frame that is sent next."""
        self._seen = Position(self.sent - self._base, now_ns)

    def stand(self) -> None:
        """All that was sent has been heard, and the device stands."""
        self._floor = self.sent
        self._clock.reset(self.sent - self._base)

    def run_dry(self, now_ns: int) -> None:
        """All that was sent has been heard, and nothing since, until the device moves again."""
        since_ns = min(self.at_ns(self.sent), now_ns) if self.known else now_ns
        self._dry = (self.sent, since_ns)
        self.stand()

    def silence(self, now_ns: int, *, over: bool = False) -> Silence | None:
        """The silence since the device ran dry, once, when its length is known.

        Args:
            now_ns: the present.
            over: it ends now at the latest, whether or not the device has been seen to move.
        """
        if self._dry is None or not (self.known or over):
            return None
        (frame, since_ns), self._dry = self._dry, None
        end_ns = self.at_ns(frame) if self.known else now_ns
        return Silence(frame, max(end_ns - since_ns, 0) * self._rate_hz // NS_PER_SECOND)

    def lost(self) -> int:
        """The sink is gone; the frame that the next one begins with: the last one seen."""
        self._floor = self.sent = self.seen
        self._clock.reset()
        return self._floor

    def observe(self, seen: Position) -> bool:
        """Take in where the device stands; False if it has stood still for too long."""
        if seen.heard > self._seen.heard:
            self._seen = seen
        elif seen.at_ns - self._seen.at_ns > _STALLED_NS:
            return False
        self._clock.observe(seen)
        return True

    def heard(self, now_ns: int) -> int:
        """The frame that is heard now; every earlier one has been heard."""
        if self._instant:
            return self.sent
        played = self._base + self._clock.heard_by(now_ns) if self.known else 0
        return min(max(self._floor, played), self.sent)

    def at_ns(self, frame: int) -> int:
        """When ``frame`` is or was heard; only while ``known``."""
        return self._clock.heard_at_ns(frame - self._base)

    def heard_marks(self, now_ns: int) -> Iterator[Heard]:
        """The marks that have been heard, each with its time, each once."""
        heard = self.heard(now_ns)
        while self.marks and self.marks[0].frame <= heard:
            mark = self.marks.popleft()
            self._told_ns = max(self._told_ns, self._mark_ns(mark.frame, now_ns))
            yield replace(mark, heard_ns=self._told_ns)

    def next_mark_ns(self) -> int | None:
        """When the next mark will be heard, if its frame has been sent."""
        if self.marks and self.marks[0].frame <= self.sent and self.known:
            return self.at_ns(self.marks[0].frame)
        return None

    def _mark_ns(self, frame: int, now_ns: int) -> int:
        """When a frame was heard; in a file that is its place in the file's own time."""
        if self._instant:
            return ns_from_frames(frame, self._rate_hz)
        return min(self.at_ns(frame), now_ns) if self.known else now_ns
