from __future__ import annotations

from collections.abc import Iterator

import pytest
from rig.drivers.servers import Sshd, running_sshd, user

from hil.drivers.ssh import SshShell


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def ssh(sshd: Sshd) -> Iterator[SshShell]:
    """A shell on this machine by way of a real sshd."""
    shell = ssh_to(sshd)
    yield shell
    shell.close()


def ssh_to(sshd: Sshd) -> SshShell:
    return SshShell(
        f"{user()}@127.0.0.1", port=sshd.port, identity=sshd.identity, options=sshd.options
    )
