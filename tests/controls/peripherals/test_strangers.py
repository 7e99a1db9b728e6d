"""Definitions that strangers send while the box plays: refused in time, whatever they are."""

from __future__ import annotations

import time
from typing import Any

import pytest

from wkmp_pi.config.tables import MOST_PROBLEMS
from wkmp_pi.controls.peripherals import Known, one
from wkmp_pi.errors import ConfigError

GOOD = {"id": "a", "kind": "double tap", "on": "foo.bar", "foreign": ["foo.bar"]}
VALUE = {**GOOD, "kind": "calibrated value"}


def deep(levels: int) -> Any:
    table: Any = 1
    for _ in range(levels):
        table = {"a": table}
    return table


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ({**VALUE, "offset": 10**400}, "offset: found 1000"),
        ({**VALUE, "scale": [1, -(10**400)]}, "scale: found"),
        ({**VALUE, "offset": float("nan")}, "offset: found nan"),
        ({**GOOD, "where": deep(900)}, "found more than 32 tables in each other"),
        ({**GOOD, "where": {"a": {"in": [[[]]]}}}, None),
    ],
)
def test_what_cannot_be_meant_is_refused(table: dict[str, Any], found: str | None) -> None:
    if found is None:
        assert one(table, Known()).id == "a"
        return
    with pytest.raises(ConfigError) as refused:
        one(table, Known())
    assert found in str(refused.value)


def test_a_thousand_mistakes_are_told_as_a_few() -> None:
    with pytest.raises(ConfigError) as refused:
        one({**GOOD, **{f"x{number}": 0 for number in range(20_000)}}, Known())
    problems = refused.value.problems
    assert len(problems) == MOST_PROBLEMS + 1
    assert "found more; correct these first" in problems[-1]


def test_ten_times_as_many_cost_no_more_than_ten_times_as_much() -> None:
    def seconds(count: int) -> float:
        table = {**GOOD, **{f"x{number}": 0 for number in range(count)}}
        begin_s = time.process_time()
        with pytest.raises(ConfigError):
            one(table, Known())
        return time.process_time() - begin_s

    seconds(1000)
    assert seconds(20_000) < 20 * max(seconds(2000), 0.01)
