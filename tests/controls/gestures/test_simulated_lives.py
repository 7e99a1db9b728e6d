"""Many lives of a panel of buttons, each judged twice: as it happens, and by hindsight.

``WKMP_PI_SEEDS`` says how many; the bench runs 100,000. A life that fails is named by its seed.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from controls.gestures.hand import MS, START, Hand, want
from controls.gestures.oracle import Oracle, Said

from wkmp_pi.config.pins import Button, Mode
from wkmp_pi.controls.gestures import Wanted

SEEDS = int(os.environ.get("WKMP_PI_SEEDS", "400"))
NAMES = ("a", "b", "c")
WORDS = ("single", "double", "triple", "long", "repeat")
WINDOWS_MS = (20, 60, 300, 500, 600, 1000, 1100)
BLOCK = max(SEEDS // 4, 1)

Edges = dict[str, list[tuple[int, bool]]]


class Life:
    """What happens to a panel; all of it follows from the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.buttons = {
            name: Button(
                name=name,
                pin=pin,
                gap_ms=rng.choice((150, 300, 300, 800)),
                hold_ms=rng.choice((400, 600, 600)),
            )
            for pin, name in enumerate(NAMES, 2)
        }
        self.wanted = self._wanted()
        self.edges: Edges = {name: self._hand() for name in NAMES}
        self._tuck_in()

    def _wanted(self) -> list[Wanted]:
        rng = self.rng
        wanted = [
            want(word, name)
            for name in NAMES
            for word in rng.sample(WORDS, rng.randrange(len(WORDS) + 1))
        ]
        if rng.random() < 0.5:
            wanted.append(want("chord", *rng.sample(NAMES, 2)))
        if rng.random() < 0.5:
            code = rng.choices(NAMES, k=rng.randrange(2, 5))
            wanted.append(want("sequence", *code, id="code"))
        return wanted

    def _hand(self) -> list[tuple[int, bool]]:
        rng, at_ms, edges = self.rng, self.rng.uniform(0, 400), list[tuple[float, bool]]()
        for _ in range(rng.randrange(8)):
            edges += self._unrest(at_ms, True)
            at_ms += self._about()
            edges += self._unrest(at_ms, False)
            at_ms += 30 + self._about()
        return [(START + round(at_ms * MS), down) for at_ms, down in edges]

    def _about(self) -> float:
        """A time for which the windows matter."""
        near = self.rng.choice(WINDOWS_MS)
        share = self.rng.choice((0.9, 0.999, 1.0, 1.0, 1.001, 1.1))
        return self.rng.choice((near * share, self.rng.uniform(8, 1500), 80))

    def _unrest(self, at_ms: float, down: bool) -> list[tuple[float, bool]]:
        """An edge, and what a bad contact makes of it."""
        edges, count = [(at_ms, down)], self.rng.choice((0, 0, 0, 1, 3))
        for _ in range(count):
            at_ms += self.rng.uniform(0.05, 1.2)
            edges.append((at_ms, not down))
            at_ms += self.rng.uniform(0.05, 1.2)
            edges.append((at_ms, down))
        return edges

    def _tuck_in(self) -> None:
        """Some hands come at the same time as others: chords are made so."""
        if self.rng.random() < 0.6 and self.edges["a"]:
            shift_ns = round(self.rng.choice((0, 30, 59.9, 60, 60.1, 66)) * MS)
            self.edges["b"] = [(at_ns + shift_ns, down) for at_ns, down in self.edges["a"]]

    def hand(self, delay_ms: float | Callable[[float], float] = 0, **how: bool) -> Hand:
        hand = Hand(self.wanted, list(self.buttons.values()), delay_ms=delay_ms, **how)
        for at_ns, name, down in sorted(
            (at_ns, name, down) for name, edges in self.edges.items() for at_ns, down in edges
        ):
            hand.edge((at_ns - START) / MS, name, down)
        return hand

    def by_hindsight(self) -> list[Said]:
        return Oracle(self.buttons, self.wanted).judge(self.edges)


def said(hand: Hand) -> list[Said]:
    heard = [Said(g.gesture, g.buttons, g.count, g.at_ns) for g in hand.gestures]
    return sorted(heard, key=lambda one: (one.at_ns, one))


def loosely(gestures: list[Said]) -> list[tuple[str, tuple[str, ...], int]]:
    """Without the stamps of runs that something else ended before their window did."""
    return sorted((one.word, tuple(sorted(one.buttons)), one.count) for one in gestures)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_every_life_is_judged_as_by_hindsight_and_ends_at_rest(first: int) -> None:
    for seed in range(first, min(first + BLOCK, SEEDS)):
        life = Life(seed)
        assert loosely(said(life.hand().rest())) == loosely(life.by_hindsight()), f"seed {seed}"


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("delay_ms", [1, 20, 150, 300])
def test_a_dispatch_delay_changes_no_verdict(delay_ms: int) -> None:
    for seed in range(0, SEEDS, 4):
        life = Life(seed)
        assert said(life.hand(delay_ms).rest()) == said(life.hand().rest()), f"seed {seed}"


@pytest.mark.timeout(3600)
def test_delays_that_come_and_go_lose_no_verdict() -> None:
    """What was told too early stays told; what is right by the stamps is told in any case.

    Nobody looks at the buttons: a look would overtake the edges.
    """
    for seed in range(1, SEEDS, 4):
        life = Life(seed)
        late = Counter(loosely(said(life.hand(_moody(seed), answers=False).rest())))
        missing = Counter(loosely(life.by_hindsight())) - late
        assert not missing, f"seed {seed}"


def _moody(seed: int) -> Callable[[float], float]:
    """Now and then everything stands still, for up to 300 ms."""
    rng, stalls, at_ms = random.Random(seed), list[tuple[float, float]](), 0.0
    for _ in range(60):
        at_ms += rng.expovariate(1 / 200)
        stalls.append((at_ms, at_ms := at_ms + rng.uniform(0, 300)))

    def delay_ms(at_ms: float) -> float:
        return next((end - at_ms for begin, end in stalls if begin <= at_ms < end), 0.2)

    return delay_ms


def test_lives_are_full_of_gestures() -> None:
    """The progress floor: an oracle that finds nothing proves nothing."""
    heard = Counter(one.word for seed in range(200) for one in Life(seed).by_hindsight())
    assert set(heard) == {*WORDS, "chord", "sequence"}
    assert min(heard.values()) >= 20


Breaking = Callable[[Button], Button]

BREAKAGES: dict[str, Breaking] = {
    "a window whose end does not count": lambda b: replace(b, gap_ms=b.gap_ms - 1),
    "a hold that takes too long": lambda b: replace(b, hold_ms=b.hold_ms + 1),
    "no glitch filter": lambda b: replace(b, glitch_ms=0),
    "no debouncing": lambda b: replace(b, debounce_ms=1),
    "no shortest press": lambda b: replace(b, shortest_ms=0),
    "eagerness": lambda b: replace(b, mode=Mode.EAGER),
}


@pytest.mark.parametrize("breaking", BREAKAGES.values(), ids=BREAKAGES.keys())
def test_a_recogniser_that_is_wrong_is_found_out(breaking: Breaking) -> None:
    """The control: the same comparison, with one rule broken."""
    for seed in range(400):
        life = Life(seed)
        expected = loosely(life.by_hindsight())
        life.buttons = {name: breaking(button) for name, button in life.buttons.items()}
        if loosely(said(life.hand().rest())) != expected:
            return
    pytest.fail("nobody noticed")
