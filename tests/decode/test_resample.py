"""A span at the working rate is what soxr makes of the whole file, cut out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media import Samples, taken, tones

from wkmp_pi.decode.messages import Media
from wkmp_pi.decode.resample import length_at, span_at
from wkmp_pi.units import Hz

ROUNDING = 2e-6
"""soxr reckons in float32, in blocks that lie elsewhere when it starts elsewhere."""


class ArrayDecoder:
    """A decoder of an array, in blocks of an odd size."""

    def __init__(self, samples: Samples, rate_hz: int, promised: int | None = None) -> None:
        self.samples = samples.astype(np.float32)
        frames = len(samples) if promised is None else promised
        self.media = Media(
            codec="pcm", container="wav", rate_hz=Hz(rate_hz), channels=2, bits=16, frames=frames
        )

    def blocks(self, start: int) -> Iterator[Samples]:
        for at in range(start, len(self.samples), 1_237):
            yield self.samples[at : at + 1_237]

    def close(self) -> None:
        pass


def whole(decoder: ArrayDecoder, rate_hz: int) -> Samples:
    return soxr.resample(decoder.samples, decoder.media.rate_hz, rate_hz, quality="HQ")


RATES = [
    (96_000, 44_100),
    (48_000, 44_100),
    (44_100, 48_000),
    (22_050, 48_000),
    (8_000, 44_100),
    (11_025, 96_000),
    (192_000, 44_100),
    (88_200, 44_100),
    (44_100, 192_000),
    (44_056, 44_100),
]


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_the_whole_file_is_what_soxr_makes_of_it(from_hz: int, to_hz: int) -> None:
    for frames in (1, 2, 999, from_hz + 321):
        decoder = ArrayDecoder(tones(frames, rate_hz=from_hz), from_hz)
        length = length_at(frames, from_hz, to_hz)
        ours = taken(span_at(decoder, to_hz, 0, length))

        assert len(ours) == length == len(whole(decoder, to_hz))
        assert np.allclose(ours, whole(decoder, to_hz), atol=ROUNDING)


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_any_span_is_cut_out_of_the_whole(from_hz: int, to_hz: int) -> None:
    decoder = ArrayDecoder(tones(from_hz * 2 + 77, rate_hz=from_hz), from_hz)
    everything = whole(decoder, to_hz)

    @settings(max_examples=12, deadline=None)
    @given(st.integers(0, len(everything)), st.integers(0, 20_000))
    def check(begin: int, frames: int) -> None:
        end = min(len(everything), begin + frames)
        ours = taken(span_at(decoder, to_hz, begin, end))
        assert len(ours) == end - begin
        assert np.allclose(ours, everything[begin:end], atol=ROUNDING)

    check()


def test_spans_that_meet_meet_without_a_seam() -> None:
    decoder = ArrayDecoder(tones(100_000, rate_hz=48_000), 48_000)
    cuts = [0, 1, 5_000, 33_333, 91_875]
    parts = [taken(span_at(decoder, 44_100, a, b)) for a, b in pairwise(cuts)]

    assert np.allclose(np.concatenate(parts), whole(decoder, 44_100), atol=ROUNDING)


@given(st.integers(0, 3_000_000), st.sampled_from(RATES))
def test_the_length_is_within_half_a_frame(frames: int, rates: tuple[int, int]) -> None:
    from_hz, to_hz = rates

    assert abs(length_at(frames, from_hz, to_hz) - frames * to_hz / from_hz) <= 0.5


def test_halves_are_rounded_as_soxr_does() -> None:
    """Its ratio is a float: 240 frames at 48 kHz are 220.5 at 44.1, and it gives 220."""
    for frames in range(1, 800):
        samples = np.zeros((frames, 2), np.float32)
        expected = len(soxr.resample(samples, 48_000, 44_100, quality="HQ"))

        assert length_at(frames, 48_000, 44_100) == expected, frames


def test_at_the_working_rate_nothing_is_touched() -> None:
    decoder = ArrayDecoder(tones(10_000), 44_100)

    assert np.array_equal(taken(span_at(decoder, 44_100, 123, 9_000)), decoder.samples[123:9_000])


def test_soxr_is_not_even_imported_for_that() -> None:
    code = (
        "import sys; import wkmp_pi.decode.resample, wkmp_pi.decode.session; "
        "assert 'soxr' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_file_that_ends_early_is_followed_by_nothing() -> None:
    decoder = ArrayDecoder(tones(50_000, rate_hz=48_000), 48_000, promised=80_000)
    ours = taken(span_at(decoder, 44_100, 1_000, length_at(80_000, 48_000, 44_100)))

    assert np.allclose(ours, whole(decoder, 44_100)[1_000:], atol=ROUNDING)


def test_pre_roll_is_what_makes_a_span_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: begun with an empty filter, a span is wrong at its head."""
    monkeypatch.setattr("wkmp_pi.decode.resample._FILTER_FRAMES", 0)
    decoder = ArrayDecoder(tones(100_000, rate_hz=22_050), 22_050)
    ours = taken(span_at(decoder, 44_100, 50_001, 60_000))

    assert not np.allclose(ours, whole(decoder, 44_100)[50_001:60_000], atol=ROUNDING)
