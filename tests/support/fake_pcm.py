"""A sound card made of arithmetic behind the face of ``alsaaudio.PCM``, with faults on demand.

It behaves as the C source of pyalsaaudio 0.11 and alsa-lib's kernel devices
do, quirks included: parameters that are not checked, errors as text, negative
numbers or garbage, a state that says RUNNING until somebody looks.
"""

from __future__ import annotations

import errno
import os
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

import alsaaudio

NS = 1_000_000_000
WIDTHS = {"S16_LE": 2, "S24_3LE": 3, "S24_LE": 4, "S32_LE": 4, "FLOAT_LE": 4, "U8": 1}
NUMBERS = {name: getattr(alsaaudio, f"PCM_FORMAT_{name}") for name in WIDTHS}
GARBAGE = (1_234_567, 5_000_000_000, -42)


@dataclass
class FakeCard:
    """The hardware: what it can do, its clock, and the script of its faults."""

    formats: tuple[str, ...] = ("S16_LE", "S24_3LE", "S32_LE")
    rates: tuple[int, ...] = (44_100, 48_000)
    channels: tuple[int, ...] = (2,)
    least_ring: int = 0
    number: int = 0
    now_ns: int = 5 * NS
    faults: dict[str, deque[Any]] = field(default_factory=lambda: defaultdict(deque))
    opened: list[FakePcm] = field(default_factory=list)
    unplugged: bool = False
    hung: bool = False
    heard: bytearray = field(default_factory=bytearray)

    def clock(self) -> int:
        return self.now_ns

    def advance(self, ms: float) -> None:
        self.now_ns += round(ms * 1_000_000)

    def fail(self, call: str, *errors: Any) -> None:
        """The next calls of ``call``: an errno each, ``None`` for one that works."""
        self.faults[call].extend(errors)

    def due(self, call: str) -> Any:
        return self.faults[call].popleft() if self.faults[call] else None

    def open(self, **asked: Any) -> FakePcm:
        """In the place of ``alsaaudio.PCM``."""
        number = errno.ENOENT if self.unplugged else self.due("open")
        if number:
            raise spoken(number, asked["device"])
        pcm = FakePcm(self, asked)
        self.opened.append(pcm)
        return pcm


def spoken(number: int, device: str = "hw:0") -> alsaaudio.ALSAAudioError:
    return alsaaudio.ALSAAudioError(f"{os.strerror(number)} [{device}]")


