"""Holds a playback device of ALSA so that nobody else can have it; needs pyalsaaudio.

It opens the device as often as that goes: a card may have several places to play. Then it says
``{"held": n, "pid": …, "name": …}`` on its standard output, and lets go when its standard input
ends. Its name is what other programs see of it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import alsaaudio

NAME = "other-player"
_MOST = 64


def taken(device: str) -> list[Any]:
    """The device, opened until it is busy."""
    held: list[Any] = []
    while len(held) < _MOST:
        try:
            held.append(alsaaudio.PCM(device=device, mode=alsaaudio.PCM_NONBLOCK))
        except alsaaudio.ALSAAudioError:
            break
    return held


def main() -> None:
    """Hold it until standard input ends."""
    Path("/proc/self/comm").write_text(NAME)
    held = taken(sys.argv[1])
    print(json.dumps({"held": len(held), "pid": os.getpid(), "name": NAME}), flush=True)
    sys.stdin.read()
    for pcm in held:
        pcm.close()


if __name__ == "__main__":
    main()
