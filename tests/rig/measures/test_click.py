from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hil.material import noise, steps, tone
from hil.measures.click import clicks
from hil.measures.samples import MeasureError
from hil.recording import Samples

RATE_HZ = 44_100
FREQUENCY_HZ = st.sampled_from([100.0, 220.0, 440.0, 1000.0, 3000.0])
AT = st.integers(5000, 30_000)


def times(samples: Samples, at: int, gains: NDArray[Any]) -> Samples:
    """The sound with gains from frame ``at`` on, then silence, rounded to 16 bits."""
    gain = np.concatenate([np.ones(at), gains, np.zeros(len(samples) - at - len(gains))])
    steps_of_16: Samples = np.rint((samples >> 16) * gain[:, None]).astype(np.int32)
    return steps_of_16 << 16


def cut_height(samples: Samples, at: int) -> float:
    """The step of a cut at ``at``, as a share of the tone's level."""
    return abs(int(samples[at, 0])) / int(samples.max())


@settings(deadline=None, max_examples=40)
@given(FREQUENCY_HZ, AT)
def test_a_hard_cut_is_a_click_and_so_is_a_hard_return(hz: float, at: int) -> None:
    sound = tone(hz, 1.0)
    if cut_height(sound, at) < 0.1:
        at += round(RATE_HZ / hz / 4)
    cut = times(sound, at, np.zeros(0))
    (click,) = clicks(cut, RATE_HZ)
    assert click.frame == pytest.approx(at, abs=2)
    assert click.excess_db > 0
    (click,) = clicks(np.ascontiguousarray(cut[::-1]), RATE_HZ)
    assert click.frame == pytest.approx(len(cut) - at, abs=2)


@settings(deadline=None, max_examples=40)
@given(FREQUENCY_HZ, AT)
def test_the_decay_of_a_pause_is_no_click(hz: float, at: int) -> None:
    decay = 0.96875 ** np.arange(1, 273)
    assert clicks(times(tone(hz, 1.0), at, decay), RATE_HZ) == []


@settings(deadline=None, max_examples=40)
@given(FREQUENCY_HZ, AT, st.integers(221, 4000))
def test_a_fade_of_5_ms_and_more_is_no_click(hz: float, at: int, frames: int) -> None:
    assert clicks(times(tone(hz, 1.0), at, np.linspace(1, 0, frames)), RATE_HZ) == []


@pytest.mark.parametrize("factor", [0.5, 0.8])
def test_a_decay_that_is_much_steeper_is_a_click(factor: float) -> None:
    sound = tone(440.0, 1.0)
    at = int(np.argmax(sound[20_000:20_100, 0])) + 20_000
    assert clicks(times(sound, at, factor ** np.arange(1, 40)), RATE_HZ)


@pytest.mark.parametrize("peak_db", [-3.0, -12.0, -40.0, -60.0])
def test_clean_sound_has_no_click_at_any_level(peak_db: float) -> None:
    assert clicks(tone(440.0, 2.0, peak_db=peak_db), RATE_HZ) == []
    assert clicks(tone(997.0, 2.0, 96_000, peak_db=peak_db), 96_000) == []
    assert clicks(noise(1, 5.0, peak_db=peak_db), RATE_HZ) == []


def test_silence_has_no_click_and_neither_has_its_dither() -> None:
    silence = np.zeros((RATE_HZ, 2), np.int32)
    assert clicks(silence, RATE_HZ) == []
    silence[10_000] = 65536
    dither = np.random.default_rng(1).integers(-1, 2, (RATE_HZ, 2), np.int32) << 16
    assert clicks(silence, RATE_HZ) == []
    assert clicks(dither, RATE_HZ) == []


def test_every_impulse_of_a_step_train_is_a_click() -> None:
    train = steps(1.0, 10_000)[5000:]
    assert [click.frame for click in clicks(train, RATE_HZ)] == pytest.approx(
        [5000, 15_000, 25_000, 35_000], abs=2
    )


def test_a_click_on_one_channel_is_enough() -> None:
    sound = tone(440.0, 1.0)
    sound[20_000, 1] = 0
    (click,) = clicks(sound, RATE_HZ)
    assert click.frame == pytest.approx(20_000, abs=2)


def test_a_short_dropout_is_one_click_at_each_end() -> None:
    sound = tone(1000.0, 1.0)
    sound[20_011:20_400] = 0
    assert [click.frame for click in clicks(sound, RATE_HZ)] == pytest.approx(
        [20_011, 20_400], abs=2
    )


def test_a_volume_that_jumps_is_a_click_and_one_that_glides_is_none() -> None:
    sound = tone(440.0, 1.0) >> 16
    at = int(np.argmax(sound[20_000:20_100, 0])) + 20_000
    jumping = np.where(np.arange(len(sound)) < at, 1.0, 0.7)
    gliding = np.interp(np.arange(len(sound)), [at, at + 882], [1.0, 0.7])
    for gain, count in ((jumping, 1), (gliding, 0)):
        changed = np.rint(sound * gain[:, None]).astype(np.int32) << 16
        assert len(clicks(changed, RATE_HZ)) == count


def test_a_recording_that_begins_and_ends_within_a_tone_has_no_click() -> None:
    assert clicks(tone(440.0, 1.0)[10_011:30_017], RATE_HZ) == []


def test_a_moment_is_too_short_to_tell() -> None:
    with pytest.raises(MeasureError, match="2199 frames; expected at least 2200"):
        clicks(tone(440.0, 1.0)[:2199], RATE_HZ)
