"""Peripherals on the real bus: loops end, and everybody knows what caused what."""

from __future__ import annotations

from typing import Any

from controls.peripherals.workbench import START, Workbench, defined

from wkmp_pi.controls.peripherals import Peripherals
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import ButtonPressed, Custom
from wkmp_pi.events.machines import Member, Vocabulary
from wkmp_pi.events.stage import Stage
from wkmp_pi.events.told import MAX_HOPS, Told

CHAIN = """
[[peripheral]]
id = "there"
kind = "gated mirror"
on = "ping.*"
open = { on = "gate.moved" }
close = { on = "lamp.unlit" }
opened = true
publish = "pong.told"
[[peripheral]]
id = "back"
kind = "gated mirror"
on = "pong.*"
open = { on = "gate.moved" }
close = { on = "lamp.unlit" }
opened = true
publish = "ping.told"
"""
COMPOSED = """
[[peripheral]]
id = "double"
kind = "double tap"
on = "button.pressed"
[[peripheral]]
id = "twice_double"
kind = "double tap"
on = "gesture.double"
where = { peripheral = "double" }
window_ms = 1000
"""


def alive(text: str) -> tuple[Bus, Stage, list[Told], Any]:
    """Peripherals on a bus, and all that is told there."""
    clock = [START]
    bus = Bus(lambda: clock[0])
    heard = bus.subscribe("*")
    members = [Member(Peripherals(defined(text)))]
    stage = Stage(bus, members, lambda out: None, Vocabulary({}))
    told: list[Told] = []

    def turn() -> list[Told]:
        while (one := heard.take(0)) is not None:
            told.append(one)
            stage.feed(one, clock[0])
        return told

    return bus, stage, told, turn


def test_two_mirrors_of_each_other_end_after_eight_hops() -> None:
    bus, _, _, turn = alive(CHAIN)
    bus.publish(Custom(event="ping.pinged"))
    names = [one.event.name for one in turn()]
    assert names.count("ping.told") + names.count("pong.told") == MAX_HOPS
    assert names.count("alert.hop_limit") == 1
    assert bus.looped == 1


def test_without_the_limit_they_would_go_on(monkeypatch: Any) -> None:
    """The control: a bus that counts no hops."""
    monkeypatch.setattr("wkmp_pi.events.bus.hops_after", lambda causes: 0)
    bus, stage, told, _ = alive(CHAIN)
    heard = bus.subscribe("p*")
    bus.publish(Custom(event="ping.pinged"))
    for _ in range(198):
        one = heard.take(0)
        assert one is not None
        stage.feed(one, START)
    assert heard.take(0) is not None
    assert told == []


def test_what_is_composed_of_composed_knows_its_causes() -> None:
    bus, _, _, turn = alive(COMPOSED)
    ids = [bus.publish(ButtonPressed(button="play", at_ns=START + n)) for n in range(4)]
    told = {(one.event.source, one.event.name): one for one in turn()}
    doubles = [one for one in turn() if one.event.source == "double"]
    assert [one.causes for one in doubles] == [(ids[0], ids[1]), (ids[2], ids[3])]
    last = told["twice_double", "gesture.double"]
    assert last.causes == tuple(one.id for one in doubles)
    assert last.hops == 2


def test_a_gesture_of_a_peripheral_is_meant_only_where_somebody_asks_for_it() -> None:
    plain = COMPOSED.replace('where = { peripheral = "double" }', 'where = { buttons = ["play"] }')
    for text, count in ((COMPOSED, 3), (plain, 2)):
        bench = Workbench(text, hears_itself=True)
        for at_ms in (0, 10, 20, 30):
            bench.press(at_ms)
        assert len(bench.rest().gestures) == count
