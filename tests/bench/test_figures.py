from __future__ import annotations

import pytest
from bench.figures import digits, mebibytes, median, percent, percentile, seconds
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


def test_percentiles_are_by_nearest_rank() -> None:
    values = [15, 20, 35, 40, 50]
    found = [percentile(values, p) for p in (5, 30, 40, 50, 100)]
    assert found == [15, 20, 20, 35, 50]


@given(VALUES, st.floats(0, 100))
def test_a_percentile_is_one_of_the_values_and_enough_are_not_above_it(
    values: list[float], percent: float
) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(v <= found for v in values) >= len(values) * percent / 100 - 1e-9


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    assert median([4, 1, 3, 2]) == 2.5
    assert median([3, 1, 2]) == 2


@pytest.mark.parametrize("figure", [median, lambda values: percentile(values, 50)])
def test_nothing_has_no_middle(figure: object) -> None:
    with pytest.raises(ValueError, match="at least one"):
        figure([])  # type: ignore[operator]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.034567, "0.0346"), (1, "1"), (2.35, "2.35"), (99.96, "100"), (1234.5, "1234")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert digits(value) == text


def test_each_number_gets_the_unit_that_suits_it() -> None:
    told = [seconds(s) for s in (0, 2.5e-7, 3.44e-6, 0.0123, -0.0045, 12)]
    assert told == ["0 ns", "250 ns", "3.44 µs", "12.3 ms", "-4.5 ms", "12 s"]
    assert mebibytes(72 * 2**20) == "72 MiB"
    assert percent(0.00125) == "0.125 %"
