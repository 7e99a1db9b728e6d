"""Is it music, as far as numbers can tell: every file of the demo, decoded and measured."""

import re
import subprocess

import av
import numpy as np
import pytest

from wkmp_pi.demo import master
from wkmp_pi.demo.desk import played
from wkmp_pi.demo.pieces import tide

FILES = {
    "first-light.flac": ("flac", 44_100, 42.6),
    "night-bus.ogg": ("vorbis", 44_100, 36.486),
    "copper-wire.opus": ("opus", 48_000, 31.846),
    "paper-carousel.mp3": ("mp3float", 44_100, 33.704),
    "tide-rising.m4a": ("alac", 44_100, 24.868),
    "tide-falling.aiff": ("pcm_s16be", 44_100, 25.7),
    "three-postcards.wav": ("pcm_s24le", 48_000, 49.022),
    "the-long-hall.m4a": ("aac", 44_100, 36.0),
    "high-window.flac": ("flac", 96_000, 25.174),
}
WHOLE = sorted(FILES.keys() - {"tide-rising.m4a", "tide-falling.aiff"})

pytestmark = pytest.mark.flow


def decoded(path):
    """The sound of a file, float (2, frames)."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo")
        blocks = [
            part.to_ndarray()
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    return np.concatenate(blocks, axis=1)


@pytest.fixture(scope="module")
def sounds(demo):
    return {name: decoded(demo / "music" / name) for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_of_its_format_and_length_and_says_what_it_is(demo, sounds, name):
    codec, rate_hz, seconds = FILES[name]
    with av.open(str(demo / "music" / name)) as container:
        stream = container.streams.audio[0]
        tags = {key.lower(): value for key, value in (stream.metadata | container.metadata).items()}
        assert (stream.codec_context.name, stream.rate) == (codec, rate_hz)
    assert tags["artist"] == "wkmp_pi demo"
    assert {"title", "album", "track"} <= tags.keys()
    assert sounds[name].shape[1] / rate_hz == pytest.approx(seconds, abs=0.03)


@pytest.mark.parametrize("name", ["high-window.flac", "three-postcards.wav"])
def test_files_of_24_bits_use_more_than_16(sounds, name):
    scaled = sounds[name].astype(np.float64) * 2**15
    assert np.abs(scaled - np.round(scaled)).max() > 0.1


@pytest.mark.parametrize("name", WHOLE)
def test_every_piece_is_as_loud_as_the_others(demo, name):
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", demo / "music" / name]
    command += ["-af", "ebur128", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    (lufs,) = re.findall(r"^ +I: +(\S+) LUFS$", said, re.MULTILINE)
    assert float(lufs) == pytest.approx(master.LOUDNESS_LUFS, abs=0.6)


@pytest.mark.parametrize("name", FILES)
def test_nothing_clips_clicks_or_leans_to_one_side(sounds, name):
    sound = sounds[name]
    assert np.abs(sound).max() < 10 ** (-1 / 20)
    assert np.abs(np.diff(sound)).max() < 0.5
    assert np.abs(sound.mean(axis=1)).max() < 2e-3


@pytest.mark.parametrize("name", FILES)
def test_the_two_sides_differ_and_are_equally_loud(sounds, name):
    left, right = sounds[name]
    assert np.corrcoef(left, right)[0, 1] < 0.95
    assert abs(10 * np.log10(np.square(left).mean() / np.square(right).mean())) < 3


@pytest.mark.parametrize("name", WHOLE)
def test_every_file_ends_in_silence(sounds, name):
    assert np.abs(sounds[name][:, -200:]).max() < 0.01


def test_the_two_halves_of_the_tide_join_to_the_very_sound_that_was_cut(sounds):
    joined = np.concatenate((sounds["tide-rising.m4a"], sounds["tide-falling.aiff"]), axis=1)
    whole = played(tide.PIECE, 44_100)
    assert joined.shape == whole.shape
    assert np.abs(joined - whole).max() <= 2.5 / 2**15  # rounding and dither


def test_the_tide_is_cut_where_it_sounds(sounds):
    assert np.abs(sounds["tide-rising.m4a"][:, -1]).max() > 0.003
    assert np.square(sounds["tide-rising.m4a"][:, -441:]).mean() > 1e-4


def test_postcards_are_separated_by_silence(sounds):
    sound, rate_hz = sounds["three-postcards.wav"], 48_000
    for begin_s in (16.2, 32.0):
        gap = sound[:, int(begin_s * rate_hz) : int((begin_s + 1.35) * rate_hz)]
        assert np.abs(gap).max() == 0
