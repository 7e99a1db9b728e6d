"""What every sink promises, asked of the file, the silent card, the fake card and a real device."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from support.fake_pcm import FakeCard

from wkmp_pi.output.alsa import open_alsa
from wkmp_pi.output.silent import SilentSink
from wkmp_pi.output.sink import CHANNELS, Sink
from wkmp_pi.output.wav import WavSink
from wkmp_pi.units import Hz

RATE = Hz(44_100)
PERIOD, BUFFER = 441, 1764


@dataclass
class Rig:
    """A sink and the passing of time around it."""

    sink: Sink
    wait: Callable[[float], None]
    written: int = 0

    def write(self, frames: int | None = None) -> bool:
        frames = self.sink.format.period_frames if frames is None else frames
        self.written += frames
        return self.sink.write(np.full(frames * CHANNELS, 0.25, np.float32))

    def has_room(self) -> bool:
        about = self.sink.format
        queued = self.written - self.sink.position().heard
        return queued <= about.buffer_frames - about.period_frames

    def until(self, condition: Callable[[], bool], at_most_ms: int = 3000) -> None:
        for _ in range(at_most_ms // 2):
            if condition():
                return
            self.wait(2)
        raise AssertionError("that did not happen in time")

    def fill(self) -> None:
        while self.has_room():
            self.write()


def wav(tmp_path: Path) -> Rig:
    return Rig(WavSink(tmp_path / "out.wav", RATE, "S16", PERIOD), lambda _: None)


def silent() -> Rig:
    now = [time.monotonic_ns()]

    def wait(ms: float) -> None:
        now[0] += round(ms * 1_000_000)

    return Rig(SilentSink(RATE, PERIOD, BUFFER, lambda: now[0]), wait)


def fake(tmp_path: Path, **about: object) -> Rig:
    card = FakeCard(number=-1, **about)
    sink = open_alsa(
        "fake",
        RATE,
        latency_ms=40,
        period_ms=10,
        root=tmp_path,
        open_raw=card.open,
        now_ns=card.clock,
    )
    return Rig(sink, card.advance)


def real(device: str) -> Rig:
    sink = open_alsa(device, RATE, latency_ms=80, period_ms=10)
    never = threading.Event()
    return Rig(sink, lambda ms: bool(never.wait(ms / 1000)) and None)


@pytest.fixture(
    params=[
        "wav",
        "silent",
        "fake",
        "fake of another rate",
        "fake with six channels",
        pytest.param("pulse", marks=pytest.mark.flow),
    ]
)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    rigs = {
        "wav": lambda: wav(tmp_path),
        "silent": silent,
        "fake": lambda: fake(tmp_path),
        "fake of another rate": lambda: fake(tmp_path, rates=(48_000,)),
        "fake with six channels": lambda: fake(tmp_path, channels=(6,), formats=("S16_LE",)),
        "pulse": lambda: real(request.getfixturevalue("pulse").device),
    }
    made = rigs[request.param]()
    yield made
    made.sink.close()


def test_the_format_can_be_worked_with(rig: Rig) -> None:
    about = rig.sink.format
    assert about.format in ("S16", "S24_3LE", "S24_LE", "S32", "F32")
    assert about.rate_hz >= 8000
    assert about.channels >= 1
    assert 1 <= about.period_frames <= about.buffer_frames
    assert not rig.sink.realtime or about.period_frames <= about.buffer_frames // 2


def test_before_the_first_write_nothing_is_heard_and_nothing_runs_dry(rig: Rig) -> None:
    rig.wait(30)
    assert rig.sink.position().heard == 0
    assert rig.write()


def test_heard_frames_only_grow_and_never_exceed_what_was_written(rig: Rig) -> None:
    heard, at_ns = 0, 0
    for _ in range(60):
        if rig.has_room() or not rig.sink.realtime:
            rig.write()
        seen = rig.sink.position()
        assert heard <= seen.heard <= rig.written
        assert seen.at_ns >= at_ns - 50_000_000  # a driver's stamp may be a little old
        heard, at_ns = seen
        rig.wait(5)
    assert heard > 0


def test_a_device_that_is_fed_in_time_never_runs_dry(rig: Rig) -> None:
    for _ in range(60):
        while rig.has_room() and rig.sink.realtime:
            assert rig.write()
        rig.wait(2)


def test_a_file_takes_everything_at_once_and_a_device_does_not(rig: Rig) -> None:
    if rig.sink.realtime:
        rig.fill()
        assert rig.sink.position().heard < rig.written
    else:
        assert all(rig.write() for _ in range(100))
        assert rig.sink.position().heard == rig.written


def test_a_device_that_ran_dry_says_so_once_and_goes_on(rig: Rig) -> None:
    rig.fill() if rig.sink.realtime else rig.write()
    held = max(rig.sink.format.buffer_frames - BUFFER, 0)  # in a resampler, until more follows
    rig.until(lambda: rig.sink.position().heard >= rig.written - held)
    rig.wait(200)
    before = rig.written
    told = [rig.write() for _ in range(3)]  # a resampler may have nothing ready at first
    assert told.count(False) == int(rig.sink.realtime)
    rig.fill() if rig.sink.realtime else None
    rig.until(lambda: rig.sink.position().heard >= before)


def test_after_a_pause_all_counts_as_heard_and_the_next_write_is_no_underrun(rig: Rig) -> None:
    rig.fill() if rig.sink.realtime else rig.write()
    rig.sink.pause()
    assert rig.sink.position().heard == rig.written
    rig.wait(50)
    assert rig.sink.position().heard == rig.written
    assert rig.write()
    paused_at = rig.written - rig.sink.format.period_frames
    rig.fill() if rig.sink.realtime else None
    rig.until(lambda: rig.sink.position().heard > paused_at)


def test_a_pause_of_what_stands_still_is_harmless(rig: Rig) -> None:
    rig.sink.pause()
    rig.sink.pause()
    assert rig.sink.position().heard == 0
    assert rig.write()


def test_periods_may_be_shorter_than_usual(rig: Rig) -> None:
    for frames in (1, 7, 100, rig.sink.format.period_frames):
        rig.write(frames)
    assert rig.sink.position().heard <= rig.written


def test_closing_twice_is_harmless(rig: Rig) -> None:
    rig.write()
    rig.sink.close()
    rig.sink.close()


def test_what_is_not_used_any_more_can_be_abandoned_before_or_after_it_is_closed(rig: Rig) -> None:
    rig.sink.abandon()
    rig.sink.close()
    rig.sink.abandon()
