from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli

from wkmp_pi import commands
from wkmp_pi.config.pins import Button, Mode
from wkmp_pi.config.tables import Lines, Reading, places_of
from wkmp_pi.controls.bindings import Binding, Bindings, read, remarks
from wkmp_pi.controls.gestures import Wanted
from wkmp_pi.controls.peripherals import Known, wishes
from wkmp_pi.controls.peripherals.seen import Ear
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import (
    Custom,
    Event,
    GestureChord,
    GestureDouble,
    GestureTurn,
    VolumeChanged,
)
from wkmp_pi.events.machines import Publish
from wkmp_pi.events.told import Told, numbered
from wkmp_pi.playlists.words import Do

BUTTONS = ("play", "stop", "up", "down")
KNOWN: dict[str, Any] = {
    "buttons": BUTTONS,
    "encoders": ("knob",),
    "playlists": ("chime", "sleep_fade"),
    "peripherals": ("knock",),
    "events": ("door.rung",),
    "lights": ("status",),
    "relays": ("amplifier",),
}


def taken(text: str, **known: Any) -> tuple[tuple[Binding, ...], list[str]]:
    """The bindings of a text, and what is wrong with it."""
    data, reading = tomli.loads(text), Reading(Lines(Path("etc/box.toml"), places_of(text)))
    bindings = read(reading, data, Known(**{**KNOWN, **known}))
    return bindings, [problem for _, problem in sorted(reading.problems)]


def bound(text: str, **known: Any) -> tuple[Binding, ...]:
    bindings, problems = taken(text, **known)
    assert problems == []
    return bindings


def outs_of(text: str, event: Event, **state: Any) -> list[Any]:
    """What a text does at an event."""
    told = Told(numbered(7, 2), event, (), 5, 2)
    return Bindings(bound(text), lambda: state).feed(told, 5)


def only(text: str, **known: Any) -> str:
    """The one problem of a text."""
    _, problems = taken("[[bind]]\n" + text, **known)
    assert len(problems) == 1, problems
    return problems[0]


def double(*buttons: str, **more: Any) -> GestureDouble:
    return GestureDouble(buttons=buttons or ("play",), at_ns=1, **more)


DOUBLE = """
[[bind]]
on = "gesture.double"
where = { buttons = ["play"] }
"""


# --- what is done --------------------------------------------------------------------------------


def test_a_gesture_becomes_a_command_that_knows_its_cause() -> None:
    (out,) = outs_of(DOUBLE + 'do = "next"', double())
    assert out == Do(commands.Next(), (numbered(7, 2),))


def test_the_fields_of_a_command_stand_in_data() -> None:
    text = DOUBLE + 'do = "light"\ndata = { light = "status", on = true, colour = "#ff0080" }'
    (out,) = outs_of(text, double())
    assert out.command == commands.SetLight(light="status", on=True, colour="#ff0080")


def test_only_what_is_meant_does_something() -> None:
    text = DOUBLE + 'do = "next"'
    assert outs_of(text, double("stop")) == []
    assert outs_of(text, GestureTurn(buttons=("play",), at_ns=1, steps=1)) == []


def test_a_condition_is_asked_of_the_state() -> None:
    text = DOUBLE + 'when = { state = "playing", volume = { below = 50 } }\ndo = "next"'
    assert len(outs_of(text, double(), state="playing", volume=40)) == 1
    assert outs_of(text, double(), state="playing", volume=50) == []
    assert outs_of(text, double(), state="paused", volume=40) == []


def test_a_playlist_starts_and_knows_the_whole_gesture() -> None:
    text = DOUBLE + 'playlist = "chime"\ndata = { text = "hello" }'
    (out,) = outs_of(text, double(metadata={"gesture": "double"}))
    assert out.playlist == "chime"
    assert (out.name, out.source) == ("gesture.double", "play")
    assert out.data["text"] == "hello"
    event = out.data["event"]
    assert (event["name"], event["source"]) == ("gesture.double", "play")
    assert event["data"]["metadata"] == {"gesture": "double"}
    assert event["data"]["buttons"] == ("play",)


