"""Processor time and memory of steady playing, and of doing nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench import proc
from bench.players import Output, Peer, Player

_FILLED_S = 1.5  # both have filled their buffers by then, and only keep them full
_LEAST_PLAYED = 0.9


class Cost(NamedTuple):
    """What one stretch of playing cost.

    Attributes:
        cpu_s: processor time per played minute, by the program's own count of what it played.
        memory: at the end of it.
    """

    cpu_s: float
    memory: proc.Memory


Costs = Mapping[str, Cost]
"""By the name of the file."""


def playing(
    folder: Path, output: Output, peer: Peer, files: Mapping[str, Path], seconds: float
) -> Costs:
    """Start the program, and let it play each of the files for so long."""
    with peer.running(folder, output) as player:
        return {name: _stretch(player, file, seconds) for name, file in files.items()}


def _stretch(player: Player, file: Path, seconds: float) -> Cost:
    player.play(file)
    time.sleep(_FILLED_S)
    family = proc.tree(player.pid)
    cpu_ns, position_s = proc.cpu_ns(family), player.position_s()
    time.sleep(seconds)
    cpu_ns, played_s = proc.cpu_ns(family) - cpu_ns, player.position_s() - position_s
    assert played_s > seconds * _LEAST_PLAYED, f"{file}: {played_s} s were played in {seconds} s"
    return Cost(cpu_ns / 1e9 / played_s * 60, proc.memory(family))


def idle(
    folders: Sequence[Path], output: Output, peers: Sequence[Peer], seconds: float
) -> list[float]:
    """The share of one core that each program takes with nothing to play.

    All at the same time: that disturbs nobody. They are told to play, though there is nothing.
    """
    with ExitStack() as stack:
        running = [
            stack.enter_context(peer.running(folder, output))
            for folder, peer in zip(folders, peers, strict=True)
        ]
        for player in running:
            player.resume()
        time.sleep(_FILLED_S)
        families = [proc.tree(player.pid) for player in running]
        before_ns, begin_ns = [proc.cpu_ns(family) for family in families], time.monotonic_ns()
        time.sleep(seconds)
        elapsed_ns = time.monotonic_ns() - begin_ns
        return [
            (proc.cpu_ns(family) - ns) / elapsed_ns
            for family, ns in zip(families, before_ns, strict=True)
        ]
