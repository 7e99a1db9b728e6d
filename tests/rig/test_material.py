from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.material import Material, noise, noise_file, steps, tone, write_wav
from hil.measures.level import peak_dbfs, rms_dbfs

BITS = (16, 24, 32)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.sampled_from(BITS), st.floats(-60, 0), st.integers(1, 6))
def test_noise_has_its_level_its_bits_and_no_zero(
    seed: int, bits: int, peak_db: float, channels: int
) -> None:
    sound = noise(seed, 0.5, channels=channels, peak_db=peak_db, bits=bits)
    assert sound.shape == (22_050, channels)
    assert sound.dtype == np.int32
    assert sound.all()
    assert not (sound & np.int32(2 ** (32 - bits) - 1)).any()
    step = 2.0 ** (1 - bits)
    assert peak_dbfs(sound) <= 20 * np.log10(10 ** (peak_db / 20) + 2 * step)
    assert peak_dbfs(sound) > peak_db - 1
    assert rms_dbfs(sound) == pytest.approx(peak_db - 9, abs=0.3)


def test_noise_is_the_same_for_a_seed_and_another_for_another() -> None:
    assert np.array_equal(noise(7, 1.0), noise(7, 1.0))
    assert not np.array_equal(noise(7, 1.0), noise(8, 1.0))
    left, right = (noise(7, 5.0) / 2.0**31).T
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.02
    assert abs(left.mean()) < 0.001


def test_noise_is_flat_up_to_where_converters_end_and_weak_above() -> None:
    power = np.abs(np.fft.rfft(noise(7, 10.0)[:, 0] / 2.0**31)) ** 2
    bands = power[: len(power) // 40 * 40].reshape(40, -1).mean(axis=1)
    assert bands[:10].min() > 0.6 * bands[:10].max()
    assert bands[37:].max() < 1e-3 * bands[0]


@pytest.mark.parametrize("bits", BITS)
def test_a_tone_is_a_sine_that_comes_and_goes(bits: int) -> None:
    sound = tone(441.0, 1.0, peak_db=-6.0, bits=bits)
    assert sound.shape == (44_100, 2)
    assert sound[0].tolist() == [0, 0]
    assert peak_dbfs(sound) == pytest.approx(-6, abs=0.01)
    assert abs(sound[:20]).max() < 2**31 * 0.01 > abs(sound[-20:]).max()
    steady = np.sin(2 * np.pi * np.arange(1000, 43_000) / 100) * 10**-0.3
    assert np.abs(sound[1000:43_000, 0] / 2.0**31 - steady).max() < 2.0 ** (1 - bits)


def test_a_tone_at_full_scale_does_not_wrap_round() -> None:
    for bits in BITS:
        sound = tone(11_025.0, 0.1, peak_db=0.0, bits=bits, fade_ms=0)
        assert sound[1::4].min() == (2 ** (bits - 1) - 1) << (32 - bits)
        assert sound[3::4].max() < -(2**31) * 0.999


def test_steps_are_single_frames_in_silence() -> None:
    train = steps(1.0, 11_025, peak_db=-12.0, channels=1)
    assert np.flatnonzero(train).tolist() == [0, 11_025, 22_050, 33_075]
    assert peak_dbfs(train) == pytest.approx(-12, abs=0.01)


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_holds_every_bit(tmp_path: Path, bits: int, channels: int) -> None:
    made = noise_file(tmp_path / "n.wav", 3, 0.1, 48_000, channels=channels, bits=bits)
    assert made == Material(tmp_path / "n.wav", made.samples, 48_000)
    back, rate_hz = soundfile.read(made.path, dtype="int32", always_2d=True)
    assert rate_hz == 48_000
    np.testing.assert_array_equal(back, made.samples)
    np.testing.assert_array_equal(back, noise(3, 0.1, 48_000, channels=channels, bits=bits))
    with wave.open(str(made.path)) as file:
        assert (file.getsampwidth(), file.getnchannels()) == (bits // 8, channels)


def test_bits_that_would_be_lost_are_refused(tmp_path: Path) -> None:
    sound = noise(3, 0.1, bits=24)
    with pytest.raises(ValueError, match="samples of more than 16 bits"):
        write_wav(tmp_path / "n.wav", sound)
    with pytest.raises(ValueError, match="20 bits; expected one of"):
        write_wav(tmp_path / "n.wav", sound, bits=20)
    assert not (tmp_path / "n.wav").exists()
