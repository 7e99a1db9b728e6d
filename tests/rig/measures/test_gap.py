from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.material import noise, tone
from hil.measures.gap import Silence, jumps, silences
from hil.measures.jump import Jump
from hil.measures.samples import MeasureError
from hil.recording import Samples

REFERENCE = noise(21, 2.0)
FRAMES = len(REFERENCE)
AT = st.one_of(st.integers(1, FRAMES - 2), st.integers(1, 9), st.integers(FRAMES - 10, FRAMES - 2))


def quiet(frames: int) -> Samples:
    return np.zeros((frames, 2), np.int32)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, FRAMES - 1), st.integers(1, FRAMES), st.integers(0, 50), st.integers(0, 50))
def test_a_clean_part_of_the_reference_has_no_jump(
    first: int, frames: int, before: int, after: int
) -> None:
    part = REFERENCE[first : first + frames]
    assert jumps(np.concatenate([quiet(before), part, quiet(after)]), REFERENCE) == []


@settings(deadline=None, max_examples=40)
@given(AT, st.integers(0, 100))
def test_one_dropped_frame_is_found_anywhere(at: int, before: int) -> None:
    dropped = np.concatenate([quiet(before), np.delete(REFERENCE, at, axis=0)])
    assert jumps(dropped, REFERENCE) == [Jump(at + before, at, at + 1)]


@settings(deadline=None, max_examples=40)
@given(st.one_of(AT, st.just(0)))
def test_one_doubled_frame_is_found_anywhere(at: int) -> None:
    doubled = np.insert(REFERENCE, at + 1, REFERENCE[at], axis=0)
    assert jumps(doubled, REFERENCE) == [Jump(at + 1, at + 1, at)]


@settings(deadline=None, max_examples=40)
@given(AT)
def test_one_frame_of_silence_is_found_anywhere(at: int) -> None:
    silenced = REFERENCE.copy()
    silenced[at] = 0
    assert jumps(silenced, REFERENCE) == [Jump(at, at, at + 1, 1, True)]


