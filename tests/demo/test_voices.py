import numpy as np
import pytest

from wkmp_pi.demo import voices
from wkmp_pi.demo.voices import Stroke

RATE = 44_100
TUNED = (
    voices.pad,
    voices.pluck,
    voices.keys,
    voices.music_box,
    voices.marimba,
    voices.glass,
    voices.flute,
    voices.bass,
)
ALL = (*TUNED, voices.bell, voices.kick, voices.brush, voices.shaker)


def struck(voice, hz=220.0, seconds=1.0, strength=0.7, seed=1):
    dice = np.random.default_rng(seed)
    stroke = Stroke(hz=hz, seconds=seconds, strength=strength, rate_hz=RATE, dice=dice)
    return voice(stroke)


@pytest.mark.parametrize("voice", ALL, ids=lambda v: v.__name__)
@pytest.mark.parametrize("hz", [55.0, 440.0, 1760.0])
def test_every_voice_begins_and_ends_in_silence_and_stays_below_full_scale(voice, hz):
    sound = struck(voice, hz)
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert np.abs(sound[..., :2]).max() < 0.02
    assert np.abs(sound[..., -1]).max() < 0.002
    assert 0.05 < np.abs(sound).max() <= 1.0


@pytest.mark.parametrize("voice", TUNED, ids=lambda v: v.__name__)
@pytest.mark.parametrize("hz", [110.0, 440.0, 1046.5])
def test_tuned_voices_are_in_tune_within_their_chorus(voice, hz):
    sound = np.atleast_2d(struck(voice, hz, seconds=1.5)).mean(axis=0)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 2**20))
    around = np.arange(int(hz / 1.03 * 2**20 / RATE), int(hz * 1.03 * 2**20 / RATE))
    found = around[spectrum[around].argmax()] * RATE / 2**20
    assert abs(1200 * np.log2(found / hz)) < 6  # cents


@pytest.mark.parametrize("voice", ALL, ids=lambda v: v.__name__)
def test_a_harder_stroke_is_louder(voice):
    soft, hard = (np.square(struck(voice, strength=s)).mean() for s in (0.3, 0.9))
    assert hard > 2 * soft


@pytest.mark.parametrize("voice", ALL, ids=lambda v: v.__name__)
def test_the_same_dice_give_the_same_sound(voice):
    assert np.array_equal(struck(voice), struck(voice))


def test_two_plucks_of_a_string_are_never_the_same():
    assert not np.array_equal(struck(voices.pluck, seed=1), struck(voices.pluck, seed=2))
