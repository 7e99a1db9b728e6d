"""Which errors of a device pass by themselves, and how long they may take: a pure judgement.

An unplugged card says EBADFD in state DISCONNECTED, ENODEV, ENXIO or ENOENT,
depending on driver and call; whatever is not known to pass counts as lost, and
opening again is the cure for all of it.
"""

from __future__ import annotations

import errno
from enum import Enum, auto

from wkmp_pi.units import NS_PER_SECOND

_MOST_REPEATED = 3
_LONGEST_SLEEP_NS = 2 * NS_PER_SECOND


class Verdict(Enum):
    """What an error means."""

    DRY = auto()
    """The device ran dry and can go on."""
    ASLEEP = auto()
    """The system was suspended; the device has to be stopped and started again."""
    PASSING = auto()
    """Nothing happened; try the same the next time."""
    LOST = auto()
    """Only opening it again may help."""


class Patience:
    """The errors of one device since its last success."""

    def __init__(self) -> None:
        self._repeated = 0
        self._asleep_since_ns: int | None = None

    def succeeded(self) -> None:
        """A call worked: all is forgiven."""
        self._repeated = 0
        self._asleep_since_ns = None

    def judge(self, number: int, now_ns: int, *, disconnected: bool) -> Verdict:
        """What errno ``number`` means at ``now_ns``, given what the kernel says of the card."""
        if disconnected:
            return Verdict.LOST
        if number == errno.EPIPE:
            return Verdict.DRY
        if number in (errno.EAGAIN, errno.EINTR):
            return Verdict.PASSING
        if number == errno.ESTRPIPE:
            if self._asleep_since_ns is None:
                self._asleep_since_ns = now_ns
            slept_ns = now_ns - self._asleep_since_ns
            return Verdict.ASLEEP if slept_ns <= _LONGEST_SLEEP_NS else Verdict.LOST
        if number in (errno.EIO, errno.EBADFD):
            self._repeated += 1
            return Verdict.PASSING if self._repeated < _MOST_REPEATED else Verdict.LOST
        return Verdict.LOST
