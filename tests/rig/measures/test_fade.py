from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rig.measures.test_click import times
from rig.measures.wires import analog

from hil.material import noise, tone
from hil.measures.fade import fade_length
from hil.measures.samples import MeasureError

AT = st.integers(9000, 30_000)


@settings(deadline=None, max_examples=25)
@given(AT, st.sampled_from([441.0, 997.0, 3000.0]))
def test_the_decay_of_a_pause_takes_272_frames(at: int, hz: float) -> None:
    paused = times(tone(hz, 1.0)[1000:], at, 0.96875 ** np.arange(1, 273))
    assert fade_length(paused) == pytest.approx(272, abs=5 + 0.1 * 44_100 / hz)


@settings(deadline=None, max_examples=25)
@given(AT, st.integers(100, 5000))
def test_a_straight_fade_takes_as_long_as_it_does(at: int, frames: int) -> None:
    faded = times(tone(997.0, 1.0)[1000:], at, np.linspace(1, 0, frames))
    assert fade_length(faded) == pytest.approx(frames, rel=0.03, abs=15)


@settings(deadline=None, max_examples=25)
@given(AT)
def test_a_hard_cut_takes_no_time(at: int) -> None:
    assert fade_length(times(tone(997.0, 1.0)[1000:], at, np.zeros(0))) == 0


def test_a_fade_is_measured_behind_a_wire_too() -> None:
    faded = times(tone(997.0, 1.0)[1000:], 20_000, np.linspace(1, 0, 2000))
    recording = analog(faded)[2000:]
    assert fade_length(recording, below_dbfs=-60) == pytest.approx(2000, rel=0.05)


def test_a_rise_is_measured_backwards() -> None:
    faded = times(tone(997.0, 1.0)[1000:], 20_000, np.linspace(1, 0, 3000))
    rising = np.ascontiguousarray(faded[::-1])
    assert fade_length(rising[::-1]) == pytest.approx(3000, rel=0.03)
    with pytest.raises(MeasureError, match="sound up to the last"):
        fade_length(rising[: 25_000 + 9000])


def test_noise_and_a_tone_without_an_end_are_refused() -> None:
    quiet = np.zeros((1000, 2), np.int32)
    with pytest.raises(MeasureError, match="expected a steady tone"):
        fade_length(np.concatenate([noise(1, 1.0), quiet]))
    with pytest.raises(MeasureError, match="expected silence behind the fade"):
        fade_length(tone(997.0, 1.0)[1000:-2000])
