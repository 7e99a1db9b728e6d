from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.media import taken

from wkmp_pi.decode.timeline import Piece, continuous
from wkmp_pi.errors import MediaError

TOTAL = 1_000


def piece(start: int, frames: int) -> Piece:
    """Frames that carry their own numbers (from 1 on, so that silence is told apart)."""
    numbers = np.arange(start, start + frames, dtype=np.float32) + 1
    return Piece(start, np.column_stack((numbers, -numbers)))


def heard(pieces: list[Piece], start: int = 0, total: int = TOTAL) -> list[int]:
    return [int(n) - 1 for n in taken(continuous(pieces, start, total))[:, 0]]


def test_pre_roll_and_padding_are_cut_off() -> None:
    assert heard([piece(-50, 600), piece(550, 600)], 7) == list(range(7, TOTAL))


def test_a_hole_becomes_silence_of_its_length() -> None:
    frames = heard([piece(0, 300), piece(400, 600)])

    assert frames[:300] == list(range(300))
    assert frames[300:400] == [-1] * 100
    assert frames[400:] == list(range(400, TOTAL))


def test_what_overlaps_is_heard_once() -> None:
    assert heard([piece(0, 600), piece(400, 600)]) == list(range(TOTAL))


def test_pieces_that_end_early_end_the_stream_early() -> None:
    assert heard([piece(0, 700)]) == list(range(700))


def test_a_piece_that_lies_behind_the_end_adds_nothing() -> None:
    assert len(heard([piece(0, 900), piece(5_000, 10)])) == TOTAL


def test_less_than_half_of_a_file_is_refused() -> None:
    with pytest.raises(MediaError, match="expected at least half"):
        heard([piece(0, 499)])
    with pytest.raises(MediaError, match="expected at least half"):
        heard([piece(501, 499)])
    assert len(heard([piece(0, 500)])) == 500


def test_a_hole_of_years_is_refused_before_it_is_filled() -> None:
    stream = continuous([piece(0, 10), piece(1 << 60, 10)], 0, 1 << 50)
    next(stream)

    with pytest.raises(MediaError):
        next(stream)


@given(st.integers(0, TOTAL), st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_the_cut_into_pieces_cannot_be_heard(start: int, sizes: list[int]) -> None:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(piece(at, size))
        at += size
    pieces.append(piece(at, max(0, TOTAL - at)))

    assert heard(pieces, start) == list(range(start, TOTAL))
