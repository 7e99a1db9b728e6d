"""The ALSA sink on a real device with a clock: a private PulseAudio's null sink."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from support.pulse import Pulse, running_pulse

from wkmp_pi.errors import DeviceError
from wkmp_pi.output.alsa import native_rate_hz, open_alsa
from wkmp_pi.output.alsa_sink import AlsaSink
from wkmp_pi.units import Hz

pytestmark = pytest.mark.flow

CD = Hz(44_100)
NEVER = threading.Event()


def play(sink: AlsaSink, stream: np.ndarray) -> int:
    """Feed ``stream`` as a writer does; how often the device ran dry."""
    period, written, dry = sink.format.period_frames, 0, 0
    while written * 2 < stream.size:
        queued = written - sink.position().heard
        if queued <= sink.format.buffer_frames - period:
            part = stream[written * 2 : (written + period) * 2]
            dry += not sink.write(part)
            written += part.size // 2
        else:
            NEVER.wait(0.002)
    return dry


def noise(bits: int, frames: int = 8000) -> np.ndarray:
    """Integers of that many bits, none of them zero."""
    values = np.random.default_rng(3).integers(1, 2 ** (bits - 1), frames * 2)
    values[1::2] *= -1
    return values


@pytest.mark.parametrize(
    ("name", "bits", "recorded"),
    [("S16", 16, "s16le"), ("S24", 24, "s32le"), ("S32", 24, "s32le"), ("F32", 24, "s32le")],
)
def test_what_is_heard_is_what_was_written_bit_for_bit(
    name: str, bits: int, recorded: str, pulse: Pulse
) -> None:
    values = noise(bits)
    silence = np.zeros(2 * CD // 4, np.float32)
    stream = np.concatenate((values / 2.0 ** (bits - 1), silence)).astype(np.float32)
    sink = open_alsa(pulse.device, CD, name, latency_ms=100, period_ms=10)
    with pulse.recording(recorded) as recording:
        dry = play(sink, stream)
        heard = recording.take(values.size // 2)
    sink.close()
    assert dry == 0
    shift = 32 - bits if recorded == "s32le" else 0
    np.testing.assert_array_equal(heard, values.astype(heard.dtype) << shift)


def test_a_server_takes_any_rate_so_nothing_is_resampled_twice(pulse: Pulse) -> None:
    sink = open_alsa(pulse.device, Hz(96_000), latency_ms=100, period_ms=10)
    assert sink.format.rate_hz == 96_000
    sink.close()
    assert native_rate_hz(pulse.device) == CD


def test_positions_are_late_by_a_step_and_never_early(pulse: Pulse) -> None:
    """The line along the earliest observations is sharp: that is what the playout clock needs."""
    sink = open_alsa(pulse.device, CD, latency_ms=80, period_ms=20)
    period, written, seen = np.zeros(2 * sink.format.period_frames, np.float32), 0, []
    for _ in range(120):
        position = sink.position()
        if position.heard:
            seen.append(position)
        while written - position.heard <= sink.format.buffer_frames - sink.format.period_frames:
            sink.write(period)
            written += sink.format.period_frames
        NEVER.wait(0.0047)
    sink.close()
    heard, at_ns = np.array(seen[len(seen) // 3 :], np.float64).T
    begun_ms = (at_ns - at_ns[0]) / 1e6 - (heard - heard[0]) / CD * 1e3
    late_ms = begun_ms - begun_ms.min()
    halves = np.array_split(late_ms, 2)
    assert np.median(late_ms) > 1.0  # late by up to a step,
    assert abs(halves[0].min() - halves[1].min()) < 2.0  # but the earliest agree


def test_a_device_that_does_not_exist_is_told(pulse: Pulse) -> None:
    with pytest.raises(DeviceError, match="opening failed with ENOENT"):
        open_alsa("no-such-pcm", CD)


def test_alsa_itself_writes_nothing_on_the_terminal(
    pulse: Pulse, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        with pytest.raises(DeviceError):
            open_alsa("no-such-pcm", CD)
    assert capfd.readouterr().err == ""


def test_a_server_that_dies_is_a_lost_device_and_another_one_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with running_pulse(home) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        sink = open_alsa(server.device, CD, latency_ms=80, period_ms=10)
        play(sink, np.zeros(4410, np.float32))
        server.process.kill()
        server.process.wait()
        with pytest.raises(DeviceError, match="box: "):
            _use_until_it_is_lost(sink)
        sink.close()
        with pytest.raises(DeviceError, match="opening failed"):
            open_alsa(server.device, CD)
    with running_pulse(home) as server:
        sink = open_alsa(server.device, CD, latency_ms=80, period_ms=10)
        assert play(sink, np.zeros(4410, np.float32)) == 0
        sink.close()


def test_a_server_that_hangs_holds_nobody_but_the_one_who_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with running_pulse(home) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        sink = open_alsa(server.device, CD, latency_ms=80, period_ms=10)
        play(sink, np.zeros(4410, np.float32))
        server.freeze()
        rescue = threading.Timer(0.2, server.thaw)  # needs the interpreter
        rescue.start()
        begun = time.monotonic()
        sink.abandon()
        assert time.monotonic() - begun < 10  # without the rescue: 30 s
        rescue.join()


def _use_until_it_is_lost(sink: AlsaSink) -> None:
    for _ in range(200):
        sink.position()
        sink.write(np.zeros(2 * 441, np.float32))
        NEVER.wait(0.005)
