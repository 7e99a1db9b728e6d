"""Commands that the broker keeps are never done, in a thousand connections; and the control."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from mqtt.support import house
from mqtt.support.brokers import HERE, running
from mqtt.support.evening import Evening
from mqtt.support.proxy import Proxy
from mqtt.support.witness import Witness

from wkmp_pi.config.mqtt import Mqtt as Config
from wkmp_pi.controls.remote import Remote
from wkmp_pi.mqtt import Incoming
from wkmp_pi.mqtt.retries import Retries

BREAKS = int(os.environ.get("WKMP_PI_BREAKS", "15"))
BASE = "wkmp/kitchen"
GHOSTS = {
    f"{BASE}/set/volume": b"99",
    f"{BASE}/cmd/clear": b"{}",
    f"{BASE}/cmd/playlist/start": b"chime",
    f"{BASE}/admin/settings/set": b'{"key": "repeat", "value": true, "id": "x", "session": "5e55"}',
    "wkmp/group/all/cmd/next": b"{}",
}
"""What somebody once published with the flag to keep it."""


@pytest.fixture
def _retained_commands_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The box without its check."""
    take = Remote.take

    def trusting(remote: Remote, message: Incoming, now_ns: int) -> object:
        return take(remote, replace(message, retained=False), now_ns)

    monkeypatch.setattr(Remote, "take", trusting)


def haunted() -> Evening:
    """A box at a broker that keeps commands, which it meets anew a thousand times."""
    evening = Evening()
    for topic, payload in GHOSTS.items():
        evening.say(topic, payload, retain=True)
    while evening.mqtt._standing.connections < 1000:
        evening.go(31.0)
        if evening.mqtt._standing.connected:
            evening.link.lose("the connection ended")
            evening.go()
    return evening


def test_in_a_thousand_connections_nothing_is_done() -> None:
    evening = haunted()
    assert evening.asked == []
    assert evening.remote.counts["retained"] == 1000 * len(GHOSTS)


@pytest.mark.usefixtures("_retained_commands_are_done")
def test_without_the_check_they_are_done() -> None:
    """The control: a box that trusts what was kept obeys ghosts."""
    assert len(haunted().asked) >= 900


@pytest.mark.flow
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_at_a_real_broker_nothing_is_done_and_it_is_told(tmp_path: Path, protocol: str) -> None:
    asked, counts = _real(tmp_path, protocol)
    assert asked == 0
    assert counts["retained"] >= BREAKS * 3


@pytest.mark.flow
@pytest.mark.usefixtures("_retained_commands_are_done")
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_at_a_real_broker_the_box_without_the_check_does_them(
    tmp_path: Path, protocol: str
) -> None:
    """The control."""
    assert _real(tmp_path, protocol)[0] >= BREAKS


def _real(tmp_path: Path, protocol: str) -> tuple[int, dict[str, int]]:
    """How many commands reached the box, and what it counted."""
    with running(tmp_path) as broker, Witness(broker.port, f"{BASE}/#") as witness:
        for topic, payload in GHOSTS.items():
            witness.publish(topic, payload, retain=True)
        with Proxy(broker.port, seed=3) as proxy:
            config = Config(
                host=HERE, port=proxy.port, box="kitchen", groups=("all",), protocol=protocol
            )
            with house.running(config, Retries(first_ms=10, most_ms=50)) as box:
                for _ in range(BREAKS):
                    with suppress(TimeoutError):
                        witness.until(lambda one: one.payload == b"online", 5)
                    witness.hear(0.05)
                    proxy.cut()
                witness.hear(1.0)
                complaints = [one for one in witness.heard if one.topic == f"{BASE}/event/system"]
                if box.mqtt._remote.counts["retained"]:
                    assert json.loads(complaints[0].payload)["data"]["reason"] == "retained"
                return len(box.asked), dict(box.mqtt._remote.counts)


@pytest.mark.flow
def test_a_command_that_is_to_be_kept_is_not_done_even_when_it_is_new(tmp_path: Path) -> None:
    """MQTT 5 tells; who publishes it so learns at once that it is not taken."""
    with running(tmp_path) as broker, Witness(broker.port, f"{BASE}/#") as witness:
        config = Config(host=HERE, port=broker.port, box="kitchen")
        with house.running(config) as box:
            witness.until(lambda one: one.payload == b"online")
            witness.publish(f"{BASE}/set/volume", b"99", retain=True)
            witness.topic(f"{BASE}/event/system")
            assert box.asked == []
            witness.publish(f"{BASE}/set/volume", b"98")
            witness.topic(f"{BASE}/event/volume")
            assert len(box.asked) == 1
