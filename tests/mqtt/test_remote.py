"""Commands from the broker: what is done, what is refused, and what is ignored."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi import commands
from wkmp_pi.controls.remote import Order, Remote, Taken
from wkmp_pi.controls.remote.limits import PER_SECOND, REMEMBERED
from wkmp_pi.controls.remote.verbs import ALIASES, COMMANDS, PROPERTIES, PUBLIC
from wkmp_pi.mqtt import Incoming, Outgoing

S = 1_000_000_000
SESSION = "5e55"


def remote(*groups: str, admin: bool = True) -> Remote:
    return Remote("kitchen", SESSION, groups, admin=admin)


def ask(
    topic: str,
    payload: str | bytes = b"",
    *,
    on: Remote | None = None,
    now_ns: int = 0,
    **more: Any,
) -> Taken:
    data = payload.encode() if isinstance(payload, str) else payload
    message = Incoming(topic=f"wkmp/kitchen/{topic}", payload=data, **more)
    return (on or remote()).take(message, now_ns)


def done(topic: str, payload: str | bytes = b"", **more: Any) -> dict[str, Any]:
    """The command that follows, as plain data."""
    order = ask(topic, payload, **more).order
    assert order is not None
    found: dict[str, Any] = json.loads(msgspec.json.encode(order.command))
    return {key: value for key, value in found.items() if value not in (None, False)}


def refused(topic: str, payload: str | bytes = b"", **more: Any) -> tuple[str, str]:
    """The word for the reason, and what is told."""
    taken = ask(topic, payload, **more)
    assert taken.order is None
    assert taken.refused is not None
    return taken.refused.reason, taken.refused.error


def answers(taken: Taken) -> dict[str, Any]:
    return {message.topic: json.loads(message.payload) for message in taken.messages}


# what is done


@pytest.mark.parametrize(
    ("topic", "payload", "command"),
    [
        ("set/volume", "40", {"command": "volume", "percent": 40}),
        ("set/volume", "40.0", {"command": "volume", "percent": 40}),
        ("set/volume", "+5", {"command": "volume", "delta": 5}),
        ("set/volume", "-5", {"command": "volume", "delta": -5}),
        ("set/volume", '{"value": 7}', {"command": "volume", "percent": 7}),
        ("set/mute", "ON", {"command": "mute", "on": True}),
        ("set/mute", "toggle", {"command": "mute"}),
        ("set/playing", "ON", {"command": "play"}),
        ("set/playing", "off", {"command": "pause"}),
        ("set/repeat", "true", {"command": "settings.set", "key": "repeat", "value": True}),
        ("set/position", "61000", {"command": "seek", "position_ms": 61_000}),
        ("set/sleep", "30", {"command": "sleep", "minutes": 30.0}),
        ("set/sleep", "end", {"command": "sleep", "at_end": True}),
        ("set/sleep", "off", {"command": "sleep"}),
        ("set/source", "queue", {"command": "status"}),
        ("cmd/play", "", {"command": "play"}),
        ("cmd/next", "{}", {"command": "next"}),
        ("cmd/next", "PRESS", {"command": "next"}),
        ("cmd/skip", "", {"command": "next"}),
        ("cmd/seek", "+5000", {"command": "seek", "delta_ms": 5000}),
        ("cmd/seek", "-5000", {"command": "seek", "delta_ms": -5000}),
        ("cmd/seek", '{"position_ms": 1}', {"command": "seek", "position_ms": 1}),
        ("cmd/volume", '{"delta": -3, "id": "a"}', {"command": "volume", "delta": -3}),
        ("cmd/mute", "1", {"command": "mute", "on": True}),
        ("cmd/remove", "3", {"command": "remove", "entries": [3]}),
        ("cmd/clear", "", {"command": "clear"}),
        (
            "cmd/enqueue",
            "passage:7",
            {"command": "enqueue", "items": ["passage:7"], "place": "end"},
        ),
        (
            "cmd/enqueue",
            '{"items": ["passage:7", "passage:8"], "place": "next"}',
            {"command": "enqueue", "items": ["passage:7", "passage:8"], "place": "next"},
        ),
    ],
)
def test_a_well_formed_message_is_a_command(topic: str, payload: str, command: Any) -> None:
    assert done(topic, payload) == command


def test_every_public_command_has_a_topic_and_all_others_are_for_admins() -> None:
    paths = set(remote().paths)
    for tag in COMMANDS:
        path = tag.replace(".", "/")
        assert f"admin/{path}" in paths
        assert (f"cmd/{path}" in paths) == (tag in PUBLIC)
    assert {f"set/{name}" for name in PROPERTIES} <= paths
    assert not {path for path in remote(admin=False).paths if path.startswith("admin/")}


def test_only_what_was_thought_of_is_public() -> None:
    """A new command is an admin's until somebody puts it on the list."""
    assert {"settings.set", "library.add"} <= COMMANDS.keys() - PUBLIC
    assert all(target in PUBLIC for target in ALIASES.values())


