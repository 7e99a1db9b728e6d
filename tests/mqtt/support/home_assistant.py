"""Home Assistant's own core as a test client, in a Python environment of its own.

It needs Python 3.13 and 600 MB, so it is installed once, beside the caches of
other tests and outside the repository. ``python -m mqtt.support.home_assistant``
installs it; tests do so themselves, and say why where it cannot be done.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from mqtt.support.brokers import HERE, free_port
from mqtt.support.websocket import WebSocket

PACKAGES = (
    "homeassistant==2025.4.4",
    "home-assistant-frontend==20250411.0",  # else fetched at its first start
    "paho-mqtt==2.1.0",
)
_READY = "ready"
_PATIENCE_S = 90.0
_CLIENT = f"http://{HERE}/"

_CONFIGURATION = """\
http:
  server_host: {here}
  server_port: {port}
api:
logger:
  default: warning
"""


class CannotRunError(Exception):
    """Home Assistant cannot run on this machine; says why."""


def python() -> str:
    """A Python 3.13 that works.

    Raises:
        CannotRunError: there is none.
    """
    home = Path.home() / ".pyenv/versions"
    found = sorted(home.glob("3.13*/bin/python3.13"), reverse=True)
    for candidate in ("python3.13", *map(str, found)):
        check = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))"
        try:
            done = subprocess.run([candidate, "-c", check], capture_output=True, check=False)
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    raise CannotRunError("no Python 3.13 found; Home Assistant 2025.4 needs it")


def place() -> Path:
    """Where it is, or will be, installed."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(cache) if cache else Path.home() / ".cache"
    version = subprocess.run([python(), "-V"], capture_output=True, text=True, check=True).stdout
    key = hashlib.sha256("\n".join([*PACKAGES, version]).encode()).hexdigest()[:16]
    return root / "wkmp-pi" / f"homeassistant-{key}"


def installed() -> Path:
    """The environment, made if it is missing; waits for another one who is at it.

    Raises:
        CannotRunError: it cannot be made.
    """
    target = place()
    if (target / _READY).exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{target}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / _READY).exists():
            _install(target)
    return target


def install_in_background() -> None:
    """Begin with the installation, if one is needed and possible; whoever needs it waits for it."""
    try:
        ready = (place() / _READY).exists()
    except CannotRunError:
        return
    if not ready:
        code = "from mqtt.support import home_assistant as h; h.installed()"
        folder = str(Path(__file__).parents[2])
        subprocess.run(
            ["setsid", "--fork", sys.executable, "-c", code],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )


