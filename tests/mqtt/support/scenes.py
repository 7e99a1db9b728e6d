"""A box, its state and its events, as tests of the mirror need them."""

from __future__ import annotations

import itertools
import json
from typing import Any

from wkmp_pi.consumers.mirror import (
    Box,
    Button,
    Inventory,
    Mirror,
    Moment,
    Options,
    Peripheral,
    Playlist,
)
from wkmp_pi.events import kinds
from wkmp_pi.events.bus import Told
from wkmp_pi.mqtt import Outgoing

S = 1_000_000_000
MS = 1_000_000
UTC_NS = 1_800_000_000 * S
"""The calendar time of the monotonic moment 0: 2027-01-15T08:00:00Z."""

BOX = Box(
    id="kitchen",
    name="Kitchen",
    version="0.1.0",
    model="a board",
    session="5e55",
    rate_hz=44_100,
)
PARTS = Inventory(
    buttons=(
        Button("play", ("press", "release", "single", "double", "long")),
        Button("up", ("single", "repeat", "chord")),
        Button("down", ("single", "repeat", "chord")),
    ),
    peripherals=(Peripheral("konami", "Konami code", ("sequence",)),),
    playlists=(Playlist("sleep_fade", "Sleep fade"), Playlist("chime", "Chime")),
    lights=("lamp",),
    sleep_playlist="sleep_fade",
)
_ids = itertools.count(1)


def at(now_ns: int) -> Moment:
    """A moment of both clocks."""
    return Moment(now_ns, UTC_NS + now_ns)


def told(event: kinds.Event, at_ns: int = 0, causes: tuple[int, ...] = ()) -> Told:
    """An event as the bus tells it."""
    return Told(next(_ids), event, causes, at_ns, 0)


def heard(frame: int = 44_100, heard_ns: int = S, **more: Any) -> dict[str, Any]:
    """The common fields of what is heard."""
    return {
        "frame": frame,
        "heard_ns": heard_ns,
        "entry": 1,
        "passage": 7,
        "file": "/m/a.flac",
        **more,
    }


def status(**more: Any) -> dict[str, Any]:
    """A player state as the command ``status`` answers."""
    entry = {
        "entry": 1,
        "passage": 7,
        "file": "/m/a.flac",
        "title": "Set",
        "artist": "Band",
        "album": "Live",
    }
    return {
        "state": "playing",
        "current": entry,
        "song": None,
        "position_ms": 1000,
        "duration_ms": 60_000,
        "next": {**entry, "entry": 2, "title": "", "file": "/m/b.flac"},
        "queue_length": 2,
        "volume": 40,
        "muted": False,
        "repeat": False,
        "random": False,
        "single": False,
        "consume": True,
        "sleep_ms": None,
        "sleep_at_end": False,
        "device": "usb-1",
        "watchdog_interventions_total": {},
        "problems": [],
        **more,
    }


def mirror(chance: float = 0.5, parts: Inventory = PARTS, **options: Any) -> Mirror:
    """A mirror of ``BOX``."""
    return Mirror(BOX, parts, Options(**options), lambda: chance)


def sent(found: Mirror, now_ns: int = 0) -> list[Outgoing]:
    """All that is to be sent now; delivered at once."""
    messages = []
    while (waiting := found.next(now_ns)) is not None:
        messages.append(waiting.message)
    return messages


def connected(found: Mirror, now_ns: int = 0, **more: Any) -> list[Outgoing]:
    """The broker is there; what it is told at once."""
    found.connect(None, now_ns)
    found.due(now_ns)
    found.look(status(**more), at(now_ns))
    return sent(found, now_ns)


def topics(messages: list[Outgoing]) -> list[str]:
    """Their topics below the box's own."""
    return [message.topic.removeprefix("wkmp/kitchen/") for message in messages]


def data(message: Outgoing) -> dict[str, Any]:
    """The payload as JSON."""
    found: dict[str, Any] = json.loads(message.payload)
    return found
