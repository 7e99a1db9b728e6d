"""Sample exact: from any frame on, every format gives what it gives as a whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from decode.conftest import FORMATS, FRAMES, RATE
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media import (
    Samples,
    as_integers,
    decoded,
    encode,
    ffmpeg,
    opened,
    taken,
    tones,
    write_wav,
)

Music = Callable[[str], Path]


@pytest.fixture(scope="session")
def whole(music: Music) -> Callable[[str], Samples]:
    return cache(lambda name: decoded(music(name)))


@pytest.mark.parametrize("name", FORMATS)
def test_decoding_from_any_frame_gives_the_same_samples(
    name: str, music: Music, whole: Callable[[str], Samples]
) -> None:
    everything, decoder = whole(name), opened(music(name))

    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, FRAMES - 100), st.integers(1, 30_000))
    def check(start: int, frames: int) -> None:
        part = taken(decoder.blocks(start), frames)
        assert np.array_equal(part, everything[start : start + frames])

    check()
    decoder.close()


@pytest.fixture(scope="module")
def long_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute, so that searching by halving has something to halve."""
    folder = tmp_path_factory.mktemp("long")
    samples = as_integers(tones(30 * RATE), 16)
    wav = write_wav(folder / "long.wav", samples, RATE, 16)
    for name in ("flac", "mp3-vbr", "vorbis", "opus", "aac"):
        ending, options = FORMATS[name]
        encode(wav, folder / f"{name}.{ending}", *options)
    return folder


@pytest.mark.parametrize("name", ["flac", "mp3-vbr", "vorbis", "opus", "aac"])
def test_a_long_file_is_sought_exactly_in_any_order(name: str, long_files: Path) -> None:
    path = long_files / f"{name}.{FORMATS[name][0]}"
    everything, decoder = decoded(path), opened(path)
    random = np.random.default_rng(7)

    for start in map(int, random.integers(0, len(everything), 12)):
        part = taken(decoder.blocks(start), 5_000)
        assert np.array_equal(part, everything[start : start + 5_000]), start


@pytest.mark.parametrize("name", ["flac", "mp3-vbr", "vorbis", "opus"])
def test_seeking_does_not_read_the_whole_file(
    name: str, long_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = long_files / f"{name}.{FORMATS[name][0]}"
    decoder = opened(path)
    taken(decoder.blocks(20 * RATE), 10)
    read = 0
    original = type(decoder._source).read

    def counted(source: object, offset: int, length: int) -> bytes:
        nonlocal read
        data = original(source, offset, length)
        read += len(data)
        return data

    monkeypatch.setattr(type(decoder._source), "read", counted)
    taken(decoder.blocks(20 * RATE), 10)

    assert read < path.stat().st_size / 2


def test_aac_with_noise_in_it_is_sought_to_the_right_place(source: Path, tmp_path: Path) -> None:
    """Its noise is random, so what is compared is where the loud samples lie."""
    path = encode(source, tmp_path / "noise.m4a", "-c:a", "aac", "-b:a", "48k")
    everything = decoded(path)
    part = decoded(path, 40_000, 10_000)
    lags = [
        np.corrcoef(part[500:8_000, 0], everything[40_500 + lag : 48_000 + lag, 0])[0, 1]
        for lag in range(-5, 6)
    ]

    assert np.argmax(lags) == 5
    assert max(lags) > 0.9


@pytest.mark.parametrize("bit_rate", ["8k", "16k", "64k"])
def test_a_slow_mp3_finds_its_bit_reservoir(source: Path, tmp_path: Path, bit_rate: str) -> None:
    """The slower the stream, the more frames a frame's bits may lie back."""
    options = ("-ar", "8000" if bit_rate == "8k" else "22050", "-ac", "1", "-b:a", bit_rate)
    path = encode(source, tmp_path / "slow.mp3", *options)
    everything, decoder = decoded(path), opened(path)

    for start in range(0, len(everything) - 100, len(everything) // 23):
        assert np.array_equal(taken(decoder.blocks(start), 3_000), everything[start:][:3_000])


def test_pre_roll_is_what_makes_a_seek_exact(music: Music, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: begun at the wanted frame itself, an MP3 comes out differently."""
    everything, decoder = decoded(music("mp3-cbr")), opened(music("mp3-cbr"))
    monkeypatch.setattr(type(decoder._framing), "_safe_before", lambda _self, number: number)

    assert not np.array_equal(taken(decoder.blocks(30_000), 3_000), everything[30_000:33_000])


def test_ogg_cut_out_of_a_broadcast_begins_at_its_first_frame(
    long_files: Path, tmp_path: Path
) -> None:
    """Its pages still count from the start of the broadcast."""
    path = tmp_path / "cut.ogg"
    ffmpeg("-i", str(long_files / "vorbis.ogg"), "-ss", "10", "-copyts", "-c", "copy", str(path))
    everything, decoder = decoded(path), opened(path)

    assert 19 * RATE < decoder.media.frames == len(everything) < 21 * RATE
    assert np.abs(everything[:RATE]).max() > 0.1
    assert np.array_equal(taken(decoder.blocks(3 * RATE), 100), everything[3 * RATE :][:100])
