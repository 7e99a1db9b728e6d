"""Gestures by hindsight: all edges are known, and simple rules are applied one after another.

Nothing here has a state that time could change; it shares no line with the recogniser.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from wkmp_pi.config.pins import Button
from wkmp_pi.controls.gestures import Wanted

MS = 1_000_000


class Said(NamedTuple):
    """A gesture: its word, its buttons, a number, and its stamp."""

    word: str
    buttons: tuple[str, ...]
    count: int
    at_ns: int


@dataclass(slots=True)
class Press:
    button: str
    at_ns: int
    released_ns: int
    taken: int = 0
    """Its place among what it belongs to; 0 if it stands for itself."""


@dataclass(slots=True)
class _Stretch:
    """A time in which a pin did not change."""

    down: bool
    begins_ns: int
    ends_ns: float


def presses_of(button: Button, edges: Sequence[tuple[int, bool]]) -> list[Press]:
    """What a finger did, from the edges of a button in order; the last of them is up."""
    ends = [*[at_ns for at_ns, _ in edges[1:]], math.inf]
    stretches = [_Stretch(d, at, end) for (at, d), end in zip(edges, ends, strict=False)]
    found, place = list[Press](), 0
    while True:
        begin = _next(stretches, place, True, button.glitch_ms * MS)
        if begin is None:
            return found
        end = _next(stretches, begin + 1, False, button.debounce_ms * MS)
        assert end is not None
        found.append(
            Press(
                button.name,
                _first_edge(stretches, begin, button),
                _first_edge(stretches, end, button),
            )
        )
        place = end + 1


def _next(stretches: Sequence[_Stretch], place: int, down: bool, least_ns: int) -> int | None:
    for index in range(place, len(stretches)):
        stretch = stretches[index]
        if stretch.down == down and stretch.ends_ns - stretch.begins_ns >= least_ns:
            return index
    return None


def _first_edge(stretches: Sequence[_Stretch], index: int, button: Button) -> int:
    """Of the unrest that led to this stretch."""
    stable_ns = stretches[index].begins_ns
    while index >= 2:
        between = stretches[index - 1]
        if between.ends_ns - between.begins_ns >= button.glitch_ms * MS:
            break
        index -= 2
    return max(stretches[index].begins_ns, stable_ns - button.debounce_ms * MS)


@dataclass
class Oracle:
    """Judges everything that a hand did.

    Args:
        buttons: with their windows; all exclusive.
        wanted: gestures of buttons; chords of two; sequences.
    """

    buttons: dict[str, Button]
    wanted: Sequence[Wanted]
    chord_ms: int = 60
    step_ms: int = 1000
    whole_ms: int = 10_000
    said: list[Said] = field(default_factory=list)

    def judge(self, edges: dict[str, list[tuple[int, bool]]]) -> list[Said]:
        presses = sorted(
            (p for name, mine in edges.items() for p in presses_of(self.buttons[name], mine)),
            key=lambda press: (press.at_ns, press.button),
        )
        self.said = []
        self._chords(presses)
        self._codes(presses)
        for name in self.buttons:
            self._alone(name, [press for press in presses if press.button == name])
        return sorted(self.said, key=lambda said: (said.at_ns, said))

    def _wants(self, word: str, name: str) -> bool:
        return any(w.gesture == word and w.buttons == (name,) for w in self.wanted)

    def _chords(self, presses: Sequence[Press]) -> None:
        pairs = [set(w.buttons) for w in self.wanted if w.gesture == "chord"]
        for index, late in enumerate(presses):
            for early in reversed(presses[:index]):
                near = late.at_ns - early.at_ns <= self.chord_ms * MS
                both = early.released_ns >= late.at_ns
                free = not (early.taken or late.taken)
                last = not any(
                    p.button == early.button and early.at_ns < p.at_ns for p in presses[:index]
                )
                if near and both and free and last and {early.button, late.button} in pairs:
                    early.taken = late.taken = index + 1
                    names = (early.button, late.button)
                    self.said.append(Said("chord", names, 2, late.at_ns))

    def _codes(self, presses: Sequence[Press]) -> None:
        for want in (w for w in self.wanted if w.gesture == "sequence"):
            used = 0
            for end in range(len(want.buttons), len(presses) + 1):
                last = presses[end - len(want.buttons) : end]
                names = tuple(press.button for press in last)
                gaps = [b.at_ns - a.at_ns for a, b in pairwise(last)]
                slow = max(gaps) > self.step_ms * MS or sum(gaps) > self.whole_ms * MS
                if names == want.buttons and not slow and end - len(want.buttons) >= used:
                    used = end
                    last[-1].taken = last[-1].taken or -end
                    self.said.append(Said("sequence", names, len(names), last[-1].at_ns))

    def _alone(self, name: str, presses: Sequence[Press]) -> None:
        button, run = self.buttons[name], list[Press]()
        for press in presses:
            held_ms = (press.released_ns - press.at_ns) / MS
            if press.taken:
                self._judge(name, run)
                run = []
            elif held_ms >= button.shortest_ms and self._hold(name, press, run):
                run = []
            elif held_ms >= button.shortest_ms:
                if run and press.at_ns - run[-1].released_ns > button.gap_ms * MS:
                    self._judge(name, run)
                    run = []
                run.append(press)
        self._judge(name, run)

    def _hold(self, name: str, press: Press, run: list[Press]) -> bool:
        button, held_ns = self.buttons[name], press.released_ns - press.at_ns
        long, repeat = self._wants("long", name), self._wants("repeat", name)
        due_ns = press.at_ns + (button.hold_ms * MS if long else 0)
        if long and press.released_ns >= due_ns:
            self.said.append(Said("long", (name,), 1, due_ns))
        due_ns += button.repeat_after_ms * MS
        count = 0
        while repeat and due_ns <= press.released_ns:
            count += 1
            self.said.append(Said("repeat", (name,), count, due_ns))
            due_ns += max(int(button.repeat_ms * MS * 0.9 ** (count - 1)), button.fastest_ms * MS)
        held = held_ns >= (button.hold_ms if long else button.repeat_after_ms) * MS
        if held and (long or repeat):
            self._judge(name, run)
            return True
        return False

    def _judge(self, name: str, run: Sequence[Press]) -> None:
        counts = {1: "single", 2: "double", 3: "triple"}
        wanted = [count for count, word in counts.items() if self._wants(word, name)]
        most = max(wanted, default=0)
        for index, press in enumerate(run if most else (), 1):
            if index % most == 0:
                self.said.append(Said(counts[most], (name,), most, press.released_ns))
        if run and len(run) < most and len(run) in wanted:
            at_ns = run[-1].released_ns + self.buttons[name].gap_ms * MS
            self.said.append(Said(counts[len(run)], (name,), len(run), at_ns))
