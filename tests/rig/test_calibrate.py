"""The calibration of a capture path, on clicks whose latency is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from hil import calibrate
from hil.calibrate import calibrated, click_ns, clicks, judged
from hil.drivers.protocols import Pull
from hil.errors import RigError
from hil.recording import Recording, Stamp, Stretch

RATE_HZ = 48_000
BEGIN_NS = 7 * 10**9
PRESSED_NS = BEGIN_NS + 500_000_000


class Workbench:
    """A puller whose clicks are heard ``late_us`` later, by a capture device with a high-pass.

    The clock is one that passes only when a train is pulled.
    """

    def __init__(self, late_us: float, known_us: int = 0, height: float = 0.3) -> None:
        line_in = SimpleNamespace(rate_hz=RATE_HZ, latency_us=known_us)
        self.rig = SimpleNamespace(line_in=line_in)
        self.lines = self
        self.closed = False
        self._late_us = late_us
        self._known_us = known_us
        self._height = height * 2**31
        self._train: list[Pull] = []

    def pull(self, *train: Pull) -> tuple[int, ...]:
        self._train = list(train)
        return tuple(PRESSED_NS + round(pull.at_ms * 1e6) for pull in train)

    def now_ns(self) -> int:
        return PRESSED_NS

    def close(self) -> None:
        self.closed = True

    @contextmanager
    def recording(self, *, rate_hz: int) -> Iterator[Recording]:
        recording = Recording()
        yield recording
        frames = np.arange(rate_hz * 9)
        at_us = frames / rate_hz * 1e6
        heard = np.zeros(len(frames))
        for pull in self._train:
            edge_us = (PRESSED_NS - BEGIN_NS) / 1000 + pull.at_ms * 1000 + self._late_us
            after_us = at_us - edge_us
            step = np.where(after_us >= 0, np.exp(-np.maximum(after_us, 0) / 16_000), 0)
            heard += step * (-self._height if pull.down else self._height)
        noise = np.random.default_rng(1).normal(0, 1e5, len(frames))
        samples = np.repeat((heard + noise).astype(np.int32)[:, None], 2, axis=1)
        stamp = Stamp(0, BEGIN_NS - self._known_us * 1000)
        recording.stretches.append(Stretch(samples, rate_hz, (stamp,)))


@pytest.fixture(autouse=True)
def one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    true = calibrate.measured
    monkeypatch.setattr(calibrate, "measured", lambda there: true(there, there))


@pytest.mark.parametrize("late_us", [0, 2_310, 31_000])
@pytest.mark.parametrize("known_us", [0, 2_000])
def test_it_finds_how_late_clicks_are_heard_whatever_the_rig_file_says(late_us, known_us):
    bench = Workbench(late_us, known_us)
    found = calibrated(bench, "play")
    assert abs(found.latency_us - late_us) <= 1e6 / RATE_HZ
    assert found.uncertainty_us <= 2e6 / RATE_HZ
    assert bench.closed


def test_a_wire_that_is_not_there_is_told_and_no_number_invented():
    bench = Workbench(0, height=0.001)
    with pytest.raises(RigError, match="is the wire clipped to the capture input"):
        calibrated(bench, "play")
    assert bench.closed


def test_a_recording_that_is_too_short_is_told():
    stretch = Stretch(np.zeros((100, 2), np.int32), RATE_HZ, (Stamp(0, BEGIN_NS),))
    with pytest.raises(RigError, match="the recording ended before a click"):
        click_ns(stretch, PRESSED_NS)


def test_clicks_are_pairs_that_do_not_overlap_at_uneven_times():
    train = clicks("play")
    assert [pull.down for pull in train] == [True, False] * (len(train) // 2)
    times = np.array([pull.at_ms for pull in train])
    assert np.diff(times).min() >= 40
    assert len(set(np.diff(times[::2]).round(3))) > 3


def test_the_uncertainty_holds_the_worst_click_and_the_clocks():
    assert judged([90, 100, 130], 1_000, 25) == (1_100, 56)


def test_what_is_wrong_with_the_rig_is_told_without_a_traceback(tmp_path, capsys):
    assert calibrate.main([str(tmp_path / "none.toml"), "play"]) == 1
    assert "none.toml" in capsys.readouterr().err


def test_it_prints_what_goes_into_the_rig_file(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(calibrate, "rigfile", SimpleNamespace(read=lambda _: None))
    monkeypatch.setattr(calibrate, "assemble", lambda *_: Workbench(2_310))
    assert calibrate.main(["rig.toml", "play"]) == 0
    latency, uncertainty = capsys.readouterr().out.splitlines()
    assert latency.startswith("latency_us = 23")
    assert uncertainty.startswith("uncertainty_us = ")
