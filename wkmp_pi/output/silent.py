"""A sink without sound: a card made of arithmetic, paced by the clock that it is given.

It drains at its rate from the first frame on, runs dry as a card does when
nothing follows in time, and starts again with the next period. It hears
nothing and keeps nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from wkmp_pi.output.sink import CHANNELS, Position, SinkFormat, Stream
from wkmp_pi.units import NS_PER_SECOND, Hz


class SilentSink:
    """A card that nobody can hear.

    Args:
        rate_hz: frames per second of its clock.
        period_frames: how much the writer shall hand over at once.
        buffer_frames: how much the writer may queue.
        now_ns: its clock; CLOCK_MONOTONIC, or a virtual one.
        stand_in: whether it is in the place of a card.
    """

    realtime = True

    def __init__(
        self,
        rate_hz: Hz,
        period_frames: int,
        buffer_frames: int,
        now_ns: Callable[[], int] = time.monotonic_ns,
        *,
        stand_in: bool = False,
    ) -> None:
        self.stand_in = stand_in
        self.format = SinkFormat(
            device="silent",
            rate_hz=rate_hz,
            channels=CHANNELS,
            format="F32",
            period_frames=period_frames,
            buffer_frames=buffer_frames,
        )
        self._now_ns = now_ns
        self._written = 0
        self._started_ns: int | None = None
        self._heard_at_start = 0

    def write(self, stream: Stream) -> bool:
        """Queue ``stream``; ``False`` if everything before it had been heard already."""
        now_ns = self._now_ns()
        ran_dry = self._started_ns is not None and self._heard(now_ns) == self._written
        if ran_dry or self._started_ns is None:
            self._started_ns, self._heard_at_start = now_ns, self._written
        self._written += stream.size // CHANNELS
        return not ran_dry

    def position(self) -> Position:
        """Exact to the frame, unlike a card."""
        now_ns = self._now_ns()
        return Position(self._heard(now_ns), now_ns)

    def pause(self) -> None:
        """Forget what is queued; it counts as heard."""
        self._started_ns = None
        self._heard_at_start = self._written

    def close(self) -> None:
        """Nothing to release."""

    def abandon(self) -> None:
        """Nothing to release."""

    def _heard(self, now_ns: int) -> int:
        if self._started_ns is None:
            return self._heard_at_start
        drained = (now_ns - self._started_ns) * self.format.rate_hz // NS_PER_SECOND
        return min(self._heard_at_start + drained, self._written)
