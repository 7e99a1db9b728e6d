"""Buttons on a real GPIO chip: presses around the edge of each window, and what is done of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from hil.bench import Bench
from hil.drivers.protocols import Pull
from hil.promises import Figures

_TICK_MS = 10
"""A wire of the virtual Pi moves at its kernel's next tick: all differences are larger."""

_DOWN_MS = 80
_ROUNDS = 5
_CALM_MS = 1000.0
_CHORD_MS = 200
_SHARES = (0.9, 1.0, 1.1)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of button: which line it is on, and its windows."""

    name: str
    line: str
    pin: int
    gap_ms: int
    hold_ms: int
    debounce_ms: int


_KINDS = (
    Kind("push button", "play", 17, 300, 600, 25),
    Kind("foot switch", "next", 27, 600, 1200, 60),
    Kind("quick key", "previous", 22, 150, 400, 10),
)
_BUTTON = """
[[button]]
name = "{0.line}"
pin = {0.pin}
gap_ms = {0.gap_ms}
hold_ms = {0.hold_ms}
debounce_ms = {0.debounce_ms}
[[bind]]
on = "gesture.single"
where = {{ buttons = ["{0.line}"] }}
publish = "single.seen"
[[bind]]
on = "gesture.double"
where = {{ buttons = ["{0.line}"] }}
publish = "double.seen"
[[bind]]
on = "gesture.long"
where = {{ buttons = ["{0.line}"] }}
publish = "long.seen"
"""
_CHORD = f"""
[gpio]
chord_ms = {_CHORD_MS}
[[bind]]
on = "gesture.chord"
where = {{ buttons = ["next", "play"] }}
do = "mute"
"""
_BOX = "".join(_BUTTON.format(kind) for kind in _KINDS) + _CHORD


@pytest.fixture
def hands(any_time: Bench) -> Bench:
    """A box with these buttons."""
    any_time.fresh(further=_BOX)
    return any_time


@pytest.mark.parametrize("share", _SHARES)
def test_two_taps_are_a_double_up_to_the_end_of_the_window(
    hands: Bench, figures: Figures, share: float
) -> None:
    """The window is inclusive; beyond it both are single."""
    for kind in _KINDS:
        gap_ms = _at_the_edge(kind.gap_ms, share)
        pair = (*_tap(kind.line, 0), *_tap(kind.line, _DOWN_MS + gap_ms))
        doubles = _recognised(hands, "gesture.double", kind.line, pair, gap_ms + kind.gap_ms)
        _promise(figures, kind.name, "double", share, gap_ms, doubles, within=share <= 1)
    figures.check_all()


@pytest.mark.parametrize("share", _SHARES)
def test_a_press_is_long_from_the_end_of_its_window_on(
    hands: Bench, figures: Figures, share: float
) -> None:
    for kind in _KINDS:
        held_ms = kind.hold_ms * share + (_TICK_MS if share >= 1 else -_TICK_MS)
        press = (Pull(0, kind.line, True), Pull(held_ms, kind.line, False))
        longs = _recognised(hands, "gesture.long", kind.line, press, held_ms + kind.gap_ms)
        _promise(figures, kind.name, "long", share, held_ms, longs, within=share >= 1)
    figures.check_all()


@pytest.mark.parametrize("share", _SHARES)
def test_two_buttons_are_a_chord_if_they_are_down_within_its_window(
    hands: Bench, figures: Figures, share: float
) -> None:
    apart_ms = _at_the_edge(_CHORD_MS, share)
    both = (
        Pull(0, "play", True),
        Pull(apart_ms, "next", True),
        Pull(apart_ms + _DOWN_MS, "play", False),
        Pull(apart_ms + 2 * _DOWN_MS, "next", False),
    )
    chords = _recognised(hands, "gesture.chord", "play", both, apart_ms + _CALM_MS)
    _promise(figures, "pair of buttons", "chord", share, apart_ms, chords, within=share <= 1)
    figures.check_all()


def test_a_button_that_is_stuck_at_the_start_does_nothing_until_it_is_released(
    hands: Bench, figures: Figures
) -> None:
    hands.stop()
    hands.lines.pull(Pull(0, "play", True))
    hands.start()
    hands.wait(3)
    stuck = hands.events("gesture.single", "gesture.long", "button.pressed")
    figures.promise("events of a button that is stuck at the start", len(stuck), limit=0)
    hands.lines.pull(Pull(0, "play", False))
    hands.wait(0.5)
    hands.lines.pull(*_tap("play", 0))
    hands.wait(1)
    taken = len(hands.events("gesture.single"))
    figures.promise("after its release: presses taken of 1", taken, limit=1, at_least=True)
    figures.check_all()


def _recognised(
    bench: Bench, gesture: str, line: str, pulls: tuple[Pull, ...], long_ms: float
) -> int:
    """How often, of so many rounds, that gesture comes of these pulls."""
    every_ms = long_ms + _CALM_MS
    bench.lines.pull(*_train(pulls, every_ms))
    bench.wait(every_ms / 1000)
    return sum(line in event.body["buttons"] for event in bench.events(gesture))


def _train(pulls: tuple[Pull, ...], every_ms: float) -> Iterator[Pull]:
    for number in range(_ROUNDS):
        for pull in pulls:
            yield replace(pull, at_ms=pull.at_ms + number * every_ms)


def _promise(
    figures: Figures,
    kind: str,
    gesture: str,
    share: float,
    at_ms: float,
    found: int,
    *,
    within: bool,
) -> None:
    figures.promise(
        f"window of a {kind}, {gesture}, {share} of it",
        100 * found / _ROUNDS,
        unit="%",
        limit=100 if within else 0,
        at_least=within,
        note=f"{at_ms:.0f} ms, {_ROUNDS} times",
    )


def _tap(line: str, at_ms: float) -> tuple[Pull, Pull]:
    return Pull(at_ms, line, True), Pull(at_ms + _DOWN_MS, line, False)


def _at_the_edge(window_ms: int, share: float) -> float:
    """So far apart; just inside of the window where it is the window, because wires have ticks."""
    return window_ms * share - (_TICK_MS if share == 1 else 0)
