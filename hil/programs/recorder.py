"""Records a capture device of ALSA into files, whatever happens to the device meanwhile.

Needs pyalsaaudio 0.11. Each unbroken stretch of the recording becomes two files of the folder:
``000.raw`` with its frames as the device gave them, and ``000.jsonl`` with a stamp for each time
that frames came: ``{"frames": n, "at_ns": t}`` says that n frames had been captured at t,
CLOCK_MONOTONIC. The clock is read after the frames, so a stamp is late or right, never early.

What it says on its standard output, one JSON object a line:

- ``recording``: a stretch has begun and its first frames are there;
- ``lost``: the device went away or cannot be opened as asked; it is tried again until it can;
- ``overrun``: we were too slow, and frames between this stretch and the next are lost;
- ``summary``: the input ended, everything is on the disk.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import alsaaudio

POLL_MS = 100
"""How long we trust the device to wake us."""

AWAY_MS = 2
"""How often we look for a device that is away where the kernel tells us nothing (in a container):
we must be back before whoever plays into it."""

RETRY_NS = 20_000_000
"""How often we try it without a sign: an open costs more CPU than a look at the device nodes."""

_UEVENTS = 15
_FROM_THE_KERNEL = 1

SAMPLE_BYTES = {"S16_LE": 2, "S24_3LE": 3, "S24_LE": 4, "S32_LE": 4, "FLOAT_LE": 4}
"""Of the formats that we know, by ALSA's names."""

Tell = Callable[..., None]


class Stretch:
    """The two files of an unbroken piece; each write reaches the kernel at once.

    So what was recorded stays even if this machine dies with the box.
    """

    def __init__(self, folder: Path, number: int, frame_bytes: int) -> None:
        self.number = number
        self.frames = 0
        self._frame_bytes = frame_bytes
        self._raw = (folder / f"{number:03}.raw").open("wb", buffering=0)
        self._stamps = (folder / f"{number:03}.jsonl").open("wb", buffering=0)

    def add(self, data: bytes, at_ns: int) -> None:
        """Frames that had been captured at ``at_ns``."""
        self._raw.write(data)
        self.frames += len(data) // self._frame_bytes
        self._stamps.write(b'{"frames": %d, "at_ns": %d}\n' % (self.frames, at_ns))

    def close(self) -> None:
        """Everything to the disk."""
        for file in (self._raw, self._stamps):
            os.fsync(file.fileno())
            file.close()


class Recorder:
    """The device, and the stretch that is being recorded.

    Args:
        asked: device, rate_hz, channels, format, folder, period_ms and ring_ms.
        tell: called with the name of an event and its fields.
    """

    def __init__(self, asked: argparse.Namespace, tell: Tell) -> None:
        self._asked = asked
        self._tell = tell
        self._pcm: Any = None
        self._stretch: Stretch | None = None
        self._frames: list[int] = []
        self._lost = False
        self._seen: list[str] = []
        self._tried_ns = 0
        self._news: socket.socket | None = None

    def run(self, stdin: int) -> None:
        """Record until ``stdin`` ends; what is said there does not matter."""
        self._news = kernel_news()
        while True:
            ready = self._wait(stdin)
            ended = stdin in ready and not os.read(stdin, 4096)
            if self._pcm is not None:
                self._take()
            elif not ended:
                self._look_for_it()
            if ended:
                break
        self._close()
        if self._news is not None:
            self._news.close()
        self._tell("summary", stretches=self._frames)

    def _wait(self, stdin: int) -> set[int]:
        poller = select.poll()
        poller.register(stdin, select.POLLIN)
        if self._pcm is None:
            return self._wait_for_news(poller)
        for descriptor, mask in self._pcm.polldescriptors():
            poller.register(descriptor, mask)
        events = poller.poll(POLL_MS)
        of_device = [event for event in events if event[0] != stdin]
        with contextlib.suppress(alsaaudio.ALSAAudioError):  # reading will say so, too
            if of_device:
                self._pcm.polldescriptors_revents(of_device)  # a plugin may have to look at them
        return {fd for fd, _ in events}

    def _wait_for_news(self, poller: select.poll) -> set[int]:
        if self._news is None:
            return {fd for fd, _ in poller.poll(AWAY_MS)}
        poller.register(self._news, select.POLLIN)
        ready = {fd for fd, _ in poller.poll(RETRY_NS / 1e6)}
        with contextlib.suppress(OSError):  # nothing more, or more than it can hold: news anyway
            while self._news.fileno() in ready:
                self._news.recv(1 << 16)
        return ready

    def _look_for_it(self) -> None:
        now_ns, nodes = time.monotonic_ns(), _device_nodes()
        if nodes == self._seen and now_ns - self._tried_ns < RETRY_NS:
            return
        self._seen, self._tried_ns = nodes, now_ns
        try:
            self._pcm = opened(self._asked)
        except (alsaaudio.ALSAAudioError, ValueError) as error:
            self._away(str(error))
        else:
            self._take()  # the first read starts the device

    def _take(self) -> None:
        """All frames that wait, under one stamp."""
        pieces: list[bytes] = []
        why = None
        try:
            while (got := self._pcm.read())[0] > 0:
                pieces.append(got[1])
            overrun = got[0] < 0
        except alsaaudio.ALSAAudioError as error:
            overrun, why = False, str(error)
        if pieces:
            self._add(b"".join(pieces), time.monotonic_ns())
        if overrun:
            self._tell("overrun", at_ns=time.monotonic_ns())
            self._end_stretch()
        elif why is not None:
            self._away(why)

    def _add(self, data: bytes, at_ns: int) -> None:
        fresh = self._stretch is None
        if self._stretch is None:
            asked, self._lost = self._asked, False
            frame_bytes = asked.channels * SAMPLE_BYTES[asked.format]
            self._stretch = Stretch(asked.folder, len(self._frames), frame_bytes)
        self._stretch.add(data, at_ns)
        if fresh:
            self._tell(
                "recording",
                stretch=self._stretch.number,
                device=self._asked.device,
                rate_hz=self._asked.rate_hz,
                at_ns=at_ns,
            )

    def _away(self, why: str) -> None:
        self._close()
        if not self._lost:
            self._tell("lost", why=why, at_ns=time.monotonic_ns())
        self._lost = True

    def _end_stretch(self) -> None:
        if self._stretch is not None:
            self._stretch.close()
            self._frames.append(self._stretch.frames)
            self._stretch = None

    def _close(self) -> None:
        if self._pcm is not None:
            with contextlib.suppress(alsaaudio.ALSAAudioError):
                self._pcm.drop()
            with contextlib.suppress(alsaaudio.ALSAAudioError):
                self._pcm.close()
            self._pcm = None
        self._end_stretch()


