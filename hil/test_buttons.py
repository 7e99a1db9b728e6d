"""Buttons on a real GPIO chip: presses around the edge of each window, and what is done of them."""

from __future__ import annotations

import pytest

from hil.bench import Bench
from hil.drivers.protocols import Pull
from hil.promises import Figures

_GAP_MS = 300
_HOLD_MS = 600
_CHORD_MS = 200
_TICK_MS = 10
"""A wire of the virtual Pi moves at its kernel's next tick: all differences are larger."""

_DOWN_MS = 80
_SHARES = (0.9, 1.0, 1.1)
_BOX = f"""
[gpio]
chord_ms = {_CHORD_MS}
[[button]]
name = "play"
pin = 17
[[button]]
name = "next"
pin = 27
[[bind]]
on = "gesture.single"
where = {{ buttons = ["play"] }}
do = "toggle"
[[bind]]
on = "gesture.double"
where = {{ buttons = ["play"] }}
do = "next"
[[bind]]
on = "gesture.long"
where = {{ buttons = ["play"] }}
publish = "long.seen"
[[bind]]
on = "gesture.chord"
where = {{ buttons = ["next", "play"] }}
do = "mute"
"""


@pytest.mark.parametrize("share", _SHARES)
def test_two_taps_are_a_double_up_to_the_end_of_the_window(
    swift: Bench, figures: Figures, share: float
) -> None:
    """The window is inclusive; beyond it both are single."""
    swift.fresh(further=_BOX)
    gap_ms = _at_the_edge(_GAP_MS, share)
    swift.lines.pull(*_tap(0), *_tap(_DOWN_MS + gap_ms))
    swift.wait(1.5)
    doubles = len(swift.events("gesture.double"))
    figures.promise(f"window of play, double, {share}", gap_ms, unit="ms")
    figures.check(
        f"two taps {share} windows apart: doubles off",
        abs(doubles - (share <= 1)),
        unit="gestures",
        limit=0,
        note=f"{len(swift.events('gesture.single'))} single",
    )


@pytest.mark.parametrize("share", _SHARES)
def test_a_press_is_long_from_the_end_of_its_window_on(
    swift: Bench, figures: Figures, share: float
) -> None:
    swift.fresh(further=_BOX)
    held_ms = _HOLD_MS * share + (_TICK_MS if share >= 1 else -_TICK_MS)
    swift.lines.pull(Pull(0, "play", True), Pull(held_ms, "play", False))
    swift.wait(2)
    longs = len(swift.events("gesture.long"))
    figures.check(
        f"a press of {share} windows: longs off",
        abs(longs - (share >= 1)),
        unit="gestures",
        limit=0,
    )


@pytest.mark.parametrize("share", _SHARES)
def test_two_buttons_are_a_chord_if_they_are_down_within_its_window(
    swift: Bench, figures: Figures, share: float
) -> None:
    swift.fresh(further=_BOX)
    apart_ms = _at_the_edge(_CHORD_MS, share)
    swift.lines.pull(
        Pull(0, "play", True),
        Pull(apart_ms, "next", True),
        Pull(400, "play", False),
        Pull(420, "next", False),
    )
    swift.wait(1.5)
    chords = len(swift.events("gesture.chord"))
    figures.check(
        f"two buttons {share} windows apart: chords off",
        abs(chords - (share <= 1)),
        unit="gestures",
        limit=0,
    )


def test_a_button_that_is_stuck_at_the_start_does_nothing_until_it_is_released(
    swift: Bench, figures: Figures
) -> None:
    swift.fresh(further=_BOX)
    swift.stop()
    swift.lines.pull(Pull(0, "play", True))
    swift.start()
    swift.wait(3)
    stuck = swift.events("gesture.single", "gesture.long", "button.pressed")
    figures.promise("events of a button that is stuck at the start", len(stuck), limit=0)
    swift.lines.pull(Pull(0, "play", False))
    swift.wait(0.5)
    swift.lines.pull(*_tap(0))
    swift.wait(1)
    taken = len(swift.events("gesture.single"))
    figures.promise("after its release: presses taken of 1", taken, limit=1, at_least=True)
    figures.check_all()


def _tap(at_ms: float) -> tuple[Pull, Pull]:
    return Pull(at_ms, "play", True), Pull(at_ms + _DOWN_MS, "play", False)


def _at_the_edge(window_ms: int, share: float) -> float:
    """So far apart; just inside of the window where it is the window, because wires have ticks."""
    return window_ms * share - (_TICK_MS if share == 1 else 0)
