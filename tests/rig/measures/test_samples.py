from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hil.material import noise, tone
from hil.measures.alignment import end_of_sound, locate, onset, residual_db
from hil.measures.click import clicks
from hil.measures.fade import fade_length
from hil.measures.gap import jumps, silences
from hil.measures.level import gain_db, peak_dbfs, rms_dbfs
from hil.measures.pitch import frequency_hz
from hil.measures.samples import MeasureError, silent_frames

REFERENCE = noise(1, 1.0)
MEASURES: dict[str, Callable[[Any], object]] = {
    "locate": lambda samples: locate(samples, REFERENCE),
    "residual": lambda samples: residual_db(samples, REFERENCE[: len(samples)]),
    "onset": onset,
    "end of sound": end_of_sound,
    "clicks": lambda samples: clicks(samples, 44_100),
    "fade": fade_length,
    "jumps": lambda samples: jumps(samples, REFERENCE),
    "analog jumps": lambda samples: jumps(samples, REFERENCE, exact=False),
    "silences": silences,
    "gain": lambda samples: gain_db(samples, REFERENCE[: len(samples)]),
    "peak": peak_dbfs,
    "rms": rms_dbfs,
    "frequency": lambda samples: frequency_hz(samples, 44_100),
}


@pytest.mark.parametrize("name", MEASURES)
def test_nothing_one_channel_without_its_axis_and_floats_are_refused(name: str) -> None:
    measure = MEASURES[name]
    with pytest.raises(MeasureError, match=r"0 frames; expected at least .* record longer"):
        measure(REFERENCE[:0])
    with pytest.raises(MeasureError, match=r"shape \(44100,\); expected \(frames, channels\)"):
        measure(REFERENCE[:, 0])
    with pytest.raises(MeasureError, match="float64; expected int32"):
        measure(REFERENCE / 2.0**31)
    with pytest.raises(MeasureError, match=r"shape \(44100, 0\)"):
        measure(REFERENCE[:, :0])


@pytest.mark.parametrize(
    "name", ["locate", "onset", "end of sound", "fade", "jumps", "analog jumps", "frequency"]
)
def test_silence_is_refused_where_sound_is_needed(name: str) -> None:
    with pytest.raises(MeasureError, match="expected sound; is the box playing"):
        MEASURES[name](np.zeros_like(REFERENCE))


@pytest.mark.parametrize("name", ["locate", "residual", "jumps", "analog jumps", "gain"])
def test_other_channels_than_those_of_the_reference_are_refused(name: str) -> None:
    with pytest.raises(MeasureError, match="1 and 2 channels; expected the same"):
        MEASURES[name](REFERENCE[:, :1])


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_number_of_channels_is_measured(channels: int) -> None:
    reference = noise(3, 1.0, channels=channels)
    dropped = np.delete(reference, 20_000, axis=0)
    assert locate(reference[5000:6024], reference).frame == 5000
    assert [jump.frame for jump in jumps(dropped, reference)] == [20_000]
    assert len(jumps(dropped, reference, exact=False)) == 1
    assert gain_db(reference, reference) == 0
    assert clicks(tone(440, 1, channels=channels), 44_100) == []


def test_full_scale_is_no_silence_and_zero_always_is() -> None:
    samples = np.array([[-(2**31), 0], [0, 2**31 - 1], [0, 0], [0, -65536]], np.int32)
    assert silent_frames(samples).tolist() == [False, False, True, False]
    assert silent_frames(samples, -90).tolist() == [False, False, True, True]
    assert silent_frames(samples, -0.1).tolist() == [False, False, True, True]
