from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.material import noise
from hil.measures.piece import piece
from hil.measures.samples import MeasureError
from hil.recording import Samples

PLAYED = noise(1, 2)


def silence(frames: int) -> Samples:
    return np.zeros((frames, 2), np.int32)


@given(
    quiet=st.integers(0, 3000),
    first=st.integers(0, 80_000),
    frames=st.integers(16, 8000),
    near=st.none() | st.integers(0, 88_200),
)
@settings(max_examples=30, deadline=None)
def test_a_piece_is_found_to_the_frame_wherever_it_is_expected(
    quiet: int, first: int, frames: int, near: int | None
) -> None:
    sound = PLAYED[first : first + frames]
    found = piece(np.concatenate((silence(quiet), sound, silence(500))), PLAYED, near)
    assert found == (quiet, first, first, ())


def test_where_the_device_ran_dry_the_last_run_begins_anew() -> None:
    heard = np.concatenate((silence(7), PLAYED[50_000:52_000], silence(900), PLAYED[52_000:53_000]))
    found = piece(heard, PLAYED)
    assert (found.onset, found.first, found.run) == (7, 50_000, 52_000)
    (jump,) = found.jumps
    assert (jump.frame, jump.foreign_frames, jump.lost_frames) == (2007, 900, 0)


def test_frames_that_are_left_out_are_told_where_they_are_missing() -> None:
    heard = np.concatenate((PLAYED[70_000:72_000], PLAYED[72_010:73_000]))
    found = piece(heard, PLAYED, near=70_100)
    assert (found.first, found.run) == (70_000, 72_010)
    assert [jump.expected for jump in found.jumps] == [72_000]


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (silence(100), "none above"),
        (PLAYED[:15], "15 frames of sound; expected at least 16"),
        (noise(2, 0.1), "is this what was played"),
    ],
)
def test_what_is_no_piece_is_refused(samples: Samples, message: str) -> None:
    with pytest.raises(MeasureError, match=message):
        piece(samples, PLAYED)
