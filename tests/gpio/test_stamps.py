from __future__ import annotations

import pytest

from wkmp_pi.gpio.stamps import on_monotonic_ns

MONO = 5_000_000_000_000
REAL = 1_790_000_000_000_000_000
MS = 1_000_000


@pytest.mark.parametrize("age_ms", [0, 0.2, 300, 9999])
def test_a_stamp_of_the_monotonic_clock_is_taken_as_it_is(age_ms: float) -> None:
    ticks_s = (MONO - age_ms * MS) / 1e9
    assert on_monotonic_ns(ticks_s, MONO, REAL) == pytest.approx(MONO - age_ms * MS, abs=1000)


@pytest.mark.parametrize("age_ms", [0, 0.2, 300, 9999])
def test_a_stamp_of_the_calendar_is_carried_over(age_ms: float) -> None:
    ticks_s = (REAL - age_ms * MS) / 1e9
    assert on_monotonic_ns(ticks_s, MONO, REAL) == pytest.approx(MONO - age_ms * MS, abs=1000)


@pytest.mark.parametrize("ticks_s", [0.0, 4000.0, 6000.0, 1.7e9, -1.0])
def test_a_stamp_of_no_clock_is_now(ticks_s: float) -> None:
    assert on_monotonic_ns(ticks_s, MONO, REAL) == MONO


def test_a_stamp_is_never_in_the_future() -> None:
    assert on_monotonic_ns((MONO + 500_000) / 1e9, MONO, REAL) == MONO
