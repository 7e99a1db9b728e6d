from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wkmp_pi.output.convert import FORMATS, Converter, formats_meant

BITS = {"S16": 16, "S24_3LE": 24, "S24_LE": 24, "S32": 32}


def integers(data: NDArray[np.uint8], format_name: str) -> NDArray[np.int64]:
    """An independent reading of the bytes."""
    width = FORMATS[format_name].width_bytes
    raw = bytes(data)
    return np.array(
        [
            int.from_bytes(raw[at : at + width], "little", signed=True)
            for at in range(0, len(raw), width)
        ],
        np.int64,
    )


def converted(format_name: str, samples: list[float], channels: int = 2) -> NDArray[np.int64]:
    stream = np.array(samples, np.float32)
    return integers(Converter(format_name, channels, 4)(stream), format_name)


def test_every_16_bit_value_comes_back_bit_exact_from_every_format() -> None:
    values = np.arange(-(2**15), 2**15, dtype=np.int64)
    stream = (values / 2**15).astype(np.float32)
    for name, bits in BITS.items():
        back = Converter(name, 2, 64)(stream)
        wide = back.view("<i2" if name == "S16" else "<i4") if name != "S24_3LE" else None
        found = integers(back, name) if wide is None else wide.astype(np.int64)
        np.testing.assert_array_equal(found, values << (bits - 16))


@given(st.lists(st.integers(-(2**23), 2**23 - 1), min_size=2, max_size=64))
def test_24_bit_values_come_back_bit_exact(values: list[int]) -> None:
    values = values[: len(values) // 2 * 2]
    stream = [value / 2**23 for value in values]
    assert converted("S24_3LE", stream).tolist() == values
    assert converted("S24_LE", stream).tolist() == values
    assert converted("S32", stream).tolist() == [value << 8 for value in values]


@pytest.mark.parametrize("name", BITS)
def test_what_is_too_loud_is_clipped_and_never_wraps_round(name: str) -> None:
    full = 2 ** (BITS[name] - 1)
    loud = converted(name, [1.0, -1.0, 1.5, -1.5, np.inf, -np.inf, 3e38, -3e38])
    assert loud.min() == -full
    assert full - 128 <= loud[0] == loud[2] == loud[4] == loud[6] < full
    assert set(loud[1::2]) == {-full}


def test_without_the_clip_full_scale_would_wrap_round() -> None:
    with np.errstate(invalid="ignore"):
        wrapped = (np.float32(1.0) * np.float32(2**31)).astype(np.int32)
    assert wrapped < 0 < converted("S32", [1.0, 1.0])[0]


@pytest.mark.parametrize("name", FORMATS)
def test_not_a_number_is_silence(name: str) -> None:
    assert converted(name, [np.nan, np.nan]).tolist() == [0, 0]


def test_values_are_rounded_to_the_nearest() -> None:
    thirds = [0.4 / 2**15, 0.6 / 2**15, -0.4 / 2**15, -0.6 / 2**15]
    assert converted("S16", thirds).tolist() == [0, 1, 0, -1]


def test_float_output_is_the_stream_itself_within_full_scale() -> None:
    stream = np.array([0.25, -0.5, 2.0, -2.0], np.float32)
    assert Converter("F32", 2, 2)(stream).view("<f4").tolist() == [0.25, -0.5, 1.0, -1.0]


def test_one_channel_gets_the_mean_of_both() -> None:
    assert converted("S16", [0.5, 0.25, -1.0, 1.0], channels=1).tolist() == [12288, 0]


def test_further_channels_are_silent() -> None:
    two_frames = converted("S16", [0.5, 0.25, -0.5, -0.25], channels=4)
    assert two_frames.tolist() == [16384, 8192, 0, 0, -16384, -8192, 0, 0]


def test_periods_may_be_shorter_or_longer_than_the_usual_one() -> None:
    convert = Converter("S24_3LE", 2, 4)
    for frames in (1, 4, 9, 2, 0):
        stream = np.full(frames * 2, 0.5, np.float32)
        assert integers(convert(stream), "S24_3LE").tolist() == [2**22] * frames * 2


def test_s24_leaves_the_packing_open() -> None:
    assert formats_meant("S24") == ("S24_3LE", "S24_LE")
    assert formats_meant("S32") == ("S32",)