# what is refused


@pytest.mark.parametrize(
    ("topic", "payload", "reason", "why"),
    [
        ("cmd/nxt", "", "unknown", "did you mean next?"),
        ("cmd/format_disk", "", "unknown", "cmd/help tells all"),
        ("set/valume", "1", "unknown", "did you mean volume?"),
        ("set/volume", "loud", "wrong_value", "expected 0 to 100, or a change like +5"),
        (
            "set/volume",
            "101",
            "wrong_type",
            "volume.percent: expected `int` <= 100".replace("`", ""),
        ),
        ("set/volume", "true", "wrong_value", "found True"),
        ("set/volume", "", "wrong_value", "found None"),
        ("set/volume", '{"percent": 4}', "wrong_value", 'expected {"value": …}'),
        ("set/mute", "maybe", "wrong_value", "expected ON or OFF"),
        ("set/source", "radio", "wrong_value", "expected queue"),
        ("cmd/seek", '{"position_ms": "soon"}', "wrong_type", "seek.position_ms: expected int"),
        ("cmd/seek", '{"positon_ms": 1}', "wrong_type", "unknown field"),
        ("cmd/play", "loudly", "wrong_value", "expected no value, or an object"),
        ("cmd/play", '{"command": "clear"}', "taken", ""),
        ("cmd/sleep", "soon", "wrong_value", "expected minutes, end or off"),
        ("cmd/volume", "{", "not_json", "broken JSON"),
        ("cmd/volume", "[" * 4000, "too_deep", "more than 16 levels"),
        ("cmd/volume", "x" * 5000, "too_long", "at most 4096"),
        ("cmd/play", '{"id": "a b"}', "bad_id", "id: expected at most 64"),
        ("cmd/play", '{"id": "a/b"}', "bad_id", "id: expected"),
        ("cmd/play", '{"id": {"a": 1}}', "bad_id", "id: expected"),
        ("cmd/enqueue", "/etc/passwd", "not_public", "paths need admin/enqueue"),
        ("cmd/enqueue", '{"items": ["passage:1", "../x"]}', "not_public", "paths need"),
        ("cmd/enqueue", "passage:1;rm", "not_public", "paths need"),
        ("cmd/library/add", "{}", "not_public", "expected the topic admin/library/add"),
        ("cmd/settings/set", '{"key": "repeat", "value": true}', "not_public", "admin/settings"),
    ],
)
def test_what_is_wrong_is_refused_and_told(topic: str, payload: str, reason: str, why: str) -> None:
    if reason == "taken":
        assert done(topic, payload) == {"command": "play"}
        return
    assert refused(topic, payload)[0] == reason
    assert why in refused(topic, payload)[1]


