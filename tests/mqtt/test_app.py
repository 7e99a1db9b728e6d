"""Link, mirror and remote together, on a virtual clock and a broker that is none."""

from __future__ import annotations

import json
import logging
import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from mqtt.support.evening import Evening
from mqtt.support.scenes import PARTS

from wkmp_pi import commands
from wkmp_pi.events import kinds
from wkmp_pi.mqtt import Down

BASE = "wkmp/kitchen"


@pytest.fixture
def evening() -> Evening:
    found = Evening()
    found.go()
    return found


def kept(evening: Evening, topic: str) -> Any:
    payload = evening.server.kept[f"{BASE}/{topic}"]
    return json.loads(payload) if payload.startswith(b"{") else payload.decode()


# the whole way


def test_a_start_tells_all_and_is_online_at_the_end(evening: Evening) -> None:
    evening.run(2.0)
    assert kept(evening, "availability") == "online"
    assert kept(evening, "state")["volume"] == 40
    assert kept(evening, "session") == "5e55"
    assert "homeassistant/device/kitchen/config" in evening.server.kept
    topics = [message.topic for message in evening.server.heard]
    assert topics.index(f"{BASE}/state") < topics.index(f"{BASE}/availability")


def test_a_command_is_done_answered_and_seen_in_the_state(evening: Evening) -> None:
    evening.say(f"{BASE}/cmd/volume", b'{"percent": 12, "id": "v1"}')
    evening.go()
    assert evening.asked == [commands.SetVolume(percent=12)]
    assert json.loads(evening.heard(f"{BASE}/reply/v1")[0])["result"] == {"percent": 12}
    assert kept(evening, "state")["volume"] == 12
    assert json.loads(evening.heard(f"{BASE}/event/volume")[0])["data"]["percent"] == 12


def test_a_refusal_of_the_box_is_answered_too(evening: Evening) -> None:
    evening.say(f"{BASE}/cmd/next", b'{"id": "n"}')
    evening.go()
    assert json.loads(evening.heard(f"{BASE}/reply/n")[0])["error"] == "not in this play"


def test_an_answer_that_comes_late_is_told_when_it_comes(evening: Evening) -> None:
    evening.hold = True
    evening.say(f"{BASE}/cmd/volume", b'{"percent": 5, "id": "late"}')
    evening.go()
    assert evening.heard(f"{BASE}/reply/late") == []
    woken = evening.link.woken
    evening.held[0]()
    assert evening.link.woken > woken
    evening.go()
    assert len(evening.heard(f"{BASE}/reply/late")) == 1


def test_bad_messages_are_complained_about_and_nothing_is_asked(evening: Evening) -> None:
    for payload in (b"{", b"\xff", b"[" * 4000):
        evening.say(f"{BASE}/cmd/volume", payload)
    evening.go()
    assert evening.asked == []
    (complaint,) = evening.heard(f"{BASE}/event/system")
    assert json.loads(complaint)["data"]["reason"] == "not_json"


def test_what_the_broker_kept_is_not_done(evening: Evening) -> None:
    evening.say(f"{BASE}/set/volume", b"99", retain=True)
    evening.go()
    evening.server.links.clear()
    evening.link._happened.append(Down("gone"))
    evening.run(3.0)
    assert evening.asked == []
    assert evening.remote.counts["retained"] == 2


def test_a_group_reaches_the_box(evening: Evening) -> None:
    evening.say("wkmp/group/all/set/volume", b"3")
    evening.go()
    assert evening.asked == [commands.SetVolume(percent=3)]


def test_a_change_of_the_player_is_at_the_broker_within_a_tenth_of_a_second() -> None:
    """Also where the player changes only after the event that made it."""
    evening = Evening()
    evening.run(2.0)
    evening.bus.publish(kinds.QueueEmptied())
    evening.go()
    evening.state = {**evening.state, "queue_length": 0}
    evening.go(0.06)
    assert kept(evening, "state")["queue_length"] == 0


def test_a_cover_follows_the_file(evening: Evening) -> None:
    assert evening.server.kept[f"{BASE}/cover"] == b"/m/a.flac"
    evening.state = {**evening.state, "current": {"entry": 2, "file": "/m/b.flac"}}
    evening.bus.publish(kinds.QueueEmptied())
    evening.go()
    assert evening.server.kept[f"{BASE}/cover"] == b"/m/b.flac"


