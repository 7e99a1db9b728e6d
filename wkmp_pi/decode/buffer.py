"""A decode-ahead buffer: one thread fills it, one thread plays from it, no lock between them.

A ring of interleaved stereo with two counters that only grow. Each counter
is written by one side alone; the interpreter lock makes each read of the
other's counter whole, and samples are copied before the counter moves. The
playing side runs in the real-time writer: it copies, adds and compares, and
does nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

CHANNELS: Final = 2
"""Buffers are always stereo."""

Interleaved = NDArray[np.float32]
"""Interleaved stereo, shape (frames * 2,), C-contiguous."""


class DecodeBuffer:
    """Single producer, single consumer.

    Owns: its memory. ``space_frames``, ``free``, ``commit``,
    ``write``, ``finish`` and ``wait_for_space`` belong to the producer's
    thread; ``readable_frames``, ``read_into`` and ``finished`` to the consumer's.

    Args:
        capacity_frames: room in the ring.
        rate_hz: the working rate of what is in it.
        low_frames: how much must be free before a producer that waits is woken.
        ring: memory to be used, at least as long; whatever is in it does not matter.

    Attributes:
        on_drained: called on the consumer's thread, at most once for each
            ``wait_for_space``; must only post.
        on_filled: called on the producer's thread after each ``commit`` and ``finish``.
        producer_waits: ``on_drained`` is still to come.
    """

    def __init__(
        self,
        capacity_frames: int,
        rate_hz: int,
        low_frames: int,
        ring: Interleaved | None = None,
    ) -> None:
        self.capacity_frames = capacity_frames
        self.rate_hz = rate_hz
        self.on_drained: Callable[[], None] = _nothing
        self.on_filled: Callable[[], None] = _nothing
        self._low_frames = min(low_frames, capacity_frames)
        size = capacity_frames * CHANNELS
        self._ring = np.zeros(size, np.float32) if ring is None else ring[:size]
        self._written = 0
        self._read = 0
        self._total: int | None = None
        self.producer_waits = False

    def space_frames(self) -> int:
        """How many frames fit now; grows while the consumer reads."""
        return self.capacity_frames - (self._written - self._read)

    def free(self, frames: int) -> list[Interleaved]:
        """One or two views of free memory for the next ``frames`` (at most ``space_frames()``).

        The producer fills them in order and calls ``commit``; until then the
        consumer does not see them.
        """
        begin = self._written % self.capacity_frames
        first = min(frames, self.capacity_frames - begin)
        views = (
            self._ring[begin * CHANNELS : (begin + first) * CHANNELS],
            self._ring[: (frames - first) * CHANNELS],
        )
        return [view for view in views if view.size]

    def commit(self, frames: int) -> None:
        """Hand the first ``frames`` of what ``free`` gave to the consumer."""
        self._written += frames
        self.on_filled()

    def write(self, samples: Interleaved) -> int:
        """Copy as much of ``samples`` as fits; returns the frames taken."""
        frames = min(samples.size // CHANNELS, self.space_frames())
        done = 0
        for view in self.free(frames):
            np.copyto(view, samples[done : done + view.size])
            done += view.size
        self.commit(frames)
        return frames

    def finish(self, total_frames: int) -> None:
        """Nothing follows: the consumer will have read ``total_frames`` in all."""
        self._total = total_frames
        self.on_filled()

    def wait_for_space(self) -> bool:
        """Ask to be woken by ``on_drained``.

        Returns:
            False if enough is free already, so that there is nothing to wait for.
        """
        self.producer_waits = True
        # Looked at again only now, or space that came free in between would wake nobody.
        if self.space_frames() >= self._low_frames:
            self.producer_waits = False
            return False
        return True

    def readable_frames(self) -> int:
        """How many frames can be read now; grows while the producer writes."""
        return self._written - self._read

    def read_into(self, out: Interleaved) -> int:
        """Move frames into ``out`` (interleaved); returns how many, 0 if nothing is ready."""
        capacity = self.capacity_frames
        frames = min(out.size // CHANNELS, self._written - self._read)
        begin = self._read % capacity
        first = min(frames, capacity - begin)
        cut, end = first * CHANNELS, frames * CHANNELS
        np.copyto(out[:cut], self._ring[begin * CHANNELS : begin * CHANNELS + cut])
        if frames > first:
            np.copyto(out[cut:end], self._ring[: end - cut])
        self._read += frames
        if self.producer_waits and self.space_frames() >= self._low_frames:
            self.producer_waits = False
            self.on_drained()
        return frames

    @property
    def frames_total(self) -> int | None:
        """All frames of this take, those already read included; ``None`` until that is known."""
        return self._total

    @property
    def frames_written(self) -> int:
        """Frames committed so far."""
        return self._written

    @property
    def finished(self) -> bool:
        """Whether the producer is done; what is still readable is all that comes."""
        return self._total is not None


def _nothing() -> None:
    pass
