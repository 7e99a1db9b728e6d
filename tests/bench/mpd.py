"""The Music Player Daemon as Debian ships it, in a folder of its own and with its socket there.

Its configuration says what ours says: device, buffer, period, rate, format.
Everything else stays as the package has it, but for what it would look for on
the network.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.players import RATE_HZ, Output, Peer, once_up, started

_CONF = """\
bind_to_address "{folder}/mpd.sock"
playlist_directory "{folder}"
state_file "{folder}/state"
log_file "{folder}/log"
zeroconf_enabled "no"
auto_update "no"
resampler {{
    plugin "soxr"
    quality "{quality}"
}}
audio_output {{
    type "alsa"
    name "{output.device}"
    device "{output.device}"
    buffer_time "{buffer_us}"
    period_time "{period_us}"
    format "{rate_hz}:32:2"
    mixer_type "none"
}}
input {{
    plugin "curl"
    enabled "no"
}}
"""
_QUALITY = "high"
"""soxr's HQ: what our decoder uses."""


class Mpd:
    """The daemon; see ``players.Player``. The protocol is lines of text, each answer ends in OK."""

    def __init__(self, pid: int, connected: socket.socket) -> None:
        self.pid = pid
        self._socket = connected
        self._lines = connected.makefile("r")
        self._answer()

    def play(self, file: Path) -> None:
        for line in ("clear", f'add "file://{file}"', "play"):
            self.ask(line)

    def pause(self) -> None:
        self.ask("pause 1")

    def resume(self) -> None:
        self.ask("play")

    def seek(self, position_s: float) -> None:
        self.ask(f"seekcur {position_s}")

    def position_s(self) -> float:
        return float(self.ask("status").get("elapsed", 0))

    def ask(self, line: str) -> dict[str, str]:
        self._socket.sendall(line.encode() + b"\n")
        return self._answer()

    def _answer(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self._lines:
            key, _, value = line.rstrip().partition(": ")
            if key.startswith("OK"):
                return found
            if key.startswith("ACK"):
                raise AssertionError(f"mpd: {line.rstrip()}")
            found[key] = value
        raise AssertionError("mpd: the connection ended")


def prepare(folder: Path, output: Output) -> list[str]:
    """Write the configuration; see ``players.Peer``."""
    conf = folder / "mpd.conf"
    conf.write_text(
        _CONF.format(
            folder=folder,
            output=output,
            quality=_QUALITY,
            rate_hz=RATE_HZ,
            buffer_us=output.latency_ms * 1000,
            period_us=output.period_ms * 1000,
        )
    )
    return ["mpd", "--no-daemon", str(conf)]


@contextmanager
def running(folder: Path, output: Output) -> Iterator[Mpd]:
    """The daemon, ready to be asked."""
    log = folder / "said"
    with started(prepare(folder, output), output.environment, log) as process:

        def attempt() -> socket.socket | None:
            connected = socket.socket(socket.AF_UNIX)
            connected.settimeout(10)
            try:
                connected.connect(str(folder / "mpd.sock"))
            except OSError:
                connected.close()
                return None
            return connected

        with once_up(process, attempt, log) as connected:
            yield Mpd(process.pid, connected)


MPD = Peer("MPD", prepare, running)