class FakePcm:
    def __init__(self, card: FakeCard, asked: dict[str, Any]) -> None:
        self.card = card
        assert asked["mode"] == alsaaudio.PCM_NONBLOCK
        names = {number: name for name, number in NUMBERS.items()}
        wanted = names[asked["format"]]
        self.format = wanted if wanted in card.formats else card.formats[0]
        self.rate = min(card.rates, key=lambda rate: abs(rate - asked["rate"]))
        fits = asked["channels"] in card.channels
        self.channels = asked["channels"] if fits else card.channels[0]
        self.period = asked["periodsize"]
        self.ring = max(asked["periodsize"] * asked["periods"], card.least_ring)
        self.frame_bytes = WIDTHS[self.format] * self.channels
        self._state = alsaaudio.PCM_STATE_PREPARED
        self.queue = bytearray()
        self.started_ns = 0
        self.consumed = 0
        self.infos = self.closed = 0

    # --- what alsaaudio.PCM has ---------------------------------------------------------------

    def info(self) -> dict[str, Any]:
        assert not self.closed, "info() on a closed PCM aborts the process"
        self.infos += 1
        self._raise("info")
        return {
            "format_name": self.format,
            "rate": self.rate,
            "channels": self.channels,
            "period_size": self.period,
            "buffer_size": self.ring,
            "card_no": self.card.number,
        }

    def getformats(self) -> dict[str, int]:
        self._raise("getformats")
        return {name: NUMBERS[name] for name in self.card.formats}

    def getrates(self) -> int | tuple[int, int] | list[int]:
        return self.card.rates[0] if len(self.card.rates) == 1 else list(self.card.rates)

    def set_tstamp_mode(self, mode: int) -> None:
        if self.card.due("set_tstamp_mode"):
            raise RuntimeError("Unable to set pcm tstamp mode!")

    def set_tstamp_type(self, kind: int) -> None:
        pass

    def write(self, data: Any) -> int:
        number = self.card.due("write")
        if number == errno.EAGAIN:
            return 0
        if number == errno.EPIPE:
            self._dry_up()
        elif number:
            raise spoken(number)
        if self.card.unplugged:
            raise spoken(errno.EBADFD)
        if self._state == alsaaudio.PCM_STATE_SUSPENDED:
            raise spoken(errno.ESTRPIPE)
        self._play()
        if self._state == alsaaudio.PCM_STATE_XRUN:
            self._state = alsaaudio.PCM_STATE_PREPARED
            return -errno.EPIPE
        frames = memoryview(data).nbytes // self.frame_bytes
        assert frames * self.frame_bytes == memoryview(data).nbytes
        taken = min(frames, self.ring - self._queued())
        self.queue += bytes(data)[: taken * self.frame_bytes]
        if taken and self._state != alsaaudio.PCM_STATE_RUNNING:
            self._state = alsaaudio.PCM_STATE_RUNNING
            self.started_ns, self.consumed = self.card.now_ns, 0
        return taken

    def avail(self) -> int:
        number = self.card.due("avail")
        if number is not None:
            return -number if number > 0 else 10**9  # a negative script entry: nonsense
        if self.card.unplugged:
            return -errno.EBADFD
        self._play()
        return {
            alsaaudio.PCM_STATE_XRUN: -errno.EPIPE,
            alsaaudio.PCM_STATE_SETUP: -errno.EBADFD,
            alsaaudio.PCM_STATE_SUSPENDED: -errno.ESTRPIPE,
        }.get(self._state, self.ring - self._queued())

    def htimestamp(self) -> tuple[int, int, int]:
        scripted = self.card.due("htimestamp")
        if scripted is not None:
            return tuple(scripted)
        if self._state == alsaaudio.PCM_STATE_XRUN:
            return GARBAGE
        return (self.card.now_ns // NS, self.card.now_ns % NS, self.ring - self._queued())

    def state(self) -> int:
        self._raise("state")
        return alsaaudio.PCM_STATE_DISCONNECTED if self.card.unplugged else self._state

    def drop(self) -> int:
        assert not self.card.hung, "drop() would wait for a hung server, with the interpreter held"
        self._raise("drop")
        if self.card.unplugged:
            raise spoken(errno.EBADFD)
        self._play()
        self.queue.clear()
        self._state = alsaaudio.PCM_STATE_SETUP
        return 0

    def close(self) -> None:
        self.closed += 1
        gone = self.card.unplugged or self.card.hung
        assert gone or not self.queue, "close() would play the queue to its end"

    # --- the hardware -------------------------------------------------------------------------

    def suspend(self) -> None:
        self._state = alsaaudio.PCM_STATE_SUSPENDED

    def _raise(self, call: str) -> None:
        number = self.card.due(call)
        if number:
            raise spoken(number)

    def _queued(self) -> int:
        return len(self.queue) // self.frame_bytes

    def _play(self) -> None:
        if self._state != alsaaudio.PCM_STATE_RUNNING:
            return
        played = (self.card.now_ns - self.started_ns) * self.rate // NS
        fresh = min(played - self.consumed, self._queued())
        self.card.heard += self.queue[: fresh * self.frame_bytes]
        del self.queue[: fresh * self.frame_bytes]
        self.consumed += fresh
        if not self.queue:
            self._state = alsaaudio.PCM_STATE_XRUN

    def _dry_up(self) -> None:
        self.card.heard += self.queue
        self.queue.clear()
        self._state = alsaaudio.PCM_STATE_XRUN
