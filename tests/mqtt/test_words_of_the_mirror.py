"""Topics, encodings, envelopes and the state, each by itself."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt.support.scenes import BOX, MS, UTC_NS, S, at, heard, status, told

from wkmp_pi.consumers.mirror.complaints import Complaints
from wkmp_pi.consumers.mirror.encoding import LARGEST_BYTES, bounded, encoded, plain
from wkmp_pi.consumers.mirror.envelope import sealed
from wkmp_pi.consumers.mirror.state import differs, mirrored, utc
from wkmp_pi.consumers.mirror.topics import UNTOLD, Topics, level
from wkmp_pi.events import kinds

TOPICS = Topics("kitchen")
RUN = {"run_id": "r1", "playlist_id": "chime", "playlist_name": "Chime"}


def address(event: kinds.Event) -> tuple[list[str], str]:
    found, kind = TOPICS.addresses(event)
    return [topic.removeprefix("wkmp/kitchen/event/") for topic in found], kind


# topics


@given(st.text(max_size=200))
def test_any_text_becomes_one_level_of_a_topic(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{1,64}", level(text))


@pytest.mark.parametrize(
    ("event", "topic", "kind"),
    [
        (kinds.PassageStarted(**heard(), duration_ms=1), "passage", "started"),
        (kinds.QueueEmptied(), "queue", "emptied"),
        (kinds.VolumeChanged(percent=1, muted=False), "volume", "changed"),
        (
            kinds.LightChanged(light="Hall Lamp", on=True, level=1.0, colour=""),
            "light/hall_lamp",
            "changed",
        ),
        (kinds.PlaylistOverdue(**RUN, overdue_ms=5), "alert", "playlist_overdue"),
        (kinds.GestureFlapping(button="a", per_second=9.0), "alert", "gesture_flapping"),
        (kinds.Custom(event="disco.flash.red"), "disco", "flash_red"),
        (kinds.Custom(event="passage.mine"), "custom/passage", "mine"),
        (
            kinds.PeripheralValue(peripheral="t1", peripheral_name="", value=1),
            "peripheral/t1",
            "value",
        ),
    ],
)
def test_the_address_of_an_event_follows_from_its_name(
    event: kinds.Event, topic: str, kind: str
) -> None:
    assert address(event) == ([topic], kind)


def test_the_life_of_a_playlist_has_one_topic() -> None:
    created = kinds.PlaylistCreated(**RUN, steps=1, trigger={})
    stopped = kinds.PlaylistStopped(
        **RUN, reason=kinds.StopReason.COMPLETED, emitted_count=1, duration_ms=1, trigger={}
    )
    assert address(created) == (["playlist"], "created")
    assert address(stopped) == (["playlist"], "stopped")


@pytest.mark.parametrize("word", kinds.GESTURES)
def test_each_gesture_is_told_at_its_button(word: str) -> None:
    event = kinds.GESTURES[word](buttons=("play",), at_ns=0)
    assert address(event) == (["gesture/play"], word)


def test_a_chord_is_told_at_each_of_its_buttons_once() -> None:
    chord = kinds.GestureChord(buttons=("up", "down", "up"), at_ns=0)
    assert address(chord) == (["gesture/up", "gesture/down"], "chord")


def test_a_gesture_of_a_peripheral_is_told_there() -> None:
    code = kinds.GestureSequence(buttons=("up", "down"), at_ns=0, peripheral="konami", id="k")
    assert address(code) == (["gesture/konami"], "sequence")


def test_every_event_of_the_product_has_an_address_or_is_not_told() -> None:
    for name in kinds.KINDS.keys() - UNTOLD:
        parts = name.removeprefix("event.").split(".")
        assert len(parts) >= 2


# encoding


def test_long_texts_and_lists_are_cut() -> None:
    assert len(bounded("x" * 10_000)) == 2048
    assert len(bounded(list(range(10_000)))) == 256
    assert len(bounded({str(n): n for n in range(10_000)})) == 256


def test_a_file_name_that_is_not_utf8_becomes_text() -> None:
    assert bounded("/m/\udcff.wav") == "/m/?.wav"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_whatever_is_told_is_json(value: Any) -> None:
    json.loads(encoded({"data": value}, "data"))


def test_data_that_are_too_large_keep_what_is_plain() -> None:
    big = {"name": "a", "list": ["x" * 2000] * 200, "map": {"a": 1}}
    found = json.loads(encoded({"v": 1, "data": big}, "data"))
    assert found == {"v": 1, "data": {"name": "a", "truncated": True}}


def test_data_that_are_too_large_and_plain_are_dropped() -> None:
    big = {str(n): "x" * 2000 for n in range(200)}
    text = encoded({"v": 1, "data": big}, "data")
    assert json.loads(text) == {"v": 1, "data": {"truncated": True}}
    assert len(text) < LARGEST_BYTES


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, b""), (True, b"true"), (False, b"false"), (40, b"40"), ("é", "é".encode())],
)
def test_a_plain_value_is_its_text(value: Any, text: bytes) -> None:
    assert plain(value) == text


# envelopes


def test_an_event_of_the_sound_carries_its_frame_and_the_moment_it_was_heard() -> None:
    event = kinds.PassageStarted(**heard(frame=88_200, heard_ns=2 * S), title="Set", duration_ms=9)
    found = json.loads(sealed(BOX, told(event, at_ns=5 * S), "started", 3, at(10 * S)))
    assert found["frame"] == 88_200
    assert found["rate"] == 44_100
    assert found["mono_ns"] == 2 * S
    assert found["utc"] == "2027-01-15T08:00:02.000Z"
    assert (found["v"], found["seq"], found["box"]) == (1, 3, "kitchen")
    assert found["event_type"] == "started"
    assert found["data"] == {
        "entry": 1,
        "passage": 7,
        "file": "/m/a.flac",
        "title": "Set",
        "artist": "",
        "album": "",
        "position_ms": 0,
        "duration_ms": 9,
    }


def test_another_event_carries_the_moment_of_the_bus_and_no_frame() -> None:
    found = json.loads(sealed(BOX, told(kinds.QueueEmptied(), at_ns=S), "emptied", 1, at(S)))
    assert found["mono_ns"] == S
    assert "frame" not in found
    assert found["data"] == {}


def test_causes_are_told_by_the_ids_of_their_own_envelopes() -> None:
    first = told(kinds.QueueEmptied())
    second = told(kinds.QueueEmptied(), causes=(first.id,))
    ids = [json.loads(sealed(BOX, one, "emptied", 1, at(0))) for one in (first, second)]
    assert ids[1]["causes"] == [ids[0]["id"]]
    assert ids[0]["id"] == f"5e55-{first.id}"


def test_what_the_owner_wrote_arrives_as_it_is() -> None:
    metadata = {"gesture": "double", "mood": {"list": [1, 2.5, None, True], "ä": "ö" * 300}}
    event = kinds.GestureDouble(
        buttons=("play",), at_ns=1, metadata=metadata, edges=(("play", True, 1),)
    )
    found = json.loads(sealed(BOX, told(event), "double", 1, at(0)))
    assert found["data"]["metadata"] == metadata
    assert found["data"]["edges"] == [["play", True, 1]]


def test_a_playlists_whole_kilobyte_of_metadata_arrives() -> None:
    metadata = {"text": "x" * 1000}
    event = kinds.PlaylistEmitted(
        **RUN,
        step_index=0,
        repeat_index=0,
        emitted="light.changed",
        offset_s=0.5,
        scheduled_ns=1,
        actual_ns=2,
        late_ms=0.1,
        metadata=metadata,
        trigger={"name": "gesture.double", "source": "play", "data": {}},
    )
    found = json.loads(sealed(BOX, told(event), "emitted", 1, at(0)))["data"]
    assert found["metadata"] == metadata
    assert found["name"] == "light.changed"
    assert found["trigger"]["name"] == "gesture.double"


# the state


def state(**more: Any) -> dict[str, Any]:
    return mirrored(status(**more), UTC_NS, (), None)


def test_the_state_has_the_words_of_the_topic() -> None:
    assert set(state()) >= {
        "status", "volume", "muted", "title", "artist", "album", "song", "passage", "entry",
        "position_ms", "position_utc", "duration_ms", "queue_length", "next", "source", "device",
        "repeat", "random", "sleep_ms", "problems",
    }  # fmt: skip


def test_a_song_goes_before_its_passage_and_a_file_name_is_the_last_resort() -> None:
    assert state()["title"] == "Set"
    song = {"song": 3, "title": "Opener", "artist": "Guest"}
    assert (state(song=song)["title"], state(song=song)["artist"]) == ("Opener", "Guest")
    assert state()["next"]["title"] == "b"


def test_with_nothing_to_play_all_is_empty() -> None:
    found = state(current=None, next=None, position_ms=None, duration_ms=None)
    assert (found["title"], found["passage"], found["next"]) == ("", None, None)


def test_the_brokers_own_trouble_is_not_told_over_the_broker() -> None:
    found = mirrored(status(problems=["no card", "no broker"]), UTC_NS, (), "no broker")
    assert found["problems"] == ["no card"]


def test_runs_of_playlists_are_told_the_newest_first_of_all() -> None:
    found = mirrored(status(), UTC_NS, ["chime", "fade", "chime"], None)
    assert (found["playlist"], found["playlists"]) == ("fade", ["chime", "fade"])


@pytest.mark.parametrize(
    ("old", "new", "passed_ms", "told_again"),
    [
        ({}, {"position_ms": 9000}, 8000, False),
        ({}, {"position_ms": 9000}, 60_000, False),  # it stood still for a while
        ({}, {"position_ms": 9000}, 1000, True),  # a jump ahead
        ({"position_ms": 9000}, {"position_ms": 1000}, 10, True),  # and back
        ({"state": "paused"}, {"state": "paused", "position_ms": 9000}, 60_000, True),
        ({}, {"position_ms": None}, 0, True),
        ({}, {"volume": 41}, 0, True),
        ({}, {"problems": ["x"]}, 0, True),
        ({"sleep_ms": 60_000}, {"sleep_ms": 30_000}, 30_000, False),
        ({"sleep_ms": 60_000}, {"sleep_ms": 60_000}, 30_000, True),
        ({}, {"sleep_ms": 60_000}, 0, True),
    ],
)
def test_progress_alone_is_no_change_but_a_jump_is(
    old: Any, new: Any, passed_ms: int, told_again: bool
) -> None:
    assert differs(state(**old), state(**new), passed_ms) is told_again


def test_calendar_time_is_iso_8601() -> None:
    assert utc(UTC_NS + 1500 * MS) == "2027-01-15T08:00:01.500Z"


# complaints


def test_complaints_are_told_once_a_second_and_none_is_forgotten() -> None:
    complaints = Complaints()
    told_ones = [complaints.admit("bad", {"n": n}, n * 10 * MS) for n in range(250)]
    found = [one for one in told_ones if one is not None]
    assert [one["n"] for one in found] == [0, 100, 200]
    assert [one["kept_back"] for one in found] == [0, 99, 99]
