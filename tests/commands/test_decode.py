"""Commands from plain data."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi import commands
from wkmp_pi.commands import AnyCommand, Command, Place, decode

KINDS = get_args(AnyCommand)
MONTH_MS = 30 * 24 * 3600 * 1000


def all_commands() -> list[type[Command]]:
    return [
        kind
        for kind in vars(commands).values()
        if isinstance(kind, type) and issubclass(kind, Command) and kind is not Command
    ]


def test_every_command_can_be_decoded_by_a_name_of_its_own() -> None:
    assert set(all_commands()) == set(KINDS)
    names = [kind.__struct_config__.tag for kind in KINDS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        ({"command": "play"}, commands.Play()),
        ({"command": "seek", "position_ms": 61000}, commands.Seek(position_ms=61000)),
        ({"command": "seek", "delta_ms": -5}, commands.Seek(delta_ms=-5)),
        ({"command": "enqueue", "items": ["a"]}, commands.Enqueue(items=("a",))),
        (
            {"command": "enqueue", "items": ["a", "b"], "place": "at", "reference": 0},
            commands.Enqueue(items=("a", "b"), place=Place.AT, reference=0),
        ),
        ({"command": "remove", "entries": [3, 1]}, commands.Remove(entries=(3, 1))),
        ({"command": "move", "entry": 1, "index": 0}, commands.Move(entry=1, index=0)),
        ({"command": "volume", "delta": -100}, commands.SetVolume(delta=-100)),
        ({"command": "mute"}, commands.Mute()),
        ({"command": "sleep", "minutes": 30}, commands.Sleep(minutes=30.0)),
        (
            {"command": "settings.set", "key": "repeat", "value": None},
            commands.SetSetting(key="repeat", value=None),
        ),
    ],
)
def test_a_request_becomes_a_command_and_back(request_: dict[str, Any], command: Command) -> None:
    decoded = decode(request_)
    assert decoded == command
    assert type(decoded) is type(command)
    assert decode(msgspec.to_builtins(decoded)) == decoded
    assert decode(msgspec.json.decode(msgspec.json.encode(decoded))) == decoded


@pytest.mark.parametrize(
    ("request_", "where"),
    [
        (None, "Expected `object`"),
        ("play", "Expected `object`"),
        ([], "Expected `object`"),
        ({}, "missing required field `command`"),
        ({"command": "dance"}, "Invalid value 'dance'"),
        ({"command": 1}, r"\$\.command"),
        ({"command": "play", "loud": True}, "unknown field `loud`"),
        ({"command": "seek", "position_ms": -1}, r"\$\.position_ms"),
        ({"command": "seek", "position_ms": 1.0}, r"\$\.position_ms"),
        ({"command": "seek", "position_ms": True}, r"\$\.position_ms"),
        ({"command": "seek", "position_ms": "1"}, r"\$\.position_ms"),
        ({"command": "seek", "position_ms": MONTH_MS + 1}, r"\$\.position_ms"),
        ({"command": "seek", "delta_ms": 10**400}, r"\$\.delta_ms"),
        ({"command": "seek", "delta_ms": -MONTH_MS - 1}, r"\$\.delta_ms"),
        ({"command": "enqueue"}, "missing required field `items`"),
        ({"command": "enqueue", "items": []}, r"\$\.items"),
        ({"command": "enqueue", "items": "abc"}, r"\$\.items"),
        ({"command": "enqueue", "items": ["a"] * 101}, r"\$\.items"),
        ({"command": "enqueue", "items": [""]}, r"\$\.items\[0\]"),
        ({"command": "enqueue", "items": ["a" * 4097]}, r"\$\.items\[0\]"),
        ({"command": "enqueue", "items": ["a"], "place": "top"}, r"\$\.place"),
        ({"command": "enqueue", "items": ["a"], "reference": -1}, r"\$\.reference"),
        ({"command": "remove", "entries": [0]}, r"\$\.entries\[0\]"),
        ({"command": "move", "entry": 1, "index": -1}, r"\$\.index"),
        ({"command": "volume", "percent": 101}, r"\$\.percent"),
        ({"command": "volume", "delta": 101}, r"\$\.delta"),
        ({"command": "mute", "on": 1}, r"\$\.on"),
        ({"command": "sleep", "minutes": 0}, r"\$\.minutes"),
        ({"command": "sleep", "minutes": float("nan")}, r"\$\.minutes"),
        ({"command": "sleep", "minutes": float("inf")}, r"\$\.minutes"),
        ({"command": "settings.set", "key": "repeat"}, "missing required field `value`"),
        ({"command": "library.add", "documents": [{1: 2}]}, r"\$\.documents\[0\]"),
    ],
)
def test_a_bad_request_is_refused_and_told_where(request_: Any, where: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=where):
        decode(request_)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = sorted({name for kind in KINDS for name in kind.__struct_fields__})


@given(
    st.sampled_from([kind.__struct_config__.tag for kind in KINDS]),
    st.dictionaries(st.sampled_from(FIELDS), PLAIN, max_size=3),
)
def test_whatever_comes_is_a_command_or_refused(name: str, fields: dict[str, Any]) -> None:
    try:
        decoded = decode({**fields, "command": name})
    except msgspec.ValidationError:
        return
    assert isinstance(decoded, KINDS)
