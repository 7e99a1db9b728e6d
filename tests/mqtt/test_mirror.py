"""The mirror as a whole, on a virtual clock."""

from __future__ import annotations

import pytest
from mqtt.support.scenes import (
    BOX,
    MS,
    PARTS,
    S,
    at,
    connected,
    data,
    heard,
    mirror,
    sent,
    status,
    told,
    topics,
)

from wkmp_pi.consumers.mirror import Mirror, Want
from wkmp_pi.events import kinds
from wkmp_pi.mqtt import Outgoing

RUN = {"run_id": "r1", "playlist_id": "chime", "playlist_name": "Chime"}


def run(found: Mirror, until_ns: int, from_ns: int = 0, **state: object) -> list[Outgoing]:
    """Do all that is due until then; what was sent."""
    messages, now_ns = [], from_ns
    while (next_ns := found.deadline_ns) is not None and next_ns <= until_ns:
        now_ns = max(now_ns, next_ns)
        for want in found.due(now_ns):
            if want is Want.STATUS:
                found.look(status(**state), at(now_ns))
            else:
                found.examine({"cpu": 1.5}, at(now_ns))
        messages += sent(found, now_ns)
    return messages


# a connection


def test_online_is_said_after_all_that_is_kept_was_told() -> None:
    found = mirror(keys=("volume", "title"))
    messages = connected(found)
    assert topics(messages) == [
        "session", "info", "state", "state/volume", "state/title", "availability",
    ]  # fmt: skip
    assert all(message.retain for message in messages)
    assert messages[-1].payload == b"online"


def test_nothing_is_told_before_the_broker_is_there_and_nothing_is_due() -> None:
    found = mirror()
    found.hear(told(kinds.QueueEmptied()), at(0))
    assert sent(found) == []
    assert found.deadline_ns is None


def test_a_second_connection_tells_all_again_and_the_state_of_now() -> None:
    found = mirror()
    connected(found)
    found.disconnect()
    messages = connected(found, 100 * S, volume=5)
    assert topics(messages)[-1] == "availability"
    (state,) = [data(message) for message in messages if message.topic.endswith("/state")]
    assert state["volume"] == 5


def test_everything_is_told_within_two_seconds_of_the_connection() -> None:
    found = mirror(keys=("volume",))
    messages = connected(found)
    messages += run(found, 2 * S)
    assert {message.topic for message in messages} >= {
        "wkmp/kitchen/session",
        "wkmp/kitchen/info",
        "wkmp/kitchen/state",
        "wkmp/kitchen/state/volume",
        "wkmp/kitchen/availability",
        "homeassistant/device/kitchen/config",
    }


def test_the_session_is_this_starts_and_the_info_says_what_there_is() -> None:
    messages = {message.topic: message for message in connected(mirror())}
    assert messages["wkmp/kitchen/session"].payload == b"5e55"
    info = data(messages["wkmp/kitchen/info"])
    assert (info["version"], info["model"], info["schema"]) == ("0.1.0", "a board", 1)
    assert info["capabilities"]["buttons"] == ["play", "up", "down"]
    assert info["capabilities"]["playlists"] == ["sleep_fade", "chime"]


# the state


def test_a_change_is_looked_at_at_once_and_again_when_others_had_time_to_follow() -> None:
    found = mirror()
    connected(found)
    run(found, 10 * S)
    found.hear(told(kinds.PassageStarted(**heard(), duration_ms=1)), at(20 * S))
    assert found.due(20 * S) == [Want.STATUS]
    assert found.deadline_ns == 20 * S + 50 * MS
    assert found.due(20 * S + 50 * MS) == [Want.STATUS]
    assert found.due(20 * S + 500 * MS) == [Want.STATUS]
    assert found.deadline_ns == 60 * S


def test_a_state_that_is_the_same_is_not_told_again() -> None:
    found = mirror(keys=("volume",))
    connected(found)
    for second in range(1, 60):
        found.look(status(position_ms=1000 + second * 1000), at(second * S))
    assert topics(sent(found)) == []


