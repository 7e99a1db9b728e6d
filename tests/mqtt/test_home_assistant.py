"""Home Assistant itself finds the box, shows it, and works it: both directions."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from mqtt.support import home_assistant, house
from mqtt.support.brokers import HERE, Mosquitto
from mqtt.support.brokers import running as running_broker
from mqtt.support.home_assistant import CannotRunError, HomeAssistant
from mqtt.support.house import House
from mqtt.support.scenes import PARTS
from mqtt.support.witness import Message, Witness

from wkmp_pi import commands
from wkmp_pi.app.cover import NO_PICTURE
from wkmp_pi.config.mqtt import Mqtt as Config
from wkmp_pi.consumers.mirror import discovery
from wkmp_pi.events import kinds

pytestmark = [pytest.mark.flow, pytest.mark.timeout(1500)]

CONFIG_TOPIC = "homeassistant/device/kitchen/config"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with running_broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="module")
def box(broker: Mosquitto) -> Iterator[House]:
    config = Config(host=HERE, port=broker.port, box="kitchen", name="Kitchen")
    with house.running(config) as box:
        yield box


@pytest.fixture(scope="module")
def witness(broker: Mosquitto) -> Iterator[Witness]:
    """It listens all the time, so that what it heard has the right time."""
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            witness.hear(0.1)

    with Witness(broker.port, CONFIG_TOPIC, "homeassistant/status") as witness:
        listening = threading.Thread(target=listen)
        listening.start()
        yield witness
        over.set()
        listening.join()


def heard(witness: Witness, topic: str, after_s: float = 0.0, seconds: float = 30.0) -> Message:
    """The first message of a topic after a moment, as soon as it has come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for message in list(witness.heard):
            if message.topic == topic and message.came_s > after_s:
                return message
    raise AssertionError(f"{topic}: nothing came")


@pytest.fixture(scope="module")
def home(
    broker: Mosquitto, box: House, witness: Witness, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HomeAssistant]:
    try:
        with home_assistant.running(tmp_path_factory.mktemp("home"), broker.port) as home:
            end = time.monotonic() + 60
            while len(home.entities()) < len(entities(described(witness))):
                assert time.monotonic() < end, "Home Assistant never found all parts"
            yield home
    except CannotRunError as error:
        pytest.skip(f"Home Assistant: {error}")


def described(witness: Witness) -> dict[str, Any]:
    """The parts that were announced last."""
    heard(witness, CONFIG_TOPIC)
    last = [message for message in witness.heard if message.topic == CONFIG_TOPIC][-1]
    parts: dict[str, Any] = json.loads(last.payload)["cmps"]
    return parts


def entities(parts: dict[str, Any]) -> dict[str, Any]:
    return {part["uniq_id"]: part for part in parts.values() if "uniq_id" in part}


def entity(home: HomeAssistant, part: str) -> str:
    """The entity of a part."""
    return str(home.entities()[f"kitchen_{part}"]["entity_id"])


def device(home: HomeAssistant) -> dict[str, Any]:
    (found,) = [one for one in home.devices() if ["mqtt", "wkmp_kitchen"] in one["identifiers"]]
    return found


def test_the_box_is_one_device_with_its_name_and_version(home: HomeAssistant, box: House) -> None:
    found = device(home)
    assert (found["name"], found["manufacturer"]) == ("Kitchen", "wkmp_pi")
    assert found["sw_version"] == "0.1.0"


def test_every_part_that_is_announced_is_an_entity_of_its_kind(
    home: HomeAssistant, witness: Witness
) -> None:
    found = home.entities()
    for unique_id, part in entities(described(witness)).items():
        assert found[unique_id]["entity_id"].startswith(f"{part['p']}."), unique_id
        assert found[unique_id]["device_id"] == device(home)["id"]


def test_every_gesture_is_a_trigger_of_the_device(home: HomeAssistant) -> None:
    found = home.ask("device_automation/trigger/list", device_id=device(home)["id"])
    triggers = {(one["type"], one["subtype"]) for one in found if one["domain"] == "mqtt"}
    words = discovery._GESTURE_TRIGGERS
    sources = [*PARTS.buttons, *PARTS.peripherals]
    expected = {(words.get(word, word), one.id) for one in sources for word in one.gestures}
    assert triggers == expected