def test_home_assistants_start_is_answered_once(evening: Evening) -> None:
    evening.run(2.0)
    before = len(evening.heard("homeassistant/device/kitchen/config"))
    evening.say("homeassistant/status", b"online")
    evening.run(12.0)
    assert len(evening.heard("homeassistant/device/kitchen/config")) == before + 1
    evening.say("homeassistant/status", b"offline")
    evening.run(12.0)
    assert len(evening.heard("homeassistant/device/kitchen/config")) == before + 1


def test_parts_of_an_older_start_are_taken_back() -> None:
    evening = Evening()
    evening.say(
        "homeassistant/device/kitchen/config",
        b'{"cmps": {"button_x": {"p": "event"}}}',
        retain=True,
    )
    evening.run(2.0)
    found = json.loads(evening.server.kept["homeassistant/device/kitchen/config"])
    assert found["cmps"]["button_x"] == {"p": "event"}


def test_a_box_that_changed_is_described_anew(evening: Evening) -> None:
    evening.run(2.0)
    evening.change_parts(playlists=PARTS.playlists[:1])
    evening.bus.publish(kinds.QueueEmptied())
    evening.run(1.0)
    found = json.loads(evening.server.kept["homeassistant/device/kitchen/config"])
    assert found["cmps"]["playlist"]["ops"] == ["(none)", "sleep_fade"]


# without a broker


def test_without_a_broker_the_box_says_so_after_a_while_and_keeps_trying() -> None:
    evening = Evening()
    evening.server.running = False
    evening.run(4.0)
    assert evening.problems == []
    evening.run(2.0)
    assert evening.problems == ["mqtt fake:1: Connection refused"]
    evening.server.start()
    evening.run(31.0)
    assert evening.problems[-1] is None
    assert kept(evening, "availability") == "online"


def test_a_broker_that_forgot_everything_is_told_all_within_two_seconds_of_the_connection(
    evening: Evening,
) -> None:
    evening.run(15.0)
    before = dict(evening.server.kept)
    evening.server.kill()
    evening.run(1.0)
    evening.server.start()
    evening.run(2.0 + 2.0)
    after = evening.server.kept
    assert after.keys() == before.keys()
    assert after[f"{BASE}/availability"] == b"online"


def test_connections_are_told_on_the_bus(evening: Evening) -> None:
    seen = evening.bus.subscribe("mqtt.changed")
    evening.server.kill()
    evening.go()
    evening.server.start()
    evening.run(2.0)
    assert [seen.get(0), seen.get(0)] == [
        kinds.MqttChanged(connected=False, broker="fake:1"),
        kinds.MqttChanged(connected=True, broker="fake:1"),
    ]


def test_the_brokers_own_trouble_never_reaches_the_broker(evening: Evening) -> None:
    evening.server.kill()
    evening.run(6.0)
    trouble = evening.problems[-1]
    assert trouble
    evening.state = {**evening.state, "problems": ["no card", trouble]}
    evening.server.start()
    evening.run(31.0)
    for payload in evening.heard(f"{BASE}/state"):
        assert trouble not in json.loads(payload)["problems"]


def test_an_hour_without_a_broker_costs_no_memory_and_ends_well() -> None:
    evening = Evening()
    evening.go()
    evening.server.kill()
    evening.run(5.0)
    tracemalloc.start()
    for number in range(36_000):
        evening.bus.publish(kinds.VolumeChanged(percent=number % 100, muted=False))
        evening.go(0.1, steps=1)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < 1024 * 1024
    evening.state = {**evening.state, "volume": 77}
    evening.server.start()
    evening.run(35.0)
    assert kept(evening, "state")["volume"] == 77
    diag = json.loads(evening.heard(f"{BASE}/diag")[-1])
    assert diag["mqtt"]["dropped_offline"] >= 36_000