def test_a_refusal_is_answered_if_an_id_was_given() -> None:
    taken = ask("cmd/nxt", '{"id": "x1"}')
    assert answers(taken) == {
        "wkmp/kitchen/reply/x1": {
            "id": "x1",
            "ok": False,
            "error": "nxt: not known; did you mean next?",
        }
    }
    assert ask("cmd/nxt").messages == ()


@pytest.mark.parametrize(
    "topic",
    [
        "wkmp/bath/cmd/play",
        "wkmp/kitchen/state",
        "wkmp/kitchen/cmd",
        "wkmp/kitchen/cmd/",
        "wkmp/kitchen/cmd/PLAY",
        "wkmp/kitchen/cmd/play/",
        "wkmp/kitchen/cmd//play",
        "wkmp/group/all/cmd/play",
        "other",
        "",
    ],
)
def test_topics_of_others_are_ignored_and_counted(topic: str) -> None:
    found = remote()
    taken = found.take(Incoming(topic=topic, payload=b""), 0)
    assert (taken.order, taken.messages) == (None, ())
    assert found.counts["foreign"] == 1


# what the broker kept


def test_a_command_that_the_broker_kept_is_never_done_and_counted() -> None:
    found = remote()
    for topic in ("cmd/clear", "set/volume", "admin/settings/set", "cmd/help"):
        taken = ask(topic, '{"id": "x"}', on=found, retained=True)
        assert (taken.order, taken.messages) == (None, ())
    assert found.counts == {"retained": 4}


def test_the_same_command_not_kept_is_done() -> None:
    """The control of the test above."""
    assert ask("cmd/clear").order is not None


# ids


def test_a_command_with_an_id_is_done_once_and_its_answer_told_each_time() -> None:
    found = remote()
    order = ask("cmd/next", '{"id": 7}', on=found).order
    assert order is not None
    assert ask("cmd/next", '{"id": 7}', on=found).order is None
    (answer,) = found.answered(order, {"entry": 3}, None)
    assert json.loads(answer.payload) == {"id": "7", "ok": True, "result": {"entry": 3}}
    again = ask("cmd/next", '{"id": "7"}', on=found)
    assert again.order is None
    assert again.messages == (answer,)
    assert found.counts["repeated"] == 2


def test_a_command_without_an_id_is_done_each_time_and_not_answered() -> None:
    found = remote()
    orders = [ask("cmd/next", on=found).order for _ in range(3)]
    assert None not in orders
    assert found.answered(orders[0], {}, None) == ()  # type: ignore[arg-type]


def test_the_last_ids_are_known_and_older_ones_are_not() -> None:
    found = remote()
    for number in range(REMEMBERED + 1):
        ask("cmd/next", f'{{"id": {number}}}', on=found, now_ns=number * S)
    late = REMEMBERED * 2 * S
    assert ask("cmd/next", f'{{"id": {REMEMBERED}}}', on=found, now_ns=late).order is None
    assert ask("cmd/next", '{"id": 1}', on=found, now_ns=late).order is None
    assert ask("cmd/next", '{"id": 0}', on=found, now_ns=late).order is not None


def test_in_whatever_order_and_however_often_they_come_each_is_done_once() -> None:
    for order in permutations("aabbc"):
        found = remote()
        orders = [ask("cmd/next", f'{{"id": "{name}"}}', on=found).order for name in order]
        assert sum(one is not None for one in orders) == 3


# rates


