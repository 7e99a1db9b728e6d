"""From many measurements to one number, and from a number to its text."""

from __future__ import annotations

import math
from collections.abc import Sequence

_STEPS = ((1e-9, "ns", 1e9), (1e-6, "µs", 1e6), (1e-3, "ms", 1e3))


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


def digits(value: float) -> str:
    """Three significant digits at most, without an exponent."""
    if value == 0:
        return "0"
    decimals = max(2 - math.floor(math.log10(abs(value))), 0)
    text = f"{value:.{min(decimals, 4)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def seconds(value: float) -> str:
    """A duration in the unit that suits it."""
    for limit, unit, factor in _STEPS:
        if abs(value) < limit * 1000:
            return f"{digits(value * factor)} {unit}"
    return f"{digits(value)} s"


def mebibytes(value: float) -> str:
    """An amount of memory."""
    return f"{digits(value / 2**20)} MiB"


def percent(value: float) -> str:
    """A share."""
    return f"{digits(value * 100)} %"
