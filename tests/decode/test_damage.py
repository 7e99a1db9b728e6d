"""Broken files: one error with a clear text, or sound that keeps its time; nothing else."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from decode.conftest import FORMATS, FRAMES, RATE
from support.media import Samples, as_integers, decoded, encode, opened, taken, tones, write_wav

from wkmp_pi.errors import MediaError

Music = Callable[[str], Path]


def played(path: Path) -> Samples | None:
    """What is heard of a file; ``None`` if it is refused. Anything else is a mistake of ours."""
    with contextlib.suppress(MediaError), contextlib.closing(opened(path)) as decoder:
        return taken(decoder.blocks(0))
    return None


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_anywhere_is_refused_or_played(name: str, music: Music, tmp_path: Path) -> None:
    data, path = music(name).read_bytes(), tmp_path / "cut"
    for percent in range(0, 100, 4):
        path.write_bytes(data[: len(data) * percent // 100])
        sound = played(path)

        assert sound is None or np.isfinite(sound).all()


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_with_wrong_bytes_is_refused_or_played(
    name: str, music: Music, tmp_path: Path
) -> None:
    dice = random.Random(name)
    data, path = music(name).read_bytes(), tmp_path / "wrong"
    for _ in range(30):
        wrong = bytearray(data)
        where = dice.choice([200, 2_000, len(data)])  # headers are hit more often than their share
        for _ in range(dice.choice([1, 5, 50])):
            wrong[dice.randrange(min(where, len(data)))] = dice.randrange(256)
        path.write_bytes(wrong)
        sound = played(path)

        assert sound is None or np.isfinite(sound).all()


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds, as an Ogg page holds about one."""
    samples = as_integers(tones(10 * RATE), 16)
    return write_wav(tmp_path_factory.mktemp("longer") / "x.wav", samples, RATE, 16)


@pytest.mark.parametrize("name", ["flac", "vorbis", "opus", "aac", "mp3-cbr", "mp3-bare", "adts"])
def test_a_hole_in_the_middle_leaves_both_ends_where_they_were(
    name: str, longer: Path, tmp_path: Path
) -> None:
    """If the format tells the time; an MPEG or ADTS stream just gets shorter."""
    ending, options = FORMATS[name]
    path = encode(longer, tmp_path / f"x.{ending}", *options)
    whole, data = decoded(path), path.read_bytes()
    begin, end = len(data) * 45 // 100, len(data) * 55 // 100
    path.write_bytes(data[:begin] + bytes(end - begin) + data[end:])
    sound, third = played(path), len(whole) // 3

    assert sound is not None
    assert np.array_equal(sound[:third], whole[:third])
    if name in {"flac", "vorbis", "opus", "aac"}:
        assert len(sound) == len(whole)
        assert np.allclose(sound[-third:], whole[-third:], atol=1e-3)
    else:
        needle = whole[-third : -third + 64, 0].tobytes()
        assert needle in sound[:, 0].tobytes()


def test_one_broken_mp3_frame_costs_one_frame(music: Music, tmp_path: Path) -> None:
    """Though frames are sent to the codec eight at a time."""
    path = tmp_path / "broken"
    decoder = opened(music("mp3-cbr"))
    index = decoder._framing._index
    whole, data = taken(decoder.blocks(0)), bytearray(music("mp3-cbr").read_bytes())
    at = index.offsets[20]
    data[at + 4 : at + 100] = b"\xff\x00" * 48
    path.write_bytes(data)
    sound = played(path)

    assert sound is not None
    assert len(sound) == len(whole)
    different = np.nonzero((sound != whole).any(axis=1))[0]
    assert different[-1] - different[0] < 4 * 1152


def test_a_flac_frame_with_a_wrong_checksum_is_silent_and_not_noise(
    music: Music, tmp_path: Path
) -> None:
    path, data = tmp_path / "broken", bytearray(music("flac").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8] = b"\x55" * 8
    path.write_bytes(data)
    sound, whole = played(path), decoded(music("flac"))

    assert sound is not None
    assert len(sound) == FRAMES
    different = np.nonzero((sound != whole).any(axis=1))[0]
    assert 0 < different[-1] - different[0] < 4608
    assert not sound[different].any()


@pytest.mark.parametrize("name", ["flac", "vorbis", "aac"])
def test_a_file_whose_sound_is_gone_is_refused_at_once(
    name: str, music: Music, tmp_path: Path
) -> None:
    data, path = bytearray(music(name).read_bytes()), tmp_path / "gone"
    data[len(data) // 4 :] = bytes(len(data) * 3 // 4 + 1)
    path.write_bytes(data)

    assert played(path) is None


def test_a_picture_of_forty_megabytes_is_stepped_over(music: Music, tmp_path: Path) -> None:
    size = 40 << 20
    digits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    path = tmp_path / "picture.mp3"
    with path.open("wb") as file:
        file.write(b"ID3\x04\x00\x00" + digits)
        file.seek(size, 1)
        file.write(music("mp3-bare").read_bytes())

    assert np.array_equal(decoded(path), decoded(music("mp3-bare")))


def test_a_sparse_terabyte_is_refused_quickly(music: Music, tmp_path: Path) -> None:
    path = tmp_path / "sparse.mp3"
    path.write_bytes(music("mp3-bare").read_bytes())
    with path.open("r+b") as file:
        file.truncate(1 << 40)

    with pytest.raises(MediaError, match="at least half"):
        opened(path)
