"""From the last levels of a topic and a value to a command, as plain data. Pure.

``cmd/seek`` is the command ``seek``, ``cmd/playlist/start`` is ``playlist.start``.
Most commands take a plain value for their main field. Properties (``set/…``)
are other names for what dashboards like to set.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final

from wkmp_pi.commands import AnyCommand

Request = dict[str, Any]
"""A command as plain data, its name under ``command``."""

COMMANDS: Final[Mapping[str, type]] = {
    str(kind.__struct_config__.tag): kind for kind in typing.get_args(AnyCommand)
}

PUBLIC: Final = frozenset(
    {
        "clear",
        "enqueue",
        "event.publish",
        "light",
        "move",
        "mute",
        "next",
        "pause",
        "play",
        "playlist.list",
        "playlist.runs",
        "playlist.show",
        "playlist.start",
        "playlist.stop",
        "previous",
        "queue",
        "relay",
        "remove",
        "seek",
        "settings.get",
        "sleep",
        "status",
        "toggle",
        "volume",
    }
)
"""What everybody in the house may ask for; all else needs the admin prefix."""

ALIASES: Final = {"skip": "next"}

_ON = frozenset({"on", "true", "1", "yes", "play", "playing"})
_OFF = frozenset({"off", "false", "0", "no", "pause", "paused"})
_PRESSED = frozenset({"press", "pressed", "on", "{}"})
_SIGNED = re.compile(r"[+-]\d{1,12}")
_WHOLE = re.compile(r"\d{1,12}")
_MODES = ("repeat", "random", "single", "consume")
_NONE = frozenset({"", "none", "(none)", "off"})


class BadValueError(ValueError):
    """A value is not what this topic takes; says *found; expected*."""


def command(tag: str, value: Any) -> Request:
    """The command ``tag`` with a value: its fields, its main field, or nothing.

    Raises:
        BadValueError: a plain value for a command that takes none, or not this one.
    """
    if isinstance(value, dict):
        return {**value, "command": tag}
    if value is None or (tag not in _PLAIN and str(value).lower() in _PRESSED):
        return {"command": tag}
    if tag not in _PLAIN:
        raise BadValueError(f"found {_shown(value)}; expected no value, or an object of its fields")
    return {"command": tag, **_PLAIN[tag](value)}


def setting(name: str, value: Any) -> Request:
    """The command that sets property ``name``.

    Raises:
        KeyError: no such property.
        BadValueError: not a value for it.
    """
    make = PROPERTIES[name]
    if isinstance(value, dict):
        if set(value) != {"value"}:
            raise BadValueError('found an object; expected {"value": …} or the plain value')
        value = value["value"]
    return make(value)


def _switch(value: Any) -> bool:
    word = str(value).lower()
    if word in _ON:
        return True
    if word in _OFF:
        return False
    raise BadValueError(f"found {_shown(value)}; expected ON or OFF")


def _number(value: Any, expected: str) -> int:
    """A whole number; Home Assistant writes some with a point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int:
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise BadValueError(f"found {_shown(value)}; expected {expected}")


def _change(value: Any) -> int | None:
    """A change is written with its sign."""
    if type(value) is int and value < 0:
        return value
    return int(value) if isinstance(value, str) and _SIGNED.fullmatch(value) else None


def _volume(value: Any) -> Request:
    if (change := _change(value)) is not None:
        return {"delta": change}
    return {"percent": _number(value, "0 to 100, or a change like +5")}


def _seek(value: Any) -> Request:
    if (change := _change(value)) is not None:
        return {"delta_ms": change}
    return {"position_ms": _number(value, "a position in ms, or a change like +5000")}


def _sleep(value: Any) -> Request:
    word = str(value).lower()
    if word == "end":
        return {"at_end": True}
    if word in _OFF | _NONE:
        return {}
    if type(value) in (int, float):
        return {"minutes": value}
    raise BadValueError(f"found {_shown(value)}; expected minutes, end or off")


def _mute(value: Any) -> Request:
    return {} if str(value).lower() == "toggle" else {"on": _switch(value)}


def _text(field: str) -> Callable[[Any], Request]:
    def take(value: Any) -> Request:
        if isinstance(value, str):
            return {field: value}
        raise BadValueError(f"found {_shown(value)}; expected a name")

    return take


def _items(value: Any) -> Request:
    return {"items": [str(value)]}


def _entries(value: Any) -> Request:
    return {"entries": [_number(value, "the number of an entry")]}


_PLAIN: Final[Mapping[str, Callable[[Any], Request]]] = {
    "volume": _volume,
    "seek": _seek,
    "sleep": _sleep,
    "mute": _mute,
    "enqueue": _items,
    "remove": _entries,
    "playlist.start": _text("playlist"),
    "playlist.stop": _text("playlist"),
    "playlist.show": _text("playlist"),
}


def _playing(value: Any) -> Request:
    return {"command": "play" if _switch(value) else "pause"}


def _mode(key: str) -> Callable[[Any], Request]:
    return lambda value: {"command": "settings.set", "key": key, "value": _switch(value)}


def _source(value: Any) -> Request:
    if value == "queue":
        return {"command": "status"}  # it is what plays; asking changes nothing
    raise BadValueError(f"found {_shown(value)}; expected queue, the only source")


def _playlist(value: Any) -> Request:
    if value is None or str(value).lower() in _NONE:
        return {"command": "playlist.stop"}
    return {"command": "playlist.start", **_text("playlist")(value)}


PROPERTIES: Final[Mapping[str, Callable[[Any], Request]]] = {
    "volume": lambda value: {"command": "volume", **_volume(value)},
    "mute": lambda value: {"command": "mute", **_mute(value)},
    "playing": _playing,
    "position": lambda value: {"command": "seek", **_seek(value)},
    "sleep": lambda value: {"command": "sleep", **_sleep(value)},
    "source": _source,
    "playlist": _playlist,
    **{key: _mode(key) for key in _MODES},
}
"""What ``set/…`` takes."""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
