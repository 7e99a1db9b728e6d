"""The table of events, and that what one subscriber does with an event no other can see."""

import dataclasses
import json
import re
from types import MappingProxyType
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.events import kinds
from wkmp_pi.events.kinds import (
    GESTURES,
    KINDS,
    UNHEARD_NS,
    Custom,
    Event,
    Gesture,
    Heard,
    KnownEvent,
    OfRun,
    as_dict,
    frozen,
    payload,
    thawed,
)

ALL = pytest.mark.parametrize("kind", get_args(KnownEvent), ids=lambda kind: kind.__name__)
BASES = (Event, Heard, Gesture, OfRun)
TRIGGER = {"name": "gesture.double", "source": "top", "data": {"buttons": ["top"]}}
PAYLOADS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


def example(kind: type[Event]) -> Event:
    """An event of any kind, by the names of its fields."""
    given: dict[str, Any] = {f.name: 1 for f in dataclasses.fields(kind)}
    values: dict[str, Any] = {"buttons": ["top"], "edges": [["top", True, 1]], "gesture": ""}
    for field in dataclasses.fields(kind):
        if str(field.type).startswith("Mapping"):
            values[field.name] = {"a": [1, {"b": 2}]}
    return kind(**given | {name: value for name, value in values.items() if name in given})


def test_every_event_has_a_name_of_its_own() -> None:
    assert len(KINDS) == len(get_args(KnownEvent))


def test_every_class_of_an_event_is_in_the_table_and_can_be_had_from_one_place() -> None:
    defined = {
        kind
        for kind in vars(kinds).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind not in (*BASES, Custom)
    }
    assert defined == set(KINDS.values())
    assert set(get_args(kinds.AnyEvent)) == {*KINDS.values(), Custom}


def test_every_gesture_is_found_by_its_word() -> None:
    assert {f"gesture.{word}": kind for word, kind in GESTURES.items()} == {
        kind.name: kind for kind in KINDS.values() if issubclass(kind, Gesture)
    }


@ALL
def test_a_name_is_a_thing_and_what_happened_to_it(kind: type[Event]) -> None:
    assert re.fullmatch(r"((event|alert)\.)?[a-z]+[._][a-z_]+|[a-z]+\.[a-z_]+", kind.name)
    assert kind.__doc__


@ALL
def test_an_event_is_handed_over_not_shared(kind: type[Event]) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)
    assert not hasattr(example(kind), "__dict__")
    assert all(f.kw_only for f in dataclasses.fields(kind))


@ALL
def test_no_payload_of_an_event_can_be_changed(kind: type[Event]) -> None:
    for field in dataclasses.fields(kind):
        value = getattr(example(kind), field.name)
        if field.name == "entries" or isinstance(value, (int, str)):
            continue
        if isinstance(value, tuple):
            assert not any(isinstance(item, list) for item in value)
        else:
            assert isinstance(value, MappingProxyType)
            assert value["a"] == (1, {"b": 2})
            assert isinstance(value["a"][1], MappingProxyType)


def test_an_event_keeps_what_it_was_given_whatever_becomes_of_that() -> None:
    given = {"colours": ["red"], "more": {"n": 1}}
    event = Custom(event="lamp.wanted", producer="test", data=given)
    given["colours"].append("blue")  # type: ignore[attr-defined]
    given["more"]["n"] = 2  # type: ignore[index]
    assert payload(event)["data"] == {"colours": ("red",), "more": {"n": 1}}


def test_a_payload_that_is_only_a_mapping_would_be_seen_to_change() -> None:
    """The control: this is what freezing is for."""
    given = {"n": 1}
    shared = dataclasses.make_dataclass("Shared", [("data", dict[str, int])], frozen=True)(given)
    given["n"] = 2
    assert shared.data == {"n": 2}


@ALL
def test_an_event_is_plain_data_with_its_name_first(kind: type[Event]) -> None:
    plain = as_dict(example(kind))
    assert list(plain) == ["name", *(f.name for f in dataclasses.fields(kind))]
    assert plain["name"] == kind.name
    assert thawed(frozen(json.loads(json.dumps(plain)))) == thawed(frozen(plain))


@ALL
def test_what_is_heard_lacks_its_time_until_it_is(kind: type[Event]) -> None:
    if issubclass(kind, Heard):
        default = {f.name: f.default for f in dataclasses.fields(kind)}["heard_ns"]
        assert default == UNHEARD_NS


