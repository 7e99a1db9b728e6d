"""Our service, as ``wkmp-pi run`` runs it, in a folder of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.players import RATE_HZ, Output, Peer, once_up, started

from wkmp_pi import commands
from wkmp_pi.controls.client import Client, NoServiceError, connect

_BOX = """\
[audio]
device = "{output.device}"
rate_hz = {rate_hz}
format = "S32"
latency_ms = {output.latency_ms}
period_ms = {output.period_ms}
[library]
music_root = "{folder}"
database = "{folder}/library.db"
[control]
socket = "{folder}/wkmp.sock"
[log]
level = "error"
"""


class Ours:
    """The service; see ``players.Player``."""

    def __init__(self, pid: int, client: Client) -> None:
        self.pid = pid
        self.client = client

    def play(self, file: Path) -> None:
        self.ask(commands.Clear())
        self.ask(commands.Enqueue(items=(str(file),)))
        self.ask(commands.Play())

    def pause(self) -> None:
        self.ask(commands.Pause())

    def resume(self) -> None:
        self.ask(commands.Play())

    def seek(self, position_s: float) -> None:
        self.ask(commands.Seek(position_ms=round(position_s * 1000)))

    def position_s(self) -> float:
        return (self.ask(commands.GetStatus())["position_ms"] or 0) / 1000

    def ask(self, command: commands.AnyCommand) -> dict[str, Any]:
        return self.client.ask(command)


def prepare(folder: Path, output: Output) -> list[str]:
    """Write the configuration; see ``players.Peer``."""
    box = folder / "box.toml"
    box.write_text(_BOX.format(output=output, rate_hz=RATE_HZ, folder=folder))
    return [sys.executable, "-m", "wkmp_pi", "run", "--config", str(box)]


@contextmanager
def running(folder: Path, output: Output) -> Iterator[Ours]:
    """The service, ready to be asked."""
    log = folder / "said"
    with started(prepare(folder, output), output.environment, log) as process:

        def attempt() -> Client | None:
            try:
                return connect([folder / "wkmp.sock"])
            except NoServiceError:
                return None

        with once_up(process, attempt, log) as client:
            yield Ours(process.pid, client)


OURS = Peer("wkmp_pi", prepare, running)
