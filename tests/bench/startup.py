"""From exec to sound: how long a start takes that goes on with what played at the last end."""

from __future__ import annotations

import re
import time
from pathlib import Path

from bench import capture
from bench.players import Output, Peer, started

_PLAYED_S = 1.5


def first_frame_s(folder: Path, output: Output, peer: Peer, file: Path, runs: int) -> list[float]:
    """Seconds from the start of the process to its first sound, for each run."""
    with peer.running(folder, output) as player:
        player.play(file)
        time.sleep(_PLAYED_S)
    command = peer.prepare(folder, output)
    return [_one(command, output, folder) for _ in range(runs)]


def _one(command: list[str], output: Output, folder: Path) -> float:
    with capture.capturing(output) as recording:
        recording.find(0, lambda frames: frames == 0, "silence")
        first, begin_ns = recording.frames, time.monotonic_ns()
        with started(command, output.environment, folder / "said"):
            sound = recording.find(first, lambda frames: frames != 0, "sound")
            time.sleep(_PLAYED_S)  # past the moment in which either saves that it plays
        return (recording.heard_ns(sound) - begin_ns) / 1e9


def import_s(command: list[str], output: Output, log: Path) -> float:
    """Seconds that Python spends on importing while the service starts."""
    python, *rest = command
    with started([python, "-X", "importtime", *rest], output.environment, log):
        time.sleep(3 * _PLAYED_S)
    return sum(self_us for self_us in imported_us(log.read_text())) / 1e6


def imported_us(report: str) -> list[int]:
    """The first column (self) of what ``-X importtime`` prints."""
    return [int(us) for us in re.findall(r"^import time: +(\d+) \|", report, re.MULTILINE)]
