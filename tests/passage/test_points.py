"""The six points: what is wrong with them, and how bad ones are made playable."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.passage import Points
from wkmp_pi.units import Ticks, ticks_from_ms

NAMES = ("start", "lead_in", "fade_in", "fade_out", "lead_out", "end")
CHAINS = (("start", "fade_in", "fade_out", "end"), ("start", "lead_in", "lead_out", "end"))


FADES, LEADS = (" ≤ ".join(chain) for chain in CHAINS)


def points_of(values: st.SearchStrategy[int]) -> st.SearchStrategy[Points]:
    maybe = st.none() | values.map(Ticks)
    return st.builds(Points, **dict.fromkeys(NAMES, maybe))


ANY = points_of(st.integers(-(2**62), 2**62)) | points_of(st.integers(-2, 6))
DURATION = (st.integers(1, 2**62) | st.integers(1, 6)).map(Ticks)


def sound(points: Points) -> bool:
    """By the definition: nothing negative, each chain in order, and something left to play."""
    given_ = [value for name in NAMES if (value := getattr(points, name)) is not None]
    in_order = all(
        a is None or b is None or a <= b
        for chain in CHAINS
        for a, b in combinations([getattr(points, name) for name in chain], 2)
    )
    lasts = points.end is None or (points.start or 0) < points.end
    return all(value >= 0 for value in given_) and in_order and lasts


@given(ANY)
def test_points_without_violations_are_sound_and_others_are_not(points: Points) -> None:
    assert (points.violations() == []) == sound(points)


@given(ANY)
def test_each_violation_is_told_once(points: Points) -> None:
    found = points.violations()
    assert len(set(found)) == len(found)


@given(ANY, DURATION)
def test_repaired_points_have_no_violations(points: Points, duration: Ticks) -> None:
    repaired, _ = points.repaired(duration)
    assert repaired.violations() == []
    for name in NAMES[1:-1]:
        value = getattr(repaired, name)
        assert value is None or value <= max(duration, repaired.end or 0)


@given(ANY, DURATION)
def test_each_change_is_told_and_nothing_else_is(points: Points, duration: Ticks) -> None:
    repaired, notes = points.repaired(duration)
    assert (repaired == points) == (notes == [])
    assert repaired.repaired(duration) == (repaired, [])


@given(ANY, DURATION)
def test_what_is_not_given_stays_open(points: Points, duration: Ticks) -> None:
    repaired, _ = points.repaired(duration)
    for name in NAMES:
        assert getattr(points, name) is not None or getattr(repaired, name) is None


def test_every_violation_names_both_points_and_the_order() -> None:
    points = Points(
        start=ticks_from_ms(5000), fade_in=ticks_from_ms(2000), lead_out=ticks_from_ms(-1)
    )
    assert points.violations() == [
        "lead_out is -1 ms; expected 0 or later; give a point in the file",
        f"start (5000 ms) lies after fade_in (2000 ms); expected {FADES}; move one of them",
        f"start (5000 ms) lies after lead_out (-1 ms); expected {LEADS}; move one of them",
    ]


@pytest.mark.parametrize(
    "points",
    [
        Points(start=Ticks(5), end=Ticks(5)),
        Points(start=Ticks(5), fade_in=Ticks(5), lead_in=Ticks(5), end=Ticks(5)),
        Points(end=Ticks(0)),
        Points(start=Ticks(6), end=Ticks(5)),
    ],
)
def test_a_passage_must_last(points: Points) -> None:
    (violation,) = points.violations()
    assert "does not lie before end" in violation


def test_points_may_coincide() -> None:
    at = ticks_from_ms(30)
    assert Points(lead_in=at, fade_in=at, fade_out=at, lead_out=at).violations() == []


def test_the_fade_chain_and_the_lead_chain_are_independent() -> None:
    late, early = Ticks(9), Ticks(1)
    assert Points(lead_in=late, fade_out=early).violations() == []
    assert Points(fade_in=late, lead_out=early).violations() == []


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (Points(start=Ticks(-7)), Points()),
        (Points(start=Ticks(50), end=Ticks(50)), Points()),
        (Points(start=Ticks(100)), Points()),
        (Points(start=Ticks(50), end=Ticks(40), fade_in=Ticks(45)), Points(fade_in=Ticks(45))),
        (Points(start=Ticks(10), fade_in=Ticks(3)), Points(start=Ticks(10), fade_in=Ticks(10))),
        (Points(lead_out=Ticks(150)), Points(lead_out=Ticks(100))),
        (
            Points(fade_in=Ticks(80), fade_out=Ticks(21)),
            Points(fade_in=Ticks(50), fade_out=Ticks(50)),
        ),
    ],
)
def test_a_bad_row_is_corrected(bad: Points, good: Points) -> None:
    repaired, notes = bad.repaired(Ticks(100))
    assert repaired == good
    assert len(notes) == 1


def test_an_end_beyond_the_file_is_left_for_the_decoder() -> None:
    points = Points(start=Ticks(150), lead_out=Ticks(180), end=Ticks(200))
    assert points.repaired(Ticks(100)) == (points, [])


def test_good_points_are_handed_back_as_they_are() -> None:
    points = Points(start=Ticks(1), fade_in=Ticks(2), end=Ticks(9))
    assert points.repaired(Ticks(100)) == (points, [])
    assert replace(points, end=None).repaired(Ticks(100))[1] == []
