"""The whole service at a real broker; a stranger and the command line agree about it."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mqtt.support.brokers import HERE, Mosquitto
from mqtt.support.brokers import running as running_broker
from mqtt.support.witness import Witness
from support.box import Box, running, write_wav

pytestmark = pytest.mark.flow

BASE = "wkmp/kitchen"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    place = tmp_path / "broker"
    place.mkdir()
    with running_broker(place) as broker:
        yield broker


@pytest.fixture
def box(tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """A service that finds the broker as that of `make run` is found."""
    monkeypatch.setattr("support.box.environment", _with_broker(broker.port))
    with running(tmp_path / "box") as box:
        yield box


def _with_broker(port: int) -> Any:
    from support import box

    plain = box.environment

    def environment(home: Path) -> dict[str, str]:
        return plain(home) | {"WKMP_PI_BROKER": f"{HERE}:{port}"}

    return environment


@pytest.fixture
def witness(broker: Mosquitto) -> Iterator[Witness]:
    with Witness(broker.port, "wkmp/#") as witness:
        yield witness


def base(witness: Witness) -> str:
    """The topics of the only box there is."""
    message = witness.until(lambda one: one.payload == b"online", 20)
    return message.topic.removesuffix("/availability")


def music(folder: Path) -> Path:
    rate, seconds = 44_100, 60
    quiet = np.zeros((rate * seconds, 2))
    return write_wav(folder / "quiet.wav", quiet)


def last(witness: Witness, topic: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        [one for one in witness.heard if one.topic == topic][-1].payload
    )
    return found


def test_a_stranger_sees_what_the_command_line_sees(
    box: Box, witness: Witness, tmp_path: Path
) -> None:
    topics = base(witness)
    box.ask("enqueue", music(tmp_path))
    box.ask("volume", "33")
    box.until("it plays", lambda status: status["duration_ms"] is not None)
    witness.hear(1.0)
    seen, status = last(witness, f"{topics}/state"), box.status()
    assert seen["status"] == status["state"] == "playing"
    assert seen["volume"] == status["volume"] == 33
    assert seen["title"] == "quiet"
    assert seen["entry"] == status["current"]["entry"]
    assert seen["duration_ms"] == status["duration_ms"]
    assert seen["queue_length"] == status["queue_length"]
    assert seen["problems"] == status["problems"]


def test_a_stranger_commands_what_the_command_line_sees(box: Box, witness: Witness) -> None:
    topics = base(witness)
    witness.publish(f"{topics}/cmd/volume", '{"percent": 12, "id": "v"}')
    reply = json.loads(witness.topic(f"{topics}/reply/v").payload)
    assert reply["result"]["percent"] == 12
    assert box.status()["volume"] == 12


def test_events_of_the_sound_carry_their_frames(box: Box, witness: Witness, tmp_path: Path) -> None:
    topics = base(witness)
    box.ask("enqueue", music(tmp_path))
    started = json.loads(witness.topic(f"{topics}/event/passage").payload)
    assert started["event_type"] == "started"
    assert started["rate"] == 44_100
    assert isinstance(started["frame"], int)


def test_the_end_of_the_service_is_told_and_its_session_is_new_each_time(
    tmp_path: Path, broker: Mosquitto, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support.box.environment", _with_broker(broker.port))
    sessions = set()
    for _ in range(2):
        with running(tmp_path / "box") as box:
            topics = base(witness)
            sessions.add(witness_of(witness, f"{topics}/session"))
            assert box.stop() == 0
            gone = witness.until(lambda one: one.topic.endswith("/availability"), 5)
            assert gone.payload == b"offline"
    assert len(sessions) == 2


def witness_of(witness: Witness, topic: str) -> bytes:
    return [one for one in witness.heard if one.topic == topic][-1].payload


def test_the_service_plays_on_while_its_broker_is_killed_again_and_again(
    box: Box, broker: Mosquitto, witness: Witness, tmp_path: Path
) -> None:
    base(witness)
    box.ask("enqueue", music(tmp_path))
    before = box.until("it plays", lambda status: (status["position_ms"] or 0) > 0)
    begun_s = time.monotonic()
    for _ in range(5):
        broker.kill()
        broker.start()
    after = box.status()
    passed_ms = (time.monotonic() - begun_s) * 1000
    assert after["state"] == "playing"
    assert abs(after["position_ms"] - before["position_ms"] - passed_ms) < 2000


def test_a_service_whose_broker_is_away_ends_in_time(
    box: Box, broker: Mosquitto, witness: Witness
) -> None:
    base(witness)
    broker.kill()
    begun_s = time.monotonic()
    assert box.stop(signal.SIGTERM) == 0
    assert time.monotonic() - begun_s < 8
