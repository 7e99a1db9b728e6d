"""What is right, but may not be what was meant: bindings that come in each other's way. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations

from wkmp_pi.config.pins import Button, Mode
from wkmp_pi.controls.bindings.binding import Binding
from wkmp_pi.controls.bindings.loops import again
from wkmp_pi.controls.gestures.words import Wanted
from wkmp_pi.controls.peripherals.wishes import wishes

_TAPS = ("single", "double", "triple", "multi")
_AFTER_PRESS = (*_TAPS, "long")


def remarks(bindings: Sequence[Binding], buttons: Iterable[Button]) -> Iterator[str]:
    """Sentences for people, each with the places of its bindings.

    Args:
        bindings: all of them.
        buttons: those that there are.
    """
    known = {button.name: button for button in buttons}
    for one, other in combinations(bindings, 2):
        if one.on == other.on:
            yield (
                f"{other.place}: the same event as {one.place}; both are done: "
                f"{one.deed}, then {other.deed}"
            )
    for binding in bindings:
        output = again(binding)
        if output is not None:
            yield (
                f"{binding.place}: {binding.deed} may bring about {binding.on.event}, so that it "
                "is done again; narrow it by where or when"
            )
    wants = [(b, want) for b in bindings for want in wishes([b.on], known)]
    for name, button in known.items():
        mine = [(b, want) for b, want in wants if name in want.buttons]
        yield from _of_button(button, mine)
    yield from _of_codes(wants, known)


def _of_button(button: Button, mine: Sequence[tuple[Binding, Wanted]]) -> Iterator[str]:
    """What the bindings of one button do to each other."""
    name = button.name
    presses, taps = _which(mine, "press"), _which(mine, *_TAPS)
    for first, (second, want) in ((p, s) for p, _ in presses for s in _which(mine, *_AFTER_PRESS)):
        yield (
            f"{second.place}: each {want.gesture} of {name} begins with a press, so {first.place} "
            f"is done before it: {first.deed}, then {second.deed}"
        )
    if button.mode is Mode.EAGER:
        for (one, small), (other, large) in combinations(sorted(taps, key=_count), 2):
            yield (
                f"{other.place}: {name} is eager, so {one.place} is done before it: "
                f"{one.deed} ({small.gesture}), then {other.deed} ({large.gesture})"
            )


def _of_codes(wants: Sequence[tuple[Binding, Wanted]], known: Collection[str]) -> Iterator[str]:
    """What the presses of a sequence do on the way, in one sentence."""
    alone: dict[str, Binding] = {}
    for binding, want in wants:
        if want.gesture != "sequence":
            for name in want.buttons:
                alone.setdefault(name, binding)
    for code, want in _which(wants, "sequence"):
        also = [
            f"{name} ({alone[name].deed}, {alone[name].place})"
            for name in dict.fromkeys(want.buttons)
            if name in alone and name in known
        ]
        if also:
            yield (
                f"{code.place}: presses of this sequence mean something by themselves as well: "
                f"{', '.join(also)}"
            )


def _which(mine: Sequence[tuple[Binding, Wanted]], *gestures: str) -> list[tuple[Binding, Wanted]]:
    return [(binding, want) for binding, want in mine if want.gesture in gestures]


def _count(bound: tuple[Binding, Wanted]) -> int:
    want = bound[1]
    return want.count or _TAPS.index(want.gesture) + 1
