from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.decode.stereo import downmix_matrix, to_stereo, without_nonsense

FIVE_ONE = ("FL", "FR", "FC", "LFE", "BL", "BR")


@pytest.mark.parametrize(
    ("dtype", "lowest", "zero", "scale"),
    [("u1", 0, 128, 2**7), ("i2", -(2**15), 0, 2**15), ("i4", -(2**31), 0, 2**31)],
)
def test_integers_are_scaled_by_a_power_of_two(
    dtype: str, lowest: int, zero: int, scale: int
) -> None:
    left, right = np.array([lowest, zero], dtype), np.array([zero, lowest], dtype)
    expected = [[-1, 0], [0, -1]]

    assert to_stereo([left, right], ("FL", "FR")).tolist() == expected
    assert to_stereo([np.column_stack((left, right)).ravel()], ("FL", "FR")).tolist() == expected
    assert to_stereo([left + np.array(0, dtype)], ("FC",))[0].tolist() == [-1, -1]
    assert scale == zero - lowest


@given(st.lists(st.integers(-(2**15), 2**15 - 1), min_size=1, max_size=50))
def test_every_16_bit_number_is_exact(numbers: list[int]) -> None:
    plane = np.array(numbers, "i2")

    ours = to_stereo([plane, plane], ("FL", "FR"))

    assert ours.dtype == np.float32
    assert [int(n * 32768) for n in ours[:, 0]] == numbers


@given(st.lists(st.integers(-(2**23), 2**23 - 1), min_size=1, max_size=50))
def test_every_24_bit_number_is_exact(numbers: list[int]) -> None:
    plane = np.array(numbers, "i4") << 8

    assert [int(n * 2**23) for n in to_stereo([plane], ("FC",))[:, 1]] == numbers


def test_the_result_shares_no_memory_with_its_source() -> None:
    plane = np.zeros(8, np.float32)

    assert not np.shares_memory(to_stereo([plane], ("FL", "FR")), plane)
    assert not np.shares_memory(to_stereo([plane, plane], ("FL", "FR")), plane)


def test_planar_and_interleaved_channels_are_mixed_alike() -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, (100, 6)).astype(np.float32)

    planar = to_stereo(list(samples.T), FIVE_ONE)
    packed = to_stereo([samples.ravel()], FIVE_ONE)

    assert np.allclose(planar, packed, atol=1e-6)


def test_surround_is_mixed_as_the_recommendation_says() -> None:
    matrix = downmix_matrix(FIVE_ONE)
    scale = matrix[0, 0]

    assert np.allclose(matrix[:, 0] / scale, [1, 0, 0.7071, 0, 0.7071, 0], atol=1e-4)
    assert np.allclose(matrix[:, 1] / scale, [0, 1, 0.7071, 0, 0, 0.7071], atol=1e-4)


@pytest.mark.parametrize(
    "names",
    [
        ("FL", "FR", "LFE"),
        ("FL", "FR", "FC"),
        ("FL", "FR", "FC", "BC"),
        ("FL", "FR", "BL", "BR"),
        ("FL", "FR", "FC", "BL", "BR"),
        FIVE_ONE,
        ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
        ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
        ("FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC"),
        *(("NONE",) * count for count in range(3, 9)),
    ],
)
def test_no_layout_can_clip_and_left_mirrors_right(names: tuple[str, ...]) -> None:
    matrix = downmix_matrix(names)

    assert np.abs(matrix).sum(axis=0).max() <= 1 + 1e-6
    assert np.allclose(matrix[:, 0].sum(), matrix[:, 1].sum())
    assert matrix[0].tolist() == matrix[1, ::-1].tolist()


def test_nonsense_is_taken_out_and_loud_sound_is_not() -> None:
    samples = np.array([[1.5, np.nan], [np.inf, -2.0]], np.float32)

    assert without_nonsense(samples).tolist() == [[1.5, 0.0], [0.0, -2.0]]
