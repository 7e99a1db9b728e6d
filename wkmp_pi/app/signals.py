"""SIGINT and SIGTERM ask to stop, and do nothing else; a second one insists."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ASK = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals_call(stop: Callable[[], None]) -> Iterator[None]:
    """Within the block the first signal calls ``stop``; the next one has its usual effect."""

    def ask(number: int, _: FrameType | None) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stop()

    before = {number: signal.signal(number, ask) for number in _ASK}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
