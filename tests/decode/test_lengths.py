"""How long a file is, however its header lies, and how much of a truncated one is played."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from decode.conftest import FRAMES, RATE
from mutagen.mp4 import MP4, MP4FreeForm
from support.media import (
    as_integers,
    decoded,
    encode,
    ffmpeg,
    opened,
    tones,
    write_wav_bytes,
)

from wkmp_pi.decode.formats.container import itunes_gaps
from wkmp_pi.errors import MediaError

Music = Callable[[str], Path]

INFO = b"LIST\x0e\0\0\0INFOISFT\x02\0\0\0x\0"
SOURCE = (as_integers(tones(FRAMES), 16) / 32768).astype(np.float32)


def altered(
    path: Path, tmp_path: Path, change: Callable[[bytearray], bytes | bytearray | None]
) -> Path:
    data = bytearray(path.read_bytes())
    result = tmp_path / path.name
    result.write_bytes(change(data) or data)
    return result


def put(offset: int, value: bytes) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        data[offset : offset + len(value)] = value

    return change


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFF000, 0xFFFFFF00])
def test_a_wav_header_that_knows_no_length_is_not_believed(
    size: int, source: Path, tmp_path: Path
) -> None:
    path = altered(source, tmp_path, put(40, struct.pack("<I", size)))

    assert opened(path).media.frames == FRAMES
    assert np.array_equal(decoded(path), SOURCE)


def test_a_wav_ends_where_its_data_chunk_ends(source: Path, tmp_path: Path) -> None:
    path = altered(source, tmp_path, lambda data: bytes(data) + INFO)

    assert np.array_equal(decoded(path), SOURCE)


@pytest.mark.parametrize("total", [0, 1, FRAMES // 2, FRAMES * 1_000_000, (1 << 36) - 1])
def test_a_total_in_flac_is_not_believed(total: int, music: Music, tmp_path: Path) -> None:
    def change(data: bytearray) -> None:
        word = int.from_bytes(data[18:26], "big") >> 36 << 36 | total
        data[18:26] = word.to_bytes(8, "big")

    path = altered(music("flac"), tmp_path, change)

    assert opened(path).media.frames == FRAMES
    assert np.array_equal(decoded(path), SOURCE)


def test_flac_with_blocks_of_any_size_has_the_right_length(source: Path, tmp_path: Path) -> None:
    for options in (("-frame_size", "192"), ("-frame_size", "4095"), ("-compression_level", "12")):
        path = encode(source, tmp_path / "x.flac", *options)

        assert np.array_equal(decoded(path), SOURCE)
        assert np.array_equal(decoded(path, 12_345, 99), SOURCE[12_345:12_444])


def test_an_mp3_header_with_the_wrong_number_of_bytes_is_not_believed(
    music: Music, tmp_path: Path
) -> None:
    original = music("mp3-vbr").read_bytes()
    at = original.index(b"Xing")
    path = altered(music("mp3-vbr"), tmp_path, put(at + 8, struct.pack(">II", 12, 100_000)))

    assert opened(path).media.frames == FRAMES
    assert len(decoded(path)) == FRAMES


def test_an_mp3_without_a_header_is_counted_frame_by_frame(music: Music) -> None:
    frames = opened(music("mp3-bare")).media.frames

    assert frames == len(decoded(music("mp3-bare")))
    assert FRAMES <= frames < FRAMES + 4 * 1152
    assert frames % 1152 == 0


def test_tags_behind_an_mp3_are_no_sound(music: Music, tmp_path: Path) -> None:
    expected = decoded(music("mp3-bare"))
    id3v1 = b"TAG".ljust(128, b"\xff")
    ape = b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, 0) + bytes(8)
    tail = b"\xff\xfb" * 984 + ape + id3v1

    path = altered(music("mp3-bare"), tmp_path, lambda data: bytes(data) + tail)

    assert np.array_equal(decoded(path), expected)


def test_an_m4a_from_itunes_is_as_long_as_its_tag_says(source: Path, tmp_path: Path) -> None:
    """Such files have no edit list: the tag alone tells delay and length."""
    path = tmp_path / "x.m4a"
    ffmpeg("-i", str(source), "-c:a", "aac", "-use_editlist", "0", str(path))
    untagged = decoded(path)
    tags = MP4(path)
    words = f" 00000000 00000400 000002B0 {FRAMES:016X} " + " ".join(["00000000"] * 8)
    tags["----:com.apple.iTunes:iTunSMPB"] = [MP4FreeForm(words.encode())]
    tags.save()

    assert len(decoded(path)) == FRAMES
    assert len(untagged) > FRAMES
    assert np.corrcoef(decoded(path)[5000:9000, 0], SOURCE[5000:9000, 0])[0, 1] > 0.9


@pytest.mark.parametrize("text", ["", "x", "0 1 2", "0 G 0 1", "00000000 00000840 000001CA 0"])
def test_an_itunes_tag_that_says_nothing_is_ignored(text: str) -> None:
    assert itunes_gaps(text) is None


def test_an_m4a_in_fragments_is_counted_packet_by_packet(source: Path, tmp_path: Path) -> None:
    options = ("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov")
    path = encode(source, tmp_path / "x.m4a", *options)

    assert opened(path).media.frames == len(decoded(path)) >= FRAMES


@pytest.mark.parametrize("percent", [60, 75, 99])
@pytest.mark.parametrize("name", ["wav", "aiff", "flac", "mp3-cbr", "mp3-vbr"])
def test_a_file_that_lost_its_end_is_played_as_far_as_it_goes(
    name: str, percent: int, music: Music, tmp_path: Path
) -> None:
    whole = decoded(music(name))
    path = altered(music(name), tmp_path, lambda data: data[: len(data) * percent // 100])
    ours = decoded(path)

    assert len(whole) * percent * 0.008 < len(ours) <= len(whole)
    assert opened(path).media.frames == len(ours) or name == "flac"  # its last frame is cut off
    assert np.array_equal(ours[:-2000], whole[: len(ours) - 2000])


@pytest.mark.parametrize("name", ["wav", "aiff", "flac", "mp3-cbr", "mp3-vbr"])
def test_a_file_that_lost_more_than_half_is_refused(
    name: str, music: Music, tmp_path: Path
) -> None:
    path = altered(music(name), tmp_path, lambda data: bytes(data[: len(data) * 2 // 5]))

    with pytest.raises(MediaError, match="expected"):
        opened(path)


def test_an_m4a_that_lost_its_end_is_played_as_far_as_it_goes(source: Path, tmp_path: Path) -> None:
    """If its table stands in front; with the table at the end, nothing is left of it."""
    front = encode(source, tmp_path / "x.m4a", "-c:a", "alac", "-movflags", "faststart")
    data = front.read_bytes()
    front.write_bytes(data[: int(len(data) * 0.7)])
    ours = decoded(front)

    assert FRAMES * 0.6 < len(ours) < FRAMES * 0.75
    assert np.array_equal(ours, SOURCE[: len(ours)])
    front.write_bytes(data[: int(len(data) * 0.3)])
    with pytest.raises(MediaError, match="half"):
        opened(front)
    back = encode(source, tmp_path / "y.m4a", "-c:a", "alac")
    back.write_bytes(back.read_bytes()[:-2000])
    with pytest.raises(MediaError, match="is broken"):
        opened(back)


@pytest.mark.parametrize("name", ["vorbis", "opus"])
def test_an_ogg_ends_with_its_last_whole_page(name: str, music: Music, tmp_path: Path) -> None:
    whole = decoded(music(name))
    path = altered(music(name), tmp_path, lambda data: bytes(data[: len(data) * 4 // 5]))
    ours = decoded(path)

    assert 0 < len(ours) < len(whole)
    assert opened(path).media.frames == len(ours)
    assert np.array_equal(ours, whole[: len(ours)])


@pytest.mark.parametrize("rate_hz", [1, 7_999, 192_001, 768_000])
def test_absurd_rates_are_refused(rate_hz: int, tmp_path: Path) -> None:
    path = write_wav_bytes(tmp_path / "x.wav", bytes(40_000), rate_hz, 2, 16)

    with pytest.raises(MediaError, match=f"{rate_hz} Hz"):
        opened(path)


@pytest.mark.parametrize("channels", [0, 9, 255])
def test_absurd_numbers_of_channels_are_refused(channels: int, tmp_path: Path) -> None:
    path = write_wav_bytes(tmp_path / "x.wav", bytes(40_000), RATE, channels, 16)

    with pytest.raises(MediaError, match="expected"):
        opened(path)


def test_a_wav_without_samples_holds_no_sound(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no sound"):
        opened(write_wav_bytes(tmp_path / "x.wav", b"", RATE, 2, 16))
