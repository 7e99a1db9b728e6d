from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.media import as_integers, encode, tones, write_wav

RATE = 44_100
FRAMES = 66_000  # 1.5 s: no multiple of any codec's frame

FORMATS = {
    "wav": ("wav", ()),
    "aiff": ("aiff", ()),
    "flac": ("flac", ()),
    "alac": ("m4a", ("-c:a", "alac")),
    "mp3-cbr": ("mp3", ("-b:a", "128k")),
    "mp3-vbr": ("mp3", ("-q:a", "4")),
    "mp3-bare": ("mp3", ("-q:a", "4", "-write_xing", "0", "-id3v2_version", "0")),
    "mp2": ("mp2", ("-b:a", "192k")),
    "vorbis": ("ogg", ("-c:a", "libvorbis", "-q", "4")),
    "opus": ("opus", ("-c:a", "libopus", "-b:a", "96k")),
    "oggflac": ("oga", ("-c:a", "flac")),
    "aac": ("m4a", ("-c:a", "aac", "-aac_pns", "0")),
    "adts": ("aac", ("-c:a", "aac", "-aac_pns", "0")),
}
"""Name: file ending and encoder options. AAC's noise substitution is random after a seek: off."""

LOSSLESS = ("wav", "aiff", "flac", "alac", "oggflac")


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """16 bit stereo at 44.1 kHz, which all the other files are made of."""
    samples = as_integers(tones(FRAMES), 16)
    return write_wav(tmp_path_factory.mktemp("source") / "source.wav", samples, RATE, 16)


@pytest.fixture(scope="session")
def music(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The source in one of ``FORMATS``, made when it is first asked for."""
    folder = tmp_path_factory.mktemp("music")

    def made(name: str) -> Path:
        ending, options = FORMATS[name]
        path = folder / f"{name}.{ending}"
        return path if path.exists() else encode(source, path, *options)

    return made
