"""The shell behind ssh, where it is not like the others; against a real sshd."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest
from rig.drivers.conftest import ssh_to
from rig.drivers.servers import free_port, running_sshd, user

from hil.drivers.ssh import SshShell
from hil.errors import RigError


def descendants(pid: int) -> list[int]:
    """Of a process, the youngest last."""
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [found for word in words for found in (int(word), *descendants(int(word)))]


def test_commands_share_one_connection(ssh):
    show = ["sh", "-c", 'echo "$SSH_CONNECTION"']
    assert ssh.run(show).out == ssh.run(show).out != "\n"


def test_a_forgotten_connection_is_made_anew(ssh):
    show = ["sh", "-c", 'echo "$SSH_CONNECTION"']
    before = ssh.run(show).out
    ssh.forget()
    assert ssh.run(show).out != before


def test_the_end_of_a_command_is_not_held_up_by_the_shared_connection(ssh):
    assert ssh.run(["true"], timeout_s=10).code == 0


def test_nothing_stays_of_a_closed_shell(sshd):
    shell = ssh_to(sshd)
    shell.run(["true"])
    folder = next(Path(word[12:]) for word in shell._ssh if word.startswith("ControlPath=")).parent
    assert folder.exists()
    shell.close()
    assert not folder.exists()
    left = [pid for pid in Path("/proc").glob("[0-9]*") if str(folder) in command_line(pid)]
    assert left == []


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:  # it has ended meanwhile
        return ""


@pytest.mark.parametrize("host", ["-oProxyCommand=touch /tmp/owned", "-p", ""])
def test_a_host_that_would_be_an_option_is_refused(host):
    with pytest.raises(RigError, match=r"host: found .*; expected a name"):
        SshShell(host)


def test_a_machine_that_does_not_answer_is_an_error_even_unchecked():
    shell = SshShell("127.0.0.1", port=free_port())
    with pytest.raises(
        RigError, match=r"Connection refused.*; expected a login without a password"
    ):
        shell.run(["true"], check=False)
    shell.close()


def test_a_stranger_is_not_asked_for_a_password(sshd, tmp_path):
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")]
    subprocess.run(command, check=True)
    shell = SshShell(
        f"{user()}@127.0.0.1",
        port=sshd.port,
        identity=tmp_path / "other",
        options=(*sshd.options, "IdentityAgent=none"),
    )
    with pytest.raises(RigError, match="Permission denied"):
        shell.run(["true"])
    shell.close()


def test_a_machine_that_goes_away_is_told_and_what_ran_on_it_is_missed(tmp_path):
    with running_sshd(tmp_path) as server:
        shell = ssh_to(server)
        process = shell.start(["cat"])
        process.say("there?")
        assert process.hear() == "there?"
        for child in descendants(server.process.pid):
            with contextlib.suppress(ProcessLookupError):  # it went with its parent
                os.kill(child, signal.SIGKILL)
        with pytest.raises(EOFError):
            process.hear()
    with pytest.raises(RigError, match="Connection refused"):
        shell.run(["true"])
    shell.close()