def test_twenty_a_second_of_a_kind_are_taken_and_no_more() -> None:
    found = remote()
    taken = [ask("cmd/next", on=found, now_ns=n * S // 5000) for n in range(5000)]
    assert sum(one.order is not None for one in taken) == PER_SECOND * 2 - 1
    assert found.counts["too_many"] == 5000 - (PER_SECOND * 2 - 1)


def test_kinds_do_not_share_their_limits() -> None:
    found = remote("all")
    for _ in range(100):
        ask("cmd/next", on=found)
    assert ask("set/volume", "4", on=found).order is not None
    group = Incoming(topic="wkmp/group/all/cmd/next", payload=b"")
    assert found.take(group, 0).order is not None


def test_a_steady_rate_below_the_limit_is_never_refused() -> None:
    found = remote()
    for number in range(1000):
        assert ask("cmd/next", on=found, now_ns=number * S // 19).order is not None


def test_a_clock_that_stands_still_gives_nothing_away() -> None:
    found = remote()
    for _ in range(PER_SECOND):
        ask("cmd/next", on=found, now_ns=S)
    assert refused("cmd/next", on=found, now_ns=S)[0] == "too_many"


# answers


def test_an_answer_goes_where_its_sender_waits_with_what_it_gave_along() -> None:
    found = remote()
    order = ask("cmd/status", on=found, response_topic="panel/in", correlation=b"\x01").order
    assert order is not None
    (answer,) = found.answered(order, {"state": "paused"}, None)
    assert (answer.topic, answer.correlation) == ("panel/in", b"\x01")
    assert json.loads(answer.payload)["result"] == {"state": "paused"}


def test_with_an_id_and_a_response_topic_both_are_answered() -> None:
    found = remote()
    order = ask("cmd/status", '{"id": "q"}', on=found, response_topic="panel/in").order
    assert order is not None
    topics = [message.topic for message in found.answered(order, {}, None)]
    assert topics == ["wkmp/kitchen/reply/q", "panel/in"]


@pytest.mark.parametrize(
    "topic",
    [
        "wkmp/bath/cmd/clear", "wkmp/kitchen/cmd/clear", "homeassistant/device/x/config", "a/+",
        "a/#", "$SYS/x", "a\0b",
    ],
)  # fmt: skip
def test_nobody_makes_the_box_write_where_others_are_commanded(topic: str) -> None:
    found = remote()
    order = ask("cmd/status", on=found, response_topic=topic).order
    assert order is not None
    assert found.answered(order, {}, None) == ()


def test_an_answer_that_is_too_large_says_so() -> None:
    found = remote()
    order = ask("cmd/queue", '{"id": "q"}', on=found).order
    assert order is not None
    (answer,) = found.answered(order, {"entries": ["x" * 100] * 1000}, None)
    assert len(answer.payload) < 1000
    assert json.loads(answer.payload)["result"]["truncated"] is True


def test_a_file_name_that_is_not_utf8_can_be_answered() -> None:
    found = remote()
    order = ask("cmd/queue", '{"id": "q"}', on=found).order
    assert order is not None
    (answer,) = found.answered(order, {"file": "/m/\udcff"}, None)
    assert json.loads(answer.payload)["result"] == {"file": "/m/\udcff"}


# help


def test_help_tells_every_command_with_its_schema() -> None:
    taken = ask("cmd/help", '{"id": "h"}')
    told = answers(taken)
    found = told["wkmp/kitchen/help"]
    assert found["commands"]["cmd/seek"]["does"].startswith("Move to position_ms")
    reference = found["commands"]["cmd/seek"]["payload"]["$ref"].rpartition("/")[2]
    assert set(found["definitions"][reference]["properties"]) == {"position_ms", "delta_ms"}
    assert "admin/settings/set" in found["commands"]
    assert told["wkmp/kitchen/reply/h"]["ok"] is True
    every = [*found["commands"], *found["properties"]]
    assert set(remote(admin=False).paths) <= set(every)


def test_every_reference_in_the_help_leads_somewhere() -> None:
    (help_, *_) = ask("cmd/help").messages
    text = help_.payload.decode()
    found = json.loads(text)
    references = [part.split('"')[0] for part in text.split("#/definitions/")[1:]]
    assert references
    assert set(references) <= found["definitions"].keys()


# groups


def test_a_command_for_a_group_is_done_by_its_members_and_answered_by_each() -> None:
    message = Incoming(topic="wkmp/group/all/set/volume", payload=b"12")
    assert remote("all").take(message, 0).order is not None
    assert remote("upstairs").take(message, 0).order is None
    asked = Incoming(topic="wkmp/group/all/cmd/status", payload=b'{"id": "g"}')
    found = remote("all")
    order = found.take(asked, 0).order
    assert order is not None
    (answer,) = found.answered(order, {}, None)
    assert answer.topic == "wkmp/kitchen/reply/g"


def test_groups_have_no_admin_commands() -> None:
    message = Incoming(topic="wkmp/group/all/admin/clear", payload=b"")
    assert remote("all").take(message, 0).order is None


# admins


def admin(payload: dict[str, Any], on: Remote | None = None) -> Taken:
    return ask("admin/settings/set", json.dumps(payload), on=on)


SETTING = {"key": "crossfade_ms", "value": 3000}


def test_an_admin_command_quotes_the_session_and_has_an_id() -> None:
    order = admin({**SETTING, "id": "a", "session": SESSION}).order
    assert order is not None
    assert order.admin
    assert isinstance(order.command, commands.SetSetting)


@pytest.mark.parametrize(
    "more", [{}, {"id": "a"}, {"session": SESSION}, {"id": "a", "session": "x"}]
)
def test_an_admin_command_of_another_session_or_without_an_id_is_refused(more: Any) -> None:
    taken = admin({**SETTING, **more})
    assert taken.order is None
    assert taken.refused is not None
    assert taken.refused.reason == "no_session"
    assert SESSION not in taken.refused.error


def test_an_admin_may_name_files() -> None:
    payload = {"items": ["/m/a.flac"], "id": "a", "session": SESSION}
    assert ask("admin/enqueue", json.dumps(payload)).order is not None


def test_a_box_without_admins_does_not_even_listen() -> None:
    found = remote(admin=False)
    assert not [topic for topic in found.filters if "/admin/" in topic]
    assert admin({**SETTING, "id": "a", "session": SESSION}, on=found).order is None
    assert found.counts["foreign"] == 1


def test_it_listens_to_its_own_topics_and_its_groups_only() -> None:
    assert remote("all").filters == (
        "wkmp/kitchen/set/#",
        "wkmp/kitchen/cmd/#",
        "wkmp/kitchen/admin/#",
        "wkmp/group/all/set/#",
        "wkmp/group/all/cmd/#",
    )


# echoes


@pytest.mark.parametrize(
    ("payload", "origin"),
    [('{"box": "kitchen"}', ""), ('{"origin": "kitchen", "id": "a"}', ""), ("{}", "kitchen")],
)
def test_what_the_box_said_itself_is_no_command(payload: str, origin: str) -> None:
    taken = ask("cmd/next", payload, origin=origin)
    assert taken.order is None
    assert taken.messages == ()
    assert taken.refused is not None
    assert taken.refused.reason == "own"


def test_what_another_box_said_is_a_command() -> None:
    assert done("cmd/next", '{"box": "bath"}', origin="bath") == {"command": "next"}


# anything


@given(
    st.sampled_from([*remote("g").paths, "cmd/x", "admin/x", "set/x", "cmd", ""]),
    st.binary(max_size=200)
    | st.sampled_from(["40", "ON", "-1", "1e5", "null", '{"id": 1}']).map(str.encode)
    | st.dictionaries(
        st.sampled_from(["id", "session", "value", "percent", "items", "entries", "key", "place"]),
        st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=3),
        max_size=4,
    ).map(lambda value: json.dumps(value).encode()),
    st.booleans(),
)
def test_whatever_comes_is_a_command_or_refused_or_ignored(
    path: str, payload: bytes, retained: bool
) -> None:
    found = remote("g")
    taken = ask(path, payload, on=found, retained=retained)
    assert sum(found.counts.values()) == 1
    assert not (retained and taken.order)
    assert all(isinstance(message, Outgoing) for message in taken.messages)
    if isinstance(taken.order, Order):
        found.answered(taken.order, {"a": 1}, None)
