"""Fade curves by name."""

from wkmp_pi.passage import Curve, CurvePair


def test_every_pair_names_the_two_curves_it_is_made_of() -> None:
    for pair in CurvePair:
        one, two = pair.fade_in.value, pair.fade_out.value
        assert pair.value in (f"{one}_{two}", one)


def test_every_curve_is_in_some_pair() -> None:
    assert {pair.fade_in for pair in CurvePair} | {pair.fade_out for pair in CurvePair} == {*Curve}
