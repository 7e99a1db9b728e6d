"""How exact events are: the time they bear and the time they come, against what was recorded.

Our service plays the counting file and tells its position ten times a
second. Each event names a frame; the recording shows that very frame.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from bench import capture, ours
from bench.players import RATE_HZ, Output

from wkmp_pi import commands

_TOLD = "position.updated"
_INTERVAL_MS = 100
_SETTLING_FRAMES = 3 * RATE_HZ  # so long a device is watched until its clock is known


class Errors(NamedTuple):
    """In seconds, one for each event; positive: later than the frame was heard.

    Attributes:
        stamped: of the time that the event bears.
        came: of the moment at which a follower on the socket had it.
        settled: whether the recording had no gap within the three seconds before the frame.
        gaps: how often the server ran dry meanwhile, as it does on a busy machine.
    """

    stamped: list[float]
    came: list[float]
    settled: list[bool]
    gaps: int

    def undisturbed(self) -> list[float]:
        """``stamped`` without what was told shortly after a gap."""
        return [error for error, calm in zip(self.stamped, self.settled, strict=True) if calm]


def measure(folder: Path, output: Output, counter: Path, seconds: float, block_ms: int) -> Errors:
    """Play for so long, into a server that renders at most ``block_ms`` at once, and compare."""
    with (
        capture.capturing(output, block_ms) as recording,
        ours.running(folder, output) as player,
    ):
        player.ask(commands.SetSetting(key="position_event_interval_ms", value=_INTERVAL_MS))
        follower = _Follower(folder / "wkmp.sock")
        player.play(counter)
        time.sleep(seconds)
        events = follower.end()
        numbers = recording.since(0) >> 8
        return _compared(recording, numbers, events)


def _compared(
    recording: capture.Capture, numbers: capture.Frames, events: list[tuple[int, dict[str, Any]]]
) -> Errors:
    (start,) = (event for _, event in events if event["name"] == "passage.started")
    begins = gaps(numbers)
    errors = Errors([], [], [], len(begins) - 1)
    for came_ns, event in events:
        found = np.flatnonzero(numbers == event["frame"] - start["frame"] + 1)
        if not found.size:
            continue
        true_ns = recording.heard_ns(int(found[0]))
        errors.stamped.append((event["heard_ns"] - true_ns) / 1e9)
        errors.came.append((came_ns - true_ns) / 1e9)
        errors.settled.append(all(not 0 <= found[0] - at < _SETTLING_FRAMES for at in begins))
    return errors


def gaps(numbers: capture.Frames) -> list[int]:
    """Where counting begins in the recording, and where it begins again after silence."""
    silent = numbers == 0
    return [int(at) + 1 for at in np.flatnonzero(silent[:-1] & ~silent[1:])]


class _Follower:
    """Events as they come, each with the time at which it came.

    Thread: ``bench-follower``. Owns: the connection.
    """

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rb")
        self._lines.readline()
        follow = {"id": 1, "command": "events.follow", "names": ["passage.started", _TOLD]}
        self._socket.sendall(json.dumps(follow).encode() + b"\n")
        self._lines.readline()
        self._came: list[tuple[int, bytes]] = []
        self._thread = threading.Thread(target=self._run, name="bench-follower", daemon=True)
        self._thread.start()

    def end(self) -> list[tuple[int, dict[str, Any]]]:
        """Close, and give what came and when."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._lines.close()
        self._socket.close()
        messages = ((came_ns, json.loads(line)) for came_ns, line in self._came)
        return [(came_ns, message["event"]) for came_ns, message in messages if "event" in message]

    def _run(self) -> None:
        for line in self._lines:
            self._came.append((time.monotonic_ns(), line))