def test_entities_show_the_state_of_the_box(home: HomeAssistant, box: House) -> None:
    for part, state in (
        ("volume", "40"),
        ("playing", "on"),
        ("mute", "off"),
        ("title", "Set"),
        ("artist", "Band"),
        ("album", "Live"),
        ("status", "playing"),
        ("position", "1"),
        ("queue_length", "2"),
        ("device", "usb-1"),
        ("source", "queue"),
        ("playlist", "(none)"),
        ("xruns", "0"),  # vitals, which nobody keeps
    ):
        home.until(entity(home, part), state)


def test_a_change_of_the_box_is_seen_at_once(home: HomeAssistant, box: House) -> None:
    box.change(volume=63, muted=True, current={**box.state["current"], "title": "Encore"})
    home.until(entity(home, "volume"), "63")
    home.until(entity(home, "mute"), "on")
    home.until(entity(home, "title"), "Encore")
    box.change(volume=40, muted=False)
    home.until(entity(home, "mute"), "off")


def test_a_problem_of_the_machine_is_diagnosed(home: HomeAssistant) -> None:
    found = home.entities()["kitchen_temperature"]
    assert found["entity_category"] == "diagnostic"
    state = home.state(found["entity_id"])
    assert state["attributes"]["unit_of_measurement"] == "°C"


@pytest.mark.parametrize(
    ("service", "part", "data", "command"),
    [
        ("number.set_value", "volume", {"value": 21}, commands.SetVolume(percent=21)),
        ("switch.turn_off", "playing", {}, commands.Pause()),
        ("switch.turn_on", "playing", {}, commands.Play()),
        ("switch.turn_on", "mute", {}, commands.Mute(on=True)),
        ("switch.turn_off", "mute", {}, commands.Mute(on=False)),
        ("button.press", "next", {}, commands.Next()),
        ("button.press", "previous", {}, commands.Previous()),
        ("button.press", "sleep", {}, commands.StartPlaylist(playlist="sleep_fade")),
        (
            "select.select_option",
            "playlist",
            {"option": "chime"},
            commands.StartPlaylist(playlist="chime"),
        ),
        ("select.select_option", "playlist", {"option": "(none)"}, commands.StopPlaylist()),
        ("select.select_option", "source", {"option": "queue"}, commands.GetStatus()),
    ],
)
def test_what_is_done_there_is_asked_of_the_box(
    home: HomeAssistant, box: House, service: str, part: str, data: Any, command: Any
) -> None:
    box.asked.clear()
    home.call(service, entity(home, part), **data)
    assert box.until_asked(type(command)) == command


def test_both_directions_meet(home: HomeAssistant, box: House) -> None:
    home.call("number.set_value", entity(home, "volume"), value=55)
    home.until(entity(home, "volume"), "55")
    assert box.state["volume"] == 55


def test_a_gesture_is_an_event_with_all_that_its_owner_wrote(
    home: HomeAssistant, box: House
) -> None:
    name = entity(home, "button_play")
    before = home.state(name)["state"]
    event = kinds.GestureDouble(
        buttons=("play",), at_ns=time.monotonic_ns(), metadata={"gesture": "double", "n": [1, 2]}
    )
    box.bus.publish(event)
    end = time.monotonic() + 20
    while (found := home.state(name))["state"] == before:
        assert time.monotonic() < end
    assert found["attributes"]["event_type"] == "double"
    assert found["attributes"]["data"]["metadata"] == {"gesture": "double", "n": [1, 2]}


def test_a_chord_is_an_event_of_both_buttons(home: HomeAssistant, box: House) -> None:
    box.bus.publish(kinds.GestureChord(buttons=("up", "down"), at_ns=time.monotonic_ns()))
    for part in ("button_up", "button_down"):
        end = time.monotonic() + 20
        while home.state(entity(home, part))["attributes"].get("event_type") != "chord":
            assert time.monotonic() < end


