"""A sink for measuring: takes everything at once, does a sound card's arithmetic, keeps nothing."""

from __future__ import annotations

import time

from wkmp_pi.output.convert import Converter
from wkmp_pi.output.sink import CHANNELS, Position, Sink, SinkFormat, Stream
from wkmp_pi.units import Hz

RATE = Hz(44_100)
PERIOD_FRAMES = RATE // 50


class Nowhere:
    """See ``wkmp_pi.output.sink.Sink``; not realtime, as a file is not."""

    realtime = False
    stand_in = False

    def __init__(self) -> None:
        self.format = SinkFormat(
            device="nowhere",
            rate_hz=RATE,
            channels=CHANNELS,
            format="S32",
            period_frames=PERIOD_FRAMES,
            buffer_frames=PERIOD_FRAMES,
        )
        self._convert = Converter("S32", CHANNELS, PERIOD_FRAMES)
        self._written = 0

    def write(self, stream: Stream) -> bool:
        self._convert(stream)
        self._written += stream.size // CHANNELS
        return True

    def position(self) -> Position:
        return Position(self._written, time.monotonic_ns())

    def pause(self) -> None:
        pass

    def abandon(self) -> None:
        pass

    def close(self) -> None:
        pass


class OneSink:
    """An outlet (see ``wkmp_pi.app.engine.Outlet``) that always gives the same sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def open(self, current: Sink | None) -> Sink:
        return current or self._sink

    def grow(self) -> int | None:
        return None
