"""A recording: every event comes back from its line, and what is no recording is refused."""

from __future__ import annotations

import dataclasses
import json
from typing import get_args

import pytest
from events.test_kinds import PAYLOADS, example
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.errors import RequestError
from wkmp_pi.events import kinds
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import Custom, Event, KnownEvent, as_dict
from wkmp_pi.events.lines import encoded
from wkmp_pi.events.recording import NAMES, Line, about, event, head, read
from wkmp_pi.events.told import Told

HEAD = head("0", NAMES, {"state": "paused"})


def typed(kind: type[Event]) -> Event:
    """An event whose fields have the types that they should have."""
    by_type = {"str": "x", "str | None": "x", "bool": True, "Reason": kinds.Reason.NATURAL}
    by_type |= {"StopReason": kinds.StopReason.FAILED, "tuple[int, ...]": (1, 2)}
    by_type |= {"tuple[str, ...]": ("a", "b")}
    made = example(kind)
    given = {
        f.name: by_type[str(f.type)]
        for f in dataclasses.fields(kind)
        if str(f.type) in by_type and f.name != "gesture"
    }
    return dataclasses.replace(made, **given)


@pytest.mark.parametrize("kind", get_args(KnownEvent), ids=lambda kind: kind.__name__)
def test_every_event_comes_back_from_its_line(kind: type[Event]) -> None:
    told = Told(33, typed(kind), (16, 17), 5, 1)
    line = encoded(about(told))
    (back,) = read([HEAD, line])[1]
    assert back.told() == told
    assert encoded(about(back.told())) == line


@given(st.dictionaries(st.text(), PAYLOADS, max_size=4))
def test_every_payload_comes_back_byte_for_byte(data: dict[str, object]) -> None:
    mine = Custom(event="mine.said", producer="me", data=data)
    line = encoded(as_dict(mine))
    assert encoded(as_dict(event(json.loads(line)))) == line
    assert encoded(json.loads(line)) == line


def test_a_file_name_that_is_not_utf8_comes_back() -> None:
    file = b"/m/K\xfcche.flac".decode(errors="surrogateescape")
    failed = kinds.DecodeFailed(entry=1, passage=1, file=file, error="x")
    line = encoded(as_dict(failed))
    assert event(json.loads(line)) == failed
    assert encoded(json.loads(line)) == line


def test_what_the_bus_told_is_what_stands_in_the_line() -> None:
    bus = Bus(lambda: 7)
    subscription = bus.subscribe()
    first = bus.publish(kinds.QueueEmptied())
    bus.publish(kinds.QueueEmptied(), [first])
    subscription.take(0)
    told = subscription.take(0)
    assert told is not None
    assert encoded(about(told)) == (
        b'{"id":33,"at_ns":7,"causes":[16],"hops":1,"event":{"name":"queue.emptied"}}\n'
    )


LINE = encoded(about(Told(16, kinds.QueueEmptied(), (), 0, 0)))


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        ([], "line 1: found no head"),
        ([b"#!/bin/sh\n"], "line 1: found no head"),
        ([b"[1]\n"], "line 1: found no head"),
        ([b"\xff\n"], "line 1: found no head"),
        ([LINE], "line 1: found no head"),
        ([HEAD.replace(b":1,", b":9,", 1)], "line 1: found a recording of format 9; expected 1"),
        ([head("0", ["volume.*"], {})], r"recording of volume\.\* only; .*record without --name"),
        ([HEAD, LINE, b"{"], "line 3: .*expected a line of JSON"),
        ([HEAD, LINE, b"[]"], "line 3: expected a JSON object"),
        ([HEAD, b'{"missed":12}'], "line 2: found that 12 events were missed; .*without gaps"),
        ([HEAD, b"{}"], "line 2: found no event"),
        ([HEAD, LINE.replace(b"16", b'"x"')], "line 2: found no event"),
        ([HEAD, LINE.replace(b"[]", b"5")], "line 2: found no event"),
        ([HEAD, LINE.replace(b'"name"', b'"nom"')], "line 2: found no event"),
    ],
)
def test_what_is_no_whole_recording_is_refused(lines: list[bytes], part: str) -> None:
    with pytest.raises(RequestError, match=part):
        read(lines)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "volume.changed"},
        {"name": "volume.changed", "percent": "loud", "muted": False},
        {"name": "Mine"},
        {"name": "mine.said", "data": 1},
    ],
)
def test_an_event_that_this_version_does_not_know_is_named(fields: dict[str, object]) -> None:
    line = Line(7, b"", {"id": 1, "at_ns": 0, "causes": [], "hops": 0, "event": fields})
    with pytest.raises(RequestError, match=r"line 7: found .*replay with the version"):
        line.told()