def test_the_life_of_a_playlist_arrives_with_reason_and_metadata(
    home: HomeAssistant, box: House
) -> None:
    box.bus.publish(
        kinds.PlaylistStopped(
            run_id="r1",
            playlist_id="sleep_fade",
            playlist_name="Sleep fade",
            reason=kinds.StopReason.INTERRUPTED,
            interrupt={"name": "gesture.single", "source": "play", "data": {}},
            emitted_count=3,
            duration_ms=1200,
            metadata={"mood": "calm"},
            trigger={"name": "command", "source": "mqtt", "data": {}},
        )
    )
    name, end = entity(home, "event_playlist"), time.monotonic() + 20
    while (found := home.state(name)["attributes"]).get("event_type") != "stopped":
        assert time.monotonic() < end
    assert found["data"]["reason"] == "interrupted"
    assert found["data"]["metadata"] == {"mood": "calm"}
    assert found["data"]["interrupt"]["name"] == "gesture.single"


def test_an_automation_is_triggered_by_a_gesture_and_not_by_another(
    home: HomeAssistant, box: House
) -> None:
    watching = home.websocket()
    trigger = {
        "platform": "device",
        "domain": "mqtt",
        "device_id": device(home)["id"],
        "type": "button_long_press",
        "subtype": "play",
    }
    watching.ask("subscribe_trigger", trigger=trigger)
    for kind in (kinds.GestureSingle, kinds.GestureLong):
        box.bus.publish(kind(buttons=("play",), at_ns=time.monotonic_ns()))
    found = watching.receive()["event"]["variables"]["trigger"]
    assert json.loads(found["payload"])["event_type"] == "long"
    watching.close()


def test_the_cover_is_shown(home: HomeAssistant) -> None:
    name = entity(home, "cover")
    picture = home.state(name)["attributes"]["entity_picture"]
    assert home.get(picture) == NO_PICTURE


def test_the_box_told_all_again_after_home_assistants_start(
    home: HomeAssistant, witness: Witness
) -> None:
    birth = heard(witness, "homeassistant/status")
    again = heard(witness, CONFIG_TOPIC, birth.came_s)
    assert 0.9 < again.came_s - birth.came_s < 11


def test_a_button_that_is_gone_disappears_there_too(
    home: HomeAssistant, box: House, witness: Witness
) -> None:
    assert "kitchen_button_down" in home.entities()
    box.parts = type(PARTS)(
        buttons=PARTS.buttons[:2],
        peripherals=PARTS.peripherals,
        playlists=PARTS.playlists,
        sleep_playlist="sleep_fade",
    )
    box.change(volume=44)
    end = time.monotonic() + 20
    while "kitchen_button_down" in home.entities():
        assert time.monotonic() < end
    found = home.ask("device_automation/trigger/list", device_id=device(home)["id"])
    assert "down" not in {one.get("subtype") for one in found}


def test_a_box_that_is_off_is_unavailable_there(
    home: HomeAssistant, box: House, broker: Mosquitto
) -> None:
    name = entity(home, "volume")
    with Witness(broker.port, client_id="pretender") as other:
        other.publish("wkmp/kitchen/availability", b"offline", retain=True)
        home.until(name, "unavailable")
        other.publish("wkmp/kitchen/availability", b"online", retain=True)
        home.until(name, str(box.state["volume"]))


def test_home_assistant_had_nothing_to_complain_about(home: HomeAssistant) -> None:
    lines = home.log.read_text().splitlines()
    assert [line for line in lines if "components.mqtt" in line] == []


def test_forgetting_the_box_removes_the_device(
    home: HomeAssistant, box: House, broker: Mosquitto
) -> None:
    with Witness(broker.port, client_id="forgetter") as other:
        other.publish(CONFIG_TOPIC, b"", retain=True)
        end = time.monotonic() + 20
        while [one for one in home.devices() if ["mqtt", "wkmp_kitchen"] in one["identifiers"]]:
            assert time.monotonic() < end