def test_an_event_of_ones_own_can_be_filled_from_the_one_it_comes_of() -> None:
    text = """
    [[bind]]
    on = "gesture.turn"
    publish = "knob.turned"
    data = { by = "{trigger.data.steps}", text = "{trigger.source}: {metadata.room}", fixed = 1 }
    """
    turn = GestureTurn(buttons=("knob",), at_ns=1, steps=-3, metadata={"room": "hall"})
    (out,) = outs_of(text, turn)
    assert isinstance(out, Publish)
    assert out.event == Custom(
        event="knob.turned", producer="binding", data={"by": -3, "text": "knob: hall", "fixed": 1}
    )
    assert out.causes == (numbered(7, 2),)


def test_all_bindings_of_an_event_are_done_in_the_order_of_the_file() -> None:
    text = f'{DOUBLE}do = "next"\n{DOUBLE}do = "mute"\n[[bind]]\non = "gesture.*"\ndo = "play"'
    asked = [out.command for out in outs_of(text, double())]
    assert asked == [commands.Next(), commands.Mute(), commands.Play()]


def test_a_chord_means_the_same_in_any_order() -> None:
    text = '[[bind]]\non = "gesture.chord"\nwhere = { buttons = ["up", "down"] }\ndo = "mute"'
    for buttons in (("up", "down"), ("down", "up")):
        assert len(outs_of(text, GestureChord(buttons=buttons, at_ns=1))) == 1
    assert outs_of(text, GestureChord(buttons=("up", "stop"), at_ns=1)) == []


def test_a_gesture_of_a_peripheral_is_meant_where_it_is_named() -> None:
    composed = double(peripheral="knock")
    assert outs_of(DOUBLE + 'do = "next"', composed) == []
    text = '[[bind]]\non = "gesture.double"\nwhere = { peripheral = "knock" }\ndo = "next"'
    assert len(outs_of(text, composed)) == 1
    assert outs_of(text, double()) == []


