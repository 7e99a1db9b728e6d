"""A box that is lived with: hands at its buttons, Home Assistant at its broker, and ears."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import pytest

from hil.bench import Bench
from hil.drivers.protocols import Broker, Pull
from hil.limits import LIMITS
from hil.material import noise
from hil.measures.alignment import locate
from hil.outages import broker_of, kill_broker
from hil.promises import Figures

_BOX = """
[[button]]
name = "play"
pin = 17
[[bind]]
on = "gesture.single"
where = {{ buttons = ["play"] }}
do = "toggle"
[[bind]]
on = "gesture.double"
where = {{ buttons = ["play"] }}
do = "next"
[mqtt]
host = "{host}"
port = {port}
box = "rig"
"""
_SECONDS = 40.0
_DOWN_MS = 80
_GAP_MS = 150
_WINDOW = 4096
_BACK_S = 40.0
_LIFE = ("event.playlist.created", "event.playlist.emitted", "event.playlist.stopped")


def test_presses_and_a_dashboard_drive_the_box_while_its_broker_is_killed(
    real_time: Bench, figures: Figures
) -> None:
    """Two taps: the next passage is heard. The sleep fade begins there, and ends here."""
    box = real_time
    _needs_a_broker_to_kill(box)
    assert box.rig.broker is not None
    box.fresh(further=_BOX.format(host=box.rig.broker.host, port=box.rig.broker.port))
    sounds = [noise(seed, _SECONDS) for seed in (61, 62)]
    names = [box.put(f"{number}.wav", sound) for number, sound in enumerate(sounds)]
    with box.broker() as dashboard:
        dashboard.subscribe("wkmp/rig/event/playlist/#", "homeassistant/#")
        with box.recording(patient=True) as recording:
            box.ask("enqueue", items=names)
            box.event("passage.started")
            box.wait(1)
            box.lines.pull(*_tap(0), *_tap(_DOWN_MS + _GAP_MS))
            second = box.event("passage.started", lambda event: event.body["entry"] == 2)
            box.wait(1)
        told = _press_sleep(dashboard)
        created = box.event("event.playlist.created")
        box.event("event.playlist.emitted")
        kill_broker(box, broker_of(box))
        box.event("mqtt.changed", lambda event: event.body["connected"], _BACK_S)
        dashboard.publish("hil/here", b"")  # it has come back as well
        box.lines.pull(*_tap(0))
        stopped = box.event("event.playlist.stopped")
        told += _heard_until(dashboard, "stopped")
    stretch = recording.only
    at = stretch.frame_at(second.body["heard_ns"])
    apart = locate(stretch.samples[at + _WINDOW : at + 2 * _WINDOW], sounds[1]).frame - _WINDOW
    figures.promise(
        "two taps: the next passage is heard, beside its event",
        abs(apart) / stretch.rate_hz * 1000,
        unit="ms",
        limit=box.rig.limit("event_late_ms", LIMITS["event_late_ms"]),
    )
    right = (
        created.body["playlist_id"] == "sleep_fade",
        stopped.body["run_id"] == created.body["run_id"],
        stopped.body["reason"] == "interrupted",
        stopped.body["interrupt"]["name"] == "button.pressed",
        stopped.body["interrupt"]["source"] == "play",
        stopped.body["metadata"] == created.body["metadata"],
    )
    figures.promise(
        "sleep fade from the dashboard, ended by a press: wrong in its life, of 6",
        right.count(False),
        limit=0,
    )
    here = [_as_told_at_a_broker(event.body) for event in box.events(*_LIFE)]
    here, there = map(_of_the_fade, (here, [one["data"] for one in told]))
    figures.promise(
        f"lives of playlists at the broker that are others, of {len(here)}",
        sum(not a or not b or not b.items() <= a.items() for a, b in zip_longest(here, there)),
        limit=0,
    )
    figures.check_all()


def _press_sleep(dashboard: Broker) -> list[dict[str, Any]]:
    """As Home Assistant does: by what the box has announced of itself."""
    announced = None
    while announced is None:
        message = dashboard.hear()
        if message.topic == "homeassistant/device/rig/config":
            announced = json.loads(message.payload)["cmps"]["sleep"]
    dashboard.publish(announced["cmd_t"], announced["pl_prs"].encode())
    return _heard_until(dashboard, "emitted")


def _heard_until(dashboard: Broker, kind: str) -> list[dict[str, Any]]:
    """What is told of the lives of playlists, up to this."""
    told: list[dict[str, Any]] = []
    while not told or told[-1]["event_type"] != kind:
        message = dashboard.hear()
        if message.topic.startswith("wkmp/rig/event/playlist"):
            told.append(json.loads(message.payload))
    return told


def _of_the_fade(lives: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A busy machine has xruns, and a playlist that is started by them."""
    return [one for one in lives if one["playlist_id"] == "sleep_fade"]


def _as_told_at_a_broker(body: Mapping[str, Any]) -> dict[str, Any]:
    """The topic says what has happened there, so that ``name`` can be that of a step's event."""
    return {**body, "name": body.get("emitted")}


def _needs_a_broker_to_kill(box: Bench) -> None:
    if box.rig.broker is None or not box.rig.virtual:
        pytest.skip(f"{box.rig.name}: no broker that is ours to kill; expected a virtual Pi")


def _tap(at_ms: float) -> tuple[Pull, Pull]:
    return Pull(at_ms, "play", True), Pull(at_ms + _DOWN_MS, "play", False)
