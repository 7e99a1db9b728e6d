"""The sample of a listener and its access list, in a real mosquitto."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from mqtt.support import house
from mqtt.support.brokers import HERE, Mosquitto, running
from mqtt.support.house import House
from mqtt.support.scenes import BOX, PARTS
from mqtt.support.witness import Witness

from wkmp_pi import commands
from wkmp_pi.app.cover import MAX_BYTES
from wkmp_pi.config.mqtt import Mqtt as Config
from wkmp_pi.consumers.mirror import discovery
from wkmp_pi.consumers.mirror.encoding import LARGEST_BYTES
from wkmp_pi.consumers.mirror.topics import Topics

pytestmark = pytest.mark.flow

SAMPLES = Path(__file__).parents[2] / "config/mosquitto"
USERS = {"box-kitchen": "b", "box-bath": "x", "panel": "p", "homeassistant": "h", "owner": "o"}
BASE = "wkmp/kitchen"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """Everything of the sample but its places."""
    home = tmp_path_factory.mktemp("access")
    lines = [
        line
        for line in (SAMPLES / "wkmp-pi.conf").read_text().splitlines()
        if re.match(r"(max|memory)_", line)
    ]
    with running(home, f"acl_file {SAMPLES}/wkmp-pi.acl", *lines, users=USERS) as broker:
        yield broker


@pytest.fixture(scope="module")
def box(broker: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    secret = tmp_path_factory.mktemp("secret") / "password"
    secret.write_text("b\n")
    secret.chmod(0o600)
    config = Config(
        host=HERE,
        port=broker.port,
        box="kitchen",
        user="box-kitchen",
        password_file=secret,
        groups=("all",),
    )
    with house.running(config) as box, as_user(broker, "owner", f"{BASE}/#") as owner:
        owner.until(lambda one: one.payload == b"online")
        yield box


def as_user(broker: Mosquitto, name: str, *topics: str) -> Witness:
    return Witness(broker.port, *topics, user=name, password=USERS[name], client_id=f"test-{name}")


def test_the_sample_is_one_that_mosquitto_takes(tmp_path: Path) -> None:
    """All of its lines, with places of this test."""
    text = (SAMPLES / "wkmp-pi.conf").read_text()
    text = text.replace("/etc/mosquitto/wkmp-pi.acl", f"{SAMPLES}/wkmp-pi.acl")
    text = text.replace("/etc/mosquitto/wkmp-pi.passwords", f"{tmp_path}/passwords")
    broker = Mosquitto(tmp_path, users=USERS)
    own = broker.conf.read_text().splitlines()
    kept = [line for line in own if line.startswith(("user", "log_dest"))]
    body = text.replace("listener 1883", f"listener {broker.port} {HERE}")
    broker.conf.write_text("\n".join([*kept, body]))
    broker.start()
    try:
        with as_user(broker, "owner") as owner:
            assert owner.code == 0
        with Witness(broker.port, client_id="anonymous") as nobody:
            assert nobody.code == 5  # not authorised
    finally:
        broker.kill()


def test_the_box_may_do_all_that_it_has_to(broker: Mosquitto, box: House) -> None:
    with as_user(broker, "owner", f"{BASE}/#", "homeassistant/#") as owner:
        owner.hear(1.5)
        topics = {one.topic for one in owner.heard}
    assert {f"{BASE}/{name}" for name in ("availability", "state", "info", "cover")} <= topics
    assert "homeassistant/device/kitchen/config" in topics
    assert box.mqtt._refusals == 0
    assert box.problems in ([], [None])


def test_a_panel_sees_all_and_asks_for_what_listeners_may(broker: Mosquitto, box: House) -> None:
    with as_user(broker, "panel", "wkmp/#") as panel:
        panel.publish(f"{BASE}/set/volume", b"31")
        panel.publish("wkmp/group/all/cmd/next", b'{"id": "g1"}')
        panel.topic(f"{BASE}/reply/g1")
        assert box.until_asked(commands.SetVolume) == commands.SetVolume(percent=31)


def test_a_panel_can_not_be_an_admin_whatever_it_claims(broker: Mosquitto, box: House) -> None:
    claim = {"key": "repeat", "value": True, "id": "a1"}
    with as_user(broker, "panel", f"{BASE}/#") as panel:
        session = panel.topic(f"{BASE}/session").payload.decode()
        claim["session"] = session
        panel.publish(f"{BASE}/admin/settings/set", json.dumps(claim))
        panel.hear(0.5)
        assert not [one for one in panel.heard if one.topic.endswith("/reply/a1")]
        assert not [one for one in box.asked if isinstance(one, commands.SetSetting)]
    with as_user(broker, "owner", f"{BASE}/reply/#") as owner:
        owner.publish(f"{BASE}/admin/settings/set", json.dumps(claim))
        owner.topic(f"{BASE}/reply/a1")
        assert [one for one in box.asked if isinstance(one, commands.SetSetting)]


@pytest.mark.parametrize(
    "topic",
    [f"{BASE}/state", f"{BASE}/availability", f"{BASE}/event/passage", f"{BASE}/reply/x"],
)
@pytest.mark.parametrize("user", ["panel", "homeassistant", "box-bath"])
def test_nobody_speaks_for_the_box(broker: Mosquitto, box: House, user: str, topic: str) -> None:
    with as_user(broker, "owner", f"{BASE}/#") as owner, as_user(broker, user) as other:
        owner.hear(0.2)
        other.publish(topic, b"lie", retain=True)
        assert b"lie" not in [one.payload for one in owner.hear(0.3)]


def test_another_box_sees_nothing_of_this_one(broker: Mosquitto, box: House) -> None:
    with as_user(broker, "box-bath", "wkmp/#") as other:
        assert other.hear(0.5) == []


def test_home_assistant_may_do_what_it_needs(broker: Mosquitto, box: House) -> None:
    with as_user(broker, "homeassistant", "homeassistant/#", "wkmp/#") as home:
        home.topic("homeassistant/device/kitchen/config")
        home.publish("homeassistant/status", b"online")
        home.publish(f"{BASE}/set/mute", b"ON")
        assert box.until_asked(commands.Mute) == commands.Mute(on=True)


def test_the_largest_messages_fit_through_the_sample() -> None:
    text = (SAMPLES / "wkmp-pi.conf").read_text()
    match = re.search(r"^max_packet_size (\d+)$", text, re.MULTILINE)
    assert match
    message, _ = discovery.message(BOX, PARTS, Topics("kitchen"), {})
    assert max(len(message), MAX_BYTES, LARGEST_BYTES) + 2048 < int(match[1])
