"""What is told of a run: exactly these fields, and nobody can change them for others."""

from __future__ import annotations

import json

import pytest
from playlists.clockwork import BEGIN, MS, Clockwork, good_book

from wkmp_pi.events.kinds import ButtonPressed, Custom, payload

TEXT = """
name = "Evening"
veto_ms = 0
metadata = { room = "hall", lamps = ["a", "b"] }
completion = "evening.done"
[[trigger]]
event = "button.pressed"
[[interrupt]]
event = "button.released"
[[step]]
event = "lamp.lit"
data = { level = [0.5, 1], who = { id = 3 } }
offset_s = 0.25
repeat = 2
interval_s = 0.5
"""
TRIGGER = {"name": "button.pressed", "source": "play", "data": {"button": "play", "at_ns": 5}}
ABOUT = {"run_id": "evening-1", "playlist_id": "evening", "playlist_name": "Evening"}
METADATA = {"room": "hall", "lamps": ["a", "b"]}
DATA = {"level": [0.5, 1], "who": {"id": 3}}


@pytest.fixture
def box():
    box = Clockwork(good_book(evening=TEXT), stall=lambda: 2 * MS)
    box.feed(ButtonPressed(button="play", at_ns=5))
    return box.run(2)


def as_json(event):
    """As it arrives at who reads JSON."""
    return json.loads(json.dumps(payload(event)))


def test_created(box):
    (created,) = box.created()
    assert as_json(created) == {**ABOUT, "steps": 1, "metadata": METADATA, "trigger": TRIGGER}


def test_emitted(box):
    first, second = map(as_json, box.emitted())
    assert first == {
        **ABOUT,
        "step_index": 0,
        "repeat_index": 0,
        "name": "lamp.lit",
        "offset_s": 0.25,
        "scheduled_ns": BEGIN + 250 * MS,
        "actual_ns": BEGIN + 252 * MS,
        "late_ms": 2.0,
        "data": DATA,
        "metadata": METADATA,
        "trigger": TRIGGER,
    }
    assert (second["repeat_index"], second["offset_s"]) == (1, 0.75)


def test_stopped(box):
    (stopped,) = box.stopped()
    assert as_json(stopped) == {
        **ABOUT,
        "reason": "completed",
        "interrupt": None,
        "emitted_count": 2,
        "duration_ms": 752,
        "metadata": METADATA,
        "trigger": TRIGGER,
    }


def test_the_step_comes_before_what_is_told_of_it_and_completion_after_the_end(box):
    assert box.names == [
        "created", "lamp.lit", "emitted", "lamp.lit", "emitted", "stopped", "evening.done",
    ]  # fmt: skip
    lit = box.named("lamp.lit")[0]
    assert lit == Custom(event="lamp.lit", producer="playlist.evening", data=DATA)


def test_nobody_can_change_a_payload(box):
    (created,), emitted, (stopped,) = box.created(), box.emitted()[0], box.stopped()
    for event in (created, emitted, stopped):
        with pytest.raises(AttributeError):
            event.run_id = "x"
        for inner in (event.metadata, event.trigger, event.trigger["data"]):
            with pytest.raises(TypeError):
                inner["x"] = 1
    with pytest.raises(TypeError):
        emitted.data["who"]["id"] = 4
    with pytest.raises(AttributeError):
        emitted.data["level"].append(1)
    payload(emitted)["data"]["who"]["id"] = 4
    assert emitted.data["who"]["id"] == 3
    assert box.runs.book.get("evening").steps[0].data["who"]["id"] == 3


def test_what_a_caller_does_to_his_own_data_later_changes_nothing():
    data, metadata = {"list": [1]}, {"inner": {"a": 1}}
    box = Clockwork(good_book(evening=TEXT))
    box.start("evening", data=data, metadata=metadata)
    data["list"].append(2)
    metadata["inner"]["a"] = 2
    box.run(2)
    assert box.stopped()[0].trigger["data"] == {"list": (1,)}
    assert box.stopped()[0].metadata["inner"] == {"a": 1}
