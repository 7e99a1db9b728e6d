from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rig.measures.wires import LEAD_FRAMES, analog

from hil.material import noise
from hil.measures.gap import jumps, silences
from hil.measures.samples import MeasureError

REFERENCE = noise(31, 6.0)
FRAMES = len(REFERENCE)
PPM = st.sampled_from([0.0, 100.0, -150.0])
FRACTION = st.floats(-0.5, 0.5)


@settings(deadline=None, max_examples=12)
@given(PPM, FRACTION)
def test_a_clean_recording_has_no_jump_whatever_the_clocks_are(ppm: float, fraction: float) -> None:
    recording = analog(REFERENCE, ppm=ppm, fraction=fraction)
    assert jumps(recording, REFERENCE, exact=False, whole=True) == []
    assert jumps(recording, REFERENCE, 512, exact=False) == []


@settings(deadline=None, max_examples=15)
@given(st.integers(600, FRAMES - 600), st.sampled_from([-2, -1, 1, 2, 5]), PPM, FRACTION)
def test_a_frame_dropped_or_doubled_is_found_near_its_place(
    at: int, lost: int, ppm: float, fraction: float
) -> None:
    jumped = np.concatenate([REFERENCE[:at], REFERENCE[at + lost :]])
    recording = analog(jumped, ppm=ppm, fraction=fraction)
    (jump,) = jumps(recording, REFERENCE, exact=False)
    assert jump.lost_frames == lost
    assert jump.foreign_frames == 0
    assert jump.frame == pytest.approx(LEAD_FRAMES + at * (1 + ppm / 1e6), abs=4)
    assert jump.expected == pytest.approx(at, abs=4)


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(1, FRAMES // 5000 - 2), min_size=2, max_size=8, unique=True), PPM)
def test_several_dropped_frames_are_found(places: list[int], ppm: float) -> None:
    at = [5000 * place for place in sorted(places)]
    recording = analog(np.delete(REFERENCE, at, axis=0), ppm=ppm)
    found = jumps(recording, REFERENCE, exact=False)
    assert [jump.lost_frames for jump in found] == [1] * len(at)
    assert [jump.expected for jump in found] == pytest.approx(at, abs=4)


def test_silence_in_place_of_sound_is_found() -> None:
    silenced = REFERENCE.copy()
    silenced[100_000:104_000] = 0
    (jump,) = jumps(analog(silenced), REFERENCE, exact=False)
    assert jump.silent
    assert jump.frame == pytest.approx(LEAD_FRAMES + 100_000, abs=4)
    assert jump.foreign_frames == pytest.approx(4000, abs=4)
    assert jump.lost_frames == pytest.approx(4000, abs=4)


def test_silence_that_was_put_in_is_found() -> None:
    inserted = np.insert(REFERENCE, 100_000, np.zeros((44_100, 2), np.int32), axis=0)
    (jump,) = jumps(analog(inserted, ppm=80), REFERENCE, exact=False)
    assert jump.silent
    assert jump.foreign_frames == pytest.approx(44_100, abs=6)
    assert jump.lost_frames == pytest.approx(0, abs=4)


def test_other_sound_is_found_before_between_and_behind() -> None:
    parts = [noise(9, 1.0), REFERENCE[5000:90_000], noise(7, 1.0), REFERENCE[150_000:], noise(8, 1)]
    before, between, behind = jumps(analog(np.concatenate(parts)), REFERENCE, exact=False)
    assert before.frame == LEAD_FRAMES
    assert before.found == pytest.approx(5000, abs=4)
    assert before.foreign_frames == pytest.approx(44_100, abs=4)
    assert between.expected == pytest.approx(90_000, abs=4)
    assert between.found == pytest.approx(150_000, abs=4)
    assert behind.expected == pytest.approx(FRAMES, abs=4)
    assert behind.found is None
    assert [jump.silent for jump in (before, between, behind)] == [False] * 3


def test_something_loud_above_the_sound_is_found() -> None:
    disturbed = REFERENCE.copy()
    disturbed[100_000:103_000] //= 8
    disturbed[100_000:103_000] += noise(5, 1.0)[:3000] // 2
    (jump,) = jumps(analog(disturbed), REFERENCE, exact=False)
    assert jump.frame == pytest.approx(LEAD_FRAMES + 101_500, abs=2600)


def test_missing_ends_are_found_if_the_whole_is_asked_for() -> None:
    recording = analog(REFERENCE[20_000:200_000], ppm=80)
    assert jumps(recording, REFERENCE, exact=False) == []
    first, last = jumps(recording, REFERENCE, exact=False, whole=True)
    assert first.lost_frames == pytest.approx(20_000, abs=4)
    assert last.lost_frames == pytest.approx(FRAMES - 200_000, abs=4)


def test_short_silence_shows_as_such() -> None:
    silenced = REFERENCE.copy()
    silenced[100_000:100_100] = 0
    (_, found) = silences(analog(silenced), below_dbfs=-50, at_least_frames=32)
    assert found.start == pytest.approx(LEAD_FRAMES + 100_000, abs=20)
    assert found.length == pytest.approx(100, abs=30)
    clean = silences(analog(REFERENCE), below_dbfs=-50, at_least_frames=32)
    assert [(silence.start, silence.length // 10) for silence in clean] == [(0, 100)]


def test_steps_that_are_too_short_and_other_sound_are_refused() -> None:
    with pytest.raises(MeasureError, match="steps of 255; expected steps of at least 256"):
        jumps(REFERENCE, REFERENCE, 255, exact=False)
    with pytest.raises(MeasureError, match="900 frames of sound in steps of 1024"):
        jumps(REFERENCE[:900], REFERENCE, exact=False)
    with pytest.raises(MeasureError, match="nothing like the reference"):
        jumps(noise(32, 1.0), REFERENCE, exact=False)
