"""From a rig file to a bench: which driver is used for which resource."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from hil import resources
from hil.bench import Bench, Parts
from hil.drivers.broker import BrokerClient
from hil.drivers.clocks import ClockMap, measured
from hil.drivers.linein import RecorderLineIn
from hil.drivers.lines import PulledLines
from hil.drivers.local import LocalShell
from hil.drivers.programs import Program
from hil.drivers.protocols import Broker, CaptureFolder, Power, Shell
from hil.drivers.relay import ByHand, RelayPower
from hil.drivers.service import SystemdService
from hil.drivers.ssh import SshShell
from hil.errors import RigError
from hil.resources import Board, GpioLines, Relay, Rig, Ssh, VirtualBox
from hil.virtual import usage
from hil.virtual.machine import CHECKOUT, Build, VirtualPi
from hil.virtual.shell import BENCH
from hil.virtual.tunnel import Tunnel

_BUILD = CHECKOUT / "hil/virtual/kernel/build"
_PYTHON = CHECKOUT / ".venv/bin/python"
_UNIT = "wkmp-pi.service"
_BOARD_UP_S = 180.0


def kernel() -> Path:
    """The virtual Pi's kernel, built if need be.

    Raises:
        RigError: it cannot be built here; the message says why.
    """
    done = subprocess.run(
        [str(_BUILD)], stdout=subprocess.PIPE, stderr=None, check=False, text=True
    )
    if done.returncode:
        raise RigError("the virtual Pi: its kernel cannot be built on this machine; see above")
    return Path(done.stdout.strip())


def assemble(
    rig: Rig, folder: Path, *, simulated: bool | None = None, broken: str | None = None
) -> Bench:
    """A bench, off.

    Args:
        rig: what is wired to what.
        folder: of the bench, for what it keeps meanwhile.
        simulated: of a virtual box, instead of what the rig says.
        broken: see ``Bench``.

    Raises:
        RigError: something that the rig names is not there.
    """
    if isinstance(rig.box, VirtualBox):
        parts = _virtual(rig, rig.box, folder, simulated)
    else:
        parts = _boards(rig, rig.box, folder)
    return Bench(rig, parts, broken)


def _virtual(rig: Rig, box: VirtualBox, folder: Path, simulated: bool | None) -> Parts:
    if simulated is None:
        simulated = box.time == "simulated"
    build = Build(kernel(), box.memory_mb, box.card_mb, simulated)
    pi = VirtualPi(build, folder, Path(sys.executable))
    python = str(_PYTHON if _PYTHON.exists() else sys.executable)
    captures = CaptureFolder(f"{BENCH}/captures", folder / "captures")

    def line_in(rate_hz: int, format_name: str, channels: int) -> RecorderLineIn:
        about = rig.line_in
        return RecorderLineIn(
            pi.shell,
            python,
            about.device,
            captures,
            rate_hz=rate_hz,
            channels=channels,
            format=format_name,
            exact=True,
        )

    def lines() -> PulledLines:
        about = rig.lines
        return PulledLines(
            pi.shell,
            python,
            "sim",
            pulls=about.buttons,
            reads=about.outputs,
            active_low=about.active_low,
        )

    def broker() -> Broker:
        assert rig.broker is not None
        tunnel = Tunnel(pi.shell, rig.broker.host, rig.broker.port)
        return BrokerClient(tunnel.host, tunnel.port, *_login(rig.broker))

    return Parts(
        shell=pi.shell,
        python=python,
        root=(),
        power=pi,
        service=SystemdService(pi.shell, _UNIT),
        line_in=line_in,
        lines=lines,
        broker=None if rig.broker is None else broker,
        cpu_s=lambda: usage.cpu_s(folder),
        still=lambda: usage.still(folder),
        simulated=simulated,
    )


def _boards(rig: Rig, box: Board, folder: Path) -> Parts:
    shell = _ssh(box.at)
    root = () if box.ssh.startswith("root@") else ("sudo", "-n")
    here = LocalShell()
    captures = CaptureFolder(str(folder / "captures"), folder / "captures")

    def line_in(rate_hz: int, format_name: str, channels: int) -> RecorderLineIn:
        about = rig.line_in
        return RecorderLineIn(
            here,
            sys.executable,
            about.device,
            captures,
            rate_hz=rate_hz,
            channels=channels,
            format=format_name,
            exact=about.exact,
            latency_us=about.latency_us,
        )

    def lines() -> PulledLines:
        about = rig.lines
        assert isinstance(about, GpioLines)
        return PulledLines(
            _shell(about.at),
            about.python,
            "gpio",
            pulls=about.pulling,
            reads=about.reading,
            active_low=about.active_low,
            chip=str(about.chip),
            spin_ms=1.0,
        )

    def broker() -> Broker:
        assert rig.broker is not None
        return BrokerClient(rig.broker.host, rig.broker.port, *_login(rig.broker))

    def clock() -> ClockMap:
        beside = Program(shell, box.python, "boxside", "/run/wkmp-pi/wkmp.sock")
        try:
            return measured(beside.now_ns).back
        finally:
            beside.end()

    def reached() -> None:
        """Ask again and again; what ssh still holds of the life before is forgotten first."""
        shell.forget()
        until = time.monotonic() + _BOARD_UP_S
        while True:
            try:
                shell.run(["true"])
            except RigError:
                if time.monotonic() > until:
                    raise
                time.sleep(1)
            else:
                return

    return Parts(
        reached=reached,
        shell=shell,
        python=box.python,
        root=root,
        power=_power(rig.power, box),
        service=SystemdService(shell, box.unit, prefix=root),
        line_in=line_in,
        lines=lines,
        broker=None if rig.broker is None else broker,
        clock=clock,
    )


def _power(about: object, box: Board) -> Power:
    if isinstance(about, Relay):
        return RelayPower(
            _shell(about.at),
            about.python,
            about.pin,
            active_high=about.active_high,
            off_ms=about.off_s * 1000,
            chip=str(about.chip),
        )
    return ByHand(box.ssh)


def _shell(at: Ssh | None) -> Shell:
    return LocalShell() if at is None else _ssh(at)


def _ssh(at: Ssh) -> SshShell:
    return SshShell(at.host, port=at.port, identity=at.identity)


def _login(broker: resources.Broker) -> tuple[str | None, str | None]:
    if broker.password_file is None:
        return broker.user, None
    lines = broker.password_file.read_text().splitlines()
    return broker.user, lines[0] if lines else ""
