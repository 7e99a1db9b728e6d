"""Complaints to the broker about what came from it: counted all, told at most once a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wkmp_pi.units import NS_PER_SECOND


class Complaints:
    """Lets one through a second, which tells how many were kept back."""

    def __init__(self) -> None:
        self._next_ns = 0
        self._kept_back = 0

    def admit(self, kind: str, data: Mapping[str, Any], now_ns: int) -> dict[str, Any] | None:
        """What is to be told of this one, if anything."""
        if now_ns < self._next_ns:
            self._kept_back += 1
            return None
        self._next_ns = now_ns + NS_PER_SECOND
        kept_back, self._kept_back = self._kept_back, 0
        return {"reason": kind, **data, "kept_back": kept_back}