def _install(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    pip = [str(target / "bin/pip"), "install", "-q", "--no-input", "--disable-pip-version-check"]
    for command in ([python(), "-m", "venv", str(target)], [*pip, *PACKAGES]):
        done = subprocess.run(
            ["nice", "-n", "19", *command], capture_output=True, text=True, check=False
        )
        if done.returncode:
            shutil.rmtree(target, ignore_errors=True)
            said = [line for line in done.stderr.splitlines() if "ERROR" in line]
            raise CannotRunError(f"cannot install {PACKAGES[0]}: {' '.join(said)[-300:]}")
    (target / _READY).touch()


class HomeAssistant:
    """A running one.

    Attributes:
        log: its log file.
    """

    def __init__(self, port: int, folder: Path) -> None:
        self._port = port
        self.log = folder / "home-assistant.log"
        self._token = self._onboard()
        self._socket = self.websocket()

    def _onboard(self) -> str:
        """The first user, as a person makes it in the browser."""
        user = {"name": "t", "username": "t", "password": "t", "language": "en"}
        made = self._request(
            "POST", "/api/onboarding/users", json.dumps({**user, "client_id": _CLIENT})
        )
        grant = {
            "grant_type": "authorization_code",
            "code": json.loads(made)["auth_code"],
            "client_id": _CLIENT,
        }
        return str(
            json.loads(self._request("POST", "/auth/token", urlencode(grant)))["access_token"]
        )

    def _request(self, method: str, path: str, body: str | None = None) -> bytes:
        connection = http.client.HTTPConnection(HERE, self._port, timeout=30)
        form = body is not None and not body.startswith("{")
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        headers = {"Content-Type": kind}
        if hasattr(self, "_token"):
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        assert answer.status < 300, f"{method} {path}: {answer.status} {data[:200]!r}"
        return data

    def websocket(self) -> WebSocket:
        """Another connection to its API."""
        made = WebSocket(HERE, self._port, "/api/websocket")
        made.receive()
        made.send({"type": "auth", "access_token": self._token})
        assert made.receive()["type"] == "auth_ok"
        return made

    def ask(self, kind: str, **more: Any) -> Any:
        """One command of the WebSocket API; its result."""
        return self._socket.ask(kind, **more)

    def state(self, entity: str) -> dict[str, Any]:
        """The state of an entity, with its attributes."""
        found: dict[str, Any] = json.loads(self._request("GET", f"/api/states/{entity}"))
        return found

    def until(self, entity: str, state: str, seconds: float = 20.0) -> dict[str, Any]:
        """Wait for a state."""
        end = time.monotonic() + seconds
        while (found := self.state(entity))["state"] != state:
            assert time.monotonic() < end, f"{entity} never was {state!r}, but {found}"
        return found

    def call(self, service: str, entity: str, **data: Any) -> None:
        """Call a service, as a person or an automation does."""
        domain, _, name = service.partition(".")
        body = json.dumps({"entity_id": entity, **data})
        self._request("POST", f"/api/services/{domain}/{name}", body)

    def get(self, path: str) -> bytes:
        """Anything by HTTP."""
        return self._request("GET", path)

    def entities(self) -> dict[str, dict[str, Any]]:
        """The entity registry of MQTT by unique id."""
        found = self.ask("config/entity_registry/list")
        return {one["unique_id"]: one for one in found if one["platform"] == "mqtt"}

    def devices(self) -> list[dict[str, Any]]:
        """The device registry."""
        found: list[dict[str, Any]] = self.ask("config/device_registry/list")
        return found

    def close(self) -> None:
        """End the connection."""
        self._socket.close()


@contextmanager
def running(folder: Path, broker_port: int) -> Iterator[HomeAssistant]:
    """A Home Assistant that knows one broker and nothing else.

    Raises:
        CannotRunError: it cannot run on this machine.
    """
    environment = installed()
    port = free_port()
    (folder / "configuration.yaml").write_text(_CONFIGURATION.format(here=HERE, port=port))
    (folder / ".storage").mkdir()
    (folder / ".storage/core.config_entries").write_text(json.dumps(_entry(broker_port)))
    command = [str(environment / "bin/python"), "-m", "homeassistant", "-c", str(folder)]
    variables = {**os.environ, "HOME": str(folder), "PATH": f"{environment}/bin:/usr/bin:/bin"}
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
        variables.pop(name, None)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*command, "--skip-pip"], env=variables, stdout=said, stderr=said
        )
        try:
            _wait_until_up(port, process, said)
            home = HomeAssistant(port, folder)
            try:
                yield home
            finally:
                home.close()
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_up(port: int, process: subprocess.Popen[bytes], said: Any) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        connection = http.client.HTTPConnection(HERE, port, timeout=5)
        try:
            connection.request("GET", "/api/onboarding")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
        break
    said.seek(0)
    raise CannotRunError(f"Home Assistant does not start: {said.read()[-500:].decode()}")


def _entry(broker_port: int) -> dict[str, Any]:
    """The integration MQTT, set up as if a person had done it."""
    entry = {
        "created_at": "2025-01-01T00:00:00+00:00",
        "data": {"broker": HERE, "port": broker_port, "discovery": True},
        "disabled_by": None,
        "discovery_keys": {},
        "domain": "mqtt",
        "entry_id": "01JGFJJZ00000000000000MQTT",
        "minor_version": 2,
        "modified_at": "2025-01-01T00:00:00+00:00",
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": [],
        "title": "mqtt",
        "unique_id": None,
        "version": 1,
    }
    return {
        "version": 1,
        "minor_version": 5,
        "key": "core.config_entries",
        "data": {"entries": [entry]},
    }


if __name__ == "__main__":
    try:
        print(installed())
    except CannotRunError as error:
        sys.exit(f"{error}")
