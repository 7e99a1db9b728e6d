"""Units against exact fractions."""

from fractions import Fraction
from itertools import pairwise
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi import units
from wkmp_pi.units import NS_PER_SECOND, TICKS_PER_MS, TICKS_PER_SECOND

RATES = {
    8000: 3528,
    11025: 2560,
    16000: 1764,
    22050: 1280,
    32000: 882,
    44100: 640,
    48000: 588,
    88200: 320,
    96000: 294,
    176400: 160,
    192000: 147,
}
RATE = st.sampled_from(list(RATES)) | st.integers(1, 768_000)
FRAMES = st.integers(-(2**40), 2**40)
TICKS = st.integers(-(2**62), 2**62)


def nearest(value: Fraction) -> int:
    """Halves round up."""
    return floor(value + Fraction(1, 2))


@pytest.mark.parametrize(("rate", "ticks"), RATES.items())
def test_a_frame_of_a_usual_rate_is_a_whole_number_of_ticks(rate: int, ticks: int) -> None:
    assert units.ticks_from_frames(1, rate) == ticks
    assert ticks * rate == TICKS_PER_SECOND


@given(FRAMES, RATE)
def test_frames_survive_the_way_through_ticks(frames: int, rate: int) -> None:
    assert units.frames_from_ticks(units.ticks_from_frames(frames, rate), rate) == frames


@given(TICKS, RATE)
def test_ticks_become_the_nearest_frame(ticks: int, rate: int) -> None:
    assert units.frames_from_ticks(ticks, rate) == nearest(Fraction(ticks * rate, TICKS_PER_SECOND))


@given(FRAMES, RATE)
def test_frames_become_the_nearest_tick(frames: int, rate: int) -> None:
    exact = Fraction(frames * TICKS_PER_SECOND, rate)
    assert units.ticks_from_frames(frames, rate) == nearest(exact)


@given(FRAMES, RATE, RATE)
def test_frames_are_rescaled_to_the_nearest(frames: int, rate: int, other: int) -> None:
    assert units.rescale_frames(frames, rate, other) == nearest(Fraction(frames * other, rate))
    assert units.rescale_frames(frames, rate, rate) == frames


@given(st.integers(-(2**40), 2**40), RATE)
def test_milliseconds_become_the_nearest_frame(ms: int, rate: int) -> None:
    assert units.frames_from_ms(ms, rate) == nearest(Fraction(ms * rate, 1000))


@given(st.integers(0, 2**40), RATE)
def test_a_position_never_claims_what_was_not_heard(frames: int, rate: int) -> None:
    ms = units.ms_from_frames(frames, rate)
    assert 0 <= Fraction(frames, rate) - Fraction(ms, 1000) < Fraction(1, 1000)


@given(st.integers(-(2**40), 2**40))
def test_milliseconds_survive_the_way_through_ticks(ms: int) -> None:
    assert units.ms_from_ticks(units.ticks_from_ms(ms)) == ms
    assert units.ms_from_ticks(units.ticks_from_ms(ms) + TICKS_PER_MS - 1) == ms


@given(st.integers(0, 2**36), RATE)
def test_a_duration_in_nanoseconds_is_right_to_the_nanosecond_for_days(
    frames: int, rate: int
) -> None:
    exact = Fraction(frames * NS_PER_SECOND, rate)
    slack = max(Fraction(1), exact / 2**52)
    assert abs(units.ns_from_frames(frames, float(rate)) - exact) <= slack


def test_volume_is_silent_at_nothing_and_untouched_at_full() -> None:
    gains = [units.perceptual_gain(percent) for percent in range(101)]
    assert (gains[0], gains[100]) == (0.0, 1.0)
    assert all(quiet < loud for quiet, loud in pairwise(gains))
