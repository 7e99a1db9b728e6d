"""How much is taken, and what was taken before. Pure."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from wkmp_pi.units import NS_PER_SECOND

PER_SECOND: Final = 20
REMEMBERED: Final = 256


class Bucket:
    """20 a second, and as many at once."""

    def __init__(self) -> None:
        self._tokens = float(PER_SECOND)
        self._seen_ns: int | None = None

    def take(self, now_ns: int) -> bool:
        """Whether one more is within the limit."""
        if self._seen_ns is not None:
            earned = (now_ns - self._seen_ns) * PER_SECOND / NS_PER_SECOND
            self._tokens = min(self._tokens + max(earned, 0.0), float(PER_SECOND))
        self._seen_ns = now_ns
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Seen:
    """The last 256 ids with what was answered; ``None`` while that is not known yet."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, bytes | None] = OrderedDict()

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._answers

    def answer(self, request_id: str) -> bytes | None:
        """What was answered, if anything was."""
        return self._answers.get(request_id)

    def note(self, request_id: str) -> None:
        """It is being done; the oldest is forgotten."""
        self._answers[request_id] = None
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)

    def answered(self, request_id: str, answer: bytes) -> None:
        """It was done or refused."""
        if request_id in self._answers:
            self._answers[request_id] = answer
