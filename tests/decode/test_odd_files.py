"""Files that are sound, but not the way most are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from decode.conftest import FRAMES, RATE
from support.media import (
    as_integers,
    decoded,
    encode,
    ffmpeg,
    opened,
    reference,
    tones,
    write_wav,
)

from wkmp_pi.errors import MediaError

Music = Callable[[str], Path]

SOURCE = (as_integers(tones(FRAMES), 16) / 32768).astype(np.float32)


@pytest.mark.parametrize("codec", ["pcm_alaw", "pcm_mulaw", "adpcm_ima_wav", "adpcm_ms"])
def test_compressed_waves_are_what_ffmpeg_makes_of_them(
    codec: str, source: Path, tmp_path: Path
) -> None:
    path = encode(source, tmp_path / "x.wav", "-c:a", codec)
    ours = decoded(path)

    assert np.allclose(ours, reference(path, 2)[: len(ours)], atol=0.02)  # ADPCM rounds as it likes
    assert len(ours) == opened(path).media.frames >= FRAMES
    assert np.array_equal(decoded(path, 33_333, 5_000), ours[33_333:38_333])
    assert opened(path).media.bits == (16 if codec.startswith("pcm") else 0)


def test_mp3_inside_a_wave_is_played(source: Path, tmp_path: Path) -> None:
    path = encode(source, tmp_path / "x.wav", "-c:a", "libmp3lame")
    ours = decoded(path)

    assert len(ours) == opened(path).media.frames >= FRAMES
    assert np.array_equal(decoded(path, 20_000, 5_000), ours[20_000:25_000])


def test_pcm_inside_a_quicktime_file_is_exact(source: Path, tmp_path: Path) -> None:
    path = encode(source, tmp_path / "x.mov", "-c:a", "pcm_s16le")

    assert np.array_equal(decoded(path), SOURCE)
    assert np.array_equal(decoded(path, 12_345, 5_000), SOURCE[12_345:17_345])


def test_a_film_is_played_without_its_picture(source: Path, tmp_path: Path) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc=d=1.5:s=64x64:r=10")
    for ending, audio, video in (("mp4", "alac", "mpeg4"), ("ogv", "flac", "libtheora")):
        path = tmp_path / f"film.{ending}"
        ffmpeg(*picture, "-i", str(source), "-c:v", video, "-c:a", audio, "-shortest", str(path))
        ours = decoded(path)

        assert len(ours) == opened(path).media.frames > FRAMES * 0.9
        assert np.array_equal(ours, SOURCE[: len(ours)])


def test_a_cover_is_no_sound(source: Path, tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=300x300", "-frames:v", "1", str(cover))
    for ending in ("mp3", "flac", "m4a"):
        path = tmp_path / f"x.{ending}"
        maps = ("-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic")
        ffmpeg("-i", str(source), "-i", str(cover), *maps, str(path))

        assert len(decoded(path)) == FRAMES, ending


def test_an_ogg_with_another_codec_is_refused_by_its_name(source: Path, tmp_path: Path) -> None:
    path = encode(source, tmp_path / "x.ogg", "-ar", "16000", "-c:a", "libspeex")

    with pytest.raises(MediaError, match="is Ogg with Speex; expected Vorbis, Opus or FLAC"):
        opened(path)


def test_of_chained_oggs_the_first_is_played_if_it_is_the_larger(
    music: Music, source: Path, tmp_path: Path
) -> None:
    short = encode(source, tmp_path / "short.ogg", "-t", "0.3", "-c:a", "libvorbis")
    path = tmp_path / "chain.ogg"
    path.write_bytes(music("vorbis").read_bytes() + short.read_bytes())
    assert np.array_equal(decoded(path), decoded(music("vorbis")))

    path.write_bytes(short.read_bytes() + music("vorbis").read_bytes())
    with pytest.raises(MediaError, match="less than half"):
        opened(path)


@pytest.mark.parametrize("bit_rate", ["8k", "16k", "32k"])
def test_opus_speech_is_what_the_reference_decoder_makes_of_it(
    bit_rate: str, source: Path, tmp_path: Path
) -> None:
    speech = ("-c:a", "libopus", "-application", "voip", "-ac", "1", "-b:a", bit_rate)
    path = encode(source, tmp_path / "speech.opus", *speech)
    ours, theirs = decoded(path), reference(path, 1, "-c:a", "libopus")

    assert len(ours) == len(theirs) == opened(path).media.frames
    assert np.abs(ours[:, :1] - theirs).max() <= 2 / 32768  # libopus 1.3: 1; 1.5: 1.6


def test_an_mp3_that_turns_from_stereo_to_mono_goes_on(music: Music, tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "mono.wav", as_integers(tones(20_000, 1), 16), RATE, 16)
    bare = ("-b:a", "128k", "-write_xing", "0", "-id3v2_version", "0")
    mono = encode(wav, tmp_path / "mono.mp3", *bare)
    path = tmp_path / "both.mp3"
    path.write_bytes(music("mp3-bare").read_bytes() + mono.read_bytes())
    first, second, both = decoded(music("mp3-bare")), decoded(mono), decoded(path)

    assert len(both) == len(first) + len(second)
    assert np.array_equal(both[: len(first)], first)
    assert np.allclose(both[len(first) + 2_000 :], second[2_000:], atol=1e-5)


def test_a_vbri_header_is_no_sound(music: Music, tmp_path: Path) -> None:
    data = music("mp3-bare").read_bytes()
    size = opened(music("mp3-bare"))._framing._index.sizes[0]
    vbri = (data[:4] + bytes(32) + b"VBRI" + bytes(24)).ljust(size, b"\0")[:size]
    path = tmp_path / "vbri.mp3"
    path.write_bytes(vbri + data)

    assert np.array_equal(decoded(path), decoded(music("mp3-bare")))


def test_rubbish_before_an_mp3_is_stepped_over(music: Music, tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    for rubbish in (bytes(5_000), b"\xff" * 999, music("mp3-bare").read_bytes()[100:400]):
        path.write_bytes(rubbish + music("mp3-bare").read_bytes())

        assert np.array_equal(decoded(path), decoded(music("mp3-bare")))


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 48_000])
def test_mp3_of_every_rate_is_what_mpg123_makes_of_it(rate_hz: int, tmp_path: Path) -> None:
    """Through libsndfile; ffmpeg 5.1 is wrong by half of full scale at 24 kHz."""
    samples = as_integers(tones(rate_hz + 123, rate_hz=rate_hz), 16)
    path = encode(write_wav(tmp_path / "x.wav", samples, rate_hz, 16), tmp_path / "x.mp3")
    theirs, found_hz = soundfile.read(path, dtype="float32")
    ours = decoded(path)

    assert opened(path).media.rate_hz == found_hz == rate_hz
    assert len(ours) == len(theirs)
    assert np.abs(ours - theirs).max() < 1e-5