def test_a_state_that_changed_is_told_with_its_position() -> None:
    found = mirror(keys=("volume", "title"))
    connected(found)
    found.look(status(volume=41, position_ms=6000), at(5 * S))
    messages = sent(found)
    assert topics(messages) == ["state", "state/volume"]
    assert data(messages[0])["position_ms"] == 6000
    assert data(messages[0])["position_utc"] == "2027-01-15T08:00:05.000Z"


def test_a_seek_is_told_though_only_the_position_changed() -> None:
    found = mirror()
    connected(found)
    found.look(status(position_ms=30_000), at(S))
    assert topics(sent(found)) == ["state"]


def test_a_key_without_a_value_is_told_as_nothing() -> None:
    found = mirror(keys=("device",))
    connected(found)
    found.look(status(device=""), at(S))
    assert sent(found)[-1].payload == b""


# steadiness


def test_a_box_that_only_plays_tells_one_message_a_minute() -> None:
    found = mirror()
    connected(found)
    run(found, 5 * S)
    messages = []
    for second in range(5, 605):
        event = kinds.PositionUpdated(**heard(), position_ms=second * 1000, duration_ms=999_000)
        found.hear(told(event), at(second * S))
        messages += run(found, (second + 1) * S, position_ms=second * 1000)
    assert set(topics(messages)) == {"diag"}
    assert len(messages) == 10


# events


def test_events_are_numbered_without_a_gap_and_not_kept_by_the_broker() -> None:
    found = mirror()
    connected(found)
    for _ in range(3):
        found.hear(told(kinds.QueueEmptied()), at(S))
    messages = [m for m in sent(found) if "/event/" in m.topic]
    assert [data(message)["seq"] for message in messages] == [1, 2, 3]
    assert not any(message.retain for message in messages)


def test_a_chord_has_one_id_at_both_of_its_buttons() -> None:
    found = mirror()
    connected(found)
    found.hear(told(kinds.GestureChord(buttons=("up", "down"), at_ns=1)), at(S))
    first, second = sent(found)
    assert topics([first, second]) == ["event/gesture/up", "event/gesture/down"]
    assert data(first)["id"] == data(second)["id"]
    assert [data(first)["seq"], data(second)["seq"]] == [1, 2]


def test_the_life_of_a_playlist_stands_in_events_and_in_the_state() -> None:
    found = mirror()
    connected(found)
    found.hear(told(kinds.PlaylistCreated(**RUN, steps=2, trigger={"name": "x"})), at(S))
    found.look(status(), at(S))
    created, state = sorted(sent(found), key=lambda message: message.topic)
    assert data(created)["event_type"] == "created"
    assert data(created)["data"]["trigger"] == {"name": "x"}
    assert data(state)["playlist"] == "chime"
    stopped = kinds.PlaylistStopped(
        **RUN,
        reason=kinds.StopReason.INTERRUPTED,
        interrupt={"name": "gesture.single", "source": "play", "data": {}},
        emitted_count=1,
        duration_ms=400,
        metadata={"mood": "calm"},
        trigger={},
    )
    found.hear(told(stopped), at(2 * S))
    found.look(status(), at(2 * S))
    ended, state = sorted(sent(found), key=lambda message: message.topic)
    assert data(ended)["data"]["reason"] == "interrupted"
    assert data(ended)["data"]["metadata"] == {"mood": "calm"}
    assert data(state)["playlist"] is None


def test_events_without_a_broker_are_counted_and_the_count_is_told_with_the_vitals() -> None:
    found = mirror()
    for _ in range(7):
        found.hear(told(kinds.QueueEmptied()), at(0))
    connected(found)
    found.examine({}, at(0))
    (diag,) = sent(found)
    assert data(diag)["mqtt"]["dropped_offline"] == 7


@pytest.mark.parametrize("name", ["position.updated", "playback.progress"])
def test_progress_is_no_event_for_the_broker(name: str) -> None:
    found = mirror()
    connected(found)
    more = {"played_ms": 1} if name == "playback.progress" else {}
    event = kinds.KINDS[name](**heard(), position_ms=1, duration_ms=2, **more)
    found.hear(told(event), at(S))
    assert sent(found) == []


# vitals


