from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr
from decode.conftest import FRAMES, RATE
from support.media import (
    Samples,
    as_integers,
    decoded,
    encode,
    opened,
    tones,
    write_wav,
)

from wkmp_pi.decode.session import Session, TimingError
from wkmp_pi.units import frames_from_ticks, ticks_from_frames, ticks_from_ms

Music = Callable[[str], Path]


def session(path: Path, start: int = 0, end: int | None = None, **more: int) -> Session:
    options = {"rate_hz": RATE, "skip_frames": 0} | more
    return Session(opened(path), start=start, end=end, **options)


def read_all(reading: Session, portion: int = 7_919) -> Samples:
    parts, finished = [np.zeros((0, 2), np.float32)], False
    while not finished:
        pieces, finished = reading.read(portion)
        count = sum(map(len, pieces))
        assert count == portion or finished
        parts += pieces
    reading.close()
    return np.concatenate(parts)


@pytest.mark.parametrize("portion", [1_000, 44_100, 1 << 20])
def test_the_size_of_a_read_cannot_be_heard(source: Path, portion: int) -> None:
    assert np.array_equal(read_all(session(source), portion), decoded(source))


def test_a_passage_is_cut_on_its_ticks(source: Path) -> None:
    start, end = ticks_from_ms(250), ticks_from_ms(1_001)
    reading = session(source, start, end)
    a, b = frames_from_ticks(start, RATE), frames_from_ticks(end, RATE)

    assert reading.length_frames == b - a
    assert np.array_equal(read_all(reading), decoded(source)[a:b])


def test_a_skip_leaves_the_length_of_the_passage(source: Path) -> None:
    reading = session(source, ticks_from_ms(100), None, skip_frames=1_000)

    assert reading.length_frames == FRAMES - 4_410
    assert np.array_equal(read_all(reading), decoded(source)[5_410:])


def test_a_skip_to_the_end_or_beyond_gives_nothing_and_is_finished(source: Path) -> None:
    for skip in (FRAMES, FRAMES + 1, 1 << 40):
        reading = session(source, skip_frames=skip)

        assert reading.length_frames == FRAMES
        assert reading.read(100) == ([], True)


@pytest.mark.parametrize("name", ["flac", "mp3-vbr", "vorbis", "aac"])
def test_a_passage_at_another_rate_is_cut_out_of_the_resampled_file(
    name: str, music: Music
) -> None:
    everything = soxr.resample(decoded(music(name)), RATE, 48_000, quality="HQ")
    reading = session(
        music(name), ticks_from_ms(333), ticks_from_ms(900), rate_hz=48_000, skip_frames=77
    )

    assert reading.length_frames == 27_216
    assert np.allclose(read_all(reading), everything[15_984 + 77 : 43_200], atol=2e-6)


def test_the_end_of_the_file_is_no_violation(source: Path) -> None:
    for rate_hz in (RATE, 48_000, 96_000):
        reading = session(source, 0, ticks_from_frames(FRAMES, RATE), rate_hz=rate_hz)
        assert len(read_all(reading)) == reading.length_frames == round(FRAMES * rate_hz / RATE)


def test_a_passage_that_reaches_beyond_the_file_is_refused(source: Path) -> None:
    end = ticks_from_frames(FRAMES, RATE)
    for points in ((0, end + 1), (end, None), (end + 1, None), (end, end + 1)):
        with pytest.raises(TimingError, match=r"lasts 1496 ms; expected a passage inside"):
            session(source, *points)


def test_16_bits_at_the_working_rate_stay_on_their_grid(source: Path, music: Music) -> None:
    for name in ("wav", "flac", "alac", "aiff"):
        reading = session(music(name))
        assert reading.exact16
        assert np.array_equal(read_all(reading) * 32768 % 1, np.zeros((FRAMES, 2)))
    assert not session(music("mp3-cbr")).exact16
    assert not session(source, rate_hz=48_000).exact16


def test_more_bits_or_channels_do_not(tmp_path: Path) -> None:
    deep = write_wav(tmp_path / "deep.wav", as_integers(tones(1_000), 24), RATE, 24)
    wide = write_wav(tmp_path / "wide.wav", as_integers(tones(1_000, 6), 16), RATE, 16)
    flat = write_wav(tmp_path / "flat.wav", as_integers(tones(1_000, 1), 8), RATE, 8)

    assert not session(deep).exact16
    assert not session(wide).exact16
    assert session(flat).exact16


def test_a_damaged_end_finishes_early(music: Music, tmp_path: Path) -> None:
    path = tmp_path / "cut.flac"
    data = music("flac").read_bytes()
    path.write_bytes(data[:-3_000] + bytes(3_000))
    reading = session(path)
    length = reading.length_frames

    assert len(read_all(reading)) < length


def test_a_file_of_a_hundredth_of_a_second_is_played(tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "x.wav", as_integers(tones(441), 16), RATE, 16)
    for ending in ("wav", "flac", "ogg", "m4a"):
        path = wav if ending == "wav" else encode(wav, tmp_path / f"x.{ending}")
        assert len(read_all(session(path))) == 441
