"""A real mosquitto of one's own on loopback, which can be killed, stopped and started again."""

from __future__ import annotations

import base64
import getpass
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HERE = "127.0.0.1"
_PATIENCE_S = 20.0
_PATH = f"{os.environ['PATH']}:/usr/sbin:{Path(__file__).parents[3]}/.venv/bin"


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.create_server((HERE, 0)) as server:
        return int(server.getsockname()[1])


class Mosquitto:
    """A broker with a folder of its own.

    Args:
        home: where its files lie.
        lines: further lines of its configuration.
        users: passwords by name; without any, everybody is let in.
        persistent: whether it keeps its memory in ``home``.
    """

    def __init__(
        self,
        home: Path,
        *lines: str,
        users: Mapping[str, str] | None = None,
        persistent: bool = False,
        port: int | None = None,
    ) -> None:
        self.home = home
        self.port = port or free_port()
        self.database = home / "mosquitto.db"
        self._process: subprocess.Popen[bytes] | None = None
        conf = [
            f"listener {self.port} {HERE}",
            f"user {getpass.getuser()}",
            f"log_dest file {home}/mosquitto.log",
            f"allow_anonymous {'false' if users else 'true'}",
            f"persistence {'true' if persistent else 'false'}",
            f"persistence_location {home}/",
            *lines,
        ]
        if users:
            conf.append(f"password_file {home}/passwords")
            words = "".join(f"{name}:{_hashed(word)}\n" for name, word in users.items())
            (home / "passwords").write_text(words)
            (home / "passwords").chmod(0o600)
        self.conf = home / "mosquitto.conf"
        self.conf.write_text("\n".join(conf) + "\n")

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it listens."""
        mosquitto = shutil.which("mosquitto", path=_PATH)
        assert mosquitto, "no mosquitto found; config/setup/prepare test unpacks one"
        self._process = subprocess.Popen(
            [mosquitto, "-c", str(self.conf)], stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        assert listens(self.port, self._process), f"mosquitto did not start with {self.conf}"

    def kill(self) -> None:
        """As a power cut does; harmless when repeated."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def end(self) -> None:
        """As systemd does: it writes its memory down first."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(_PATIENCE_S)
        self._process = None

    def freeze(self) -> None:
        """It holds all connections and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        os.kill(self.pid, signal.SIGCONT)


@contextmanager
def running(home: Path, *lines: str, **more: object) -> Iterator[Mosquitto]:
    """A running broker; see ``Mosquitto``."""
    broker = Mosquitto(home, *lines, **more)  # type: ignore[arg-type]
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether it comes to listen; asks until then."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex((HERE, port)) == 0:
                return True
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
        return False
    return False


def _hashed(password: str) -> str:
    """As mosquitto_passwd writes it: PBKDF2 with SHA-512."""
    salt = b"twelve bytes"
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"$7$101${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
