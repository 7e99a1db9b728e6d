"""``[[peripheral]]``: every problem at once, each with its line, and what helps against it."""

from __future__ import annotations

import pytest
from conductor.desk import Desk
from controls.peripherals.workbench import defined, problems_of

from wkmp_pi.commands import decode
from wkmp_pi.conductor.report import status_report
from wkmp_pi.controls.peripherals import Kind, Known, one, published
from wkmp_pi.controls.peripherals.ons import MEASURED, STATE
from wkmp_pi.controls.peripherals.values import APART, ROWS
from wkmp_pi.errors import ConfigError

ALL = """
[[peripheral]]
id = "a"
kind = "double tap"
on = "button.pressed"
where = { button = "play" }
window_ms = 200
[[peripheral]]
id = "b"
kind = "n-tap"
count = 4
on = "passage.*"
[[peripheral]]
id = "c"
kind = "long"
on = "playback.state_changed"
where = { state = "paused" }
until = { on = "playback.state_changed", where = { state = "playing" } }
hold_ms = 3_600_000
[[peripheral]]
id = "d"
kind = "chord"
parts = [{ on = "door.rung" }, { on = "button.pressed", until = { on = "button.released" } }]
[[peripheral]]
id = "e"
kind = "simultaneous"
on = "gesture.press"
sources = ["play", "stop"]
[[peripheral]]
id = "f"
kind = "sequence"
steps = [{ on = "gesture.single", where = { buttons = ["play"] } }, { on = "night.rung" }]
[[peripheral]]
id = "g"
kind = "gated mirror"
on = "door.rung"
when = { state = "playing" }
open = { on = "gesture.long" }
close = { on = "gesture.single" }
publish = "night.rung"
[[peripheral]]
id = "h"
kind = "gated playlist"
on = "peripheral.value"
where = { peripheral = "i", value = { above = 30 } }
playlist = "chime"
[[peripheral]]
id = "i"
kind = "calibrated value"
on = "peripheral.value"
where = { peripheral = "cpu_temperature" }
"""


def only(text: str, **known: object) -> str:
    """The one problem of a text, without its place."""
    (problem,) = problems_of("[[peripheral]]\n" + text, **known)
    place, _, what = problem.partition(": ")
    assert place.startswith("box.toml:")
    return what


def test_all_nine_kinds_are_read() -> None:
    found = defined(ALL, playlists=["chime"])
    assert [about.kind for about in found] == list(Kind)
    assert {about.id: about.tells for about in found} == {
        "a": ("gesture.double",),
        "b": ("gesture.multi",),
        "c": ("gesture.long",),
        "d": ("gesture.chord",),
        "e": ("gesture.simultaneous",),
        "f": ("gesture.sequence",),
        "g": ("night.rung",),
        "h": (),
        "i": ("peripheral.value",),
    }
    assert [about.name for about in found] == list("abcdefghi")


def test_each_kind_has_a_table_of_its_own() -> None:
    assert set(ROWS) == set(Kind)
    assert set(APART) <= set(Kind)


