"""What comes out of the sound server's sink, frame by frame, and when each frame is heard.

A null sink plays on CLOCK_MONOTONIC: it renders a block at the moment at
which the block's first frame is due. So a frame is heard when its block
arrives here, plus its place in the block. Arrivals are late by the way
through two pipes, some 0.1 ms; a low percentile over two seconds of blocks
takes out the late ones.

The recorder has a part in it: the server renders blocks as short as the most
impatient of its clients asks for, and to ALSA a block counts as played when
the server takes it. So how long blocks are is the caller's choice.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from bench.figures import percentile
from bench.players import RATE_HZ, Output
from numpy.typing import NDArray

Frames = NDArray[np.int32]
"""The left channel, full scale 2**31."""

OWN_BLOCKS_MS = 5
"""Longer than the blocks that our service asks for at 80/20 ms, so that these stand."""

_FRAME_BYTES = 8
_SAME_BLOCK_NS = 1_000_000
_SPAN_FRAMES = RATE_HZ
_TYPICAL_PERCENT = 20
_LOOK_S = 0.005
_LIMIT_S = 20.0


class Capture:
    """A recording that goes on.

    Thread: ``bench-capture``, which reads the recorder.
    Owns: the list of pieces and the list of blocks, to which it only appends.
    """

    def __init__(self, recorder: subprocess.Popen[bytes]) -> None:
        self._recorder = recorder
        self._pieces: list[Frames] = []
        self._blocks: list[tuple[int, int]] = []  # (when it came, its first frame)
        self._frames = 0
        self._last_ns = 0
        self._thread = threading.Thread(target=self._run, name="bench-capture", daemon=True)
        self._thread.start()

    @property
    def frames(self) -> int:
        """How many have been recorded."""
        return self._frames

    def since(self, first: int) -> Frames:
        """What has been recorded from frame ``first`` on."""
        taken, at, parts = self._frames, 0, []
        for piece in self._pieces[:]:
            if at + len(piece) > first and at < taken:
                parts.append(piece[max(first - at, 0) :])
            at += len(piece)
        return np.concatenate(parts) if parts else np.zeros(0, np.int32)

    def find(self, first: int, wanted: Callable[[Frames], NDArray[Any]], what: str) -> int:
        """The number of the first frame from ``first`` on that is ``wanted``; waits for it."""
        deadline = time.monotonic() + _LIMIT_S
        while time.monotonic() < deadline:
            found = np.flatnonzero(wanted(self.since(first)))
            if found.size:
                return first + int(found[0])
            time.sleep(_LOOK_S)
        raise AssertionError(f"the recording: no {what} within {_LIMIT_S:g} s")

    def heard_ns(self, frame: int) -> float:
        """CLOCK_MONOTONIC at which a recorded frame was heard."""
        near = [
            came_ns - first / RATE_HZ * 1e9
            for came_ns, first in self._blocks[:]
            if abs(first - frame) < _SPAN_FRAMES
        ]
        return percentile(near, _TYPICAL_PERCENT) + frame / RATE_HZ * 1e9

    def _run(self) -> None:
        assert self._recorder.stdout is not None
        descriptor, rest = self._recorder.stdout.fileno(), b""
        while fresh := os.read(descriptor, 1 << 20):
            self._note_block(time.monotonic_ns())
            data = rest + fresh
            whole = len(data) - len(data) % _FRAME_BYTES
            rest = data[whole:]
            piece = np.frombuffer(data[:whole], np.int32)[::2].copy()
            self._pieces.append(piece)
            self._frames += len(piece)

    def _note_block(self, now_ns: int) -> None:
        """A block may come in several reads, which follow each other closely."""
        if now_ns - self._last_ns > _SAME_BLOCK_NS:
            self._blocks.append((now_ns, self._frames))
        self._last_ns = now_ns


@contextmanager
def capturing(output: Output, block_ms: int = OWN_BLOCKS_MS) -> Iterator[Capture]:
    """Record what the output is given; the server renders at most ``block_ms`` at once."""
    command = ["parec", f"--device={output.device}.monitor", "--format=s32le", "--raw"]
    command += [f"--rate={RATE_HZ}", "--channels=2", f"--latency-msec={block_ms}"]
    recorder = subprocess.Popen(
        command, stdout=subprocess.PIPE, env=os.environ | output.environment
    )
    try:
        yield Capture(recorder)
    finally:
        recorder.kill()
        recorder.wait()
