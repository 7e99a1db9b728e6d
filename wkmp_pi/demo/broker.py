"""``python -m wkmp_pi.demo.broker FILE``: the service, with a private broker if it has none.

For a box whose configuration names no broker, a mosquitto is started that
nobody but this machine can reach and that keeps nothing; it is started again
when it was killed, and ends with the service. A broker that is configured is
used, and nothing is started. Without mosquitto the box plays all the same.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from wkmp_pi import config
from wkmp_pi.config.mqtt import chosen
from wkmp_pi.errors import WkmpError

HERE = "127.0.0.1"
USUAL_PORT = 1883
_PR_SET_PDEATHSIG = 1
_PATIENCE_S = 5.0

_KEEP = """
trap 'kill $! 2>/dev/null; rm -rf "$2"; exit' TERM
while :; do
    setpriv --pdeathsig TERM -- "$0" -c "$1" &
    wait $!
    sleep 1 & wait $!
done
"""
"""Of a shell: the program, its configuration, and where that lies."""

_CONFIGURATION = """\
# A private broker, made by `make run`: only programs of this machine can reach it.
listener {port} {here}
allow_anonymous true
persistence false
user {user}
max_packet_size 524288
max_queued_messages 100
log_dest none
"""


def main() -> int:
    """Start what is missing, and become the service."""
    parser = argparse.ArgumentParser(prog="wkmp_pi.demo.broker", description=main.__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="the configuration of the box")
    file = parser.parse_args().file
    try:
        if not chosen(config.load(file).mqtt).host:
            offer_broker(lambda line: print(f"mqtt: {line}", file=sys.stderr, flush=True), file)
    except WkmpError as error:
        print(f"wkmp-pi: {error}", file=sys.stderr)
        return 78
    return _become_the_service(file)


def _become_the_service(file: Path) -> NoReturn:
    words = [sys.executable, "-m", "wkmp_pi", "run", "--config", str(file)]
    os.execv(sys.executable, words)  # noqa: S606 - fixed words and the name of a file


def offer_broker(tell: Callable[[str], None], file: Path) -> subprocess.Popen[bytes] | None:
    """Start a private broker and have the service find it; ``None`` if that is not possible.

    Args:
        tell: takes a line for people.
        file: the box's configuration, named in what is told.
    """
    program = find_mosquitto()
    if program is None:
        tell("no mosquitto found, so this box is not on MQTT; apt install mosquitto brings it")
        return None
    port = free_port()
    process = start(program, port, Path(tempfile.mkdtemp(prefix="wkmp-pi-")))
    if not answers(port, process):
        process.terminate()
        process.wait()
        tell(f"{program} does not start, so this box is not on MQTT")
        return None
    os.environ["WKMP_PI_BROKER"] = f"{HERE}:{port}"
    tell(f"a private broker listens on {HERE}:{port}, for programs of this machine only")
    tell(f"watch it with: wkmp-pi mqtt watch --broker {HERE}:{port} --config {file}")
    return process


def find_mosquitto() -> str | None:
    """The program, wherever it was installed or unpacked."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("mosquitto", path=f"{beside}:{os.environ.get('PATH', '')}:/usr/sbin")


def free_port() -> int:
    """The usual port, or another one if somebody has it."""
    for port in (USUAL_PORT, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((HERE, port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    raise WkmpError(f"{HERE}: no free port; expected one for the private broker")


def start(program: str, port: int, place: Path) -> subprocess.Popen[bytes]:
    """A broker that comes back when it was killed, and ends when this process does.

    Args:
        program: mosquitto.
        port: where it listens.
        place: a folder for its configuration; removed at the end.

    Returns:
        who keeps it running; terminate it, and both are gone.
    """
    user = pwd.getpwuid(os.geteuid()).pw_name
    written = place / "mosquitto.conf"
    written.write_text(_CONFIGURATION.format(port=port, here=HERE, user=user))
    return subprocess.Popen(
        ["sh", "-c", _KEEP, program, written, place],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the service, which says goodbye to the broker
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - before any thread was started
    )


def _end_with_parent() -> None:
    """Ask the kernel for a signal at the parent's end, whatever ends it; see prctl(2)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether the broker comes to listen."""
    for _ in range(100):
        with socket.socket() as client:
            if client.connect_ex((HERE, port)) == 0:
                return True
        try:
            process.wait(_PATIENCE_S / 100)
        except subprocess.TimeoutExpired:
            continue
        return False
    return False


if __name__ == "__main__":
    raise SystemExit(main())
