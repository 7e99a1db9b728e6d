"""Real servers of one's own on loopback: an sshd and a mosquitto, each on a free port."""

from __future__ import annotations

import base64
import getpass
import hashlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_PATH = f"{os.environ['PATH']}:/usr/sbin"
_PATIENCE_S = 10.0

_SSHD_CONF = """
ListenAddress 127.0.0.1
Port {port}
HostKey {home}/host_key
AuthorizedKeysFile {home}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
"""

_AS_ROOT = """
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/shadow" /etc/shadow
mount -t tmpfs none /run
mkdir -m 755 /run/sshd
shift
exec "$@"
"""
"""Run by root, sshd wants a user and a folder of its own, and root's login not to be locked. It
gets them where nobody else sees them."""


@dataclass(frozen=True, slots=True)
class Sshd:
    """A running sshd to which this user may log in.

    Attributes:
        options: what ssh needs to trust it.
    """

    port: int
    identity: Path
    options: tuple[str, ...]
    process: subprocess.Popen[bytes]


@contextmanager
def running_sshd(home: Path) -> Iterator[Sshd]:
    """An sshd with its keys in ``home``; the test is skipped where it cannot run."""
    sshd = shutil.which("sshd", path=_PATH)
    if sshd is None:
        pytest.skip("no sshd found; config/setup/prepare test unpacks one")
    for key in ("host_key", "own_key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / key)]
        subprocess.run(command, check=True)
    shutil.copy(home / "own_key.pub", home / "authorized_keys")
    port = free_port()
    conf = home / "sshd_config"
    conf.write_text(_SSHD_CONF.format(port=port, home=home) + _helpers(Path(sshd)))
    known = home / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {(home / 'host_key.pub').read_text()}")
    command = [*_prefix(home), sshd, "-D", "-e", "-f", str(conf)]
    with (home / "sshd.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
    try:
        if not _listens(port, process):
            pytest.skip(f"sshd cannot run here: {(home / 'sshd.log').read_text().strip()[-300:]}")
        options = (f"UserKnownHostsFile={known}", "StrictHostKeyChecking=yes")
        yield Sshd(port, home / "own_key", options, process)
    finally:
        process.kill()
        process.wait()


def _helpers(sshd: Path) -> str:
    """Where its parts lie, from 9.8 on, if it was only unpacked."""
    folder = sshd.resolve().parents[1] / "lib/openssh"
    parts = {"SshdSessionPath": folder / "sshd-session", "SshdAuthPath": folder / "sshd-auth"}
    return "".join(f"{word} {path}\n" for word, path in parts.items() if path.exists())


def _prefix(home: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    sshd_user = "sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin\n"
    (home / "passwd").write_text(Path("/etc/passwd").read_text() + sshd_user)
    (home / "shadow").write_text("root:*:19000:0:99999:7:::\n")
    (home / "passwd").chmod(0o644)
    return ["unshare", "--mount", "sh", "-ec", _AS_ROOT, "sh", str(home)]


def user() -> str:
    """Who may log in."""
    return getpass.getuser()


BROKER_USER = ("bench", "secret")

_MOSQUITTO_CONF = """
listener {port} 127.0.0.1
password_file {home}/passwords
user {user}
persistence false
log_dest file {home}/mosquitto.log
"""


@contextmanager
def running_mosquitto(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A broker that knows one user: ``BROKER_USER``.

    Raises:
        AssertionError: mosquitto is not there; tells how to get it.
    """
    mosquitto = shutil.which("mosquitto", path=_PATH)
    assert mosquitto, "no mosquitto found; config/setup/prepare test unpacks one"
    client, password = BROKER_USER
    (home / "passwords").write_text(f"{client}:{_hashed(password)}\n")
    (home / "passwords").chmod(0o600)
    conf = home / "mosquitto.conf"
    conf.write_text(_MOSQUITTO_CONF.format(port=port, home=home, user=user()))
    process = subprocess.Popen([mosquitto, "-c", str(conf)], stderr=subprocess.DEVNULL)
    try:
        assert _listens(port, process), f"mosquitto did not start with {conf}"
        yield process
    finally:
        process.kill()
        process.wait()


def _hashed(password: str) -> str:
    """As mosquitto_passwd writes it: PBKDF2 with SHA-512."""
    salt = b"twelve bytes"
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"$7$101${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether it comes to listen; asks until then."""
    for _ in range(200):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return True
        try:
            process.wait(_PATIENCE_S / 200)
        except subprocess.TimeoutExpired:
            continue
        return False
    return False
