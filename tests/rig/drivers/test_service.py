"""The commands that reach systemd, told by a systemctl that takes notes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hil.drivers.local import LocalShell
from hil.drivers.service import SystemdService
from hil.errors import RigError

SYSTEMCTL = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$1" in
    show) cat "$CALLS.pid" ;;
    is-active) exec test -e "$CALLS.active" ;;
    restart) echo "Job for $2 failed." >&2; exit 1 ;;
esac
"""


class Systemd:
    """What was asked of it, and what it shall answer."""

    def __init__(self, folder: Path) -> None:
        self.calls = folder / "calls"
        self.calls.touch()
        self.units = folder / "units"
        program = folder / "systemctl"
        program.write_text(SYSTEMCTL)
        program.chmod(0o755)
        path = f"{folder}:{os.environ['PATH']}"
        self.shell = LocalShell({"PATH": path, "CALLS": str(self.calls)})

    def asked(self) -> list[str]:
        return self.calls.read_text().splitlines()


@pytest.fixture
def systemd(tmp_path: Path) -> Systemd:
    return Systemd(tmp_path)


@pytest.fixture
def service(systemd: Systemd) -> SystemdService:
    return SystemdService(systemd.shell, "wkmp-pi.service", units=str(systemd.units))


def test_it_is_started_stopped_and_killed(service, systemd):
    service.start()
    service.kill("TERM")
    service.kill()
    service.stop()
    assert systemd.asked() == [
        "start wkmp-pi.service",
        "kill --signal=TERM wkmp-pi.service",
        "kill --signal=KILL wkmp-pi.service",
        "stop wkmp-pi.service",
    ]


def test_what_systemd_refuses_is_told_in_its_words(service):
    with pytest.raises(RigError, match=r"systemctl restart .*Job for wkmp-pi\.service failed"):
        service.restart()


def test_its_process_is_known_while_it_has_one(service, systemd):
    pid = Path(f"{systemd.calls}.pid")
    pid.write_text("4711\n")
    assert service.main_pid() == 4711
    pid.write_text("0\n")
    assert service.main_pid() is None


def test_it_is_active_or_not(service, systemd):
    assert not service.is_active()
    Path(f"{systemd.calls}.active").touch()
    assert service.is_active()


def test_an_override_comes_and_goes(service, systemd):
    text = '[Service]\nEnvironment="COLOUR=green"\n'
    for _ in range(2):
        service.override(text)
    assert (systemd.units / "wkmp-pi.service.d/hil.conf").read_text() == text
    service.override(None)
    service.override(None)
    assert list((systemd.units / "wkmp-pi.service.d").iterdir()) == []
    assert systemd.asked() == ["daemon-reload"] * 4


def test_a_user_who_is_not_root_asks_by_way_of_sudo(systemd, tmp_path):
    sudo = tmp_path / "sudo"
    sudo.write_text('#!/bin/sh\necho "sudo $*" >>"$CALLS"\n')
    sudo.chmod(0o755)
    SystemdService(systemd.shell, "a.service", prefix=("sudo", "-n")).start()
    assert systemd.asked() == ["sudo -n systemctl start a.service"]