@settings(deadline=None, max_examples=40)
@given(AT, st.integers(0, 31), st.sampled_from([0, 1]))
def test_one_wrong_bit_is_found_anywhere(at: int, bit: int, channel: int) -> None:
    wrong = REFERENCE.copy()
    wrong[at, channel] ^= np.int32(-(2**31) if bit == 31 else 2**bit)
    assert jumps(wrong, REFERENCE) == [Jump(at, at, at + 1, 1, False)]


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_every_one_of_many_faults_is_found(data: st.DataObject) -> None:
    places = st.lists(st.integers(1, FRAMES // 20 - 2), min_size=1, max_size=30, unique=True)
    at = [20 * place for place in sorted(data.draw(places))]
    dropped = np.delete(REFERENCE, at, axis=0)
    found = jumps(dropped, REFERENCE, whole=True)
    assert [jump.expected for jump in found] == at
    assert [jump.lost_frames for jump in found] == [1] * len(at)
    assert [jump.frame for jump in found] == [frame - before for before, frame in enumerate(at)]
    silenced = REFERENCE.copy()
    silenced[at] = 0
    assert [(jump.frame, jump.silent) for jump in jumps(silenced, REFERENCE)] == [
        (frame, True) for frame in at
    ]


@pytest.mark.parametrize("skipped", [1, 7, 8192, 8193, 50_000])
def test_a_skip_of_any_length_is_found_to_both_sides(skipped: int) -> None:
    forward = np.concatenate([REFERENCE[:20_000], REFERENCE[20_000 + skipped :]])
    assert jumps(forward, REFERENCE) == [Jump(20_000, 20_000, 20_000 + skipped)]
    back = np.concatenate([REFERENCE[:60_000], REFERENCE[60_000 - skipped :]])
    assert jumps(back, REFERENCE) == [Jump(60_000, 60_000, 60_000 - skipped)]


@pytest.mark.parametrize("frames", [1, 441, 20_000, 100_000])
def test_silence_that_was_put_in_is_told_from_silence_in_place_of_sound(frames: int) -> None:
    inserted = np.insert(REFERENCE, 30_000, quiet(frames), axis=0)
    assert jumps(inserted, REFERENCE) == [Jump(30_000, 30_000, 30_000, frames, True)]
    frames = min(frames, 50_000)
    replaced = REFERENCE.copy()
    replaced[30_000 : 30_000 + frames] = 0
    assert jumps(replaced, REFERENCE) == [Jump(30_000, 30_000, 30_000 + frames, frames, True)]


@pytest.mark.parametrize("frames", [1, 5000, 150_000])
def test_other_sound_is_told_as_such(frames: int) -> None:
    other = noise(22, 4.0)[:frames]
    parts = [REFERENCE[:30_000], other, REFERENCE[70_000:]]
    assert jumps(np.concatenate(parts), REFERENCE) == [Jump(30_000, 30_000, 70_000, frames, False)]


def test_a_recording_that_never_comes_back_says_so() -> None:
    other = noise(22, 1.0)
    (jump,) = jumps(np.concatenate([REFERENCE[:30_000], other]), REFERENCE)
    assert jump == Jump(30_000, 30_000, None, len(other), False)
    assert jump.lost_frames is None
    assert str(jump).endswith("44100 of other sound, and nothing of the reference after it")


def test_a_recording_that_begins_with_other_sound_says_so() -> None:
    parts = [noise(22, 0.1), REFERENCE[10_000:]]
    assert jumps(np.concatenate(parts), REFERENCE) == [Jump(0, 5590, 10_000, 4410, False)]


def test_what_goes_on_behind_the_reference_is_no_part_of_it() -> None:
    assert jumps(np.concatenate([REFERENCE, REFERENCE]), REFERENCE) == [Jump(FRAMES, FRAMES, 0)]


def test_the_ends_are_missed_only_if_the_whole_is_asked_for() -> None:
    part = np.concatenate([quiet(10), REFERENCE[1:-2]])
    assert jumps(part, REFERENCE) == []
    end = 10 + FRAMES - 3
    assert jumps(part, REFERENCE, whole=True) == [
        Jump(10, 0, 1),
        Jump(end, FRAMES - 2, FRAMES),
    ]
    assert jumps(REFERENCE, REFERENCE, whole=True) == []


def test_silence_that_belongs_to_the_reference_is_no_fault() -> None:
    reference = REFERENCE.copy()
    reference[:500] = reference[40_000:45_000] = reference[-700:] = 0
    assert jumps(reference[30:-30], reference, whole=True) == []
    dropped = np.delete(reference, 42_000, axis=0)
    assert jumps(dropped, reference) == [Jump(44_999, 44_999, 45_000)]


def test_a_tone_that_repeats_itself_is_followed_too() -> None:
    for frequency_hz in (441.0, 44_100 / 6):
        reference = tone(frequency_hz, 1.0, fade_ms=0) + np.int32(65536)
        (jump,) = jumps(np.delete(reference, 20_000, axis=0), reference)
        assert (jump.frame, jump.lost_frames) == (20_000, 1)


def test_a_recording_at_another_level_is_no_digital_copy() -> None:
    with pytest.raises(MeasureError, match=r"none of them in the reference; .* is the volume"):
        jumps(REFERENCE // 2, REFERENCE)


def test_a_dropped_frame_in_five_minutes_is_found_in_a_few_seconds() -> None:
    reference = noise(23, 300.0)
    dropped = np.delete(reference, 9_999_999, axis=0)
    begin = time.process_time()
    assert jumps(reference, reference) == []
    assert jumps(dropped, reference) == [Jump(9_999_999, 9_999_999, 10_000_000)]
    assert time.process_time() - begin < 10


def test_silences_are_found_with_their_lengths() -> None:
    parts = [quiet(3), REFERENCE[:10], quiet(1), REFERENCE[:5], quiet(20)]
    samples = np.concatenate(parts)
    assert silences(samples) == [Silence(0, 3), Silence(13, 1), Silence(19, 20)]
    assert silences(samples, at_least_frames=4) == [Silence(19, 20)]
    assert silences(samples, below_dbfs=0) == [Silence(0, 39)]
    assert silences(REFERENCE) == []


def test_a_jump_is_told_in_one_line() -> None:
    line = "frame 9, where 7 of the reference is due:"
    assert str(Jump(9, 7, 8)) == f"{line} 1 not heard"
    assert str(Jump(9, 7, 5)) == f"{line} 2 heard twice"
    assert str(Jump(9, 7, 7, 3, silent=True)) == f"{line} 3 of silence, 0 not heard"
