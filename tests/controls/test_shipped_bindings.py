"""The bindings that a box comes with: a hand on simulated buttons, and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import tomli
from controls.gestures.hand import Hand

from wkmp_pi import commands
from wkmp_pi.config.pins import Button
from wkmp_pi.config.tables import Lines, Reading, places_of
from wkmp_pi.controls import peripherals
from wkmp_pi.controls.bindings import Bindings, read, remarks
from wkmp_pi.controls.gestures import Wanted, compile_gestures
from wkmp_pi.controls.peripherals import Known, Peripherals, wishes
from wkmp_pi.events.told import Told, numbered
from wkmp_pi.playlists.folder import Folder
from wkmp_pi.playlists.words import Start

_BOX = (Path(__file__).parents[2] / "config/box.toml").read_text()
SHIPPED = _BOX[_BOX.index("# Buttons: take") :]
PLAYLISTS = frozenset(Folder([Path("config/playlists")]).load().entries)

_TABLE = re.compile(r"(?:^# .+\n)+", re.MULTILINE)


def declared(text: str, *arrays: str) -> str:
    """The text of somebody who has all the buttons, and took the # from these tables as well."""
    begins = tuple(f"# [[{array}]]" for array in ("button", *arrays))

    def bare(table: re.Match[str]) -> str:
        return re.sub(r"(?m)^# ", "", table[0]) if table[0].startswith(begins) else table[0]

    return _TABLE.sub(bare, text)


class Box:
    """What a box makes of a text: its buttons, its bindings, and what is asked for."""

    def __init__(self, text: str) -> None:
        data = tomli.loads(text)
        self.buttons = [Button(**table) for table in data.get("button", [])]
        self.reading = Reading(Lines(Path("box.toml"), places_of(text)))
        names = [button.name for button in self.buttons]
        known = Known(buttons=names, playlists=PLAYLISTS)
        self.peripherals = Peripherals(peripherals.read(self.reading, data, known))
        self.bindings = Bindings(read(self.reading, data, known))
        ons = [on for about in self.peripherals.definitions.values() for on in about.ons]
        ons += [binding.on for binding in self.bindings.bindings]
        self.wanted: tuple[Wanted, ...] = (*wishes(ons, names), *self.peripherals.wanted)
        self.compiled = compile_gestures(self.buttons, self.wanted)

    @property
    def problems(self) -> list[str]:
        return [*(problem for _, problem in self.reading.problems), *self.compiled.problems]

    def asked(self, does: Callable[[Hand], object]) -> list[Any]:
        """The commands that follow from what a hand does."""
        hand, numbers = Hand(self.wanted, self.buttons), count(1)
        does(hand)
        hand.rest()
        told = [Told(numbered(next(numbers), 0), event, (), 0, 0) for event in hand.events]
        return [getattr(out, "command", out) for one in told for out in self.bindings.feed(one, 0)]


@pytest.fixture(scope="module")
def box() -> Box:
    return Box(declared(SHIPPED))


def test_a_box_without_buttons_starts_clean_and_wants_nothing() -> None:
    bare = Box(SHIPPED)
    assert bare.buttons == []
    assert bare.problems == []
    assert bare.wanted == ()
    assert len(bare.bindings.bindings) == 12


def test_a_box_with_all_its_buttons_has_no_problem_either(box: Box) -> None:
    assert [button.name for button in box.buttons] == [
        "play", "previous", "next", "volume_up", "volume_down",
    ]  # fmt: skip
    assert box.problems == []


def test_press_double_triple_and_long(box: Box) -> None:
    assert box.asked(lambda hand: hand.taps(1, 0)) == [commands.Toggle()]
    assert box.asked(lambda hand: hand.taps(2, 200)) == [commands.Next()]
    assert box.asked(lambda hand: hand.taps(3, 200)) == [commands.Previous()]
    (start,) = box.asked(lambda hand: hand.tap(0, 1000))
    assert isinstance(start, Start)
    assert start.playlist == "sleep_fade"
    assert (start.name, start.source) == ("gesture.long", "play")
    assert start.data["event"]["data"]["buttons"] == ("play",)


