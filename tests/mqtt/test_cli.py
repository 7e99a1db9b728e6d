"""``wkmp-pi mqtt``: status, watch and forget, at a real broker."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mqtt.support import house
from mqtt.support.brokers import HERE, Mosquitto, free_port
from mqtt.support.witness import Witness
from support.box import environment

from wkmp_pi import cli
from wkmp_pi.config.mqtt import Mqtt as Config

BASE = "wkmp/kitchen"
DISCOVERY = "homeassistant/device/kitchen/config"


@pytest.fixture(autouse=True)
def _nothing_of_the_tester(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WKMP_PI_CONFIG", str(tmp_path / "box.toml"))
    monkeypatch.delenv("WKMP_PI_BROKER", raising=False)


@pytest.fixture
def configured(tmp_path: Path, mosquitto: Mosquitto) -> Path:
    return written(tmp_path, f'host = "{HERE}"\nport = {mosquitto.port}\nbox = "kitchen"\n')


@pytest.fixture
def known(mosquitto: Mosquitto) -> Iterator[Witness]:
    """A broker that knows the box, which is off by now."""
    with Witness(mosquitto.port, f"{BASE}/#", DISCOVERY) as witness:
        config = Config(host=HERE, port=mosquitto.port, box="kitchen", name="Kitchen")
        with house.running(config):
            witness.until(lambda one: one.topic == DISCOVERY)
        witness.until(lambda one: one.payload == b"offline")
        yield witness


def written(folder: Path, table: str) -> Path:
    file = folder / "box.toml"
    file.write_text(f"[mqtt]\n{table}")
    return file


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(["mqtt", *words])
    out, err = capsys.readouterr()
    return code, out, err


def kept(mosquitto: Mosquitto) -> set[str]:
    with Witness(mosquitto.port, "#", client_id="looker") as looker:
        return {one.topic for one in looker.hear(0.4) if "kitchen" in one.topic}


def test_status_tells_what_the_broker_knows_and_how_to_watch(
    capsys: pytest.CaptureFixture[str], configured: Path, mosquitto: Mosquitto, known: Witness
) -> None:
    code, out, _ = run(capsys, "status")
    assert code == 0
    assert f"{HERE}:{mosquitto.port}" in out
    assert "offline" in out
    assert "Kitchen" in out
    assert f"mosquitto_sub -h {HERE} -p {mosquitto.port} -v -t 'wkmp/kitchen/#'" in out


def test_status_as_data_has_the_whole_state(
    capsys: pytest.CaptureFixture[str], configured: Path, known: Witness
) -> None:
    _, out, _ = run(capsys, "status", "--json")
    found: dict[str, Any] = json.loads(out)
    assert (found["box"], found["availability"]) == ("kitchen", "offline")
    assert found["state"]["volume"] == 40
    assert found["info"]["version"] == "0.1.0"


def test_status_of_a_box_that_was_never_there(
    capsys: pytest.CaptureFixture[str], configured: Path
) -> None:
    code, out, _ = run(capsys, "status", "--box", "attic")
    assert code == 0
    assert "never seen" in out


@pytest.mark.parametrize("command", ["status", "watch", "forget"])
def test_without_a_broker_it_is_told_what_to_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    written(tmp_path, "")
    code, _, err = run(capsys, command)
    assert code == 1
    assert 'write host = "…" in [mqtt] of box.toml' in err


@pytest.mark.parametrize("command", ["status", "watch", "forget"])
def test_a_broker_that_is_not_there_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    written(tmp_path, 'box = "kitchen"\n')
    code, _, err = run(capsys, command, "--broker", f"{HERE}:{free_port()}")
    assert code == 1
    assert "Connection refused" in err


@pytest.mark.parametrize("place", ["here", "a:0", "a:70000", "a b:1"])
def test_a_place_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], place: str) -> None:
    with pytest.raises(SystemExit):
        cli.main(["mqtt", "status", "--broker", place])
    assert "expected a broker like" in capsys.readouterr().err


def test_forget_clears_everything_that_is_kept(
    capsys: pytest.CaptureFixture[str], configured: Path, mosquitto: Mosquitto, known: Witness
) -> None:
    before = kept(mosquitto)
    assert DISCOVERY in before
    code, out, _ = run(capsys, "forget")
    assert code == 0
    assert f"{len(before)} topics of kitchen are forgotten" in out
    assert kept(mosquitto) == set()


def test_forget_leaves_other_boxes_alone(
    capsys: pytest.CaptureFixture[str], configured: Path, mosquitto: Mosquitto, known: Witness
) -> None:
    known.publish("wkmp/bath/state", b"{}", retain=True)
    run(capsys, "forget")
    with Witness(mosquitto.port, "wkmp/bath/#", client_id="looker") as looker:
        assert [one.payload for one in looker.hear(0.3)] == [b"{}"]


def test_a_box_that_is_online_is_not_forgotten(
    capsys: pytest.CaptureFixture[str], configured: Path, mosquitto: Mosquitto
) -> None:
    with Witness(mosquitto.port, f"{BASE}/#", client_id="waiter") as witness:
        config = Config(host=HERE, port=mosquitto.port, box="kitchen")
        with house.running(config):
            witness.until(lambda one: one.payload == b"online")
            code, _, err = run(capsys, "forget")
            assert code == 1
            assert "kitchen is online and would tell all again" in err


@pytest.mark.flow
@pytest.mark.parametrize("words", [[], ["--json"]])
def test_watch_prints_each_message_as_a_line(
    configured: Path, mosquitto: Mosquitto, tmp_path: Path, words: list[str]
) -> None:
    command = [sys.executable, "-m", "wkmp_pi", "mqtt", "watch", "--config", str(configured)]
    command += ["--box", "attic"]
    process = subprocess.Popen(
        [*command, *words], stdout=subprocess.PIPE, text=True, env=environment(tmp_path / "home")
    )
    limit = threading.Timer(30, process.kill)
    limit.start()
    try:
        with Witness(mosquitto.port, client_id="speaker") as speaker:
            speaker.publish("wkmp/attic/cover", b"\x89PNG\r\n", retain=True)
            speaker.publish("wkmp/attic/state", b'{"title": "a\\u001b[2J"}', retain=True)
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(2)]
            speaker.publish("wkmp/attic/cover", b"", retain=True)
            speaker.publish("wkmp/attic/state", b"", retain=True)
    finally:
        process.kill()
        process.communicate()
        limit.cancel()
    if words:
        assert {json.loads(line)["topic"] for line in lines} == {
            "wkmp/attic/cover",
            "wkmp/attic/state",
        }
    else:
        assert "wkmp/attic/cover (6 bytes of a picture)\n" in lines
    assert "\x1b" not in "".join(lines)
