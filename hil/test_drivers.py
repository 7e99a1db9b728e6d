"""What drives a bench of real boards, driven: its pins, relay, recorder and service manager.

Most of it on a virtual Pi, whose devices are a kernel's own: gpiozero with lgpio on a GPIO chip,
ALSA on a card that can be pulled. So a rig of real boards begins with drivers that work.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest

from hil.bench import Bench
from hil.drivers.lines import PulledLines
from hil.drivers.programs import Program
from hil.drivers.protocols import Pull
from hil.drivers.relay import RelayPower
from hil.drivers.service import SystemdService
from hil.errors import RigError
from hil.plugging import card_of
from hil.promises import Figures
from hil.resources import Rig
from hil.strategy import Status

_CHIP = "/sys/devices/platform/gpio-sim.0/gpiochip0"
_BUTTON, _LAMP, _RELAY = 5, 16, 26
_OFF_MS = 3000.0
_TRAIN_MS = (0.0, 30.0, 42.5, 100.0)
_CAPTURE = ("hw:Loopback,1,0", "44100", "2", "S32_LE")
_CAPTURED = "/run/bench/captures/drivers"
_FRAME_BYTES = 8
_WATCH = """
import sys, time
last = None
while True:
    now = open(sys.argv[1]).read().strip()
    if now != last:
        print(time.monotonic_ns(), now, flush=True)
        last = now
    time.sleep(0.001)
"""
"""Says when a line of the simulated chip is at another level."""

_SIGNAL = 'kill -"$1" $(grep -ls "$2" /proc/[0-9]*/cmdline | cut -d / -f 3)'
_WRITE = """
import os, time
begin_ns = time.monotonic_ns()
for _ in range(20):
    with open("/var/lib/wkmp-pi/written", "wb") as file:
        file.write(os.urandom(1 << 18))
        file.flush()
        os.fsync(file.fileno())
os.unlink(file.name)
print(time.monotonic_ns() - begin_ns)
"""
"""Says how long it took to write to the card, by the box's own clock."""


@pytest.fixture
def devices(simulated_time: Bench) -> Bench:
    """A virtual Pi, whatever its service does."""
    simulated_time.strategy.to(Status.BOOTED)
    return simulated_time


def test_a_wire_is_driven_while_a_button_is_pressed_and_let_go_of_after(
    devices: Bench, figures: Figures
) -> None:
    """By gpiozero and lgpio, seen from the other end of the wire."""
    _pull(devices, _BUTTON, "pull-up")  # the box's own resistor
    train = [Pull(at_ms, "play", not index % 2) for index, at_ms in enumerate(_TRAIN_MS)]
    with _watched(devices, _BUTTON) as seen, _pins(devices) as lines:
        pulled_ns = lines.pull(*train)
    wrong = _wrong([level.high for level in seen], [True, False, True, False, True])
    pairs = zip(seen[1:], pulled_ns, strict=not wrong)
    late_ms = [(level.seen_ns - at_ns) / 1e6 for level, at_ns in pairs]
    off_ms = [
        abs((at_ns - pulled_ns[0]) / 1e6 - at_ms)
        for at_ns, at_ms in zip(pulled_ns, _TRAIN_MS, strict=True)
    ]
    figures.promise("levels of a pulled wire wrong, of 5", wrong, limit=0)
    figures.promise(
        "pull to level at the other end, worst",
        None if wrong else max(late_ms),
        unit="ms",
        limit=2.0,
    )
    figures.promise("pulls beside their time, worst", max(off_ms), unit="ms", limit=1.0)
    figures.check_all()


def test_an_output_is_read_as_it_stands(devices: Bench, figures: Figures) -> None:
    wrong = 0
    with _pins(devices) as lines:
        for word, high in (("pull-up", True), ("pull-down", False)) * 2:
            _pull(devices, _LAMP, word)
            wrong += lines.level("lamp") is not high
    figures.check("levels of an output read wrong, of 4", wrong, limit=0)


