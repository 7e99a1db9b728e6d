"""Events that carry a number, threads that do something at once, and a clock by hand."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from wkmp_pi.events.bus import Subscription
from wkmp_pi.events.inbox import Inbox
from wkmp_pi.events.kinds import VolumeChanged
from wkmp_pi.events.told import Told


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.ns = 1_000_000_000

    def __call__(self) -> int:
        return self.ns


def number(n: int) -> VolumeChanged:
    return VolumeChanged(percent=n, muted=False)


def told(n: int) -> Told:
    return Told(id=n, event=number(n), causes=(), at_ns=0, hops=0)


def waiting(source: Subscription | Inbox[Any]) -> list[int]:
    """The numbers in an inbox, which is empty afterwards."""
    found = []
    while told := source.take(0):
        assert isinstance(told.event, VolumeChanged)
        found.append(told.event.percent)
    return found


@contextmanager
def frequent_switches() -> Iterator[None]:
    """Threads take turns as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def at_once(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
