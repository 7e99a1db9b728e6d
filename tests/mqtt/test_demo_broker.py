"""The private broker of ``make run``: for this machine only, and only as long as the service."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mqtt.support.brokers import HERE, free_port
from mqtt.support.witness import Witness
from support.box import environment

from wkmp_pi.demo import broker as demo

pytestmark = pytest.mark.flow

_LONGEST_S = 20.0


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WKMP_PI_BROKER", "")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except OSError:
        return False
    return state not in "ZX"


def until(condition: object) -> None:
    end = time.monotonic() + _LONGEST_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end


def test_a_private_broker_is_offered_with_a_way_to_watch_it(tmp_path: Path) -> None:
    lines: list[str] = []
    process = demo.offer_broker(lines.append, tmp_path / "box.toml")
    assert process is not None
    try:
        place = os.environ["WKMP_PI_BROKER"]
        assert place.startswith(f"{HERE}:")
        assert f"wkmp-pi mqtt watch --broker {place} --config {tmp_path}/box.toml" in lines[1]
        with Witness(int(place.rpartition(":")[2]), "a") as witness:
            witness.publish_quickly("a", b"x")
            assert witness.topic("a").payload == b"x"
    finally:
        process.terminate()
        process.wait()


def test_a_broker_that_is_killed_comes_back(tmp_path: Path) -> None:
    lines: list[str] = []
    keeper = demo.offer_broker(lines.append, tmp_path)
    assert keeper is not None
    port = int(os.environ["WKMP_PI_BROKER"].rpartition(":")[2])
    try:
        for _ in range(2):
            (broker,) = _children(keeper.pid)
            os.kill(broker, signal.SIGKILL)
            until(lambda broker=broker: not alive(broker) and _children(keeper.pid))
            assert demo.answers(port, keeper)
    finally:
        keeper.terminate()
        keeper.wait()


def listening(port: int) -> list[str]:
    """The places at which somebody listens on a port, in hexadecimal digits."""
    lines = [
        line.split()
        for file in ("tcp", "tcp6")
        for line in Path("/proc/net", file).read_text().splitlines()[1:]
    ]
    return [at for _, at, _, state, *_ in lines if state == "0A" and at.endswith(f":{port:04X}")]


def test_nobody_else_can_reach_it(tmp_path: Path) -> None:
    port = free_port()
    program = demo.find_mosquitto()
    assert program
    process = demo.start(program, port, tmp_path)
    try:
        assert demo.answers(port, process)
        assert listening(port) == [f"0100007F:{port:04X}"]  # 127.0.0.1, as the kernel writes it
    finally:
        process.terminate()
        process.wait()


def test_a_port_that_somebody_has_is_left_to_him() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((HERE, demo.USUAL_PORT))
        except OSError:
            pass  # somebody has it already
        else:
            taken.listen()
        assert demo.free_port() != demo.USUAL_PORT


def test_without_mosquitto_the_box_is_told_to_play_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "find_mosquitto", lambda: None)
    lines: list[str] = []
    assert demo.offer_broker(lines.append, tmp_path) is None
    assert "apt install mosquitto" in lines[0]
    assert os.environ["WKMP_PI_BROKER"] == ""


def test_a_broker_that_does_not_start_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "find_mosquitto", lambda: "/bin/false")
    lines: list[str] = []
    assert demo.offer_broker(lines.append, tmp_path) is None
    assert "/bin/false does not start" in lines[0]


def _box(folder: Path, table: str = "") -> Path:
    file = folder / "box.toml"
    file.write_text(
        f'[audio]\ndevice = "silent"\n[library]\nmusic_root = "{folder}"\n'
        f'database = "{folder}/library.db"\n{table}'
    )
    return file


def _run(file: Path, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "wkmp_pi.demo.broker", str(file)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(folder / "home") | {"PATH": os.environ["PATH"]},
    )


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found if _is_mosquitto(one)]


def _is_mosquitto(pid: str) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return False  # it has just ended
    return any(word.endswith("mosquitto") for word in words)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_the_broker_ends_with_the_service_however_that_ends(
    tmp_path: Path, sign: signal.Signals
) -> None:
    process = _run(_box(tmp_path), tmp_path)
    assert process.stderr is not None
    try:
        assert "a private broker listens on" in process.stderr.readline()
        line = process.stderr.readline()
        port = int(line.split("--broker ")[1].split()[0].rpartition(":")[2])
        with Witness(port, "wkmp/#") as witness:
            witness.until(lambda one: one.payload == b"online", _LONGEST_S)
        (keeper,) = _children(process.pid)
        (broker,) = _children(keeper)
        process.send_signal(sign)
        process.communicate(timeout=_LONGEST_S)
        until(lambda: not alive(broker) and not alive(keeper))
    finally:
        process.kill()
        process.communicate()


def test_a_broker_that_is_configured_is_used_and_none_is_started(tmp_path: Path) -> None:
    table = f'[mqtt]\nhost = "{HERE}"\nport = {free_port()}\nbox = "kitchen"\n'
    process = _run(_box(tmp_path, table), tmp_path)
    try:
        until(lambda: Path(f"/proc/{process.pid}/cmdline").read_text().count("run"))
        assert _children(process.pid) == []
    finally:
        process.kill()
        _, said = process.communicate()
    assert "private broker" not in said


def test_a_configuration_that_is_wrong_is_told_and_nothing_is_started(tmp_path: Path) -> None:
    process = _run(_box(tmp_path, "[mqtt]\nhots = 1\n"), tmp_path)
    _, said = process.communicate(timeout=_LONGEST_S)
    assert process.returncode == 78
    assert "did you mean host?" in said
