"""The message for Home Assistant: every part that was promised, and nothing that clashes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt.support.scenes import BOX, PARTS

from wkmp_pi.consumers.mirror import Inventory, Playlist, discovery
from wkmp_pi.consumers.mirror.topics import Topics
from wkmp_pi.events.kinds import GESTURES

TOPICS = Topics("kitchen")


def described(parts: Inventory = PARTS, known: dict[str, str] | None = None) -> dict[str, Any]:
    message, _ = discovery.message(BOX, parts, TOPICS, known or {})
    found: dict[str, Any] = json.loads(message)
    return found


@pytest.mark.parametrize(
    ("platform", "parts"),
    [
        ("number", {"volume"}),
        ("switch", {"playing", "mute"}),
        (
            "sensor",
            {
                "title", "artist", "album", "status", "position", "queue_length", "device",
                "xruns", "temperature",
            },
        ),
        ("select", {"source", "playlist"}),
        ("button", {"next", "previous", "sleep"}),
        ("image", {"cover"}),
        (
            "event",
            {
                "button_play", "button_up", "button_down", "peripheral_konami", "event_passage",
                "event_crossfade", "event_song", "event_cue", "event_queue", "event_playlist",
                "event_output", "event_alert",
            },
        ),
    ],
)  # fmt: skip
def test_every_part_is_there(platform: str, parts: set[str]) -> None:
    found = described()["cmps"].items()
    assert {key for key, part in found if part["p"] == platform} == parts


def test_there_is_nothing_that_would_need_another_integration() -> None:
    platforms = {part["p"] for part in described()["cmps"].values()}
    assert platforms == discovery.PLATFORMS
    assert "media_player" not in platforms


def test_a_platform_that_home_assistant_does_not_know_is_not_repeated_to_it() -> None:
    older = {"cmps": {"a": {"p": "hologram"}, "b": {"p": "event"}}}
    assert discovery.parts_of(json.dumps(older).encode()) == {"b": "event"}


def test_each_gesture_of_a_button_is_a_trigger() -> None:
    triggers = {
        (part["stype"], part["pl"])
        for part in described()["cmps"].values()
        if part["p"] == "device_automation"
    }
    expected = {(button.id, word) for button in PARTS.buttons for word in button.gestures}
    assert triggers == expected | {("konami", "sequence")}


def test_two_triggers_of_one_button_can_be_told_apart_by_home_assistant() -> None:
    parts = described(Inventory(buttons=(type(PARTS.buttons[0])("a"),)))["cmps"].values()
    found = [(p["type"], p["stype"]) for p in parts if p["p"] == "device_automation"]
    assert len(found) == len(set(found)) == len(GESTURES)


def test_each_entity_has_an_id_of_its_own_that_stays() -> None:
    entities = [p for p in described()["cmps"].values() if p["p"] != "device_automation"]
    ids = [part["uniq_id"] for part in entities]
    assert len(ids) == len(set(ids))
    assert all(one.startswith("kitchen_") for one in ids)
    assert ids == [p["uniq_id"] for p in described()["cmps"].values() if "uniq_id" in p]


def test_what_is_measured_expires_when_the_box_falls_silent() -> None:
    parts = described()["cmps"]
    for key in ("xruns", "temperature"):
        assert (parts[key]["exp_aft"], parts[key]["ent_cat"]) == (180, "diagnostic")


def test_all_parts_depend_on_the_box_being_online() -> None:
    assert described()["avty"] == [{"t": "wkmp/kitchen/availability"}]
    assert described()["dev"]["ids"] == ["wkmp_kitchen"]
    assert described()["o"]["name"] == "wkmp_pi"


def test_the_sleep_button_starts_the_fade_or_else_sets_the_timer() -> None:
    sleep = described()["cmps"]["sleep"]
    assert sleep["cmd_t"].endswith("/cmd/playlist/start")
    assert json.loads(sleep["pl_prs"]) == {"playlist": "sleep_fade"}
    plain = described(Inventory())["cmps"]["sleep"]
    assert plain["cmd_t"].endswith("/cmd/sleep")


def test_topics_of_events_are_the_ones_where_the_mirror_tells_them() -> None:
    parts = described()["cmps"]
    assert parts["button_play"]["stat_t"] == "wkmp/kitchen/event/gesture/play"
    assert parts["event_passage"]["stat_t"] == "wkmp/kitchen/event/passage"
    assert parts["event_passage"]["evt_typ"] == ["started", "completed", "corrected"]
    assert parts["event_playlist"]["evt_typ"] == ["created", "emitted", "stopped"]
    assert parts["event_alert"]["evt_typ"] == ["gesture_flapping", "playlist_overdue", "hop_limit"]


def test_parts_that_were_announced_once_are_taken_back_for_good() -> None:
    known = {"button_old": "event", "volume": "number"}
    message, after = discovery.message(BOX, PARTS, TOPICS, known)
    parts = json.loads(message)["cmps"]
    assert parts["button_old"] == {"p": "event"}
    assert after["button_old"] == "event"
    assert parts["volume"]["p"] == "number"
    assert discovery.parts_of(message) == after


def test_two_hundred_playlists_can_be_chosen() -> None:
    many = Inventory(playlists=tuple(Playlist(f"p{n}") for n in range(200)))
    assert len(described(many)["cmps"]["playlist"]["ops"]) == 201


@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["cmps", "p", "a"]), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_whatever_the_broker_kept_is_read_or_ignored(payload: bytes) -> None:
    found = discovery.parts_of(payload)
    assert all(isinstance(word, str) for pair in found.items() for word in pair)
