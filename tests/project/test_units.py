"""The service's cage: what systemd itself says of it, and what a score alone does not tell."""

import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "systemd"
SERVICE = FOLDER / "wkmp-pi.service"
PROGRAM = "/opt/wkmp-pi/.venv/bin/wkmp-pi"

MANDATORY = {
    "Type": "notify",
    "Restart": "always",
    "User": "wkmp-pi",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "DevicePolicy": "closed",
    "DeviceAllow": "char-alsa rw",
    "RestrictAddressFamilies": "AF_UNIX AF_NETLINK AF_INET AF_INET6",
    "RestrictNamespaces": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RuntimeDirectory": "wkmp-pi",
    "StateDirectory": "wkmp-pi",
    "OnFailure": "wkmp-pi-failed.service",
}
PRESENT = {"WatchdogSec", "MemoryMax", "TasksMax", "SystemCallFilter", "LimitRTTIME"}


def directives(unit: str) -> dict[str, str]:
    """Each directive with its value; of one that is repeated, the first."""
    found: dict[str, str] = {}
    for line in unit.splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, value)
    return found


def lacking(unit: str) -> set[str]:
    found = directives(unit)
    wrong = {key for key, value in MANDATORY.items() if found.get(key) != value}
    return wrong | (PRESENT - found.keys())


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def verified(folder: Path, *edits: tuple[str, str]) -> str:
    """What systemd has to say of the units, as if the program were installed."""
    for source in FOLDER.glob("*.service"):
        text = source.read_text().replace(PROGRAM, "/bin/true")
        for old, new in edits:
            text = text.replace(old, new)
        (folder / source.name).write_text(text)
    return analyze("verify", *map(str, sorted(folder.glob("*.service")))).stderr


def exposed(unit: Path) -> bool:
    """Whether systemd rates the exposure of a unit above 2.0 of 10."""
    return analyze("security", "--offline=true", "--threshold=20", str(unit)).returncode != 0


def test_every_directive_of_the_cage_is_there():
    assert lacking(SERVICE.read_text()) == set()


@pytest.mark.parametrize("key", sorted({*MANDATORY, *PRESENT}))
def test_a_cage_without_one_of_its_bars_is_noticed(key):
    kept = (line for line in SERVICE.read_text().splitlines() if not line.startswith(f"{key}="))
    assert lacking("\n".join(kept)) == {key}


def test_running_as_root_is_noticed_although_the_score_allows_it():
    assert lacking(SERVICE.read_text().replace("User=wkmp-pi", "User=root")) == {"User"}


def test_systemd_finds_nothing_to_say_about_the_units(tmp_path):
    assert verified(tmp_path) == ""


@pytest.mark.parametrize(
    "edit",
    [("RestartSec=1", "RestartSec=banana"), ("TasksMax", "TaskMax"), ("char-alsa rw", "rw rw rw")],
)
def test_a_slip_of_the_pen_in_a_unit_is_noticed(tmp_path, edit):
    assert verified(tmp_path, edit) != ""


def test_the_exposure_of_the_service_is_at_most_two_of_ten():
    assert not exposed(SERVICE)


def test_a_service_without_a_cage_is_exposed(tmp_path):
    bare = tmp_path / "bare.service"
    bare.write_text("[Service]\nExecStart=/bin/true\n")
    assert exposed(bare)


def test_a_wrong_configuration_is_not_tried_again_at_once():
    assert directives(SERVICE.read_text())["RestartPreventExitStatus"] == "78"


def test_the_service_never_waits_for_the_network():
    unit = SERVICE.read_text()
    assert "network" not in directives(unit)["After"] + directives(unit)["Wants"]


def test_the_user_of_the_service_may_use_the_sound_card():
    assert "m wkmp-pi audio" in (FOLDER / "wkmp-pi.sysusers").read_text().splitlines()