def test_a_frozen_broker_gets_only_so_much_and_then_the_last_values() -> None:
    evening = Evening()
    evening.run(2.0)
    evening.server.frozen = True
    for number in range(1000):
        evening.state = {**evening.state, "volume": number % 100}
        evening.bus.publish(kinds.VolumeChanged(percent=number % 100, muted=False))
        evening.go(0.01, steps=1)
    told = len(evening.heard(f"{BASE}/state")) + len(evening.heard(f"{BASE}/event/volume"))
    assert told < 40
    evening.server.frozen = False
    evening.run(10.0)
    assert kept(evening, "state")["volume"] == 99


def test_another_client_of_our_name_is_found_out_and_told() -> None:
    evening = Evening()
    evening.go()
    for _ in range(4):
        evening.run(1.0)
        evening.link.lose("the connection ended")
        evening.run(31.0) if evening.mqtt._standing.problem(evening.now_ns) else evening.run(9.0)
    assert any("the only client of this name" in (one or "") for one in evening.problems)


# mistakes


def test_a_mistake_costs_the_connection_but_not_the_thread(
    evening: Evening, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr(evening.mirror, "hear", fail)
        evening.bus.publish(kinds.QueueEmptied())
        evening.go()
    assert "a bug" in caplog.text
    assert evening.server.kept[f"{BASE}/availability"] == b"offline"
    evening.run(35.0)
    assert evening.server.kept[f"{BASE}/availability"] == b"online"


def test_a_mistake_that_stays_is_told_seldom_and_leaves_time_between_tries(
    evening: Evening, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(evening.mirror, "look", lambda *_: 1 / 0)
    before = len(evening.server.heard)
    evening.bus.publish(kinds.QueueEmptied())
    with caplog.at_level(logging.ERROR):
        evening.run(300.0)
    assert len(caplog.records) < 8
    assert len(evening.server.heard) - before < 100


# the thread


@pytest.mark.flow
def test_the_thread_starts_says_goodbye_and_ends() -> None:
    evening = Evening()
    evening.mqtt.start()
    end = time.monotonic() + 10
    while f"{BASE}/availability" not in evening.server.kept and time.monotonic() < end:
        evening.mqtt._stopping.wait(0.01)
    assert kept(evening, "availability") == "online"
    assert evening.mqtt.stop(5.0)
    assert kept(evening, "availability") == "offline"
    assert evening.link.closed


@pytest.mark.flow
def test_the_thread_ends_though_its_last_words_fail(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    evening = Evening()
    evening.go()
    monkeypatch.setattr(evening.mqtt, "_take_events", lambda: 1 / 0)
    evening.mqtt._stopping.set()
    evening.mqtt.start()
    assert evening.mqtt.stop(5.0)
    assert evening.link.closed


# whatever happens


class Life(RuleBasedStateMachine):
    """Breaks, freezes, commands and changes in any order."""

    @initialize(keep=st.integers(0, 3))
    def begin(self, keep: int) -> None:
        self.evening = Evening(keep_events=keep)

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.3, 7.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.evening.go(seconds)

    @rule(percent=st.integers(0, 100))
    def change(self, percent: int) -> None:
        self.evening.state = {**self.evening.state, "volume": percent}
        self.evening.bus.publish(kinds.VolumeChanged(percent=percent, muted=False))

    @precondition(lambda self: self.evening.server.running)
    @rule()
    def kill(self) -> None:
        self.evening.server.kill()

    @rule()
    def start(self) -> None:
        self.evening.server.start()

    @rule(frozen=st.booleans())
    def freeze(self, frozen: bool) -> None:
        self.evening.server.frozen = frozen

    @rule(
        path=st.sampled_from(["cmd/next", "set/volume", "cmd/help", "cmd/x"]),
        payload=st.sampled_from([b"", b"5", b"{", b'{"id": 1}', b'{"percent": 3, "id": "a"}']),
        retain=st.booleans(),
    )
    def say(self, path: str, payload: bytes, retain: bool) -> None:
        if self.evening.server.running:
            self.evening.say(f"{BASE}/{path}", payload, retain=retain)

    @invariant()
    def nothing_broke(self) -> None:
        assert self.evening.mqtt._mistakes == 0

    def teardown(self) -> None:
        """In the end all is well: the broker shows the box as it is."""
        self.evening.server.frozen = False
        self.evening.server.start()
        self.evening.run(45.0, each_s=0.5)
        assert kept(self.evening, "availability") == "online"
        assert kept(self.evening, "state")["volume"] == self.evening.state["volume"]


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