def test_vitals_are_told_each_minute_and_not_kept() -> None:
    found = mirror()
    connected(found)
    found.hear(told(kinds.OutputXrun(frame=1, lost_frames=2)), at(0))
    found.hear(told(kinds.OutputStarved(frame=1, entry=1, lost_frames=2)), at(0))
    messages = [m for m in run(found, 200 * S) if m.topic.endswith("/diag")]
    assert len(messages) == 3
    assert not messages[0].retain
    found_data = data(messages[-1])
    assert (found_data["xruns"], found_data["starves"], found_data["cpu"]) == (1, 1, 1.5)


# Home Assistant


def discovery(messages: list[Outgoing]) -> list[Outgoing]:
    return [m for m in messages if m.topic == "homeassistant/device/kitchen/config"]


def test_what_there_is_is_told_half_a_second_after_the_connection() -> None:
    found = mirror()
    assert discovery(connected(found)) == []
    (message,) = discovery(run(found, S))
    assert message.retain


def test_what_the_broker_kept_of_an_older_start_is_waited_for_and_cleared_away() -> None:
    found = mirror()
    connected(found)
    older = b'{"cmps": {"button_gone": {"p": "event"}, "volume": {"p": "number"}}}'
    run(found, 60 * MS)
    found.retained_discovery(older, 100 * MS)
    assert found.deadline_ns == 100 * MS
    (message,) = discovery(run(found, 200 * MS))
    parts = data(message)["cmps"]
    assert parts["button_gone"] == {"p": "event"}
    assert parts["volume"]["name"] == "Volume"


def test_a_start_of_home_assistant_is_answered_after_a_while_that_differs_between_boxes() -> None:
    for chance, after in ((0.0, 1.0), (0.5, 5.5), (1.0, 10.0)):
        found = mirror(chance)
        connected(found)
        run(found, 5 * S)
        found.birth(20 * S)
        assert discovery(run(found, 20 * S + round(after * S) - 1)) == []
        messages = run(found, 20 * S + round(after * S))
        assert len(discovery(messages)) == 1
        assert {"wkmp/kitchen/state", "wkmp/kitchen/availability"} <= {m.topic for m in messages}


def test_vitals_which_nobody_keeps_follow_soon_after_home_assistants_start() -> None:
    found = mirror(0.0)
    connected(found)
    run(found, 5 * S)
    found.birth(20 * S)
    messages = run(found, 30 * S)
    assert [one for one in messages if one.topic.endswith("/diag")]


def test_without_discovery_nothing_of_it_is_told() -> None:
    found = mirror(discovery=False)
    connected(found)
    found.birth(S)
    assert discovery(run(found, 100 * S)) == []


def test_a_box_that_changes_is_described_anew_and_what_is_gone_is_taken_back() -> None:
    found = mirror()
    connected(found)
    run(found, 5 * S)
    smaller = type(PARTS)(buttons=PARTS.buttons[:1], playlists=PARTS.playlists[:1])
    found.change(smaller, 6 * S)
    messages = run(found, 7 * S)
    parts = data(discovery(messages)[0])["cmps"]
    assert parts["button_up"] == {"p": "event"}
    assert parts["playlist"]["ops"] == ["(none)", "sleep_fade"]
    assert "wkmp/kitchen/info" in {message.topic for message in messages}
    found.change(smaller, 8 * S)
    assert run(found, 9 * S) == []


# what came from outside


def test_complaints_are_events_of_the_system_at_most_one_a_second() -> None:
    found = mirror()
    connected(found)
    for number in range(100):
        found.complain("not_json", {"topic": "t", "error": "e"}, at(S + number * MS))
    (message,) = sent(found)
    assert topics([message]) == ["event/system"]
    assert data(message)["event_type"] == "not_json"
    assert data(message)["data"]["topic"] == "t"
    found.complain("not_json", {}, at(3 * S))
    assert data(sent(found)[0])["data"]["kept_back"] == 99


def test_answers_go_out_as_they_are() -> None:
    found = mirror()
    connected(found)
    reply = Outgoing(topic=f"wkmp/{BOX.id}/reply/1", payload=b"{}")
    found.answer(reply, S)
    assert sent(found) == [reply]


def test_a_cover_is_kept_by_the_broker() -> None:
    found = mirror()
    connected(found)
    found.show_cover(b"\x89PNG")
    (message,) = sent(found)
    assert (topics([message]), message.retain, message.payload) == (["cover"], True, b"\x89PNG")
