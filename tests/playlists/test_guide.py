"""docs/playlists.md tells the truth: its examples run, its tables and payloads are the code's."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import fields

import pytest
from playlists import guide
from playlists.clockwork import Clockwork, book_of, completed, started
from playlists.test_shipped import BOOK

from wkmp_pi.events.kinds import KINDS, Custom, StopReason, as_dict
from wkmp_pi.playlists import where
from wkmp_pi.playlists.definition import Retrigger
from wkmp_pi.playlists.words import MarkHeard

TEXT = guide.GUIDE.read_text()
EXAMPLES = dict(guide.examples())
EVERY_BLOCK = {*guide.blocks(), "windows"}


def example(name: str) -> Clockwork:
    book = book_of(**{name: EXAMPLES[name]})
    assert book.problems == ()
    return Clockwork(book)


def test_its_tables_and_payloads_are_those_of_the_code():
    assert guide.make(TEXT) == TEXT, "renew them with: .venv/bin/python tests/playlists/guide.py"


def test_a_stale_table_would_be_noticed():
    for name in EVERY_BLOCK - {"windows"}:
        begin = f"<!-- table: {name} -->\n"
        stale = TEXT.replace(begin, f"{begin}stale\n")
        assert stale != TEXT
        assert guide.make(stale) == TEXT


@pytest.mark.parametrize("name", sorted(guide.RULES))
def test_every_key_is_explained(name):
    assert set(guide.KEYS[name]) == guide.RULES[name]


def test_every_operator_policy_and_reason_is_explained():
    assert set(guide.OPERATORS) == set(where._OPERATORS)
    assert set(guide.POLICIES) == set(Retrigger)
    assert set(guide.REASONS) == set(StopReason)


def test_every_shipped_playlist_is_explained_and_no_other():
    section = TEXT.partition("## The shipped playlists")[2].partition("\n## ")[0]
    assert re.findall(r"^### `(\w+)`", section, re.MULTILINE) != []
    assert set(re.findall(r"^### `(\w+)`", section, re.MULTILINE)) == set(BOOK.playlists)


def test_what_is_said_of_the_shipped_ones_is_so():
    """Events that are named in a section are those of its playlist."""
    section = TEXT.partition("## The shipped playlists")[2].partition("\n## ")[0]
    parts = re.split(r"^### `(\w+)`$", section, flags=re.MULTILINE)[1:]
    for name, words in zip(parts[::2], parts[1::2], strict=True):
        playlist = BOOK.get(name)
        told = {step.name for step in playlist.steps} | {on.event for on in playlist.triggers}
        told |= {on.event for on in playlist.interrupts} | {*KINDS, playlist.completion}
        mentioned = set(re.findall(r"`([a-z_]+\.[a-z_.]+)`", words)) - {"box.toml"}
        assert mentioned <= told, name
        assert all(on.event in words for on in playlist.triggers if on.event not in KINDS)


def test_all_examples_can_stand_beside_each_other_and_the_shipped_ones():
    book = book_of(BOOK, **EXAMPLES)
    assert book.problems == ()
    assert len(book.playlists) == len(BOOK.playlists) + len(EXAMPLES)


def test_the_first_example_greets_whoever_comes_by_the_front_door():
    box = example("doorlight")
    box.tell("door.opened", door="back")
    assert box.created() == []
    box.tell("door.opened", door="front")
    box.run(40)
    assert box.reasons() == ["completed"]
    assert [event.data for event in box.named("hall.greeted")] == [
        {"door": "front", "words": "welcome"}
    ] * 2
    assert [command.on for command in box.commands] == [True, False]


def test_the_predicates_of_the_example_mean_what_they_say():
    box = example("predicates")
    box.state = {"volume": 40, "muted": False}
    box.tell("room.measured", room="cellar", celsius=30)
    box.tell("room.measured", room="hall", celsius=26)
    box.tell("room.measured", room="hall", celsius=30, alarm=True)
    assert box.created() == []
    box.tell("room.measured", room="hall", celsius=30)
    assert len(box.created()) == 1
    box.state = {"volume": 40, "muted": True}
    box.tell("room.measured", room="hall", celsius=30)
    assert len(box.created()) == 1


def test_the_hatch_waits_until_it_is_open():
    box = example("hatch")
    box.start("hatch")
    box.run(3)
    box.tell("hatch.moved", percent=50)
    box.run(1)
    assert not box.named("hatch.opened")
    box.tell("hatch.moved", percent=97)
    box.run(10)
    assert box.reasons() == ["completed"]
    assert [command.on for command in box.commands] == [True, False]
    box.start("hatch")
    box.run(30)
    assert box.reasons() == ["completed", "timeout"]
    assert [command.on for command in box.commands] == [True, False] * 2


def test_the_last_seconds_are_marks_of_every_passage():
    box = example("last_seconds")
    box.feed(started(5))
    assert [mark.offset_frames for mark in box.marks] == [-3 * 44_100, -441]
    for mark in box.marks:
        box.feed(MarkHeard(mark, box.now))
    box.feed(completed(5))
    assert box.reasons() == ["completed"]
    assert [event.emitted for event in box.emitted()] == [
        "passage.nearly_over",
        "passage.last_frames",
    ]


@pytest.mark.parametrize("text", re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))
def test_every_payload_has_the_fields_of_its_event(text):
    shown = json.loads(text)
    kind = KINDS.get(shown["name"])
    if kind is None:
        shown = {key: value for key, value in shown.items() if key != "name"}
        custom = as_dict(Custom(event="a.b", producer="x", data={}))
        assert shown.keys() == custom.keys() - {"name"}
    else:
        assert shown.keys() == {"name", *(field.name for field in fields(kind))}


def test_every_lifecycle_event_is_shown():
    shown = set(re.findall(r'"name": "((?:event|alert)\.playlist\.\w+)"', TEXT))
    assert shown == {name for name in KINDS if ".playlist." in name}


def test_every_command_line_is_understood():
    import argparse

    from wkmp_pi.cli import playlists

    parser = argparse.ArgumentParser()
    playlists.add(parser.add_subparsers())
    lines = re.findall(r"^ *wkmp-pi (playlists .*)$", TEXT, re.MULTILINE)
    assert len(lines) >= 6
    for line in lines:
        assert parser.parse_args(shlex.split(line, comments=True))


def test_the_table_of_windows_is_that_of_a_rig_or_says_that_there_is_none():
    block = guide.window_block(TEXT)
    assert block == guide.NOT_MEASURED or block.startswith("| button | gesture |")


def test_figures_of_a_rig_fill_the_table_of_windows():
    figures = [
        figure("a push button, double, 0.9 of it", 100.0, at_least=True, limit=100.0),
        figure("a push button, double, 1.1 of it", 0.0, at_least=False, limit=0.0),
        {**figure("", 1.0, at_least=True, limit=1.0), "promise": "something else"},
    ]
    filled = guide.make(TEXT, figures)
    assert guide.window_block(filled).splitlines() == [
        "| button | gesture | 0.9 of it | 1.0 of it | 1.1 of it |",
        "| --- | --- | --- | --- | --- |",
        "| a push button | double | 270 ms: 100 % |  | 270 ms: 0 % |",
    ]
    assert guide.make(filled) == filled, "what a rig has measured stays until it measures again"


def figure(what: str, measured: float, **about: object) -> dict[str, object]:
    told = {"promise": guide.WINDOW + what, "measured": measured, "unit": "%"}
    return {**told, "note": "270 ms, 5 times", **about}
