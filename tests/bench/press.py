"""From a command on the socket to the first frame at the output that it changed.

The counting file plays, so each recorded frame tells which one it is, and
the first that is not the one after its predecessor was changed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from bench import capture
from bench.players import Output, Peer
from numpy.typing import NDArray

_SETTLED_S = 1.0
_FADES_S = 0.7  # our fade after a pause takes 0.5 s, that of a seek 0.3 s
_FIRST_S, _LAST_S = 20.0, 60.0  # where numbers are large enough that a gain of 0.999 shows


def measure(
    folder: Path, output: Output, peer: Peer, counter: Path, rounds: int
) -> dict[str, list[float]]:
    """Pause, go on and seek so many times, at moments that follow no period.

    Returns:
        Seconds from command to change, by kind of command.
    """
    dice = random.Random(1)
    found: dict[str, list[float]] = {"pause": [], "play": [], "seek": []}
    with capture.capturing(output) as recording, peer.running(folder, output) as player:

        def press(kind: str, act: Callable[[], None], change: Change, rest_s: float) -> None:
            # With the frame before it: a change may be the first of what is recorded from now on.
            first, pressed_ns = recording.frames - 1, time.monotonic_ns()
            act()
            heard_ns = recording.heard_ns(recording.find(first, change, kind))
            found[kind].append((heard_ns - pressed_ns) / 1e9)
            time.sleep(rest_s + dice.random() / 10)

        player.play(counter)
        recording.find(0, sounding, "sound")
        player.seek(_FIRST_S)
        time.sleep(_SETTLED_S)
        for _ in range(rounds):
            to_s = dice.uniform(_FIRST_S, _LAST_S)
            press("pause", player.pause, changed, 0.2)
            press("play", player.resume, sounding, _FADES_S)
            press("seek", partial(player.seek, to_s), changed, _FADES_S)
    return found


Change = Callable[[capture.Frames], NDArray[np.bool_]]


def changed(frames: capture.Frames) -> NDArray[np.bool_]:
    """Frames that do not follow the one before them."""
    numbers = frames >> 8
    steps: NDArray[np.int32] = np.diff(numbers, prepend=numbers[:1] - 1)
    return np.not_equal(steps, 1)


def sounding(frames: capture.Frames) -> NDArray[np.bool_]:
    """Frames that are not silent."""
    return np.not_equal(frames, 0)