def test_every_problem_is_told_at_once_with_its_line() -> None:
    text = """
    [[peripheral]]
    id = "A"
    kind = "double tap"
    on = "button.presed"
    window_ms = 0
    colour = "red"
    [[peripheral]]
    id = "b"
    kind = "n-tap"
    on = "button.pressed"
    where = { buton = "play" }
    [[peripheral]]
    kind = "tripple"
    [[peripheral]]
    id = "b"
    kind = "long"
    on = "door.rung"
    until = { on = "lamp.gone" }
    """
    assert problems_of(text) == [
        'box.toml:3: peripheral 1: id: found "A"; expected a-z, then a-z, 0-9, _ or -; rename it',
        (
            'box.toml:5: peripheral 1: on: found "button.presed", which nothing publishes; '
            "expected an "
            "event of the product, of a playlist, a peripheral or a binding, or one that is named "
            "in foreign; "
            "did you mean button.pressed?"
        ),
        (
            "box.toml:6: peripheral 1: window_ms: found 0; expected a whole number from 1 to 60000 "
            "ms; "
            "correct the number"
        ),
        (
            "box.toml:7: peripheral 1: colour: found a key that is not known; expected one of "
            "buttons, "
            "foreign, id, kind, metadata, name, on, when, where, window_ms; remove it"
        ),
        "box.toml:8: peripheral 2: found no count; expected the number of taps; write count = 3",
        (
            "box.toml:12: peripheral 2: where.buton: found a field that button.pressed has not; "
            "expected one of at_ns, button; did you mean button?"
        ),
        (
            'box.toml:14: peripheral 3: kind: found "tripple"; expected one of double tap, n-tap, '
            "long, chord, simultaneous, sequence, gated mirror, gated playlist, calibrated value; "
            "correct the word"
        ),
        "box.toml:16: peripheral 4: id: found b twice; expected each once; rename one",
        (
            'box.toml:19: peripheral 4: until.on: found "lamp.gone", which nothing publishes; '
            "expected "
            "an event of the product, of a playlist, a peripheral or a binding, or one that is "
            "named in foreign; "
            "did you mean lamp.unlit?"
        ),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'id = "a"',
            "peripheral 1: found no kind; expected one of double tap, n-tap, long, chord,",
        ),
        ('kind = "double tap"\non = "door.rung"', "peripheral 1: found no id; expected one;"),
        ('id = "a"\nkind = "double tap"', "peripheral 1: found no event; expected its name;"),
        ('id = "a"\nkind = "n-tap"\non = "door.rung"', "peripheral 1: found no count; expected"),
        ('id = "a"\nkind = "long"\non = "door.rung"', "peripheral 1: found no until; expected"),
        ('id = "a"\nkind = "chord"', "peripheral 1: found no parts; expected them, or buttons;"),
        (
            'id = "a"\nkind = "chord"\nparts = [{ on = "door.rung" }]',
            "peripheral 1: parts: found an array; expected 2 to 16 tables;",
        ),
        (
            'id = "a"\nkind = "chord"\nparts = [{ on = "door.rung" }, { on = "door.rung" }]',
            "peripheral 1: parts.2: found the same event as in part 1; expected each once;",
        ),
        (
            'id = "a"\nkind = "chord"\nparts = [{ on = "door.rung" }, { where = { a = 1 } }]',
            "peripheral 1: parts.2: found no event; expected its name;",
        ),
        (
            'id = "a"\nkind = "simultaneous"\non = "door.rung"',
            "peripheral 1: found no sources; expected who tells it;",
        ),
        (
            'id = "a"\nkind = "simultaneous"\non = "door.rung"\nsources = ["a", "a"]',
            "peripheral 1: sources: found the same name twice; expected each once; remove one",
        ),
        (
            'id = "a"\nkind = "sequence"\nsteps = [{ on = "door.rung" }, 5]',
            "peripheral 1: steps.2: found 5; expected a table; write 2 = { … }",
        ),
        (
            (
                'id = "a"\nkind = "sequence"\nbuttons = ["a", "b"]\nstep_gap_ms = 9000\n'
                "sequence_ms = 8000"
            ),
            "peripheral 1: found a gap of 9000 ms in a sequence of 8000 ms; expected a shorter",
        ),
        (
            (
                'id = "a"\nkind = "gated mirror"\non = "door.rung"\npublish = "a.b"\n'
                'open = { on = "lamp.lit" }'
            ),
            "peripheral 1: found no close; expected an end, or open_ms;",
        ),
        (
            (
                'id = "a"\nkind = "gated mirror"\non = "door.rung"\nopen_ms = 9\n'
                'open = { on = "lamp.lit" }'
            ),
            "peripheral 1: found no publish; expected the name to tell it by;",
        ),
        (
            'id = "a"\nkind = "gated mirror"\non = "door.rung"\nopen_ms = 9\npublish = "a.b"',
            "peripheral 1: found no open; expected what opens the gate;",
        ),
        (
            (
                'id = "a"\nkind = "gated mirror"\non = "door.rung"\nopen_ms = 9\n'
                'open = { on = "lamp.lit" }\npublish = "passage.started"'
            ),
            'peripheral 1: publish: found "passage.started"; expected a name like lamp.lit that',
        ),
        (
            'id = "a"\nkind = "gated playlist"\non = "door.rung"',
            "peripheral 1: found no playlist; expected what is started;",
        ),
        (
            'id = "a"\nkind = "gated playlist"\non = "door.rung"\nplaylist = "chimes"',
            (
                'peripheral 1: playlist: found "chimes", which is no playlist; expected one of '
                "them; "
                "did you mean chime?"
            ),
        ),
        (
            (
                'id = "a"\nkind = "gated playlist"\non = "door.rung"\nplaylist = "chime"\n'
                "data = { start = 1 }"
            ),
            "peripheral 1: data: found start, which every start has; expected other keys;",
        ),
        (
            (
                'id = "a"\nkind = "calibrated value"\non = "scale.read"\nfields = ["a", "b"]\n'
                "matrix = [[1]]"
            ),
            "peripheral 1: matrix: found rows of 1; expected as many as there are fields (2);",
        ),
        (
            'id = "a"\nkind = "calibrated value"\non = "scale.read"\nmatrix = [[1], [2, 3]]',
            "peripheral 1: matrix: found rows of different lengths, none, or more than 16;",
        ),
        (
            'id = "a"\nkind = "calibrated value"\non = "scale.read"\noffset = [1, 2]',
            "peripheral 1: offset: found 2 numbers; expected 1 or 1; correct the array",
        ),
        (
            'id = "a"\nkind = "calibrated value"\non = "scale.read"\nmatrix = [1, 2]',
            "peripheral 1: matrix: found an array; expected rows; write [[1, 0], [0, 1]]",
        ),
        (
            'id = "a"\nkind = "calibrated value"\non = "scale.read"\nfields = "a b"',
            'peripheral 1: fields: found "a b"; expected names of fields; write "value" or',
        ),
        (
            'id = "a"\nkind = "simultaneous"\non = "door.rung"\nsources = ["a"]',
            "peripheral 1: sources: found an array; expected 2 to 16 names;",
        ),
        (
            'id = "a"\nkind = "calibrated value"\non = "scale.read"\nscale = inf',
            "peripheral 1: scale: found inf; expected a number of at most 1e+12;",
        ),
        (
            'id = "a"\nkind = "calibrated value"\non = "volume.changed"\nfields = "percnt"',
            'peripheral 1: fields: found "percnt", which volume.changed has not; expected one of',
        ),
        (
            'id = "a"\nkind = "calibrated value"\non = "scale.read"\nprecision = true',
            "peripheral 1: precision: found true; expected a whole number from -12 to 12 digits;",
        ),
        (
            'id = "a"\nkind = "double tap"\non = "door.rung"\nmetadata = { at = 1979-05-27 }',
            "peripheral 1: metadata: found what JSON cannot hold;",
        ),
        (
            f'id = "a"\nkind = "double tap"\non = "door.rung"\nmetadata = {{ a = "{"x" * 1024}" }}',
            "peripheral 1: metadata: found 1032 bytes of JSON; expected at most 1024;",
        ),
        (
            f'id = "a"\nkind = "double tap"\non = "door.rung"\nname = "{"x" * 65}"',
            "peripheral 1: name: found 65 characters; expected at most 64;",
        ),
        (
            'id = "a"\nkind = "double tap"\non = "machines.stepped"',
            'peripheral 1: on: found "machines.stepped", which is only for recordings;',
        ),
        (
            'id = "a"\nkind = "double tap"\non = "door.rung"\nwhen = { stat = "playing" }',
            "peripheral 1: when.stat: found what the state of the box has not; expected one of",
        ),
        (
            'id = "a"\nkind = "double tap"\non = "gesture.double"\nwhere = { peripheral = "z" }',
            'peripheral 1: where: found "z"; expected a peripheral (a); declare it, or remove',
        ),
        (
            'id = "a"\nkind = "double tap"\non = "gesture.chord"',
            "peripheral 1: where: found gesture.chord of nobody knows what; expected it to be",
        ),
        (
            'id = "a"\nkind = "double tap"\non = "gesture.multi"\nwhere = { buttons = ["play"] }',
            (
                "peripheral 1: where: found gesture.multi of nobody knows what; expected it to be "
                "said; write where = { count = 4 }"
            ),
        ),
    ],
)
def test_a_problem_says_what_was_found_and_what_helps(text: str, problem: str) -> None:
    known = {"playlists": ["chime"], "buttons": ["a", "b", "play"]}
    assert only(text, **known).startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('buttons = ["pley"]', 'peripheral 1: buttons: found "pley"; expected a [[button]] of'),
        (
            'on = "button.pressed"\nwhere = { button = "pley" }',
            'peripheral 1: where: found "pley";',
        ),
        (
            'on = "gesture.single"\nwhere = { buttons = { in = [["play"], ["pley"]] } }',
            'peripheral 1: where: found "pley"; expected a [[button]] of this file (play, stop);',
        ),
        (
            'on = "gesture.turn"\nwhere = { buttons = ["play"] }',
            'peripheral 1: where: found "play"; expected a [[encoder]] of this file (knob);',
        ),
        (
            'buttons = ["play"]\nwindow_ms = 200',
            "peripheral 1: window_ms: found it beside buttons; expected either buttons, which have",
        ),
    ],
)
def test_buttons_and_knobs_must_be_declared(text: str, problem: str) -> None:
    text = f'id = "a"\nkind = "double tap"\n{text}'
    assert only(text, buttons=["play", "stop"], encoders=["knob"]).startswith(problem)


