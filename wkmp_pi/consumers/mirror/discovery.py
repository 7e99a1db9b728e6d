"""Home Assistant's device-based discovery: one retained message that describes the whole box.

Home Assistant drops what is missing in a later message only if it is told so
part by part, ``{"p": platform}``; and it may be away when it is told. So what
was ever announced stays in the message, until ``wkmp-pi mqtt forget``.

Its MQTT integration has no media player. Nothing here is called one, so that
a player found by another way can stand beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from wkmp_pi.consumers.mirror.inventory import Box, Inventory
from wkmp_pi.consumers.mirror.topics import Topics, level
from wkmp_pi.events.kinds import GESTURES, KINDS

NO_PLAYLIST = "(none)"
"""The choice of an event playlist that means that none runs."""

PLATFORMS: Final = frozenset(
    {"button", "device_automation", "event", "image", "number", "select", "sensor", "switch"}
)
"""Home Assistant refuses the whole message if it does not know one of its platforms."""

_MOST_REMEMBERED = 1000
_EXPIRES_S = 180
_PLATFORM = "p"
_Part = tuple[str, dict[str, Any]]
_GESTURE_TRIGGERS = {
    "press": "button_short_press",
    "release": "button_short_release",
    "single": "button_single_press",
    "double": "button_double_press",
    "triple": "button_triple_press",
    "long": "button_long_press",
}
"""Words for which Home Assistant has translations; other gestures keep their own."""

_MOST_GONE = 200
"""Parts that are told to be no more; older ones have been told so often enough."""

_FAMILIES = ("passage", "crossfade", "song", "cue", "queue", "playlist", "output", "alert")
"""Families of events that get an entity of their own."""


def message(
    box: Box, inventory: Inventory, topics: Topics, known: Mapping[str, str]
) -> tuple[bytes, dict[str, str]]:
    """The message, and every part with its platform that is known to Home Assistant after it.

    Args:
        box: this box.
        inventory: what it is made of.
        topics: its topics.
        known: parts that earlier messages announced.
    """
    parts = {key: {**part, "uniq_id": f"{box.id}_{key}"} for key, part in _parts(inventory, topics)}
    for part in parts.values():
        if part[_PLATFORM] == "device_automation":
            del part["uniq_id"]
    gone = {key: {_PLATFORM: platform} for key, platform in known.items() if key not in parts}
    gone = dict([*gone.items()][-_MOST_GONE:])
    described: dict[str, Any] = {
        "dev": {
            "ids": [f"wkmp_{box.id}"],
            "name": box.name,
            "mf": "wkmp_pi",
            "mdl": box.model,
            "sw": box.version,
        },
        "o": {"name": "wkmp_pi", "sw": box.version},
        "avty": [{"t": topics.availability}],
        "qos": 1,
        "cmps": {**parts, **gone},
    }
    platforms = {key: str(part[_PLATFORM]) for key, part in described["cmps"].items()}
    return msgspec.json.encode(described), platforms


def parts_of(payload: bytes) -> dict[str, str]:
    """The parts and platforms of an earlier message; none if it is no such message."""
    try:
        found = json.loads(payload)
        parts = list(found["cmps"].items())[:_MOST_REMEMBERED]
        return {key: part[_PLATFORM] for key, part in parts if part[_PLATFORM] in PLATFORMS}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _parts(inventory: Inventory, topics: Topics) -> Iterator[_Part]:
    yield from _controls(inventory, topics)
    yield from _sensors(topics)
    yield from _diagnosis(topics)
    yield from _gestures(inventory, topics)
    yield from _families(topics)
    yield "cover", {_PLATFORM: "image", "name": "Cover", "img_t": topics.cover}


def _of_state(template: str) -> str:
    return f"{{{{ {template} }}}}"


def _controls(inventory: Inventory, topics: Topics) -> Iterator[_Part]:
    state, base = {"stat_t": topics.state}, topics.base
    yield (
        "volume",
        {
            _PLATFORM: "number", "name": "Volume", "ic": "mdi:volume-high", **state,
            "cmd_t": f"{base}/set/volume", "val_tpl": _of_state("value_json.volume"),
            "min": 0, "max": 100, "step": 1, "unit_of_meas": "%",
        },
    )  # fmt: skip
    for key, name, icon, test in (
        ("playing", "Playing", "mdi:play", "value_json.status == 'playing'"),
        ("mute", "Mute", "mdi:volume-off", "value_json.muted"),
    ):
        yield (
            key,
            {
                _PLATFORM: "switch", "name": name, "ic": icon, **state,
                "cmd_t": f"{base}/set/{key}", "val_tpl": _of_state(f"'ON' if {test} else 'OFF'"),
            },
        )  # fmt: skip
    for key, name, icon, options, value in (
        ("source", "Source", "mdi:import", list(inventory.sources), "value_json.source"),
        (
            "playlist", "Event playlist", "mdi:playlist-play",
            [NO_PLAYLIST, *(playlist.id for playlist in inventory.playlists)],
            f"value_json.playlist or '{NO_PLAYLIST}'",
        ),
    ):  # fmt: skip
        yield (
            key,
            {
                _PLATFORM: "select", "name": name, "ic": icon, **state,
                "cmd_t": f"{base}/set/{key}", "val_tpl": _of_state(value), "ops": options,
            },
        )  # fmt: skip
    for key, name, icon in (
        ("next", "Next", "mdi:skip-next"),
        ("previous", "Previous", "mdi:skip-previous"),
    ):
        yield key, _button(name, icon, f"{base}/cmd/{key}", "{}")
    sleep = inventory.sleep_playlist
    topic = f"{base}/cmd/{'playlist/start' if sleep else 'sleep'}"
    what = {"playlist": sleep} if sleep else {"minutes": 30}
    yield "sleep", _button("Sleep", "mdi:sleep", topic, json.dumps(what))


def _button(name: str, icon: str, topic: str, payload: str) -> dict[str, Any]:
    return {_PLATFORM: "button", "name": name, "ic": icon, "cmd_t": topic, "pl_prs": payload}


def _sensors(topics: Topics) -> Iterator[_Part]:
    for key, name, icon, value, more in (
        ("title", "Title", "mdi:music-note", "value_json.title[:250]", {}),
        ("artist", "Artist", "mdi:account-music", "value_json.artist[:250]", {}),
        ("album", "Album", "mdi:album", "value_json.album[:250]", {}),
        ("status", "Status", "mdi:play-pause", "value_json.status", {}),
        (
            "position", "Position", "mdi:progress-clock",
            "value_json.position_ms // 1000 if value_json.position_ms is number else None",
            {"unit_of_meas": "s", "dev_cla": "duration"},
        ),
        ("queue_length", "Queue length", "mdi:playlist-music", "value_json.queue_length", {}),
        (
            "device", "Output device", "mdi:speaker", "value_json.device or ''",
            {"ent_cat": "diagnostic"},
        ),
    ):  # fmt: skip
        yield (
            key,
            {
                _PLATFORM: "sensor", "name": name, "ic": icon, "stat_t": topics.state,
                "val_tpl": _of_state(value), **more,
            },
        )  # fmt: skip


def _diagnosis(topics: Topics) -> Iterator[_Part]:
    common = {
        _PLATFORM: "sensor", "stat_t": topics.diag, "ent_cat": "diagnostic",
        "exp_aft": _EXPIRES_S,
    }  # fmt: skip
    yield (
        "xruns",
        {
            **common, "name": "Xruns", "ic": "mdi:waveform", "stat_cla": "total_increasing",
            "val_tpl": _of_state("value_json.xruns"),
        },
    )  # fmt: skip
    yield (
        "temperature",
        {
            **common, "name": "Temperature", "dev_cla": "temperature", "unit_of_meas": "°C",
            "stat_cla": "measurement",
            "val_tpl": _of_state("value_json.temperature"),
        },
    )  # fmt: skip


def _gestures(inventory: Inventory, topics: Topics) -> Iterator[_Part]:
    sources = [(b.id, b.id, b.gestures, "button") for b in inventory.buttons]
    sources += [(p.id, p.name or p.id, p.gestures, "peripheral") for p in inventory.peripherals]
    for source, name, gestures, sort in sources:
        topic = topics.event("gesture", source)
        words = list(gestures) or list(GESTURES)
        yield (
            f"{sort}_{level(source)}",
            {
                _PLATFORM: "event", "name": f"{sort.capitalize()} {name}", "stat_t": topic,
                "dev_cla": "button", "evt_typ": words,
            },
        )  # fmt: skip
        for gesture in words:
            yield (
                f"trigger_{level(source)}_{gesture}",
                {
                    _PLATFORM: "device_automation", "atype": "trigger", "t": topic,
                    "type": _GESTURE_TRIGGERS.get(gesture, gesture), "stype": source,
                    "pl": gesture, "val_tpl": _of_state("value_json.event_type"),
                },
            )  # fmt: skip


def _families(topics: Topics) -> Iterator[_Part]:
    for family in _FAMILIES:
        yield (
            f"event_{family}",
            {
                _PLATFORM: "event", "name": f"{family.capitalize()} event",
                "stat_t": topics.event(family), "evt_typ": _event_types(family),
            },
        )  # fmt: skip


def _event_types(family: str) -> list[str]:
    names = [name.removeprefix("event.") for name in KINDS]
    found = [name.split(".", 1)[1] for name in names if name.startswith(f"{family}.")]
    return [name.replace(".", "_") for name in found]
