from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rig.measures.wires import LEAD_FRAMES, analog

from hil.material import noise
from hil.measures.alignment import end_of_sound, first_difference, locate, onset, residual_db
from hil.measures.samples import MeasureError

REFERENCE = noise(11, 6.0)
LAST = len(REFERENCE) - 1024


@settings(deadline=None, max_examples=40)
@given(st.integers(0, LAST))
def test_each_stretch_of_noise_lies_at_one_place_only(at: int) -> None:
    window = REFERENCE[at : at + 1024]
    assert locate(window, REFERENCE) == (at, 0.0, 1.0)
    assert locate(window, REFERENCE, near=at + 100) == (at, 0.0, 1.0)


def test_a_window_as_long_as_the_reference_is_found() -> None:
    assert locate(REFERENCE, REFERENCE) == (0, 0.0, 1.0)


def test_a_window_with_a_fault_in_it_is_found_and_is_not_quite_the_same() -> None:
    window = REFERENCE[70_000:71_024].copy()
    window[500] = 0
    place = locate(window, REFERENCE)
    assert place.frame == 70_000
    assert place.at == pytest.approx(70_000, abs=0.01)
    assert 0.99 < place.likeness < 1


@pytest.mark.parametrize("fraction", [-0.5, -0.3, 0.0, 0.1, 0.25, 0.49, 0.75, 1.0])
def test_a_place_between_two_frames_is_found_to_a_thousandth(fraction: float) -> None:
    recording = analog(REFERENCE, fraction=fraction)
    for at in (0, 65_000, LAST - 2):
        window = recording[LEAD_FRAMES + at : LEAD_FRAMES + at + 1024]
        if at + fraction < 0:
            continue
        place = locate(window, REFERENCE)
        assert place.at == pytest.approx(at + fraction, abs=1e-3)
        assert abs(place.fraction) <= 0.501
        assert place.likeness > 0.999


def test_sound_that_is_upside_down_is_found_and_told_by_its_sign() -> None:
    place = locate(-REFERENCE[3000:4024], REFERENCE)
    assert place.frame == 3000
    assert place.likeness == pytest.approx(-1)


def test_other_sound_is_not_found() -> None:
    with pytest.raises(MeasureError, match=r"likeness to the reference is .* is this what was"):
        locate(noise(12, 0.1), REFERENCE)


def test_two_passages_that_sound_at_once_are_both_found_if_less_is_asked_for() -> None:
    other = noise(13, 3.0)
    mix = REFERENCE[50_000:54_096] // 2 + other[90_000:94_096] // 4
    assert locate(mix, REFERENCE, least=0.3).frame == 50_000
    assert locate(mix, other, least=0.3).frame == 90_000
    with pytest.raises(MeasureError):
        locate(mix, other)


def test_what_lies_further_than_it_may_is_not_found() -> None:
    window = REFERENCE[100_000:101_024]
    assert locate(window, REFERENCE, near=100_500, reach_frames=500).frame == 100_000
    with pytest.raises(MeasureError, match="likeness"):
        locate(window, REFERENCE, near=100_510, reach_frames=500)
    with pytest.raises(MeasureError, match="within 500 frames of 900000"):
        locate(window, REFERENCE, near=900_000, reach_frames=500)


def test_a_quiet_place_is_found_beside_a_loud_one() -> None:
    reference = REFERENCE.copy()
    reference[100_000:120_000] >>= 9
    assert locate(reference[110_000:111_024], reference).frame == 110_000


def test_silence_in_the_reference_is_like_nothing() -> None:
    reference = REFERENCE.copy()
    reference[20_000:90_000] = 0
    assert locate(reference[150_000:151_024], reference).frame == 150_000
    with pytest.raises(MeasureError, match="silence"):
        locate(reference[30_000:31_024], reference)


def test_too_short_a_window_or_reference_is_refused() -> None:
    with pytest.raises(MeasureError, match="window: 15 frames; expected at least 16"):
        locate(REFERENCE[:15], REFERENCE)
    with pytest.raises(MeasureError, match="reference: 1000 frames; expected at least 1024"):
        locate(REFERENCE[:1024], REFERENCE[:1000])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 200_000), st.sampled_from([0, 1]))
def test_the_first_wrong_bit_is_found(at: int, channel: int) -> None:
    captured = REFERENCE.copy()
    captured[at, channel] ^= 1
    assert first_difference(captured, REFERENCE) == at
    assert first_difference(captured, REFERENCE, within=1) is None


def test_the_same_has_no_difference_and_a_missing_end_is_one() -> None:
    assert first_difference(REFERENCE, REFERENCE) is None
    assert first_difference(REFERENCE[:900], REFERENCE) == 900
    assert first_difference(REFERENCE, REFERENCE[:0]) == 0
    with pytest.raises(MeasureError, match="channels"):
        first_difference(REFERENCE, REFERENCE[:, :1])


def test_full_scale_to_both_sides_is_a_difference_of_any_size() -> None:
    high, low = np.full((1, 2), 2**31 - 1, np.int32), np.full((1, 2), -(2**31), np.int32)
    assert first_difference(high, low, within=2**31) == 0
    assert first_difference(high, low, within=2**32) is None


def test_nothing_is_left_of_the_same_sound_at_another_level() -> None:
    assert residual_db(REFERENCE, REFERENCE) == -np.inf
    assert residual_db(REFERENCE // 2, REFERENCE) < -150
    assert residual_db(np.zeros_like(REFERENCE), REFERENCE) == -np.inf


@pytest.mark.parametrize("fraction", [0.0, 0.3, -0.5])
def test_little_is_left_behind_a_wire(fraction: float) -> None:
    captured = analog(REFERENCE, fraction=fraction)[LEAD_FRAMES:]
    assert residual_db(captured, REFERENCE) < -45


@pytest.mark.parametrize("level_db", [-40.0, -20.0])
def test_what_was_added_is_what_is_left(level_db: float) -> None:
    other = noise(17, 6.0) * 10 ** (level_db / 20)
    captured = REFERENCE + other.astype(np.int32)
    assert residual_db(captured, REFERENCE) == pytest.approx(level_db, abs=0.2)
    analogous = analog(captured)[LEAD_FRAMES:]
    assert residual_db(analogous, REFERENCE) == pytest.approx(level_db, abs=0.6)


def test_a_frame_that_was_dropped_leaves_half_of_the_sound() -> None:
    dropped = np.delete(REFERENCE, 100_000, axis=0)
    assert residual_db(dropped, REFERENCE[:-1]) > -10


def test_residual_wants_the_same_length_and_a_reference_that_sounds() -> None:
    with pytest.raises(MeasureError, match="999 and 1000 frames"):
        residual_db(REFERENCE[:999], REFERENCE[:1000])
    with pytest.raises(MeasureError, match="expected: 1000 frames of silence"):
        residual_db(REFERENCE[:1000], np.zeros((1000, 2), np.int32))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 500))
def test_sound_begins_and_ends_where_it_does(before: int, frames: int, after: int) -> None:
    samples = np.pad(REFERENCE[:frames], ((before, after), (0, 0)))
    assert onset(samples) == before
    assert end_of_sound(samples) == before + frames


def test_hiss_below_the_level_is_silence() -> None:
    recording = np.pad(analog(REFERENCE), ((0, 500), (0, 0)))
    assert onset(recording, -50) == pytest.approx(LEAD_FRAMES, abs=3)
    assert end_of_sound(recording, -50) == pytest.approx(LEAD_FRAMES + len(REFERENCE), abs=3)
    assert onset(recording) < 3
    with pytest.raises(MeasureError, match="none above 0 dBFS"):
        onset(recording, 0)
