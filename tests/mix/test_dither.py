from __future__ import annotations

import numpy as np
import pytest

from wkmp_pi.mix import dither


def test_the_numbers_are_those_of_splitmix64() -> None:
    known = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert (dither._uniform(3) * 2**53).tolist() == [value >> 11 for value in known]


def test_dither_is_triangular_one_step_wide_to_either_side_and_white() -> None:
    frames = 1 << 15
    stream = np.zeros(frames * 2, np.float32)
    dither.Dither().add(stream, 0)
    steps = stream.astype(np.float64) / dither.LSB
    assert -1 < steps.min() < -0.97
    assert 0.97 < steps.max() < 1
    assert steps.mean() == pytest.approx(0, abs=0.005)
    assert steps.var() == pytest.approx(1 / 6, rel=0.02)
    assert np.mean(np.abs(steps) < 0.5) == pytest.approx(0.75, abs=0.01)
    power = np.abs(np.fft.rfft(steps - steps.mean())) ** 2
    assert power.max() < 20 * power.mean()


@pytest.mark.parametrize("first", [0, 4095, 10**9])
def test_a_frame_has_the_same_dither_in_whatever_part_it_comes(first: int) -> None:
    whole, parts = np.zeros(20_000, np.float32), np.zeros(20_000, np.float32)
    dither.Dither().add(whole, first)
    for begin in range(0, 10_000, 441):
        dither.Dither().add(parts[begin * 2 : (begin + 441) * 2], first + begin)
    assert np.array_equal(whole, parts)
