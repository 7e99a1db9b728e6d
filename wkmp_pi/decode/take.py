"""What the decode worker knows of one take: how far it is and what was told about it."""

from __future__ import annotations

import os
from enum import Enum, auto
from typing import Final

from wkmp_pi.decode.buffer import CHANNELS, DecodeBuffer
from wkmp_pi.decode.messages import DecodeRequest, Priority
from wkmp_pi.decode.protocol import OpenSession, Read
from wkmp_pi.decode.rings import Rings
from wkmp_pi.units import frames_from_ms

_READ_MS: Final = 1000
_LEAST_READ_MS: Final = 250
_LOW_MS: Final = 1000


class Stage(Enum):
    """How far a take is."""

    OPENING = auto()
    FILLING = auto()
    FINISHED = auto()
    OVER = auto()


class Take:
    """One request being served.

    Owns: the open file, the filling end of the buffer.

    Args:
        request: what was asked.
        fd: the file; belongs to the take from now on.
        rate_hz: the working rate.
    """

    def __init__(self, request: DecodeRequest, fd: int, rate_hz: int) -> None:
        self.request = request
        self.priority: Priority = request.priority
        self.stage = Stage.OPENING
        self.fd = fd
        self.buffer: DecodeBuffer | None = None
        self._rate_hz = rate_hz
        self._promised_frames = 0
        self._untold = list(request.thresholds_ms)

    @property
    def done_frames(self) -> int:
        """Frames decoded so far."""
        return 0 if self.buffer is None else self.buffer.frames_written

    def opening(self) -> OpenSession:
        """The request to the decoder process; goes on where the buffer ends, if it has begun."""
        return OpenSession(
            session=self.request.take,
            start=self.request.start,
            end=self.request.end,
            rate_hz=self._rate_hz,
            skip_frames=self.request.skip_frames + self.done_frames,
        )

    def allocate(self, length_frames: int, rings: Rings) -> DecodeBuffer:
        """Make the buffer: as long as they are, or as what remains of the passage."""
        self._promised_frames = max(0, length_frames - self.request.skip_frames)
        capacity = max(1, min(rings.frames, self._promised_frames))
        self.buffer = rings.buffer(capacity, self._rate_hz, self._frames(_LOW_MS))
        return self.buffer

    def next_read(self) -> Read | None:
        """What to ask for now; ``None`` if the buffer is full, and then it will call."""
        if self.stage is not Stage.FILLING or self.buffer is None or self.buffer.producer_waits:
            return None
        if self.buffer.space_frames() < self._least() and self.buffer.wait_for_space():
            return None
        return Read(self.request.take, min(self.buffer.space_frames(), self._portion()))

    def reached(self) -> list[int]:
        """The thresholds that are reached and were not told yet, in ms."""
        done, finished = self.done_frames, self.stage is Stage.FINISHED
        capacity = 0 if self.buffer is None else self.buffer.capacity_frames
        reached = [ms for ms in self._untold if finished or done >= min(self._frames(ms), capacity)]
        self._untold = self._untold[len(reached) :]
        return reached

    def free_bytes(self, frames: int) -> list[memoryview]:
        """Memory of the buffer for the next ``frames``."""
        views = [] if self.buffer is None else self.buffer.free(frames)
        return [view.data.cast("B") for view in views]

    def end(self, stage: Stage) -> None:
        """Nothing more is decoded: close the file."""
        self.stage = stage
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def _least(self) -> int:
        """So little is not worth a read, unless somebody waits for it or it is the end.

        Whoever waits for a threshold or for the end may be the one who would make room.
        """
        rest = self._promised_frames - self.done_frames
        return max(1, 0 if self._untold else min(self._frames(_LEAST_READ_MS), rest))

    def _portion(self) -> int:
        """First only as much as somebody waits for; then a second at a time."""
        if self._untold and not self.done_frames:
            return max(CHANNELS, self._frames(min(self._untold[0], _READ_MS)))
        return self._frames(_READ_MS)

    def _frames(self, ms: int) -> int:
        return frames_from_ms(ms, self._rate_hz)
