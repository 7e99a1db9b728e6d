import numpy as np
import pytest

from wkmp_pi.demo import master

RATE = 44_100


def sine(level_db, seconds=5.0, rate_hz=RATE):
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    tone = 10 ** (level_db / 20) * np.sin(2 * np.pi * 997 * t)
    return np.stack((tone, tone)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_loudness_is_that_of_the_broadcasters_test_tone(rate_hz):
    # EBU Tech 3341, case 1: a stereo tone at -23.0 dBFS measures -23.0 LUFS
    assert master.loudness_lufs(sine(-23.0, rate_hz=rate_hz), rate_hz) == pytest.approx(
        -23, abs=0.1
    )


def test_silence_between_sounds_does_not_count_as_loudness():
    gap = np.zeros((2, 5 * RATE), np.float32)
    with_gap = np.concatenate((sine(-23.0), gap, sine(-23.0)), axis=1)
    assert master.loudness_lufs(with_gap, RATE) == pytest.approx(-23, abs=0.2)


def test_mastering_sets_the_level_and_takes_out_direct_current():
    done = master.mastered(sine(-40.0) + np.float32(0.01), RATE)
    assert master.loudness_lufs(done, RATE) == pytest.approx(master.LOUDNESS_LUFS, abs=0.1)
    assert abs(done.mean()) < 1e-5


def test_peaks_are_rounded_off_below_the_ceiling():
    clicks = sine(-40.0)
    clicks[:, ::4410] = 0.9
    assert np.abs(master.mastered(clicks, RATE)).max() <= master.PEAK
