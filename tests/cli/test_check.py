"""``check`` and ``devices``: what is missing is named with its remedy, and nothing is changed."""

import json
import os

import pytest

from wkmp_pi.cli import devices, findings
from wkmp_pi.decode.client import DecoderGoneError
from wkmp_pi.library.database import open_library
from wkmp_pi.output.devices import Capabilities, Card, Kind

CARD = Card(
    id="usb-1234:5678-1",
    number=1,
    kernel_id="DAC",
    name="A DAC",
    alsa_name="hw:CARD=DAC,DEV=0",
    kind=Kind.DAC,
    can=Capabilities(("S32", "S16"), (44_100, 192_000)),
    holder=None,
    usable=True,
)


@pytest.fixture(autouse=True)
def cards(monkeypatch):
    """The sound cards that the machine seems to have."""
    there = [CARD]
    monkeypatch.setattr("wkmp_pi.output.devices.list_cards", lambda *_, **__: list(there))
    return there


@pytest.fixture(autouse=True)
def measures(monkeypatch):
    """The sandbox that the decoder seems to get."""
    held = {"no network": True, "little memory": True}
    monkeypatch.setattr("wkmp_pi.decode.client.sandboxed", lambda: held)
    return held


def lines(shown):
    return {line.split()[1]: line for line in shown.out.splitlines()}


def everything(place):
    return sorted(str(path) for path in place.rglob("*"))


def test_a_machine_that_can_play_is_exit_0(wkmp, place):
    (place / "Music").mkdir()
    before = everything(place)
    shown = wkmp("check")
    assert shown.code == 0, shown.out
    assert all(line.startswith("OK") for line in shown.out.splitlines())
    assert everything(place) == before


def test_missing_music_is_exit_1_with_a_remedy(wkmp, place):
    shown = wkmp("check")
    assert shown.code == 1
    assert lines(shown)["music"].startswith("FAIL")
    assert f"{place}/Music: no folder" in shown.out
    assert "make it or name another music_root" in shown.out


def test_a_wrong_configuration_is_exit_78(wkmp, place):
    file = place / "box.toml"
    file.write_text("[audio]\nlatency_ms = 5\n")
    shown = wkmp("check", "--config", file)
    assert shown.code == 78
    assert f"{file}:2: audio.latency_ms: found 5; expected" in shown.err


def test_a_card_that_is_absent_or_busy_is_only_a_warning(wkmp, place, cards):
    (place / "Music").mkdir()
    cards[:] = []
    shown = wkmp("check")
    assert shown.code == 0
    assert lines(shown)["output"].startswith("WARN")


def test_a_library_of_another_program_is_a_failure(wkmp, place):
    (place / "Music").mkdir()
    file = place / ".local/share/wkmp-pi/library.db"
    opened = open_library(file, str(place / "Music"))
    opened.connection.close()
    opened.lock.release()
    assert wkmp("check").code == 0
    file.write_bytes(b"no database" * 1000)
    shown = wkmp("check")
    assert shown.code == 1
    assert lines(shown)["library"].startswith("FAIL")


def test_a_place_that_cannot_be_written_is_a_failure(wkmp, place, monkeypatch):
    (place / "Music").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: "wkmp" not in str(path) and mode != 3)
    assert wkmp("check").code == 1


def test_a_decoder_that_is_less_contained_is_a_warning_and_one_that_does_not_start_a_failure(
    wkmp, place, measures, monkeypatch
):
    (place / "Music").mkdir()
    measures["little memory"] = False
    shown = wkmp("check")
    assert shown.code == 0
    assert "runs without: little memory" in lines(shown)["decoder"]

    def broken():
        raise DecoderGoneError("the decoder process died")

    monkeypatch.setattr("wkmp_pi.decode.client.sandboxed", broken)
    shown = wkmp("check")
    assert shown.code == 1
    assert lines(shown)["decoder"].startswith("FAIL")


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(findings, "_PACKAGES", ("no_such_package",))
    found = list(findings._python(None))
    assert found[-1].level == "fail"
    assert "no_such_package" in found[-1].text
    assert "make setup" in found[-1].text


@pytest.mark.flow
def test_a_running_service_is_told(wkmp, place, service):
    assert "running" in lines(wkmp("check"))["service"]


def test_findings_are_printed_as_json_too(wkmp):
    found = json.loads(wkmp("check", "--json").out)
    assert {"level", "what", "text"} == set(found[0])


def test_devices_are_listed_by_the_names_that_the_configuration_takes(wkmp, cards):
    titles, row = wkmp("devices").out.splitlines()
    assert titles.split() == ["device", "name", "kind", "formats", "rates", "state"]
    assert row.split("  ")[0] == CARD.id
    assert row.endswith("free")
    assert json.loads(wkmp("devices", "--json").out)[0]["rates_hz"] == [44_100, 192_000]


def test_without_a_card_devices_says_so_and_is_no_failure(wkmp, cards):
    cards[:] = []
    shown = wkmp("devices")
    assert shown.code == 0
    assert shown.out.startswith("no sound card")
    assert json.loads(wkmp("devices", "--json").out) == []


def test_the_state_of_a_card_names_its_holder():
    from dataclasses import replace

    assert devices.state(replace(CARD, holder="mpd (pid 7)", usable=False)) == "held by mpd (pid 7)"
    assert "join the group audio" in devices.state(replace(CARD, usable=False))