@pytest.mark.parametrize("active_high", [True, False])
def test_a_relay_cuts_the_power_at_once_and_gives_it_back_when_it_was_off_for_long_enough(
    devices: Bench, figures: Figures, active_high: bool
) -> None:
    _pull(devices, _RELAY, "pull-up" if active_high else "pull-down")  # the relay at rest feeds
    with _watched(devices, _RELAY) as seen:
        relay = RelayPower(
            devices.shell,
            devices.python,
            _RELAY,
            active_high=active_high,
            off_ms=_OFF_MS,
            now_ns=devices.side.now_ns,
        )
        relay.on()
        asked_ns = devices.side.now_ns()
        for switch in (relay.off, relay.off, partial(devices.wait, 1), relay.on, relay.on):
            switch()
        devices.wait(0.1)
        relay.close()
    fed = [level.high is active_high for level in seen]
    wrong = _wrong(fed, [True, False, True])
    off_ns, on_ns = (level.seen_ns for level in seen[1:]) if not wrong else (asked_ns, asked_ns)
    figures.promise("levels of a relay wrong, of 3", wrong, limit=0)
    figures.promise("power cut after", (off_ns - asked_ns) / 1e6, unit="ms", limit=2.0)
    figures.promise(
        "power stayed off for at least",
        (on_ns - off_ns) / 1e6,
        unit="ms",
        limit=_OFF_MS - 1,
        at_least=True,
    )
    figures.check_all()


def test_a_recorder_tells_of_every_break_and_keeps_what_was_before(
    devices: Bench, figures: Figures
) -> None:
    """The card is pulled and plugged, and once the recorder sleeps for too long."""
    with card_of(devices) as card:
        recorder = Program(devices.shell, devices.python, "recorder", *_CAPTURE, _CAPTURED)
        first = recorder.hear()
        for act in (
            card.unplug,
            card.plug,
            partial(_asleep, devices, "hil-recorder", 2.0),
        ):
            devices.wait(0.5)
            act()
        devices.wait(0.5)
        said = [first, *map(json.loads, recorder.end().out.splitlines())]
    told = [str(line["event"]) for line in said]
    expected = ["recording", "lost", "recording", "overrun", "recording", "summary"]
    wrong = _wrong(told, expected)
    figures.promise(
        "what a recorder tells of three stretches wrong, of 6",
        wrong,
        limit=0,
        note=", ".join(told) if wrong else "",
    )
    summary = said[-1]
    missing = [
        abs(_bytes(devices, f"{_CAPTURED}/{number:03}.raw") - frames * _FRAME_BYTES)
        for number, frames in enumerate(summary["stretches"])
    ]
    figures.promise("bytes of its stretches that are not in their files", sum(missing), limit=0)
    shortest = min(summary["stretches"])
    figures.promise("shortest stretch", shortest, unit="frames", limit=15_000, at_least=True)
    figures.check_all()


def test_in_simulated_time_none_passes_while_the_card_is_written(
    devices: Bench, figures: Figures
) -> None:
    """Else every deadline on the box would come as soon as this machine's own disk is slow."""
    took_ns = int(devices.shell.run([devices.python, "-c", _WRITE]).out)
    figures.check("20 synchronous writes to the card", took_ns / 1e6, unit="ms", limit=50.0)


