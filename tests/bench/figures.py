"""From many measurements to one number; what makes text of it comes from the rig's tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hil import tables
from hil.tables import digits, mebibytes, percent, seconds

__all__ = ["percentile", "median", "digits", "seconds", "mebibytes", "percent", "tables"]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of all do not exceed (nearest rank)."""
    if not values:
        raise ValueError("no values; expected at least one")
    rank = max(math.ceil(len(values) * percent / 100), 1)
    return sorted(values)[rank - 1]


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values; expected at least one")
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