def test_where_no_button_is_declared_what_waits_for_one_sleeps() -> None:
    assert problems_of('[[peripheral]]\nid = "a"\nkind = "long"\nbuttons = ["play"]') == []
    text = '[[peripheral]]\nid = "a"\nkind = "double tap"\non = "button.pressed"'
    assert problems_of(text + '\nwhere = { button = "play" }') == []


@pytest.mark.parametrize("text", ["peripheral = 5", "peripheral = [5]", "peripheral = [[1], [2]]"])
def test_what_is_no_table_is_refused(text: str) -> None:
    assert all(problem.startswith("box.toml:1: peripheral") for problem in problems_of(text))
    assert problems_of(text)


def test_there_are_not_more_than_fit() -> None:
    tables = [f'[[peripheral]]\nid = "a{n}"\nkind = "long"\nbuttons = ["a"]' for n in range(101)]
    (problem,) = problems_of("\n".join(tables))
    assert "found 101 of them; expected at most 100" in problem


def test_one_can_be_read_that_stands_in_no_file() -> None:
    table = {"id": "a", "kind": "double tap", "on": "button.pressed"}
    assert one(table, Known()).id == "a"
    with pytest.raises(ConfigError) as refused:
        one({**table, "on": "no.such", "window_ms": -1, "more": 1}, Known())
    assert len(refused.value.problems) == 3
    assert refused.value.problems[0].startswith("peripheral 1: more: found")


