from __future__ import annotations

from dataclasses import replace

import pytest
from controls.peripherals.workbench import Workbench, defined

from wkmp_pi.controls.peripherals import Peripherals
from wkmp_pi.errors import RequestError

TEXT = """
[[peripheral]]
id = "double"
kind = "double tap"
on = "button.pressed"
[[peripheral]]
id = "held"
kind = "long"
on = "button.pressed"
until = { on = "button.released" }
[[peripheral]]
id = "code"
kind = "sequence"
steps = [{ on = "lamp.lit" }, { on = "lamp.unlit" }, { on = "lamp.lit" }]
[[peripheral]]
id = "night"
kind = "gated mirror"
on = "door.rung"
open = { on = "gate.moved" }
open_ms = 60_000
publish = "night.rung"
"""
TRIPLE = """
[[peripheral]]
id = "triple"
kind = "n-tap"
count = 3
on = "button.pressed"
"""


def named(text: str, id_: str):
    return next(about for about in defined(text) if about.id == id_)


def test_one_can_be_added_while_others_are_at_work() -> None:
    bench = Workbench(TEXT).press(0).until(50)
    bench.peripherals.add(named(TRIPLE, "triple"))
    assert bench.press(100).until(500).words == ["double"]
    assert bench.told_ms == pytest.approx([400], abs=0.001)  # it waits for the triple now


def test_one_that_was_removed_ends_what_waits() -> None:
    bench = Workbench(TEXT).press(0).until(300)
    assert bench.peripherals.deadline_ns is not None
    assert bench.peripherals.remove("held") == []
    assert bench.peripherals.deadline_ns is None
    assert bench.until(10_000).words == []


def test_one_that_was_removed_makes_nobody_wait() -> None:
    bench = Workbench(TEXT + TRIPLE).press(0)
    bench.until(10).peripherals.remove("triple")
    assert bench.press(100).until(200).words == ["double"]


def test_an_update_keeps_no_state() -> None:
    bench = Workbench(TEXT).press(0).custom(0, "lamp.lit").custom(1, "lamp.unlit")
    bench.custom(2, "gate.moved").until(200)
    for about in bench.peripherals.definitions.values():
        bench.take(bench.peripherals.update(replace(about, metadata={"new": True})))
    bench.press(250).custom(250, "lamp.lit").custom(250, "door.rung").until(650)
    assert bench.words == []
    bench.release(700).press(800).until(1500)
    assert bench.words == ["long"]
    assert bench.gestures[0].metadata == {"new": True}


def test_an_update_of_one_disturbs_no_other() -> None:
    bench = Workbench(TEXT).press(0).until(100)
    bench.peripherals.update(replace(named(TEXT, "held"), name="Another"))
    assert bench.press(200).until(300).words == ["double"]


def test_a_new_file_changes_only_what_is_different_in_it() -> None:
    bench = Workbench(TEXT).press(0).custom(0, "lamp.lit").custom(1, "lamp.unlit").until(100)
    text = TEXT.replace('id = "code"', 'id = "code"\nname = "Another"').replace(
        '[[peripheral]]\nid = "night"', '[[peripheral]]\nid = "day"'
    )
    bench.take(bench.peripherals.take([*defined(text), named(TRIPLE, "triple")]))
    assert [*bench.peripherals.definitions] == ["double", "held", "code", "day", "triple"]
    bench.press(200).custom(200, "lamp.lit").until(590)
    assert bench.words == ["double"]
    assert bench.until(601).words == ["double", "long"]


def test_the_events_that_they_need_are_known() -> None:
    peripherals = Peripherals(defined(TEXT))
    assert set(peripherals.listens) == {
        "event.playlist.created",
        "button.pressed",
        "button.released",
        "lamp.lit",
        "lamp.unlit",
        "door.rung",
        "gate.moved",
    }


def test_an_id_is_added_once_and_only_what_is_there_can_be_changed() -> None:
    peripherals = Peripherals(defined(TEXT))
    with pytest.raises(RequestError, match=r"^peripheral double: is there already; expected"):
        peripherals.add(named(TEXT, "double"))
    with pytest.raises(RequestError, match=r"^peripheral doubel: not known; .* mean double\?$"):
        peripherals.remove("doubel")
    with pytest.raises(RequestError, match=r"^peripheral new: not known; expected one of double"):
        peripherals.update(replace(named(TEXT, "double"), id="new"))


def test_there_are_not_more_than_fit() -> None:
    peripherals, about = Peripherals(), named(TEXT, "double")
    for number in range(100):
        peripherals.add(replace(about, id=f"d{number}"))
    with pytest.raises(RequestError, match="found 100 already; expected no more"):
        peripherals.add(about)


def test_inputs_may_depend_on_the_state_of_the_player() -> None:
    text = TEXT.replace(
        'kind = "double tap"',
        'kind = "double tap"\nwhen = { state = "playing", volume = { below = 50 } }',
    )
    bench = Workbench(text, state={"state": "playing", "volume": 60})
    assert bench.press(0).press(100).release(100).rest().words == []
    bench.state["volume"] = 40
    assert bench.press(1000).press(1100).release(1100).rest().words == ["double"]


def test_names_that_somebody_invents_do_not_fill_the_memory() -> None:
    bench = Workbench(TEXT)
    for number in range(2000):
        bench.custom(number, f"rubbish.number_{number}")
    bench.rest()
    assert len(bench.peripherals._routes) <= 512
