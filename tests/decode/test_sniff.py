from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from decode.conftest import FORMATS
from hypothesis import given
from hypothesis import strategies as st
from support.media import decoded, encode

from wkmp_pi.decode.sniff import sniff
from wkmp_pi.errors import MediaError

Music = Callable[[str], Path]

KINDS = {"alac": "mov", "aac": "mov", "adts": "aac", "vorbis": "ogg", "opus": "ogg"} | {
    name: "mp3" for name in FORMATS if name.startswith("mp")
}


def kind_of(data: bytes) -> str:
    return sniff(lambda offset, length: data[offset : offset + length], len(data))


def id3v2(size: int) -> bytes:
    digits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + digits + bytes(size)


@pytest.mark.parametrize("name", FORMATS)
def test_the_content_decides_whatever_the_name_says(name: str, music: Music) -> None:
    expected = KINDS.get(name, name if name != "oggflac" else "ogg")

    assert kind_of(music(name).read_bytes()) == expected


@pytest.mark.parametrize("name", ["mp3-bare", "adts", "flac"])
def test_a_tag_of_any_length_before_the_sound_is_stepped_over(name: str, music: Music) -> None:
    data = music(name).read_bytes()

    for size in (0, 1, 200, 200_000):
        assert kind_of(id3v2(size) + data) == kind_of(data)
    assert kind_of(id3v2(100) + id3v2(5_000) + data) == kind_of(data)


def test_large_waves_are_waves(source: Path, tmp_path: Path) -> None:
    rf64 = encode(source, tmp_path / "x.wav", "-rf64", "always")
    wave64 = encode(source, tmp_path / "x.w64")

    assert kind_of(rf64.read_bytes()) == "wav"
    assert kind_of(wave64.read_bytes()) == "w64"
    assert (decoded(rf64) == decoded(source)).all()
    assert (decoded(wave64) == decoded(source)).all()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"#EXTM3U\n#EXT-X-STREAM-INF:\nhttp://evil/x.ts\n", "a playlist"),
        (b"\xef\xbb\xbf#EXTM3U\nfile:///etc/passwd\n", "a playlist"),
        (b"\n\n#EXTINF:1,\n/etc/passwd\n", "a playlist"),
        (b"[playlist]\nFile1=/etc/passwd\n", "a playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "an FFmpeg script"),
        (b"<?xml version='1.0'?><MPD></MPD>", "a text with tags"),
        (b"<\0noise that begins like one", "no audio file"),
        (b"\x1aE\xdf\xa3webm", "Matroska"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"", "is empty"),
        (b"\xff", "no audio file"),
        (bytes(1 << 20), "no audio file"),
        (b"\xff" * 100_000, "no audio file"),
        (b"\xff\xfb\x90\x00" + bytes(100), "no audio file"),
        (b"ID3\x04\0\0\0\0\0\0", "no audio file"),
        (id3v2(1000), "no audio file"),
        (b"ID3\x04\0\0\x7f\x7f\x7f\x7f", "no audio file"),
        (b"RIFF\0\0\0\0AVI LIST", "no audio file"),
    ],
)
def test_anything_else_is_refused_by_name(data: bytes, found: str) -> None:
    with pytest.raises(MediaError, match=found):
        kind_of(data)


@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xfb", b"\xff\xf1", b"ID3"]))
def test_any_bytes_are_of_one_kind_or_refused(data: bytes, head: bytes) -> None:
    with contextlib.suppress(MediaError):
        assert kind_of(head + data) in {"aac", "aiff", "flac", "mov", "mp3", "ogg", "w64", "wav"}


@given(st.integers(0, 4000))
def test_a_few_frames_are_enough(size: int) -> None:
    """A stream whose only frames end with the file is one, and one with something behind is not."""
    frame = b"\xff\xfb\x90\x64".ljust(417, b"\0")

    assert kind_of(frame * 3 + bytes(size)) == "mp3"
    assert kind_of(frame) == "mp3"
    assert struct.unpack(">H", frame[:2])[0] == 0xFFFB
