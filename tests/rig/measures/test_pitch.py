from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rig.measures.wires import analog

from hil.material import noise, tone
from hil.measures.pitch import deviation_ppm, frequency_hz
from hil.measures.samples import MeasureError

RATE_HZ = 44_100


@settings(deadline=None, max_examples=30)
@given(st.floats(40, 20_000), st.floats(-500, 500))
def test_a_wrong_clock_is_seen_to_a_tenth_of_a_millionth(hz: float, ppm: float) -> None:
    sound = tone(hz * (1 + ppm / 1e6), 3.0, fade_ms=0)
    assert deviation_ppm(sound, RATE_HZ, hz) == pytest.approx(ppm, abs=0.1)


@pytest.mark.parametrize("ppm", [-100.0, 0.0, 0.5, 37.0])
def test_a_wrong_clock_is_seen_behind_a_wire(ppm: float) -> None:
    recording = analog(tone(1000.0, 5.0), ppm=ppm)[4000:-4000]
    # More frames for the same sound: each of them is a smaller part of it.
    assert deviation_ppm(recording, RATE_HZ, 1000.0) == pytest.approx(-ppm, abs=0.1)


def test_a_fault_of_a_millionth_is_told_from_none() -> None:
    assert abs(deviation_ppm(tone(440.0, 3.0), RATE_HZ, 440.0)) < 0.01
    assert deviation_ppm(tone(440.00044, 3.0), RATE_HZ, 440.0) == pytest.approx(1, abs=0.01)


def test_channels_in_opposite_phase_do_not_cancel_each_other() -> None:
    sound = tone(440.0, 2.0)
    sound[:, 1] = -sound[:, 1]
    assert frequency_hz(sound, RATE_HZ) == pytest.approx(440, abs=1e-4)
    sound[:, 0] = 0
    assert frequency_hz(sound, RATE_HZ) == pytest.approx(440, abs=1e-4)


def test_what_is_no_steady_tone_is_refused() -> None:
    half = tone(440.0, 1.0)
    for sound in (
        noise(1, 1.0),
        np.concatenate([half, tone(660.0, 1.0)]),
        np.full((5000, 2), 1 << 24, np.int32),
    ):
        with pytest.raises(MeasureError, match="expected a steady tone"):
            frequency_hz(sound, RATE_HZ)


def test_too_few_periods_are_refused() -> None:
    with pytest.raises(MeasureError, match="about 10 periods of the tone; expected 16"):
        frequency_hz(tone(20.0, 0.5, fade_ms=0), RATE_HZ)
    with pytest.raises(MeasureError, match="4095 frames; expected at least 4096"):
        frequency_hz(tone(1000.0, 1.0)[:4095], RATE_HZ)
