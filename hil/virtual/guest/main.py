"""Process 1 of the virtual Pi: sets up what is left, and serves bench and services for ever."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
import struct
import tty
from pathlib import Path

from hil.virtual.guest.channels import Channels
from hil.virtual.guest.control import Control, power_off
from hil.virtual.guest.loop import Loop
from hil.virtual.guest.services import Service

_HERE = Path("/opt/wkmp-pi/hil/virtual/guest")
_UNITS = (_HERE / "mosquitto.service", Path("/opt/wkmp-pi/systemd/wkmp-pi.service"))
_LINE = "/dev/ttyS0"
_SIOCSIFFLAGS, _UP = 0x8914, 0x1


def main() -> None:
    """Never returns, unless by a bug: then the guest ends, and its console says why."""
    try:
        _set_up()
        loop = Loop()
        line = os.open(_LINE, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(line)
        services = {file.name: Service(loop, file) for file in _UNITS}
        Control(loop, services)
        parameters = Path("/proc/cmdline").read_text()
        for service in services.values():
            service.start()
        Channels(loop, line, simulated="time-travel" in parameters)
        loop.run()
    except BaseException:  # noqa: BLE001 the top of the guest; its console is the report
        import traceback

        Path("/dev/console").write_text(traceback.format_exc())
    finally:
        power_off()


def _set_up() -> None:
    os.environ["PATH"] = f"{_HERE}:/opt/wkmp-pi/.venv/bin:{os.environ['PATH']}"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh", b"lo", _UP))
    shipped = Path("/opt/wkmp-pi/config/box.toml").read_text()
    box = re.sub(r"(?m)^music_root = .*", 'music_root = "/srv/music"', shipped)
    Path("/etc/wkmp-pi/box.toml").write_text(box)
