from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rig.measures.wires import LEAD_FRAMES, analog

from hil.material import noise
from hil.measures.reaction import changed
from hil.measures.samples import MeasureError
from hil.recording import Samples

A, B = noise(71, 2.0), noise(72, 2.0)
AT = st.integers(4000, 60_000)
BEFORE = st.integers(0, 6000)


@settings(deadline=None, max_examples=20)
@given(AT, BEFORE)
def test_another_sound_is_found_to_a_few_frames(at: int, before: int) -> None:
    heard = np.concatenate([A[:at], B])
    assert changed(heard, A, max(at - before, 1024)) == pytest.approx(at, abs=3)


@settings(deadline=None, max_examples=20)
@given(AT, BEFORE, st.floats(0.1, 0.9))
def test_another_place_and_another_level_are_changes_as_well(
    at: int, before: int, factor: float
) -> None:
    look = max(at - before, 1024)
    moved = np.concatenate([A[:at], A[at + 700 :]])
    assert changed(moved, A, look) == pytest.approx(at, abs=3)
    assert changed(quieter(at, factor), A, look) == pytest.approx(at, abs=60)


def quieter(at: int, factor: float) -> Samples:
    level = np.ones(len(A))
    level[at:] = factor
    return np.rint(A * level[:, None]).astype(np.int32)


@settings(deadline=None, max_examples=10)
@given(AT, st.floats(-0.5, 0.5), st.sampled_from([0.0, 50.0, -100.0]))
def test_a_wire_does_not_hide_it(at: int, fraction: float, ppm: float) -> None:
    recording = analog(np.concatenate([A[:at], B]), fraction=fraction, ppm=ppm)
    look = LEAD_FRAMES + at - 2000
    assert changed(recording, A, look) == pytest.approx(LEAD_FRAMES + at, abs=12)


def test_a_volume_that_falls_over_20_ms_is_seen_in_its_first_two() -> None:
    level = np.interp(np.arange(len(A)), [30_000, 30_882], [1.0, 0.5])
    heard = np.rint(A * level[:, None]).astype(np.int32)
    assert 0 <= changed(heard, A, 29_000) - 30_000 < 90


def test_no_change_is_no_number() -> None:
    with pytest.raises(MeasureError, match="the same sound for 22050 frames from 5000 on"):
        changed(A, A, 5000)
    with pytest.raises(MeasureError, match="samples before the change: 100 frames"):
        changed(A, A, 100)
    with pytest.raises(MeasureError, match="likeness"):
        changed(B, A, 5000)
    with pytest.raises(MeasureError, match="samples after it: 0 frames"):
        changed(A, A, len(A))
