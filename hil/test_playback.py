"""What is heard is what is in the files: to the bit, to the frame, at the right level."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from hil.bench import Bench
from hil.material import noise, write_wav
from hil.measures.alignment import locate, residual_db
from hil.measures.gap import jumps
from hil.measures.level import gain_db
from hil.promises import Figures
from hil.recording import Recording, Samples
from hil.reference import CURVES, crossfaded, decoded, encoded

_SECONDS = 3.0
_LSB_16 = 1 << 16
_WINDOW = 4096


class Format(NamedTuple):
    """One kind of file, and how it is made."""

    name: str
    suffix: str
    options: tuple[str, ...] = ()
    bits: int = 16


_S24 = ("-sample_fmt", "s32")
LOSSLESS = {
    44_100: (
        Format("WAV, 16 bit", "wav"),
        Format("WAV, 24 bit", "wav", ("-c:a", "pcm_s24le"), 24),
        Format("FLAC, 16 bit", "flac"),
        Format("FLAC, 24 bit", "flac", _S24, 24),
        Format("AIFF", "aiff"),
        Format("ALAC", "m4a", ("-c:a", "alac")),
    ),
    96_000: (Format("FLAC, 24 bit, 96 kHz", "flac", _S24, 24),),
}
LOSSY = {
    44_100: (
        Format("WAV, 32 bit", "wav", ("-c:a", "pcm_s32le"), 32),
        Format("MP3", "mp3", ("-b:a", "192k")),
        Format("Ogg Vorbis", "ogg", ("-c:a", "libvorbis", "-q:a", "6")),
        Format("AAC", "m4a", ("-c:a", "aac", "-b:a", "256k")),
    ),
    48_000: (Format("Opus", "opus", ("-c:a", "libopus", "-b:a", "128k")),),
}


@pytest.mark.parametrize("rate_hz", LOSSLESS)
def test_each_lossless_format_is_heard_bit_for_bit(
    swift: Bench, figures: Figures, tmp_path: Path, rate_hz: int
) -> None:
    """One file of each, one after the other."""
    files = [_made(tmp_path, kind, 20 + i, rate_hz) for i, kind in enumerate(LOSSLESS[rate_hz])]
    recording = _played(swift, [swift.bring(file, file.name) for file, _ in files], rate_hz)
    at = 0
    for kind, (_, sound) in zip(LOSSLESS[rate_hz], files, strict=True):
        what = f"{kind.name}: frames that differ"
        _promise_same(figures, swift, what, _part(swift, recording, at, sound), sound)
        at += len(sound)
    figures.check_all()


@pytest.mark.parametrize("rate_hz", LOSSY)
def test_each_other_format_is_heard_as_another_decoder_decodes_it(
    swift: Bench, figures: Figures, tmp_path: Path, rate_hz: int
) -> None:
    """A second decoder may round otherwise; libopus 1.5 does so by 1.1 steps of 16 bits."""
    files = [_made(tmp_path, kind, 40 + i, rate_hz) for i, kind in enumerate(LOSSY[rate_hz])]
    recording = _played(swift, [swift.bring(file, file.name) for file, _ in files], rate_hz)
    at = 0
    for kind, (file, source) in zip(LOSSY[rate_hz], files, strict=True):
        expected = decoded(file)[: len(source)]
        part = _part(swift, recording, at, expected)
        what = f"{kind.name}: largest difference from another decoder, in steps of 16 bits"
        _promise_close(figures, swift, what, part, expected.astype(np.float64), _LSB_16, 2)
        at += len(expected)
    figures.check_all()


def test_files_follow_each_other_without_a_gap_and_without_an_overlap(
    swift: Bench, figures: Figures
) -> None:
    sounds = [noise(seed, _SECONDS) for seed in (4, 5, 6)]
    paths = [swift.put(f"{i}.wav", sound) for i, sound in enumerate(sounds)]
    heard = _sound(_played(swift, paths))
    _promise_same(
        figures, swift, "gapless: frames that differ over two joints", heard, np.concatenate(sounds)
    )
    figures.check_all()


@pytest.mark.parametrize("curves", CURVES)
def test_a_crossfade_is_heard_as_the_curves_say(
    swift: Bench, figures: Figures, curves: str
) -> None:
    """Every frame of the overlap, and its place, to one step of 24 bits."""
    for key, value in (("crossfade_ms", 1000), ("curve_pair", curves)):
        swift.ask("settings.set", key=key, value=value)
    first, second = noise(7, _SECONDS), noise(8, _SECONDS)
    heard = _sound(_played(swift, [swift.put("a.wav", first), swift.put("b.wav", second)]))
    expected = crossfaded(first, second, 44_100, curves)
    what = f"crossfade {curves}: largest difference from the formula, in steps of 24 bits"
    _promise_close(figures, swift, what, heard, expected, 1 << 8)
    figures.check_all()


def test_a_file_of_another_rate_joins_without_a_gap(swift: Bench, figures: Figures) -> None:
    first, second = noise(9, _SECONDS), noise(10, _SECONDS, 48_000)
    paths = [swift.put("a.wav", first), swift.put("b.wav", second, 48_000)]
    sound = _sound(_played(swift, paths))
    figures.check(
        "44.1 kHz, then 48 kHz: frames too many or too few",
        abs(len(sound) - 2 * len(first)),
        unit="frames",
        limit=0,
    )


def test_the_level_is_that_of_the_file(swift: Bench, figures: Figures) -> None:
    sound = noise(11, 5)
    heard = _sound(_played(swift, [swift.put("a.wav", sound)]))
    place = locate(heard[:_WINDOW], sound)
    error = abs(gain_db(heard[: len(sound) - place.frame], sound[place.frame :]))
    figures.check("level: error at full volume", error, unit="dB", limit=_level_limit(swift))


def _played(bench: Bench, paths: list[str], rate_hz: int = 44_100) -> Recording:
    """All of the files, one after the other, as recorded; the box plays at that rate."""
    if rate_hz != 44_100:
        bench.fresh(audio={"rate_hz": rate_hz})
    with bench.recording(rate_hz=rate_hz) as recording:
        bench.ask("enqueue", items=paths)
        bench.event("queue.emptied")
        bench.wait(0.5)
    return recording


def _sound(recording: Recording) -> Samples:
    """From the first frame that is not silent to the last."""
    samples = recording.only.samples
    sounding = np.flatnonzero(samples.any(axis=1))
    assert sounding.size, "nothing was recorded"
    return samples[sounding[0] : sounding[-1] + 1]


def _made(folder: Path, kind: Format, seed: int, rate_hz: int) -> tuple[Path, Samples]:
    """A file of noise of that kind, and the noise."""
    sound = noise(seed, _SECONDS, rate_hz, bits=kind.bits)
    source, file = folder / "source.wav", folder / f"{seed}.{kind.suffix}"
    write_wav(source, sound, rate_hz, bits=kind.bits)
    encoded(source, file, *kind.options)
    return file, sound


def _part(bench: Bench, recording: Recording, at: int, expected: Samples) -> Samples:
    """What was heard of one file: those many frames of the sound, counted where it is exact."""
    heard = _sound(recording)
    if bench.rig.line_in.exact:
        return heard[at : at + len(expected)]
    margin = 44_100
    return heard[max(at - margin, 0) : at + len(expected) + margin]


def _promise_same(
    figures: Figures, bench: Bench, what: str, heard: Samples, expected: Samples
) -> None:
    """Every frame where the rig is digital; through wires, that none is missing."""
    if bench.rig.line_in.exact:
        shorter = min(len(heard), len(expected))
        wrong = int(np.count_nonzero((heard[:shorter] != expected[:shorter]).any(axis=1)))
        figures.promise(what, wrong + abs(len(heard) - len(expected)), unit="frames", limit=0)
    else:
        found = jumps(heard, expected, exact=False)
        figures.promise(what, len(found), unit="places", limit=0, note="through wires")


def _promise_close(
    figures: Figures,
    bench: Bench,
    what: str,
    heard: Samples,
    expected: NDArray[np.float64],
    step: int,
    steps: int = 1,
) -> None:
    """No sample is further away than some ``steps``; through wires, no more than noise is left."""
    if bench.rig.line_in.exact:
        shorter = min(len(heard), len(expected))
        largest = np.abs(heard[:shorter] - expected[:shorter]).max(initial=0)
        same_length = len(heard) == len(expected)
        figures.promise(what, float(largest) / step if same_length else None, limit=steps)
    else:
        middle = heard[len(heard) // 2 :][:_WINDOW]
        wanted = expected.astype(np.int32)
        place = locate(middle, wanted)
        left = residual_db(middle, wanted[place.frame : place.frame + _WINDOW])
        figures.promise(what, left, unit="dB", limit=bench.rig.limit("residual_db", -50.0))


def _level_limit(bench: Bench) -> float:
    return 0.0001 if bench.rig.line_in.exact else bench.rig.limit("level_error_db", 0.05)
