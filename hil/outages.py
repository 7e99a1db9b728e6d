"""Ends of the player that nobody asked for: where the sound goes on, and what is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from hil.bench import Bench
from hil.drivers.service import SystemdService
from hil.material import noise
from hil.measures.alignment import end_of_sound, locate, onset
from hil.measures.gap import silences
from hil.measures.samples import MeasureError
from hil.recording import Recording, Samples

LIBRARY = "/var/lib/wkmp-pi/library.db"

RATE_HZ = 44_100

RESTART_S = 1.0
"""The unit's: so long after its end the player is started again."""

_WINDOW = 2048
_RISE = 1024
"""Frames within which the sound has risen after a start."""

_PAUSE_S = 0.3
"""A shorter silence is within the sound."""

_CHECK = f"""
import glob, sqlite3
library = sqlite3.connect("file:{LIBRARY}?mode=ro", uri=True)
(said,), *more = library.execute("PRAGMA quick_check").fetchall()
print(int(said != "ok") + len(more) + len(glob.glob("{LIBRARY}.corrupt-*")))
"""


class Heard(NamedTuple):
    """Sound between two silences: with which frame of the programme it begins and ends."""

    begin: int
    end: int


class Programme:
    """Files of noise that are played one after the other, for ever.

    Args:
        bench: whose box gets them.
        files: how many.
        seconds: length of each.
        seed: another seed, other noise.
    """

    def __init__(self, bench: Bench, files: int, seconds: float, seed: int) -> None:
        sounds = [noise(seed + number, seconds) for number in range(files)]
        self.names = [bench.put(f"{seed + n}.wav", sound) for n, sound in enumerate(sounds)]
        self.frames = sum(map(len, sounds))
        self._whole = np.concatenate([*sounds, sounds[0][:_WINDOW]])
        self._bench = bench

    def begin(self) -> None:
        """Play it, until it is heard."""
        for key, value in (("repeat", True), ("consume", False)):
            self._bench.ask("settings.set", key=key, value=value)
        self._bench.ask("enqueue", items=self.names)
        self._bench.event("passage.started")

    def heard(self, recording: Recording) -> list[Heard]:
        """Each piece of sound of a recording that is of this programme."""
        return [h for stretch in recording.stretches for h in self._pieces(stretch.samples)]

    def back_s(self, before: int, after: int) -> float:
        """How far frame ``after`` lies before frame ``before``, in s; negative: behind it."""
        half = self.frames // 2
        return ((before - after + half) % self.frames - half) / RATE_HZ

    def _pieces(self, samples: Samples) -> Iterator[Heard]:
        for first, last in sounds_in(samples, RATE_HZ):
            if last - first < 2 * _WINDOW + _RISE:
                continue
            begin = self._place(samples[first + _RISE : first + _RISE + _WINDOW])
            end = self._place(samples[last - _WINDOW : last], begin + last - first)
            yield Heard(begin - _RISE, end + _WINDOW)

    def _place(self, window: Samples, near: int | None = None) -> int:
        if near is not None:
            try:
                return locate(window, self._whole, near % self.frames).frame
            except MeasureError:
                pass  # it need not have gone on all the way
        return locate(window, self._whole).frame


def sounds_in(samples: Samples, rate_hz: int) -> Iterator[tuple[int, int]]:
    """The first frame of each piece of sound, and the one behind its last."""
    try:
        first, last = onset(samples), end_of_sound(samples)
    except MeasureError:
        return
    sound = samples[first:last]
    for silence in silences(sound, at_least_frames=round(_PAUSE_S * rate_hz)):
        yield first, last - len(sound) + silence.start
        first = last - len(sound) + silence.start + silence.length
    yield first, last


class Memory:
    """What the box has acknowledged, and whether it still knows.

    Args:
        bench: the box, with something in its queue.
        random: of the changes.
        extra: a file that comes into the queue and leaves it again.

    Attributes:
        changes: how many were acknowledged.
        lost: those that the box did not know any more, in words.
    """

    def __init__(self, bench: Bench, random: np.random.Generator, extra: str) -> None:
        self.changes = 0
        self.lost: list[str] = []
        self._bench = bench
        self._random = random
        self._extra = extra
        self._known = self._now()

    def change(self) -> None:
        """Have the box change a few things; the last of them is acknowledged just now."""
        acts: list[Callable[[], Any]] = [
            partial(self._set, "skip_fade_ms", int(self._random.integers(5000))),
            partial(self._set, "previous_restart_ms", int(self._random.integers(30_000))),
            partial(self._turn_volume, int(self._random.integers(50, 100))),
            self._turn_queue,
        ]
        for index in self._random.permutation(len(acts)):
            acts[index]()
            self.changes += 1

    def look(self) -> None:
        """Compare what the box knows now with what it has acknowledged."""
        now = self._now()
        self.lost += [
            f"{key}: found {now[key]}; expected {value}"
            for key, value in self._known.items()
            if now[key] != value
        ]
        self._known = now

    def _set(self, key: str, value: int) -> None:
        self._bench.ask("settings.set", key=key, value=value)
        self._known[key] = value

    def _turn_volume(self, percent: int) -> None:
        self._bench.ask("volume", percent=percent)
        self._known["volume"] = percent

    def _turn_queue(self) -> None:
        entries = self._bench.ask("queue")["entries"]
        if entries[-1]["file"] == self._extra:
            self._bench.ask("remove", entries=[entries[-1]["entry"]])
            self._known["queue"] = self._known["queue"][:-1]
        else:
            self._bench.ask("enqueue", items=[self._extra])
            self._known["queue"] = [*self._known["queue"], self._extra]

    def _now(self) -> dict[str, Any]:
        files = [entry["file"] for entry in self._bench.ask("queue")["entries"]]
        volume = self._bench.status()["volume"]
        return {**self._bench.ask("settings.get"), "queue": files, "volume": volume}


def damage(bench: Bench) -> int:
    """How much is wrong with the library: what SQLite finds, and those that were given up."""
    return int(bench.shell.run([*bench.root, bench.python, "-c", _CHECK]).out)


def kill_broker(bench: Bench, broker: SystemdService) -> None:
    """Kill it; its manager has started it again, or 10 s have passed, when this returns."""
    before = broker.main_pid()
    broker.kill()
    for _ in range(100):
        if broker.main_pid() not in (None, before):
            return
        bench.wait(0.1)


def broker_of(bench: Bench) -> SystemdService:
    """The broker beside a virtual Pi, as a service there."""
    return SystemdService(bench.shell, "mosquitto.service", prefix=bench.root)


def kill(bench: Bench) -> None:
    """Kill all processes of the player, and wait until it is there again by itself."""
    bench.service.kill()
    if not bench.rig.virtual:  # so many deaths are otherwise too many
        bench.shell.run([*bench.root, "systemctl", "reset-failed"], check=False)
    bench.wait(RESTART_S)
    bench.connect()