def test_a_checkout_may_lie_in_a_folder_that_the_guest_has_for_itself(
    rig: Rig, figures: Figures
) -> None:
    """In /tmp, where people try things."""
    if not rig.virtual:
        pytest.skip(
            f"{rig.name}: a box of its own; expected a virtual Pi, which uses this checkout"
        )
    here = Path(__file__).resolve().parents[1]
    if here.is_relative_to("/tmp"):  # noqa: S108 - that very one
        pytest.skip("this checkout lies in /tmp itself, as do all tests of this run")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        there = Path(folder)
        for name in ("config", "hil", "systemd", "wkmp_pi"):
            shutil.copytree(here / name, there / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(here / "pyproject.toml", there)
        (there / ".venv").symlink_to(here / ".venv")
        test = f"hil/test_drivers.py::{test_the_service_manager_does_what_it_is_told.__name__}"
        done = subprocess.run(
            [sys.executable, "-m", "hil", test, "-q"],
            cwd=there,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=False,
        )
    figures.check("tests that fail in a checkout in /tmp, of 1", done.returncode, limit=0)


def test_who_follows_the_service_hears_it_again_after_a_restart(
    swift: Bench, figures: Figures
) -> None:
    swift.ask("volume", percent=40)
    swift.event("volume.changed", lambda event: event.body["percent"] == 40)
    swift.service.restart()
    up = swift.service.is_active() and swift.side.ask({"command": "status"}).error is None
    names = [swift.event(name, timeout_s=20).name for name in ("lost", "following")]
    swift.ask("volume", percent=30)
    heard = swift.event("volume.changed", lambda event: event.body["percent"] == 30)
    missed = [name for name in ("lost", "following") if name not in names]
    figures.promise("restarts that returned before the service was up", 1 - up, limit=0)
    figures.promise("breaks of the connection not told", len(missed), limit=0)
    figures.promise("events after a restart not heard", 1 - bool(heard), limit=0)
    figures.check_all()


def test_the_service_manager_does_what_it_is_told(swift: Bench, figures: Figures) -> None:
    """Of a virtual Pi it is the rig's own, and is tried on what starts fast; else it is systemd."""
    virtual = swift.rig.virtual
    service = SystemdService(swift.shell, "mosquitto.service") if virtual else swift.service
    found = dict(_managed(swift, service))
    wrong = [what for what, right in found.items() if not right]
    figures.check(
        f"acts of a service manager that went wrong, of {len(found)}",
        len(wrong),
        limit=0,
        note="; ".join(wrong),
    )


def _managed(bench: Bench, service: SystemdService) -> Iterator[tuple[str, bool]]:
    """Each act, and whether it did what it should."""
    first = service.main_pid()
    service.start()
    yield "start of what runs changes nothing", service.main_pid() == first is not None
    service.stop()
    yield "stop ends it", service.main_pid() is None and not service.is_active()
    service.stop()
    yield "stop of what does not run is no error", not service.is_active()
    service.start()
    second = service.main_pid()
    yield "start begins another process", second not in (None, first) and service.is_active()
    service.restart()
    third = service.main_pid()
    yield "restart begins another process", third not in (None, second) and service.is_active()
    service.kill()
    fourth = _another(bench, service, third)
    yield "what was killed is started again", fourth is not None
    service.override("[Service]\nEnvironment=HIL_TOLD=once\n")
    yield "an override does not touch what runs", service.main_pid() == fourth
    service.restart()
    yield "an override counts from the next start on", _told(bench, service)
    service.override(None)
    service.restart()
    yield "an override that was taken back is gone", not _told(bench, service)
    try:
        SystemdService(bench.shell, "hil-no-such.service", prefix=bench.root).start()
    except RigError:
        yield "a unit that is not there is refused", True
    else:
        yield "a unit that is not there is refused", False


def _another(bench: Bench, service: SystemdService, before: int | None) -> int | None:
    """The process that comes after that one, if one comes within 20 s and is up."""
    for _ in range(20):
        bench.wait(1.1)  # it comes after a second
        if (pid := service.main_pid()) not in (None, before) and service.is_active():
            return pid
    return None


def _told(bench: Bench, service: SystemdService) -> bool:
    """Whether the service has in its environment what the override says."""
    file = f"/proc/{service.main_pid()}/environ"
    return "HIL_TOLD=once" in bench.shell.run([*bench.root, "cat", file]).out


@contextmanager
def _pins(bench: Bench) -> Iterator[PulledLines]:
    """Wires that are pulled and read as a second Pi does it, with pins of its own."""
    pulls, reads = {"play": _BUTTON}, {"lamp": _LAMP}
    lines = PulledLines(bench.shell, bench.python, "gpio", pulls=pulls, reads=reads)
    try:
        yield lines
    finally:
        lines.close()


class Level(NamedTuple):
    """A line was seen to be high or low, and when; CLOCK_MONOTONIC of the box."""

    seen_ns: int
    high: bool


@contextmanager
def _watched(bench: Bench, line: int) -> Iterator[list[Level]]:
    """Every change of a line, as its other end sees it; at first how it stands."""
    file = f"{_CHIP}/sim_gpio{line}/value"
    watch = bench.shell.start([bench.python, "-c", _WATCH, file])
    seen = [_level(watch.hear())]
    try:
        yield seen
    finally:
        bench.wait(0.1)
        watch.kill()
        seen += map(_level, watch.end().out.splitlines())


def _level(line: str) -> Level:
    at_ns, value = line.split()
    return Level(int(at_ns), value == "1")


def _wrong(found: Sequence[object], expected: Sequence[object]) -> int:
    """How many are not as expected, or one of them has not."""
    return sum(a != b for a, b in zip_longest(found, expected))


def _pull(bench: Bench, line: int, word: str) -> None:
    """What is at the other end of a wire that nobody drives."""
    _run(bench, ["sh", "-c", 'echo "$1" >"$2"', "sh", word, f"{_CHIP}/sim_gpio{line}/pull"])


def _asleep(bench: Bench, name: str, seconds: float) -> None:
    """Let a program of that name sleep, whatever it would like to do."""
    pattern = f"[{name[0]}]{name[1:]}"  # which does not match itself in the command that looks
    _run(bench, ["sh", "-c", _SIGNAL, "sh", "STOP", pattern])
    bench.wait(seconds)
    _run(bench, ["sh", "-c", _SIGNAL, "sh", "CONT", pattern])


def _bytes(bench: Bench, file: str) -> int:
    return int(bench.shell.run(["stat", "-c", "%s", file]).out)


def _run(bench: Bench, words: Sequence[str]) -> None:
    bench.shell.run(words)
