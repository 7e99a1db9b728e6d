"""The whole way in one process: a hand on a button, a binding, a playlist, and what comes of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from support.box import environment, failing, running, wkmp_pi

from wkmp_pi.commands import (
    AddPeripheral,
    PublishEvent,
    RemovePeripheral,
    SimulateGesture,
    UpdatePeripheral,
)
from wkmp_pi.controls import client
from wkmp_pi.errors import RequestError

BOX = """
[[button]]
name = "play"
pin = 17
[[bind]]
on = "gesture.single"
where = { buttons = ["play"] }
do = "toggle"
[[bind]]
on = "gesture.double"
where = { buttons = ["play"] }
do = "volume"
data = { percent = 33 }
[[bind]]
on = "gesture.triple"
where = { buttons = ["play"] }
playlist = "greeting"
"""
GREETING = """
name = "Greeting"
completion = "greeting.over"
[[step]]
event = "greeting.said"
data = { to = "you" }
[[step]]
command = "mute"
data = { on = true }
offset_s = 0.1
"""


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    home = tmp_path_factory.mktemp("driven")
    (home / "playlists").mkdir()
    (home / "playlists/greeting.toml").write_text(GREETING)
    with running(home, further=BOX) as box:
        yield box


def taps(box, count):
    edges = []
    for index in range(count):
        edges += [["play", True, index * 150], ["play", False, index * 150 + 60]]
    script = "\n".join(f"{at} {name} {'down' if down else 'up'}" for name, down, at in edges)
    (box.home / "script").write_text(script + "\n")
    wkmp_pi("gestures", "simulate", str(box.home / "script"), "--live", home=box.home)


def test_a_press_is_a_command_and_two_are_another(box):
    state = box.status()["state"]
    taps(box, 1)
    box.until("toggled", lambda status: status["state"] != state)
    taps(box, 2)
    box.until("volume set", lambda status: status["volume"] == 33)


def test_three_presses_run_a_playlist_whose_events_bear_their_causes(box, tmp_path):
    recorded = box.home / "events.jsonl"
    with recording(box, recorded):
        taps(box, 3)
        box.until("muted", lambda status: status["muted"])
        until_told(recorded, "greeting.over")
    told = {line["event"]["name"]: line for line in lines_of(recorded)}
    assert told["event.playlist.created"]["causes"] == [told["gesture.triple"]["id"]]
    assert told["event.playlist.stopped"]["event"]["reason"] == "completed"
    assert told["greeting.said"]["event"]["data"] == {"to": "you"}
    assert told["volume.changed"]["causes"]


def test_a_run_is_started_and_stopped_from_the_command_line(box):
    started = box.ask("playlists", "start", "sleep_fade")
    assert [run["run_id"] for run in box.ask("playlists", "runs")["runs"]] == [started["run_id"]]
    assert box.ask("playlists", "stop")["stopped"] == [started["run_id"]]
    assert box.ask("playlists", "runs")["runs"] == []


def test_who_asked_stands_in_the_trigger(box, tmp_path):
    recorded = tmp_path / "events.jsonl"
    with recording(box, recorded):
        box.ask("playlists", "start", "sleep_fade")
        box.ask("playlists", "stop")
        until_told(recorded, "event.playlist.stopped")
    (created,) = [e for e in events_of(recorded) if e["name"] == "event.playlist.created"]
    assert created["trigger"] == {"name": "playlist.start", "source": "socket", "data": {}}


def test_a_changed_playlist_is_used_and_a_broken_one_is_not(box):
    file = box.home / "playlists/greeting.toml"
    file.write_text(GREETING.replace("Greeting", "Hello"))
    names = until(
        lambda: {p["playlist"]: p["name"] for p in box.ask("playlists", "list")["playlists"]},
        lambda names: names["greeting"] == "Hello",
    )
    file.write_text("name = 3\n")
    told = until(lambda: box.ask("playlists", "list"), lambda told: told["problems"])
    assert "greeting.toml:1" in told["problems"][0]
    assert names == {p["playlist"]: p["name"] for p in told["playlists"]}
    file.write_text(GREETING)


DOUBLE = """
[[peripheral]]
id = "twice"
kind = "double tap"
on = "door.rung"
foreign = ["door.rung"]
window_ms = 1000
metadata = { gesture = "double" }
"""
HOLD = """
[[peripheral]]
id = "hold"
name = "Held down"
kind = "long"
buttons = ["play"]
"""


def test_a_peripheral_that_is_added_works_at_once_until_it_is_removed(box, tmp_path):
    def rung(times=2, event="door.rung"):
        with client.connect([box.socket]) as link:
            for _ in range(times):
                link.ask(PublishEvent(event=event))

    def peripherals(verb, *words):
        return box.ask("peripherals", verb, *words)["peripherals"]

    (tmp_path / "double.toml").write_text(DOUBLE)
    recorded = tmp_path / "events.jsonl"
    with recording(box, recorded):
        rung()
        assert peripherals("add", str(tmp_path / "double.toml")) == ["twice"]
        rung()
        until_told(recorded, "gesture.double")
        (about,) = peripherals("list")
        assert (about["kind"], about["inputs"]) == ("double tap", ["door.rung"])
        assert peripherals("remove", "twice") == []
        rung()
        rung(1, "door.shut")
        until_told(recorded, "door.shut")
    told = events_of(recorded)
    (double,) = [event for event in told if event["name"] == "gesture.double"]
    assert (double["peripheral"], double["metadata"]) == ("twice", {"gesture": "double"})
    changes = [event for event in told if event["name"] == "peripherals.changed"]
    assert [event["peripherals"] for event in changes] == [["twice"], []]


def test_a_press_is_held_for_as_long_as_its_script_says_for_a_peripheral_that_came_later(
    box, tmp_path
):
    (tmp_path / "hold.toml").write_text(HOLD)
    box.ask("peripherals", "add", str(tmp_path / "hold.toml"))
    recorded = tmp_path / "events.jsonl"
    (tmp_path / "script").write_text("0 play down\n900 play up\n")
    with recording(box, recorded):
        wkmp_pi("gestures", "simulate", str(tmp_path / "script"), "--live", home=box.home)
        until_told(recorded, "button.released")
    told = events_of(recorded)
    (held,) = [event for event in told if event["name"] == "gesture.long"]
    assert (held["peripheral"], held["peripheral_name"]) == ("hold", "Held down")
    (tmp_path / "hold.toml").write_text(HOLD.replace("play", "stop"))
    refused = failing("peripherals", "update", tmp_path / "hold.toml", home=box.home)
    assert refused[0] == 1
    assert 'found "stop"; expected a [[button]]' in refused[1]
    box.ask("peripherals", "remove", "hold")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (PublishEvent(event="door.rung", data={"a": "x" * 5000}), "more than 4096 bytes of JSON"),
        (AddPeripheral(definition={"id": "a", "kind": "long", "x": 10**300}), "found a key"),
        (
            UpdatePeripheral(definition={"id": "b", "kind": "long", "buttons": ["play"]}),
            "not known",
        ),
        (RemovePeripheral(peripheral="nobody"), "not known"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(box, command, error):
    with client.connect([box.socket]) as link, pytest.raises(RequestError, match=error):
        link.ask(command)
    assert box.ask("peripherals", "list")["peripherals"] == []


def test_a_script_is_not_forgotten_and_not_endless(box):
    edges = tuple(("play", False, 600_000.0) for _ in range(1000))
    with client.connect([box.socket]) as link:
        for _ in range(10):
            link.ask(SimulateGesture(edges=edges))
        with pytest.raises(RequestError, match="more than 10000 edges"):
            link.ask(SimulateGesture(edges=edges))
        with pytest.raises(RequestError, match="<= 600000"):
            link.ask(SimulateGesture(edges=(("play", True, 600_001.0),)))


@contextmanager
def recording(box, file):
    """Everything that is told meanwhile, with ids and causes, in a file."""
    words = ["events", "--follow", "--causes", "--json"]
    with file.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "wkmp_pi", *words], env=environment(box.home), stdout=out
        )
    try:
        until(lambda: file.stat().st_size, bool)
        yield
    finally:
        process.terminate()
        process.wait()


def lines_of(file):
    lines = map(json.loads, file.read_text().splitlines())
    return [line for line in lines if "event" in line]


def events_of(file):
    return [line["event"] for line in lines_of(file)]


def until_told(file, name):
    until(file.read_text, lambda text: f'"{name}"' in text)


def until(look, right, seconds=20):
    """What ``look`` gives as soon as it is ``right``."""
    deadline = time.monotonic() + seconds
    while not right(seen := look()):
        assert time.monotonic() < deadline, seen
    return seen
