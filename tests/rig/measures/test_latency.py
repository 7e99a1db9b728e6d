from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.measures.latency import Spread, percentile, spread
from hil.measures.samples import MeasureError

VALUES = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=300)


@settings(deadline=None)
@given(VALUES, st.integers(1, 100))
def test_so_many_per_cent_are_not_above_it_and_none_smaller_would_do(
    values: list[float], percent: int
) -> None:
    found = percentile(values, percent)
    assert found in values
    assert 100 * sum(value <= found for value in values) >= percent * len(values)
    assert 100 * sum(value < found for value in values) < percent * len(values)


def test_the_known_example_of_nearest_rank() -> None:
    values = [50.0, 15.0, 40.0, 20.0, 35.0]
    assert [percentile(values, p) for p in (0, 5, 30, 40, 50, 100)] == [15, 15, 20, 20, 35, 50]


@settings(deadline=None)
@given(VALUES)
def test_a_spread_rises_up_to_the_worst(values: list[float]) -> None:
    found = spread(values)
    assert found.p50 <= found.p95 <= found.p99 <= found.worst == max(values)
    assert found.count == len(values)


def test_one_late_value_in_a_hundred_is_the_worst_and_moves_nothing_else() -> None:
    assert spread([1.0] * 99 + [50.0]) == Spread(1.0, 1.0, 1.0, 50.0, 100)
    assert spread(iter([3.0])) == Spread(3.0, 3.0, 3.0, 3.0, 1)


def test_no_value_and_no_number_are_refused() -> None:
    with pytest.raises(MeasureError, match="did the event come at all"):
        spread([])
    with pytest.raises(MeasureError, match="not a number"):
        spread([1.0, float("nan")])
    with pytest.raises(MeasureError, match="101; expected 0 to 100"):
        percentile([1.0], 101)
