"""A row of times as a few figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hil.measures.samples import MeasureError


@dataclass(frozen=True, slots=True)
class Spread:
    """How a row of values is spread, in their own unit.

    Attributes:
        p50: half of them are not above it.
        p95: 95 of a hundred are not above it.
        p99: 99 of a hundred are not above it.
        worst: the largest.
        count: how many there are.
    """

    p50: float
    p95: float
    p99: float
    worst: float
    count: int


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many per cent of all are not above: nearest rank, no mean.

    Args:
        values: in any order.
        percent: from 0 (the smallest) to 100 (the largest).

    Raises:
        MeasureError: there is no value, one is not a number, or ``percent`` is out of range.
    """
    if not 0 <= percent <= 100:
        raise MeasureError(
            f"percentile: {percent}; expected 0 to 100; ask for a share of the whole"
        )
    if not values:
        raise MeasureError("values: none; expected at least one; did the event come at all?")
    if any(math.isnan(value) for value in values):
        raise MeasureError("values: one is not a number; expected times; leave it out before")
    # Multiplied first: 0.07 * 100 would be a hair above 7 and take the rank behind it.
    rank = math.ceil(percent * len(values) / 100)
    return sorted(values)[max(rank, 1) - 1]


def spread(values: Iterable[float]) -> Spread:
    """All figures of a row; the lengths of times: of errors to both sides take ``abs`` first.

    Raises:
        MeasureError: there is no value, or one is not a number.
    """
    row = list(values)
    return Spread(percentile(row, 50), percentile(row, 95), percentile(row, 99), max(row), len(row))