def test_without_that_rule_one_tap_would_do_two_things(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(Ear, "hears", lambda self, seen: self._on.names(seen.name))
    with pytest.raises(AssertionError):
        test_a_gesture_of_a_peripheral_is_meant_where_it_is_named()


def test_other_bindings_can_be_taken_while_it_runs() -> None:
    bindings = Bindings(bound(DOUBLE + 'do = "next"'))
    told = Told(numbered(1, 0), double(), (), 5, 0)
    assert bindings.feed(told, 5)[0].command == commands.Next()
    bindings.take(bound(DOUBLE + 'do = "mute"'))
    assert bindings.feed(told, 5)[0].command == commands.Mute()
    assert bindings.listens == ("gesture.double",)
    assert bindings.deadline_ns is None
    assert bindings.due(10) == []


def test_nothing_of_an_event_gets_into_a_command() -> None:
    """Whatever an event says, the command is the one object that was read from the file."""
    bindings = bound('[[bind]]\non = "door.rung"\ndo = "volume"\ndata = { delta = 5 }')
    machine = Bindings(bindings)
    for data in ({"percent": 100}, {"delta": 90}, {"command": "clear"}, {}):
        told = Told(numbered(1, 0), Custom(event="door.rung", data=data), (), 5, 0)
        (out,) = machine.feed(told, 5)
        assert out.command is bindings[0].command


# --- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'on = "door.rung"\ndo = "light"\ndata = { light = "statue", on = true }',
            (
                'etc/box.toml:4: bind 1: data.light: found "statue"; expected a [[light]] of this '
                "file (status); did you mean status?"
            ),
        ),
        (
            'on = "door.rung"\ndo = "relay"\ndata = { relay = "pump", on = true }',
            (
                'etc/box.toml:4: bind 1: data.relay: found "pump"; expected a [[relay]] of this '
                "file (amplifier); declare it as [[relay]], or remove this table"
            ),
        ),
        ('do = "next"', "etc/box.toml:1: bind 1: found no event; expected its name;"),
        ('on = "door.rung"', "etc/box.toml:1: bind 1: found nothing to do; expected one of do,"),
        (
            'on = "door.rung"\ndo = "next"\nplaylist = "chime"',
            "etc/box.toml:1: bind 1: found do and playlist; expected one of do, playlist, publish;",
        ),
        (
            'on = "door.wrung"\ndo = "next"',
            (
                'etc/box.toml:2: bind 1: on: found "door.wrung", which nothing publishes; expected '
                "an "
                "event of the product, of a playlist, a peripheral or a binding, or one that is "
                "named in "
                "foreign; "
                "did you mean door.rung?"
            ),
        ),
        (
            'on = "gesture.quadruple"\ndo = "next"',
            'etc/box.toml:2: bind 1: on: found "gesture.quadruple", which nothing publishes;',
        ),
        (
            'on = "door.rung"\ndo = "nxt"',
            (
                'etc/box.toml:3: bind 1: do: found "nxt", which is not known; expected a command '
                "that "
                "does something; did you mean next?"
            ),
        ),
        (
            'on = "door.rung"\ndo = "status"',
            'etc/box.toml:3: bind 1: do: found "status", which only answers,',
        ),
        (
            'on = "door.rung"\ndo = "volume"\ndata = { percnt = 3 }',
            "etc/box.toml:4: bind 1: data: found what volume does not take (object contains",
        ),
        (
            'on = "door.rung"\ndo = "volume"\ndata = { percent = 101 }',
            "etc/box.toml:4: bind 1: data.percent: found what volume does not take (expected int",
        ),
        (
            'on = "door.rung"\ndo = "volume"\ndata = { percent = "{trigger.data.percent}" }',
            "etc/box.toml:4: bind 1: data: found a {place} in a command; expected plain values,",
        ),
        (
            'on = "door.rung"\ndo = "enqueue"\ndata = { items = ["/etc/passwd"] }',
            "etc/box.toml:4: bind 1: data.items: found an absolute path",
        ),
        (
            'on = "door.rung"\nplaylist = "chimes"',
            (
                'etc/box.toml:3: bind 1: playlist: found "chimes", which is no playlist; expected '
                "one "
                "of them; did you mean chime?"
            ),
        ),
        (
            'on = "door.rung"\ndo = "playlist.start"\ndata = { playlist = "chimes" }',
            'etc/box.toml:4: bind 1: data: found "chimes", which is no playlist; expected one of',
        ),
        (
            'on = "door.rung"\nplaylist = "chime"\ndata = { text = "{trigger.name}" }',
            "etc/box.toml:4: bind 1: data: found a {place}; expected plain values, for the steps",
        ),
        (
            'on = "event.playlist.stopped"\nplaylist = "chime"',
            "etc/box.toml:2: bind 1: on: found event.playlist.stopped, which comes of the playlist",
        ),
        (
            'on = "door.rung"\npublish = "door.rung"',
            "etc/box.toml:2: bind 1: on: found door.rung, which comes of this binding itself",
        ),
        (
            'on = "door.rung"\npublish = "volume.changed"',
            'etc/box.toml:3: bind 1: publish: found "volume.changed"; expected a name like',
        ),
        (
            'on = "gesture.double"\nwhere = { buttons = ["pley"] }\ndo = "next"',
            (
                'etc/box.toml:3: bind 1: where: found "pley"; expected a [[button]] of this file '
                "(down, play, stop, up); did you mean play?"
            ),
        ),
        (
            'on = "gesture.turn"\nwhere = { buttons = ["play"] }\ndo = "next"',
            'etc/box.toml:3: bind 1: where: found "play"; expected a [[encoder]] of this file',
        ),
        (
            'on = "gesture.double"\nwhere = { peripheral = "knok" }\ndo = "next"',
            'etc/box.toml:3: bind 1: where: found "knok"; expected a peripheral (knock);',
        ),
        (
            'on = "gesture.double"\nwhere = { button = "play" }\ndo = "next"',
            "etc/box.toml:3: bind 1: where.button: found a field that gesture.double has not;",
        ),
        (
            'on = "gesture.double"\nwhere = { held_ms = { above = "1" } }\ndo = "next"',
            'etc/box.toml:3: bind 1: where: found held_ms.above = "1"; expected a number;',
        ),
        (
            'on = "gesture.sequence"\ndo = "next"',
            "etc/box.toml:1: bind 1: where: found gesture.sequence of nobody knows what;",
        ),
        (
            'on = "door.rung"\nwhen = { stae = "playing" }\ndo = "next"',
            "etc/box.toml:3: bind 1: when.stae: found what the state of the box has not;",
        ),
        (
            'on = "door.rung"\ndo = "next"\nif = "x"',
            "etc/box.toml:4: bind 1: if: found a key that is not known; expected one of data, do,",
        ),
    ],
)
def test_a_problem_says_what_was_found_and_what_helps(text: str, problem: str) -> None:
    assert only(text).startswith(problem)


