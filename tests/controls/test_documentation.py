"""docs/socket.md tells the truth: its examples are parsed, its tables and limits are ours."""

import json
import re
from dataclasses import fields
from pathlib import Path

from wkmp_pi.controls import connection, protocol, socket_server
from wkmp_pi.controls.protocol import NAMES, Refusal, Request, parse
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.graph import Listener
from wkmp_pi.events.kinds import KINDS, QueueEmptied
from wkmp_pi.events.recording import about

TEXT = (Path(__file__).parents[2] / "docs" / "socket.md").read_text()
SENT = re.findall(r"^→ (.*)$", TEXT, re.MULTILINE)
RECEIVED = [json.loads(line) for line in re.findall(r"^← (.*)$", TEXT, re.MULTILINE)]


def test_every_command_is_in_the_table():
    table = TEXT.partition("## Commands")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    assert {name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)} == NAMES


def test_the_requests_are_answered_as_shown():
    answers = {answer.get("id"): answer for answer in RECEIVED if "ok" in answer}
    for line in SENT:
        request, shown = parse(line.encode()), answers[json.loads(line)["id"]]
        if shown["ok"]:
            assert isinstance(request, Request)
        elif isinstance(request, Refusal):
            assert request.error == shown["error"]


def test_the_hello_and_the_events_have_the_fields_that_are_shown():
    assert RECEIVED[0].keys() == json.loads(protocol.hello({})).keys()
    assert RECEIVED[0]["protocol"] == protocol.PROTOCOL
    events = [message["event"] for message in RECEIVED if "event" in message]
    assert events
    for event in events:
        assert event.keys() == {"name", *(f.name for f in fields(KINDS[event["name"]]))}


def test_an_event_with_its_causes_and_a_listener_have_the_fields_that_are_shown():
    bus = Bus()
    subscription = bus.subscribe()
    bus.publish(QueueEmptied())
    told = subscription.take(0)
    shown = [message for message in RECEIVED if "causes" in message]
    assert shown
    assert all(list(message) == list(about(told)) for message in shown)
    (graph,) = [m["result"] for m in RECEIVED if "listeners" in m.get("result", {})]
    assert graph.keys() == {"listeners", "looped"}
    for listener in graph["listeners"]:
        assert tuple(listener) == Listener._fields


def test_the_limits_are_the_servers():
    limits = dict(
        re.findall(r"^\| ([a-z ]+) \| (\d+)", TEXT.partition("## Limits")[2], re.MULTILINE)
    )
    assert limits == {
        "clients": str(socket_server.MAX_CLIENTS),
        "a line": str(protocol.MAX_LINE_BYTES >> 20),
        "unanswered requests of one client": str(connection.MAX_UNANSWERED),
        "unread output of one client": str(connection.FULL_BYTES >> 10),
        "waiting events of one client": str(socket_server.MAX_EVENTS),
    }
