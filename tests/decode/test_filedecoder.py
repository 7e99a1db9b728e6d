"""Every format, sample for sample: against the source if it is lossless, else against ffmpeg."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from decode.conftest import FRAMES, LOSSLESS, RATE
from support.media import (
    as_integers,
    decoded,
    encode,
    opened,
    reference,
    tones,
    write_wav,
)

from wkmp_pi.decode.decoder import Decoder

Music = Callable[[str], Path]

SOURCE = as_integers(tones(FRAMES), 16)
LOSSY_ERROR = 2e-4  # two decoders of one format may round differently


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_lossless_file_comes_back_as_the_integers_that_went_in(name: str, music: Music) -> None:
    assert np.array_equal(decoded(music(name)), (SOURCE / 32768).astype(np.float32))


@pytest.mark.parametrize("name", ["mp3-cbr", "mp3-vbr", "mp3-bare", "mp2", "vorbis", "aac", "adts"])
def test_a_lossy_file_is_what_ffmpeg_makes_of_it(name: str, music: Music) -> None:
    ours, theirs = decoded(music(name)), reference(music(name), 2)

    assert len(ours) == len(theirs) or (name == "aac" and len(ours) == FRAMES)
    assert np.abs(ours - theirs[: len(ours)]).max() < LOSSY_ERROR


def test_opus_is_what_the_reference_decoder_makes_of_it(music: Music) -> None:
    ours, theirs = decoded(music("opus")), reference(music("opus"), 2, "-c:a", "libopus")

    assert len(ours) == len(theirs)
    assert np.abs(ours - theirs).max() <= 1e-4  # two releases of libopus need not agree to the bit


@pytest.mark.parametrize("name", ["mp3-cbr", "mp3-vbr", "vorbis", "aac"])
def test_what_the_encoder_added_is_cut_off_at_both_ends(name: str, music: Music) -> None:
    ours, source = decoded(music(name)), SOURCE / 32768

    assert len(ours) == FRAMES
    lags = [np.sum(ours[1000:20_000] * source[1000 + lag : 20_000 + lag]) for lag in range(-9, 10)]
    assert np.argmax(lags) == 9


@pytest.mark.parametrize("name", ["wav", "flac", "alac", "mp3-bare", "vorbis", "opus", "adts"])
def test_the_length_is_known_before_anything_is_decoded(name: str, music: Music) -> None:
    decoder = opened(music(name))

    assert decoder.media.frames == sum(map(len, decoder.blocks(0)))


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 96_000, 192_000])
def test_wav_of_any_depth_and_rate_is_exact(tmp_path: Path, bits: int, rate_hz: int) -> None:
    samples = as_integers(tones(3_000, rate_hz=rate_hz), bits)
    path = write_wav(tmp_path / "x.wav", samples, rate_hz, bits)

    assert np.array_equal(decoded(path), (samples / 2.0 ** (bits - 1)).astype(np.float32))
    assert opened(path).media.bits == bits
    assert opened(path).media.rate_hz == rate_hz


@pytest.mark.parametrize("bits", [32, 64])
def test_float_wav_keeps_what_lies_over_full_scale(tmp_path: Path, bits: int) -> None:
    samples = tones(3_000) * 3
    path = write_wav(tmp_path / "x.wav", samples, RATE, bits)

    assert np.array_equal(decoded(path), samples.astype(np.float32))


def test_float_wav_with_nonsense_in_it_is_silent_there(tmp_path: Path) -> None:
    samples = tones(3_000)
    samples[10], samples[20], samples[30] = np.nan, np.inf, -np.inf
    ours = decoded(write_wav(tmp_path / "x.wav", samples, RATE, 32))

    assert np.isfinite(ours).all()
    assert np.array_equal(ours[100:], samples[100:].astype(np.float32))


@pytest.mark.parametrize("ending", ["flac", "m4a"])
def test_24_bit_lossless_is_exact(tmp_path: Path, ending: str) -> None:
    samples = as_integers(tones(9_000, rate_hz=96_000), 24)
    wav = write_wav(tmp_path / "x.wav", samples, 96_000, 24)
    codec = {"flac": "flac", "m4a": "alac"}[ending]
    path = encode(wav, tmp_path / f"x.{ending}", "-c:a", codec)

    assert np.array_equal(decoded(path), (samples / 2.0**23).astype(np.float32))
    assert opened(path).media.bits == 24


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3", "opus", "ogg", "m4a"])
def test_mono_goes_to_both_sides_at_full_level(tmp_path: Path, ending: str) -> None:
    samples = as_integers(tones(20_000, 1), 16)
    wav = write_wav(tmp_path / "mono.wav", samples, RATE, 16)
    path = wav if ending == "wav" else encode(wav, tmp_path / f"x.{ending}")
    ours = decoded(path)

    assert opened(path).media.channels == 1
    assert np.array_equal(ours[:, 0], ours[:, 1])
    if ending in {"wav", "flac"}:
        assert np.array_equal(ours[:, 0], (samples[:, 0] / 32768).astype(np.float32))


@pytest.mark.parametrize("channels", range(3, 9))
@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "m4a"])
def test_many_channels_become_two_and_cannot_clip(
    tmp_path: Path, channels: int, ending: str
) -> None:
    samples = as_integers(np.ones((6_000, channels)), 16)
    wav = write_wav(tmp_path / "many.wav", samples, 48_000, 16)
    path = wav if ending == "wav" else encode(wav, tmp_path / f"x.{ending}")
    ours = decoded(path)

    assert opened(path).media.channels == channels
    assert ours.shape[1] == 2
    if ending in {"wav", "flac"}:  # a lossy codec overshoots by itself
        assert 0.99 < np.abs(ours).max() <= 1


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_files_tell_their_resolution(name: str, music: Music) -> None:
    assert opened(music(name)).media.bits == 16


def test_tags_come_from_every_container(source: Path, tmp_path: Path) -> None:
    tags = {
        "title": "Title",
        "artist": "Artist",
        "album": "Album",
        "album_artist": "Band",
        "disc": "2",
        "track": "3/12",
    }
    options = [part for key, value in tags.items() for part in ("-metadata", f"{key}={value}")]
    for ending in ("mp3", "flac", "ogg", "opus", "m4a"):
        media = opened(encode(source, tmp_path / f"x.{ending}", *options)).media

        assert (media.title, media.artist, media.album) == ("Title", "Artist", "Album"), ending
        assert (media.album_artist, media.disc, media.track) == ("Band", 2, 3), ending


def test_a_file_decoder_is_a_decoder(music: Music) -> None:
    decoder: Decoder = opened(music("wav"))

    assert len(next(decoder.blocks(0))) > 0
    decoder.close()
    decoder.close()
