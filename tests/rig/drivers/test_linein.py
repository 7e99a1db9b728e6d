"""Recordings through ALSA, of a sound server's sink whose every sample is known."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.pulse import Pulse, running_pulse

from hil.drivers.linein import RecorderLineIn
from hil.drivers.local import LocalShell
from hil.drivers.protocols import CaptureFolder
from hil.errors import RigError
from hil.recording import Stretch

_HEARD = """
pcm.heard {{ type pulse server "unix:{home}/socket" device "box.monitor" }}
"""
NOISE = np.random.default_rng(3).integers(1, 2**31, (22_050, 2), dtype=np.int32)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where a sound server can live, and how ALSA hears it; written once, as ALSA reads it once."""
    (tmp_path / "pulse").mkdir()
    (tmp_path / "pulse/heard.conf").write_text(_HEARD.format(home=tmp_path / "pulse"))
    return tmp_path / "pulse"


@pytest.fixture
def server(home: Path) -> Iterator[Pulse]:
    with running_pulse(home) as pulse:
        yield pulse


def line_in(home: Path, device: str = "heard", **more: object) -> RecorderLineIn:
    shell = LocalShell({"ALSA_CONFIG_PATH": str(home / "heard.conf"), "HOME": str(home)})
    folder = CaptureFolder(str(home / "captures"), home / "captures")
    return RecorderLineIn(shell, sys.executable, device, folder, exact=True, **more)


def play(pulse: Pulse, noise: np.ndarray = NOISE) -> None:
    command = ["pacat", "--device=box", "--format=s32le", "--rate=44100", "--channels=2", "--raw"]
    subprocess.run(command, input=noise.tobytes(), env=os.environ | pulse.environment, check=True)


def recorded(place: RecorderLineIn, pulse: Pulse) -> Stretch:
    """What is played; again if the recorder was held up, which it told by a second stretch."""
    for _ in range(5):
        with place.recording() as recording:
            play(pulse)
        if len(recording.stretches) == 1:
            break
    return recording.only


def heard(stretch: Stretch) -> np.ndarray:
    return stretch.samples[np.flatnonzero(stretch.samples.any(axis=1))]


def test_what_is_played_is_recorded_bit_by_bit_and_its_time_is_known(server, home):
    before_ns = time.monotonic_ns()
    stretch = recorded(line_in(home), server)
    after_ns = time.monotonic_ns()
    assert np.array_equal(heard(stretch), NOISE)
    first = int(np.flatnonzero(stretch.samples.any(axis=1))[0])
    assert before_ns < stretch.at_ns(first) < stretch.at_ns(first + len(NOISE)) < after_ns
    assert abs(stretch.at_ns(len(stretch.samples)) - stretch.at_ns(0)) > 0.5e9


def test_16_bits_fill_the_upper_half(server, home):
    found = heard(recorded(line_in(home, format="S16"), server))
    assert not (found & 0xFFFF).any()
    assert len(found) > 20_000
    assert np.abs(found.astype(np.int64) - NOISE[: len(found)]).max() <= 1 << 16


def test_a_calibrated_latency_moves_the_times_and_nothing_else(server, home):
    stretch = recorded(line_in(home, latency_us=10_000_000), server)
    assert stretch.at_ns(len(stretch.samples)) < time.monotonic_ns() - 9 * 10**9


def test_one_recording_follows_the_other_and_no_file_stays(server, home):
    place = line_in(home)
    for _ in range(2):
        assert np.array_equal(heard(recorded(place, server)), NOISE)
    assert list((home / "captures").iterdir()) == []


def test_a_server_that_dies_ends_a_stretch_and_another_one_begins_the_next(home):
    with running_pulse(home) as first, line_in(home).recording() as recording:
        play(first)
        first.process.kill()
        first.process.wait()
        with running_pulse(home) as second:
            until_heard(home / "captures/recording-000/001.jsonl")
            play(second, NOISE[::-1])
    assert len(recording.stretches) == 2
    assert np.array_equal(heard(recording.stretches[1]), NOISE[::-1])
    assert len(heard(recording.stretches[0])) > 0


def until_heard(file: Path) -> None:
    deadline = time.monotonic() + 20
    while not (file.exists() and file.stat().st_size):
        assert time.monotonic() < deadline, f"{file} never came"


def test_a_device_that_is_not_there_is_told_at_once(server, home):
    with pytest.raises(RigError, match=r"recorder: nonsense: .*nonsense"):
        line_in(home, "nonsense").recording().__enter__()


def test_a_patient_recording_may_hear_nothing_at_all(server, home):
    with line_in(home, "nonsense").recording(patient=True) as recording:
        pass
    assert recording.stretches == []


def test_a_recorder_without_its_library_says_what_it_lacks(server, home):
    place = line_in(home)
    place._python = "/usr/bin/false"
    with pytest.raises(RigError, match="it ended with 1"):
        place.recording().__enter__()


def test_what_went_wrong_in_the_block_is_what_is_told(server, home):
    with pytest.raises(ZeroDivisionError), line_in(home).recording() as recording:
        raise ZeroDivisionError
    assert len(recording.stretches) == 1


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("S16_LE", b"\x01\x80", -32767 << 16),
        ("S24_3LE", b"\x01\x02\x80", (0x800201 - (1 << 24)) << 8),
        ("S24_LE", b"\x01\x02\x80\x00", (0x800201 - (1 << 24)) << 8),
        ("S32_LE", b"\x01\x02\x03\x80", 0x80030201 - (1 << 32)),
        ("FLOAT_LE", np.float32(-0.5).tobytes(), -(1 << 30)),
        ("FLOAT_LE", np.float32(1.5).tobytes(), (1 << 31) - 1),
    ],
)
def test_every_format_becomes_full_scale(tmp_path, name, raw, value):
    (tmp_path / "000.raw").write_bytes(raw * 2)
    (tmp_path / "000.jsonl").write_text('{"frames": 1, "at_ns": 5}\n{"frames": 2, "at')
    place = line_in(tmp_path, format=name)
    (stretch,) = place._stretches(tmp_path)
    assert stretch.samples.tolist() == [[value, value]]
    assert stretch.stamps == ((1, 5),)
