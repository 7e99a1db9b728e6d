"""A decode worker driven step by step by its test, and the consumer of its buffers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from support.media import Samples

from wkmp_pi.decode.messages import (
    DecodeMessage,
    DecodeRequest,
    Finished,
    Opened,
    Priority,
    TakeId,
)
from wkmp_pi.decode.worker import DecodeWorker
from wkmp_pi.units import Ticks

LIMIT_S = 30.0
Message = TypeVar("Message")


class Desk:
    """A worker without its thread: each wait of the test is a step of the worker."""

    def __init__(self, worker: DecodeWorker, told: list[DecodeMessage]) -> None:
        self.worker = worker
        self.told = told
        self.heard: dict[int, list[Samples]] = {}

    def request(self, take: int, file: Path, **more: Any) -> None:
        """Ask for a take; everything but the file has a default."""
        self.worker.request(request(take, file, **more))

    def until(self, done: Callable[[], bool]) -> None:
        """Let the worker work until ``done``."""
        deadline_s = time.monotonic() + LIMIT_S
        while not done():
            assert time.monotonic() < deadline_s, self.told
            self.worker.step(0.05)

    def wait(self, kind: type[Message], take: int) -> Message:
        """The first message of a kind about a take."""
        self.until(lambda: self.of(kind, take) is not None)
        found = self.of(kind, take)
        assert found is not None
        return found

    def of(self, kind: type[Message], take: int) -> Message | None:
        """The same, if it has been told already."""
        told: list[Any] = self.told
        return next((m for m in told if isinstance(m, kind) and m.take == take), None)

    def consume(self, take: int) -> Samples:
        """Play a whole take: read whatever is there, until it has finished."""
        opened = self.wait(Opened, take)
        parts = self.heard.setdefault(take, [])

        def played() -> bool:
            self.read(take, opened.buffer.capacity_frames)
            return self.of(Finished, take) is not None and not opened.buffer.readable_frames()

        self.until(played)
        return np.concatenate(parts)

    def read(self, take: int, frames: int = 10_000) -> int:
        """Play what is there, at most ``frames`` of it."""
        opened = self.wait(Opened, take)
        out = np.zeros(frames * 2, np.float32)
        count = opened.buffer.read_into(out)
        self.heard.setdefault(take, []).append(out[: count * 2].reshape(-1, 2))
        return count


def request(take: int, file: Path, **more: Any) -> DecodeRequest:
    """A whole file at once, with the thresholds of a first entry."""
    fields: dict[str, Any] = {
        "start": Ticks(0),
        "end": None,
        "skip_frames": 0,
        "priority": Priority.IMMEDIATE,
        "thresholds_ms": (500, 3000),
    }
    return DecodeRequest(take=TakeId(take), file=str(file), **(fields | more))


@contextmanager
def desk(rate_hz: int = 44_100, buffer_ms: int = 15_000, **limits: Any) -> Iterator[Desk]:
    """A worker whose thread is the test's; its decoder process is real."""
    told: list[DecodeMessage] = []
    worker = DecodeWorker(rate_hz, told.append, buffer_ms, **limits)
    try:
        yield Desk(worker, told)
    finally:
        worker.stop(5)
