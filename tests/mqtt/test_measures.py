"""Promises about speed and cost, with room for a busy machine; `make bench` holds the figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from mqtt.measures import outage_growth_bytes, state_latencies_ms, steady_messages


@pytest.mark.flow
@pytest.mark.parametrize("old", [False, True])
def test_a_change_is_seen_by_a_stranger_within_a_tenth_of_a_second(
    tmp_path: Path, old: bool
) -> None:
    found = sorted(state_latencies_ms(tmp_path, 60, old))
    assert found[len(found) // 2] < 20
    assert found[-4] < 100


def test_an_outage_of_an_hour_costs_less_than_a_mebibyte() -> None:
    assert outage_growth_bytes() < 1024 * 1024


def test_a_steady_box_tells_at_most_a_message_a_second() -> None:
    assert steady_messages(600) < 600 / 30