def test_the_events_of_other_tables_are_known() -> None:
    text = (
        '[[peripheral]]\nid = "a"\nkind = "double tap"\non = "my.own"\n[[bind]]\npublish = "my.own"'
    )
    assert problems_of(text) == []
    assert published({"bind": 3, "peripheral": [3, {"publish": 4}]}) == frozenset()


def test_events_from_outside_can_be_announced() -> None:
    text = '[[peripheral]]\nid = "a"\nkind = "double tap"\non = "garden.gate"\n'
    assert problems_of(text + 'foreign = ["garden.gate"]') == []
    assert problems_of(text)[0].endswith('or write foreign = ["garden.gate"]')


@pytest.mark.parametrize("what", MEASURED)
def test_what_can_be_measured_can_be_listened_to(what: str) -> None:
    assert decode({"command": "sample", "what": what})
    text = '[[peripheral]]\nid = "a"\nkind = "double tap"\non = "peripheral.value"\n'
    assert problems_of(text + f'where = {{ peripheral = "{what}" }}') == []
    assert problems_of(text + f'where = {{ peripheral = "{what}s" }}')


def test_the_state_that_can_be_asked_for_is_the_one_that_is_told() -> None:
    told = status_report(Desk().state, 0)
    assert set(STATE) == {*told, "lights", "relays"}