def opened(asked: argparse.Namespace) -> Any:
    """The device, not yet started.

    Raises:
        alsaaudio.ALSAAudioError: it cannot be opened.
        ValueError: it can, but not as asked: ALSA takes the nearest and says nothing.
    """
    period = max(1, round(asked.period_ms * asked.rate_hz / 1000))
    pcm = alsaaudio.PCM(
        type=alsaaudio.PCM_CAPTURE,
        mode=alsaaudio.PCM_NONBLOCK,
        device=asked.device,
        rate=asked.rate_hz,
        channels=asked.channels,
        format=getattr(alsaaudio, f"PCM_FORMAT_{asked.format}"),
        periodsize=period,
        periods=max(2, round(asked.ring_ms / asked.period_ms)),
    )
    info = pcm.info()
    found = (info["rate"], info["channels"], info["format_name"])
    if found != (asked.rate_hz, asked.channels, asked.format):
        pcm.close()
        raise ValueError(
            f"{asked.device}: found {found[0]} Hz, {found[1]} channels, {found[2]}; expected "
            f"{asked.rate_hz} Hz, {asked.channels} channels, {asked.format}; record what it gives"
        )
    return pcm


def kernel_news() -> socket.socket | None:
    """Where the kernel says that a device has come or gone; never blocks."""
    try:
        news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, _UEVENTS)
        news.bind((0, _FROM_THE_KERNEL))
    except OSError:
        return None
    return news


def _device_nodes() -> list[str]:
    try:
        return sorted(os.listdir("/dev/snd"))  # noqa: PTH208 - called often, on slow machines
    except OSError:
        return []


def hush_alsa() -> None:
    """Keep alsa-lib from writing to our stderr at each try to open what is not there."""
    with contextlib.suppress(OSError):
        nothing = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(nothing)


def tell(event: str, **fields: Any) -> None:
    """One line of JSON."""
    print(json.dumps({"event": event} | fields), flush=True)


def arguments(words: list[str]) -> argparse.Namespace:
    """What to record, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("device", help="ALSA's name of it, such as hw:1,0")
    parser.add_argument("rate_hz", type=int)
    parser.add_argument("channels", type=int)
    parser.add_argument("format", help="ALSA's name of it", choices=SAMPLE_BYTES)
    parser.add_argument("folder", type=Path, help="is made if it is not there")
    parser.add_argument("--period-ms", type=float, default=10.0)
    parser.add_argument("--ring-ms", type=float, default=1000.0)
    return parser.parse_args(words)


def main() -> None:
    """Record until standard input ends."""
    asked = arguments(sys.argv[1:])
    asked.folder.mkdir(parents=True, exist_ok=True)
    hush_alsa()
    Recorder(asked, tell).run(sys.stdin.fileno())


if __name__ == "__main__":
    main()