def test_the_skip_buttons(box: Box) -> None:
    assert box.asked(lambda hand: hand.tap(0, 80, "next")) == [commands.Next()]
    assert box.asked(lambda hand: hand.tap(0, 80, "previous")) == [commands.Previous()]


@pytest.mark.parametrize(("button", "delta"), [("volume_up", 3), ("volume_down", -3)])
def test_the_volume_buttons_repeat_while_they_are_held(box: Box, button: str, delta: int) -> None:
    step = commands.SetVolume(delta=delta)
    assert box.asked(lambda hand: hand.tap(0, 80, button)) == [step]
    assert box.asked(lambda hand: hand.tap(0, 640, button)) == [step] * 2
    assert box.asked(lambda hand: hand.tap(0, 660, button)) == [step] * 3
    assert len(box.asked(lambda hand: hand.tap(0, 5000, button))) > 40


@pytest.mark.parametrize("first", ["volume_up", "volume_down"])
def test_both_volume_buttons_mute_in_whichever_order(box: Box, first: str) -> None:
    second = "volume_down" if first == "volume_up" else "volume_up"
    both = box.asked(lambda hand: hand.tap(0, 2000, first).tap(40, 2000, second))
    assert both == [commands.Mute()]


CODE = [
    "volume_up", "volume_up", "volume_down", "volume_down",
    "previous", "next", "previous", "next", "play", "play",
]  # fmt: skip


def konami(hand: Hand, *before: str) -> None:
    for number, button in enumerate([*before, *CODE]):
        hand.tap(number * 400, 80, button)


@pytest.mark.parametrize("before", [(), ("volume_up",), ("next", "volume_up", "volume_up")])
def test_the_code_starts_the_surprise(box: Box, before: tuple[str, ...]) -> None:
    asked = box.asked(lambda hand: konami(hand, *before))
    starts = [command for command in asked if isinstance(command, Start)]
    assert [start.playlist for start in starts] == ["surprise"]
    assert starts[0].data["event"]["data"]["id"] == "konami"


@pytest.mark.parametrize("place", [0, 4, 9])
def test_a_code_with_a_step_too_few_starts_nothing(box: Box, place: int) -> None:
    def wrong(hand: Hand) -> None:
        for number, button in enumerate([*CODE[:place], *CODE[place + 1 :]]):
            hand.tap(number * 400, 80, button)

    asked = box.asked(wrong)
    assert asked
    assert not any(isinstance(command, Start) for command in asked)


def test_each_button_waits_no_longer_than_it_must(box: Box) -> None:
    waits = {b.name: box.compiled.worst_added_delay(b.name).ms for b in box.buttons}
    assert waits == {
        "play": 300, "previous": 25, "next": 25, "volume_up": 60, "volume_down": 60,
    }  # fmt: skip


def test_what_may_surprise_is_explained(box: Box) -> None:
    (sentence,) = remarks(box.bindings.bindings, box.buttons)
    assert "this sequence mean something by themselves" in sentence
    assert all(f"{name} (" in sentence for name in CODE)


def test_the_examples_are_right_as_well() -> None:
    box = Box(declared(SHIPPED, "peripheral", "bind"))
    assert box.problems == []
    assert len(box.peripherals.definitions) == 5
    assert box.asked(lambda hand: hand.taps(5, 200)) == [commands.Mute(on=True)]


def test_a_person_with_one_button_is_told_what_to_remove() -> None:
    one = SHIPPED.replace(
        '# [[button]]\n# name = "play"\n# pin = 17', '[[button]]\nname = "play"\npin = 17'
    )
    problems = Box(one).problems
    line = one.splitlines().index('where = { buttons = ["previous"] }') + 1
    assert problems[0] == (
        f'box.toml:{line}: bind 5: where: found "previous"; expected a [[button]] of this file '
        "(play); declare it, or remove this table"
    )