def test_every_problem_is_told_at_once() -> None:
    text = '[[bind]]\non = "no.such"\ndo = "nxt"\n[[bind]]\nwhere = 5\n[[bind]]\non = "door.rung"'
    _, problems = taken(text)
    assert [problem.partition(": ")[0] for problem in problems] == [
        "etc/box.toml:2", "etc/box.toml:3", "etc/box.toml:5", "etc/box.toml:6",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["bind = 5", "bind = [5]", 'bind = ["x", []]'])
def test_what_is_no_table_is_refused(text: str) -> None:
    bindings, problems = taken(text)
    assert bindings == ()
    assert problems


def test_the_same_binding_twice_is_a_mistake() -> None:
    text = DOUBLE + 'do = "next"'
    _, problems = taken(text + text)
    assert problems == [
        (
            "etc/box.toml:6: bind 2: found the binding of box.toml:2 once more; expected each "
            "once; "
            "remove one"
        )
    ]


def test_an_event_from_outside_can_be_announced() -> None:
    text = '[[bind]]\non = "garden.gate"\nforeign = ["garden.gate"]\ndo = "pause"'
    assert bound(text)[0].on.event == "garden.gate"


def test_playlists_that_are_not_known_yet_are_not_looked_for() -> None:
    assert bound(DOUBLE + 'playlist = "later"', playlists=None)


# --- which gestures are wanted -------------------------------------------------------------------


def wanted(text: str) -> list[tuple[str, tuple[str, ...]]]:
    wants = wishes([binding.on for binding in bound(text)], BUTTONS)
    return [(want.gesture, want.buttons) for want in wants]


@pytest.mark.parametrize(
    ("on", "wants"),
    [
        ('"gesture.double"\nwhere = { buttons = ["play"] }', [("double", ("play",))]),
        (
            '"gesture.single"\nwhere = { buttons = { in = [["play"], ["stop"]] } }',
            [("single", ("play",)), ("single", ("stop",))],
        ),
        ('"gesture.long"\nwhere = { buttons = { contains = "up" } }', [("long", ("up",))]),
        ('"gesture.press"', [("press", (name,)) for name in BUTTONS]),
        ('"gesture.chord"\nwhere = { buttons = ["up", "down"] }', [("chord", ("down", "up"))]),
        (
            '"gesture.sequence"\nwhere = { buttons = ["up", "down", "up"] }',
            [("sequence", ("up", "down", "up"))],
        ),
        ('"gesture.double"\nwhere = { peripheral = "knock" }', []),
        ('"gesture.turn"\nwhere = { buttons = ["knob"] }', []),
        ('"gesture.*"', []),
        ('"button.pressed"\nwhere = { button = "play" }', []),
    ],
)
def test_gestures_are_wanted_where_they_are_named(on: str, wants: list[Any]) -> None:
    assert wanted(f'[[bind]]\non = {on}\ndo = "next"') == wants