@ALL
def test_a_source_is_a_word(kind: type[Event]) -> None:
    strings = {
        f.name: f.name
        for f in dataclasses.fields(kind)
        if f.name in ("button", "light", "event", "key", "peripheral", "playlist_id")
    }
    event = dataclasses.replace(example(kind), **strings)
    assert isinstance(event.source, str)
    assert bool(event.source) == bool(strings)


@given(PAYLOADS)
def test_what_is_frozen_says_the_same(value: Any) -> None:
    assert json.dumps(thawed(frozen(value))) == json.dumps(value)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**63, -(2**63) - 1, {1: 2}, {None: 1}, b"", {1}, object()],
)
def test_a_payload_that_json_cannot_hold_is_refused(value: Any) -> None:
    for inside in (value, {"a": value}, [value]):
        with pytest.raises(ValueError, match="payload: found"):
            frozen(inside)


def test_a_payload_that_is_nested_too_deeply_is_refused() -> None:
    nested: Any = 1
    for _ in range(kinds.event.MAX_DEPTH):
        nested = [nested]
    frozen(nested)
    with pytest.raises(ValueError, match="too deep"):
        frozen([nested])


@pytest.mark.parametrize("name", ["lamp.wanted", "a.b.c", "0.1", "x_y.z"])
def test_an_invented_event_has_the_name_that_it_was_given(name: str) -> None:
    event = Custom(event=name, producer="rule", data={"n": 1})
    assert event.name == name
    assert event.source == "rule"
    assert as_dict(event) == {"name": name, "producer": "rule", "data": {"n": 1}}


@pytest.mark.parametrize(
    "name", ["", "lamp", "Lamp.on", "lamp.", ".on", "a..b", "a.b\n", "ä.b", "volume.changed", "a.*"]
)
def test_an_invented_event_with_a_bad_name_or_one_of_ours_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"event: found .*choose another name"):
        Custom(event=name)


def test_a_gesture_knows_its_word_and_takes_no_other() -> None:
    double = kinds.GestureDouble(buttons=("top",), at_ns=5)
    assert double.gesture == "double"
    assert double == kinds.GestureDouble(gesture="double", buttons=("top",), at_ns=5)
    with pytest.raises(ValueError, match="expected 'double'"):
        kinds.GestureDouble(gesture="single", buttons=("top",), at_ns=5)


def test_the_source_of_a_gesture_is_its_peripheral_or_its_buttons() -> None:
    assert kinds.GestureChord(buttons=("up", "down"), at_ns=0).source == "up+down"
    assert kinds.GestureChord(buttons=("up",), at_ns=0, peripheral="mute").source == "mute"


RUN: dict[str, Any] = {"run_id": "r", "playlist_id": "p", "playlist_name": "P"}


def test_the_lifecycle_of_a_playlist_has_exactly_the_payloads_that_are_promised() -> None:
    created = kinds.PlaylistCreated(**RUN, steps=3, metadata={"a": 1}, trigger=TRIGGER)
    assert list(payload(created)) == [
        "run_id", "playlist_id", "playlist_name", "steps", "metadata", "trigger",
    ]  # fmt: skip
    emitted = kinds.PlaylistEmitted(
        **RUN, step_index=0, repeat_index=1, emitted="lamp.wanted", offset_s=0.5, scheduled_ns=1,
        actual_ns=2, late_ms=0.1, data={}, metadata={}, trigger=TRIGGER,
    )  # fmt: skip
    assert list(payload(emitted)) == [
        "run_id", "playlist_id", "playlist_name", "step_index", "repeat_index", "name",
        "offset_s", "scheduled_ns", "actual_ns", "late_ms", "data", "metadata", "trigger",
    ]  # fmt: skip
    assert payload(emitted)["name"] == "lamp.wanted"
    assert as_dict(emitted)["name"] == "event.playlist.emitted"
    stopped = kinds.PlaylistStopped(
        **RUN, reason=kinds.StopReason.INTERRUPTED, interrupt=TRIGGER, emitted_count=1,
        duration_ms=2, trigger=TRIGGER,
    )  # fmt: skip
    assert {"run_id", "playlist_id", "playlist_name", "reason", "interrupt", "emitted_count",
            "duration_ms"} <= payload(stopped).keys()  # fmt: skip
    assert payload(stopped)["interrupt"]["data"] == {"buttons": ("top",)}
