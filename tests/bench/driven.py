"""How quickly a running box does what hands, event playlists and dashboards want.

Everything goes through the service's own doors, while it plays; times are those of its events.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.box import Box, running

from wkmp_pi.commands import Enqueue, Play, PublishEvent, SimulateGesture, StartPlaylist
from wkmp_pi.controls import client

_GAP_MS = 150
_PRESSES = 40
_PRESS_EACH_MS = 400
_RUNS = 200
_BEATS = 5
_ROUNDS = 100
_PATIENCE_S = 30.0
_BOX = f"""
[[button]]
name = "play"
pin = 17
gap_ms = {_GAP_MS}
[[bind]]
on = "gesture.single"
where = {{ buttons = ["play"] }}
do = "mute"
[[bind]]
on = "gesture.double"
where = {{ buttons = ["play"] }}
publish = "pressed.twice"
"""
_CROWD = f"""
name = "One of a crowd"
max_runs = {_RUNS}
[[step]]
event = "crowd.beat"
offset_s = 1
repeat = {_BEATS}
interval_s = 0.2
"""
_PATIENT = """
name = "Waits until it is interrupted"
foreign = ["door.shut"]
[[interrupt]]
event = "door.shut"
[[step]]
event = "patient.gone"
offset_s = 60
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Times in s.

    Attributes:
        commands: from the end of a press's window to what its command changed.
        lateness: of the steps of ``_RUNS`` runs at once.
        threads: how many more there are with that many runs.
        interrupts: from an event to the end of the run that it interrupts.
    """

    commands: Sequence[float]
    lateness: Sequence[float]
    threads: int
    interrupts: Sequence[float]


def measure(room: Path, music: Path) -> Found:
    """A box that plays ``music`` is driven; one client follows everything and reads nothing."""
    folder = room / "playlists"
    folder.mkdir(parents=True)
    (folder / "crowd.toml").write_text(_CROWD)
    (folder / "patient.toml").write_text(_PATIENT)
    with running(room, further=_BOX) as box, _client(box) as asking, _client(box) as deaf:
        asking.ask(Enqueue(items=(str(music),)))
        asking.ask(Play())
        deaf.follow(["*"])
        commands = list(_commands(box, asking))
        before = _threads(box)
        lateness = list(_lateness(box, asking))
        return Found(commands, lateness, _threads(box) - before, list(_interrupts(box, asking)))


def _commands(box: Box, asking: client.Client) -> Iterator[float]:
    edges = [
        ("play", down, index * _PRESS_EACH_MS + (0 if down else 60))
        for index in range(_PRESSES)
        for down in (True, False)
    ]
    with _client(box) as following:
        _, told = following.follow(["button.released", "volume.changed"], causes=True)
        asking.ask(SimulateGesture(edges=tuple(edges)))
        for _ in range(_PRESSES):
            due_ns = _next(told, "button.released")["event"]["at_ns"] + _GAP_MS * 1_000_000
            yield (_next(told, "volume.changed")["at_ns"] - due_ns) / 1e9


def _lateness(box: Box, asking: client.Client) -> Iterator[float]:
    with _client(box) as following:
        _, told = following.follow(["event.playlist.emitted"])
        for _ in range(_RUNS):
            asking.ask(StartPlaylist(playlist="crowd"))
        for _ in range(_RUNS * _BEATS):
            yield _next(told, "event.playlist.emitted")["event"]["late_ms"] / 1e3


def _interrupts(box: Box, asking: client.Client) -> Iterator[float]:
    with _client(box) as following:
        names = ["event.playlist.created", "event.playlist.stopped", "door.shut"]
        _, told = following.follow(names, causes=True)
        for _ in range(_ROUNDS):
            asking.ask(StartPlaylist(playlist="patient"))
            _next(told, "event.playlist.created")
            time.sleep(0.06)  # interrupts count at most twenty times a second
            asking.ask(PublishEvent(event="door.shut"))
            shut_ns = _next(told, "door.shut")["at_ns"]
            yield (_next(told, "event.playlist.stopped")["at_ns"] - shut_ns) / 1e9


def _next(told: Iterator[dict[str, Any]], name: str) -> dict[str, Any]:
    for message in told:
        if "missed" in message:
            raise ValueError(f"{message['missed']} events were missed; expected none")
        if message["event"]["name"] == name:
            return message
    raise ValueError(f"the service ended; expected {name}")


@contextmanager
def _client(box: Box) -> Iterator[client.Client]:
    with client.connect([box.socket], _PATIENCE_S) as connected:
        yield connected


def _threads(box: Box) -> int:
    return len([*Path(f"/proc/{box.process.pid}/task").iterdir()])
