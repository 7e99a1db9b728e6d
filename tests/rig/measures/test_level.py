from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rig.measures.wires import LEAD_FRAMES, analog

from hil.material import noise, tone
from hil.measures.level import gain_db, peak_dbfs, rms_dbfs
from hil.measures.samples import MeasureError
from hil.recording import Samples

REFERENCE = noise(41, 2.0)


def louder(samples: Samples, by_db: float) -> Samples:
    """At another level, rounded to 16 bits."""
    steps_of_16: Samples = np.rint((samples >> 16) * 10 ** (by_db / 20)).astype(np.int32)
    return steps_of_16 << 16


@pytest.mark.parametrize("level_db", [0.0, -12.0, -60.0])
def test_a_tone_has_the_peak_that_it_was_made_with_and_3_db_less_rms(level_db: float) -> None:
    sound = tone(997.0, 1.0, peak_db=level_db, bits=24, fade_ms=0)
    assert peak_dbfs(sound) == pytest.approx(level_db, abs=0.001)
    assert rms_dbfs(sound) == pytest.approx(level_db - 3.0103, abs=0.001)


def test_silence_has_no_level_and_full_scale_has_none_above_it() -> None:
    silence = np.zeros((10, 2), np.int32)
    assert peak_dbfs(silence) == rms_dbfs(silence) == -np.inf
    silence[3, 1] = -(2**31)
    assert peak_dbfs(silence) == 0


@settings(deadline=None, max_examples=20)
@given(st.floats(-40, 6))
def test_a_gain_is_measured_to_a_hundredth_of_a_db(by_db: float) -> None:
    assert gain_db(louder(REFERENCE, by_db), REFERENCE) == pytest.approx(by_db, abs=0.003)


@pytest.mark.parametrize("fraction", [0.0, 0.2, 0.5])
def test_five_hundredths_of_a_db_are_seen_behind_a_wire_too(fraction: float) -> None:
    right = analog(REFERENCE, fraction=fraction)[LEAD_FRAMES:]
    wrong = analog(louder(REFERENCE, -0.05), fraction=fraction)[LEAD_FRAMES:]
    assert gain_db(right, REFERENCE) == pytest.approx(-6.0206, abs=0.005)
    assert gain_db(wrong, REFERENCE) == pytest.approx(-6.0706, abs=0.005)


def test_the_gain_of_what_is_upside_down_is_its_size_and_that_of_silence_has_no_end() -> None:
    assert gain_db(-REFERENCE, REFERENCE) == pytest.approx(0)
    assert gain_db(np.zeros_like(REFERENCE), REFERENCE) == -np.inf


def test_a_gain_between_different_sounds_is_refused() -> None:
    with pytest.raises(MeasureError, match=r"likeness .* lay them right"):
        gain_db(noise(42, 2.0), REFERENCE)
    with pytest.raises(MeasureError, match="likeness"):
        gain_db(REFERENCE[3:], REFERENCE[:-3])
    with pytest.raises(MeasureError, match=r"expected: .* frames of silence"):
        gain_db(REFERENCE, np.zeros_like(REFERENCE))
