"""The last frames of the stream, kept so that a lost device costs none of them."""

from __future__ import annotations

import numpy as np

from wkmp_pi.output.sink import CHANNELS, Stream


class History:
    """A ring of the newest ``frames`` frames, addressed by their number in the stream."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._ring = np.zeros(frames * CHANNELS, np.float32)

    def keep(self, stream: Stream, frame: int) -> None:
        """Remember frames ``frame`` …; overwrites the oldest."""
        for ring, part in self._parts(stream, frame):
            np.copyto(ring, part)

    def recall(self, stream: Stream, frame: int) -> None:
        """Fill ``stream`` with frames ``frame`` …, which must be among those kept."""
        for ring, part in self._parts(stream, frame):
            np.copyto(part, ring)

    def _parts(self, stream: Stream, frame: int) -> list[tuple[Stream, Stream]]:
        """The stream beside its places in the ring: one pair, or two around the ring's end."""
        at = frame % self._frames * CHANNELS
        first = min(len(stream), len(self._ring) - at)
        rest = len(stream) - first
        pairs = [(self._ring[at : at + first], stream[:first])]
        return [*pairs, (self._ring[:rest], stream[first:])] if rest else pairs