def test_a_count_is_part_of_the_wish() -> None:
    text = """
    [[bind]]
    on = "gesture.multi"
    where = { buttons = ["play"], count = { in = [4, 5] } }
    do = "next"
    """
    wants = wishes([binding.on for binding in bound(text)], BUTTONS)
    assert [want.count for want in wants] == [4, 5]


def test_two_who_want_the_same_want_it_once() -> None:
    text = f'{DOUBLE}do = "next"\n{DOUBLE}do = "mute"'
    assert wanted(text) == [("double", ("play",))]
    orders = [
        f'[[bind]]\non = "gesture.chord"\nwhere = {{ buttons = {order} }}\ndo = "{do}"\n'
        for order, do in (('["up", "down"]', "mute"), ('["down", "up"]', "next"))
    ]
    assert len(wanted("".join(orders))) == 1


def test_a_sequence_with_an_id_serves_those_who_ask_for_none() -> None:
    where = 'buttons = ["up", "down"]'
    text = f"""
    [[bind]]
    on = "gesture.sequence"
    where = {{ {where} }}
    do = "next"
    [[bind]]
    on = "gesture.sequence"
    where = {{ id = "code", {where} }}
    do = "mute"
    """
    wants = wishes([binding.on for binding in bound(text)], BUTTONS)
    assert wants == (Wanted(gesture="sequence", buttons=("up", "down"), id="code"),)


# --- what may surprise ---------------------------------------------------------------------------


def remarked(text: str, mode: Mode = Mode.EXCLUSIVE) -> list[str]:
    buttons = [Button(name=name, pin=pin, mode=mode) for pin, name in enumerate(BUTTONS, 2)]
    return [*remarks(bound(text), buttons)]


def test_two_bindings_of_one_event_are_explained() -> None:
    assert remarked(f'{DOUBLE}do = "next"\n{DOUBLE}playlist = "chime"') == [
        "box.toml:7: the same event as box.toml:2; both are done: next, then playlist chime"
    ]


def test_a_press_before_a_gesture_is_explained() -> None:
    press = '[[bind]]\non = "gesture.press"\nwhere = { buttons = ["play"] }\npublish = "key.down"\n'
    assert remarked(press + DOUBLE + 'do = "next"') == [
        (
            "box.toml:6: each double of play begins with a press, so box.toml:1 is done before it: "
            "key.down, then next"
        )
    ]


def test_an_eager_button_is_explained() -> None:
    text = f'{DOUBLE}do = "next"\n{DOUBLE.replace("double", "single")}do = "toggle"'
    assert remarked(text) == []
    assert remarked(text, Mode.EAGER) == [
        (
            "box.toml:2: play is eager, so box.toml:7 is done before it: toggle (single), then "
            "next "
            "(double)"
        )
    ]


def test_a_command_that_may_bring_itself_about_is_explained() -> None:
    text = '[[bind]]\non = "volume.changed"\ndo = "volume"\ndata = { percent = 20 }'
    (line,) = remarked(text)
    assert line.startswith("box.toml:1: volume may bring about volume.changed, so that it is done")
    text = """
    [[bind]]
    on = "playback.state_changed"
    where = { state = "paused" }
    do = "play"
    """
    assert remarked(text) == []


def test_bindings_that_go_on_for_ever_are_stopped_by_the_bus() -> None:
    """What a command brings about carries its causes; here the conductor is played by hand."""
    bus = Bus(lambda: 0)
    heard = bus.subscribe("volume.changed")
    machine = Bindings(bound('[[bind]]\non = "volume.changed"\ndo = "volume"\ndata = {delta = 1}'))
    bus.publish(VolumeChanged(percent=1, muted=False))
    turns = 0
    while (told := heard.take(0)) is not None:
        turns += 1
        for out in machine.feed(told, 0):
            bus.publish(told.event, out.causes)
    assert turns == 9
