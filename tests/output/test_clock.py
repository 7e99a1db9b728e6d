"""The playout clock against devices that tell their position late, in steps, at any rate."""

from __future__ import annotations

import random

import pytest

from wkmp_pi.output.clock import PlayoutClock
from wkmp_pi.output.sink import Position

RATE = 44_100
SECOND = 1_000_000_000


def observe(
    clock: PlayoutClock, *, seconds: float, rate: float = RATE, step: int = 1, seed: int = 1
) -> float:
    """Look at a device that started at 7 s and steps by ``step`` frames; about each 20 ms."""
    luck = random.Random(seed)
    now, start = 7 * SECOND, 7 * SECOND
    while now < start + seconds * SECOND:
        now += luck.randint(15_000_000, 25_000_000)
        true = (now - start) * rate / SECOND
        clock.observe(Position(int(true) // step * step, now))
    return start


@pytest.mark.parametrize("step", [1, 48, 441, 1024])
@pytest.mark.parametrize("ppm", [-150, 0, 150])
def test_heard_times_are_right_within_half_a_millisecond(step: int, ppm: int) -> None:
    rate = RATE * (1 + ppm / 1e6)
    clock = PlayoutClock(RATE)
    start = observe(clock, seconds=30, rate=rate, step=step)
    frame = int(30.2 * rate)
    assert abs(clock.heard_at_ns(frame) - (start + frame * SECOND / rate)) < 500_000


def test_a_mean_of_the_observations_would_be_late_by_half_a_step() -> None:
    luck = random.Random(1)
    lateness = [luck.uniform(0, 1024) / RATE for _ in range(1000)]
    assert sum(lateness) / len(lateness) > 0.010


def test_the_rate_is_measured() -> None:
    clock = PlayoutClock(RATE)
    observe(clock, seconds=60, rate=RATE * 1.0001, step=441)
    assert clock.rate_hz == pytest.approx(RATE * 1.0001, rel=1e-5)


def test_nothing_is_known_before_the_device_moves() -> None:
    clock = PlayoutClock(RATE)
    clock.observe(Position(0, SECOND))
    assert not clock.running
    assert clock.heard_by(2 * SECOND) == 0
    with pytest.raises(RuntimeError):
        clock.heard_at_ns(0)


def test_a_reset_forgets_the_time_before_an_xrun() -> None:
    clock = PlayoutClock(RATE)
    observe(clock, seconds=5)
    clock.reset()
    assert not clock.running
    clock.observe(Position(RATE, 100 * SECOND))
    assert clock.heard_by(101 * SECOND) == 2 * RATE


def test_a_device_that_stands_while_it_is_filled_has_not_begun() -> None:
    clock = PlayoutClock(RATE)
    clock.reset(standing=RATE)
    clock.observe(Position(RATE, 10 * SECOND))
    assert not clock.running
    clock.observe(Position(RATE + 441, 10 * SECOND + 40_000_000))
    assert clock.heard_at_ns(RATE) == 10 * SECOND + 30_000_000
