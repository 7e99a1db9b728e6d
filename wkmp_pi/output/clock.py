"""The playout clock: when is which frame heard, from observations that are late or right.

A device tells its position in steps (a DMA burst, a USB packet, a sound
server's block), so each observation claims too little by up to one step,
and never too much. The truth is therefore the *upper envelope* of the
observations: among all of a window, the one that puts the stream's start
earliest. (The same idea finds a clock's offset behind variable network delay:
Paxson, "On Calibrating Measurements of Packet Transit Times", 1998.) The
rate of the device against CLOCK_MONOTONIC is the slope between envelope points
of windows far apart.

Pure: time comes in with the observations.
"""

from __future__ import annotations

from collections import deque

from wkmp_pi.output.sink import Position
from wkmp_pi.units import NS_PER_SECOND

_WINDOW_NS = NS_PER_SECOND // 2
_WINDOWS = 4
"""The envelope is that of the last two seconds: at 100 ppm the rate moves it by 0.2 ms."""

_SLOPES = 32
_LEAST_SLOPES = 8
_MOST_DEVIATION = 1e-3
"""Crystals differ by some 100 ppm; ten times that is a mistake of the estimate."""


class PlayoutClock:
    """Frames to monotonic time and back, for one run of the device (from start to stop).

    Args:
        rate_hz: nominal rate; the measured one replaces it after some seconds.
    """

    def __init__(self, rate_hz: int) -> None:
        self._nominal = NS_PER_SECOND / rate_hz
        self.reset()

    def reset(self, standing: int = 0) -> None:
        """Forget everything: the device stopped, or its count jumped (an xrun).

        It stands at frame ``standing`` until it is seen further on. A device that is being
        filled stands for a while; taken for playing, that would put the start too early.
        """
        self._standing = standing
        self._ns_per_frame = self._nominal
        self._window_end_ns = 0
        self._recent: deque[Position] = deque(maxlen=_WINDOWS)
        self._slopes: deque[Position] = deque(maxlen=_SLOPES)
        self._anchor: Position | None = None

    @property
    def running(self) -> bool:
        """Whether the device has moved since the reset."""
        return self._anchor is not None

    @property
    def rate_hz(self) -> float:
        """The device's rate as measured against CLOCK_MONOTONIC."""
        return NS_PER_SECOND / self._ns_per_frame

    def observe(self, seen: Position) -> None:
        """Take in one observation; those without progress since the reset say nothing yet."""
        if seen.heard <= self._standing:
            return
        if seen.at_ns >= self._window_end_ns:
            self._close_window(seen)
        elif self._start_ns(seen) < self._start_ns(self._recent[-1]):
            self._recent[-1] = seen
        self._anchor = min(self._recent, key=self._start_ns)

    def heard_at_ns(self, frame: int) -> int:
        """CLOCK_MONOTONIC at which ``frame`` begins to be heard; the clock must be running."""
        if self._anchor is None:
            raise RuntimeError("the playout clock was asked before the device had moved")
        return self._anchor.at_ns + round((frame - self._anchor.heard) * self._ns_per_frame)

    def heard_by(self, now_ns: int) -> int:
        """How many frames have been heard at ``now_ns``; 0 while nothing is known."""
        if self._anchor is None:
            return 0
        passed = (now_ns - self._anchor.at_ns) / self._ns_per_frame
        return max(int(self._anchor.heard + passed), 0)

    def _start_ns(self, seen: Position) -> float:
        """When frame 0 was heard if this observation is right."""
        return seen.at_ns - seen.heard * self._ns_per_frame

    def _close_window(self, seen: Position) -> None:
        if self._recent:
            self._slopes.append(self._recent[-1])
            self._measure_rate()
        self._recent.append(seen)
        self._window_end_ns = seen.at_ns + _WINDOW_NS

    def _measure_rate(self) -> None:
        """Slope of the envelope: between the means of its older and its newer half."""
        if len(self._slopes) < _LEAST_SLOPES:
            return
        points = list(self._slopes)
        half = len(points) // 2
        frames = sum(b.heard - a.heard for a, b in zip(points, points[-half:], strict=False))
        elapsed = sum(b.at_ns - a.at_ns for a, b in zip(points, points[-half:], strict=False))
        measured = elapsed / frames if frames > 0 else self._nominal
        if abs(measured / self._nominal - 1) <= _MOST_DEVIATION:
            self._ns_per_frame = measured
