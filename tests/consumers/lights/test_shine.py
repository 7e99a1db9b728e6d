from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.consumers.lights.shine import Channels, Fade, Shine, duty, rgb

LEVEL = st.floats(0, 1)
DARK = Shine()
COLOURED = Shine(colour="#ffffff")


@pytest.mark.parametrize(
    ("before", "asked", "after"),
    [
        (DARK, {"on": True}, Shine(on=True)),
        (Shine(on=True, level=0.5), {"on": False}, Shine(on=False, level=0.5)),
        (Shine(on=False, level=0.5), {"on": True}, Shine(on=True, level=0.5)),
        (DARK, {"level": 0.3}, Shine(on=True, level=0.3)),
        (Shine(on=True, level=0.5), {"level": 0.0}, Shine(on=False, level=0.5)),
        (DARK, {"on": False, "level": 0.3}, Shine(on=False, level=0.3)),
        (COLOURED, {"colour": "#FF8000"}, Shine(on=True, colour="#ff8000")),
        (COLOURED, {"on": False, "colour": "#ff8000"}, Shine(colour="#ff8000")),
        (Shine(on=True, level=0.2), {}, Shine(on=True, level=0.2)),
    ],
)
def test_what_is_not_given_stays(before: Shine, asked: dict[str, object], after: Shine) -> None:
    given_too = {"on": None, "level": None, "colour": None, **asked}
    assert before.asked(**given_too) == after  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shine", "channels"),
    [
        (Shine(on=False, level=0.7), (0.0,)),
        (Shine(on=True, level=0.7), (0.7,)),
        (Shine(on=True, level=0.5, colour="#ff0000"), (0.5, 0.0, 0.0)),
        (Shine(on=False, colour="#ff0000"), (0.0, 0.0, 0.0)),
    ],
)
def test_a_light_shows_its_level_and_colour_while_it_is_on(
    shine: Shine, channels: Channels
) -> None:
    assert shine.channels() == channels


def test_a_colour_has_three_parts() -> None:
    assert rgb("#ff0080") == (1.0, 0.0, 128 / 255)


def test_duties_are_exact_at_the_ends_and_never_dark_between() -> None:
    assert (duty(0.0), duty(1.0)) == (0.0, 1.0)
    assert duty(0.001) == 0.01
    assert duty(0.5) == pytest.approx(0.2176, abs=1e-4)


@given(LEVEL, LEVEL)
def test_more_level_is_never_less_duty(one: float, other: float) -> None:
    assert (duty(one) <= duty(other)) or one > other


@given(begin=LEVEL, end=LEVEL, moment=st.integers(-10, 2000))
def test_a_fade_stays_between_its_ends_and_arrives(begin: float, end: float, moment: int) -> None:
    fade = Fade((begin,), (end,), 0, 1000)
    (level,) = fade.at(moment)
    assert min(begin, end) - 1e-9 <= level <= max(begin, end) + 1e-9
    assert fade.at(0) == (begin,)
    assert fade.at(1000) == fade.at(5000) == (end,)
