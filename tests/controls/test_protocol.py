"""Whatever a line holds, it becomes a request or a refusal that says what was expected."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.commands import Enqueue, Place, Play, Seek, SetVolume
from wkmp_pi.controls import protocol
from wkmp_pi.controls.protocol import MAX_LINE_BYTES, NAMES, Follow, Graph, Refusal, Request, parse
from wkmp_pi.events import kinds

WORDS = st.text(st.characters(), max_size=8)  # with surrogates, as JSON may have them
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner),
    max_leaves=8,
)
IDS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=64)


def refused(line: bytes) -> str:
    answer = parse(line)
    assert isinstance(answer, Refusal)
    return answer.error


def asked(**request):
    answer = parse(json.dumps(request).encode())
    assert isinstance(answer, Request), answer
    return answer.asked


def test_commands_come_out_as_their_classes():
    assert asked(command="play") == Play()
    assert asked(command="seek", delta_ms=-10) == Seek(delta_ms=-10)
    assert asked(command="volume", percent=40) == SetVolume(percent=40)
    assert asked(command="enqueue", items=["/a"], place="at", reference=0) == Enqueue(
        items=("/a",), place=Place.AT, reference=0
    )
    assert asked(command="events.follow") == Follow(names=("*",))
    assert asked(command="events.follow", names=["passage.*"]) == Follow(names=("passage.*",))
    assert asked(command="events.follow", causes=True) == Follow(causes=True)
    assert asked(command="events.graph") == Graph()


@given(IDS)
def test_an_id_is_echoed_as_it_came(request_id):
    line = json.dumps({"id": request_id, "command": "play"}).encode()
    assert parse(line).id == request_id
    assert json.loads(protocol.reply(request_id, None))["id"] == request_id
    wrong = json.dumps({"id": request_id, "command": "plya"}).encode()
    assert parse(wrong).id == request_id


@pytest.mark.parametrize("request_id", ["true", "1.5", "[]", "{}", str(2**63), f'"{"x" * 65}"'])
def test_an_id_that_cannot_be_echoed_is_refused_without_one(request_id):
    answer = parse(f'{{"id": {request_id}, "command": "play"}}'.encode())
    assert isinstance(answer, Refusal)
    assert answer.id is None
    assert "id: found" in answer.error


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (b"", "expected one JSON object a line"),
        (b"play", "at column 1; expected one JSON object a line"),
        (b"{} {}", "Extra data at column 4"),
        (b"[1]", "found an array"),
        (b'"play"', "found a string"),
        (b"null", "found nothing"),
        (b"\xff", "not UTF-8 at 0"),
        (b"[" * 100_000, "found deep nesting"),
        (b'{"a":' * 100_000, "found deep nesting"),
        (b'{"command": "seek", "delta_ms": 1e999}', "beyond all bounds"),
        (b'{"command": "seek", "delta_ms": NaN}', "found NaN"),
        (b'{"command": "seek", "delta_ms": ' + b"9" * 10_000 + b"}", "expected one JSON object"),
        (b'{"command": "play", "command": "pause"}', "same key twice"),
        (b'{"command": "enqueue", "items": ["a\\u0000b"]}', "NUL"),
        (b"{}", "command: found nothing; expected one of clear, "),
        (b'{"command": 5}', "command: found a number; expected one of"),
        (b'{"command": "sek"}', 'command: found "sek"; expected one of'),
        (b'{"command": "sek"}', "did you mean seek?"),
        (b'{"command": "seek", "position": 5}', "seek: object contains unknown field"),
        (b'{"command": "play", "\\udcff": 1}', "play: found a lone surrogate in a key"),
        (b'{"command": "enqueue", "items": ["a"], "place": "\\udcff"}', "lone surrogate"),
        (b'{"command": "seek", "position_ms": true}', "seek.position_ms: expected int | null"),
        (b'{"command": "seek", "position_ms": -1}', "seek.position_ms: expected int >= 0"),
        (b'{"command": "volume", "percent": 101}', "volume.percent: expected int <= 100"),
        (b'{"command": "enqueue"}', "enqueue: object missing required field items"),
        (b'{"command": "enqueue", "items": []}', "enqueue.items: expected array of length >= 1"),
        (b'{"command": "enqueue", "items": ["a", 5]}', "enqueue.items[1]: expected str"),
        (b'{"command": "events.follow", "names": []}', "events.follow.names: expected array"),
        (b'{"command": "events.follow", "names": ["a b"]}', "events.follow.names: found"),
        (b'{"command": "events.follow", "names": ["Lamp.on"]}', "see the names in docs/socket.md"),
        (b'{"command": "events.follow", "causes": 1}', "events.follow.causes: expected bool"),
        (b'{"command": "events.graph", "names": []}', "events.graph: object contains unknown"),
        (b'{"command": "events.follow", "names": ["pass*age"]}', "its beginning and a *"),
        (b'{"command": "events.follow", "names": ["song.change"]}', "did you mean song.changed?"),
    ],
)
def test_a_bad_line_is_refused_in_words(line, part):
    error = refused(line)
    assert part in error
    assert len(error) < 600


@pytest.mark.parametrize("name", ["lamp.wanted", "a.b", "x2.y_3.z", "mine4.*"])
def test_events_that_the_owner_invented_can_be_followed(name):
    assert asked(command="events.follow", names=[name]) == Follow(names=(name,))


def test_an_escaped_backslash_before_u0000_is_no_nul():
    assert asked(command="enqueue", items=["a\\u0000"]) == Enqueue(items=("a\\u0000",))


@given(st.binary(max_size=200))
def test_any_bytes_become_a_request_or_a_refusal(line):
    assert isinstance(parse(line), (Request, Refusal))


@given(st.dictionaries(st.sampled_from(["id", "command", "items", "names", "x"]), JSON))
def test_any_json_becomes_a_request_or_a_refusal(request):
    assert isinstance(parse(json.dumps(request).encode()), (Request, Refusal))


@given(st.sampled_from(sorted(NAMES)), st.dictionaries(WORDS, JSON, max_size=3))
def test_any_fields_of_any_command_become_a_request_or_a_refusal(name, fields):
    answer = parse(json.dumps({**fields, "id": 7, "command": name}).encode())
    assert answer.id == 7


@given(st.text())
def test_what_is_sent_is_one_line_of_json(text):
    for line in (
        protocol.hello({"title": text}),
        protocol.reply("x", {"title": text}),
        protocol.refusal(None, text),
        protocol.event({"name": text}),
        protocol.missed(3),
    ):
        assert line.count(b"\n") == 1
        assert isinstance(json.loads(line), dict)


def test_a_file_name_that_is_not_utf8_survives_both_ways():
    name = b"/m/K\xfcche.flac".decode(errors="surrogateescape")
    line = json.dumps({"command": "enqueue", "items": [name]}).encode()
    assert parse(line).asked == Enqueue(items=(name,))
    assert json.loads(protocol.reply(1, {"file": name}))["result"]["file"] == name


def test_every_event_can_be_sent():
    event = kinds.PassageCompleted(
        frame=1, entry=2, passage=-3, file="/a", reason=kinds.Reason.NATURAL, played_ms=4
    )
    sent = json.loads(protocol.event(kinds.as_dict(event)))
    assert sent["event"]["name"] == "passage.completed"
    assert sent["event"]["reason"] == "natural"


def test_numbers_that_json_lacks_are_sent_as_null():
    assert json.loads(protocol.event({"peak_db": float("inf")})) == {"event": {"peak_db": None}}


def test_a_whole_line_of_the_longest_kind_is_parsed():
    items = ["x" * 4096] * 100
    assert len(json.dumps(items)) < MAX_LINE_BYTES
    assert asked(command="enqueue", items=items).items == tuple(items)
