"""Files through the whole product into a file, against an independent reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mix import reference
from support.box import encoded, failing, read_wav, rendered, write_wav

pytestmark = pytest.mark.flow


def noise(frames: int, seed: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.2, 0.2, (frames, channels))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    for index, seconds in enumerate((3.0, 2.0, 4.0)):
        frames = int(seconds * 44_100) + 17 * index
        write_wav(folder / f"{index}.wav", noise(frames, index))
    return folder


def tell(events: list[dict[str, Any]], *names: str) -> list[tuple[str, int, int]]:
    return [(e["name"], e["frame"], e["entry"]) for e in events if e["name"] in names]


def test_gapless_neighbours_are_bit_exact(folder: Path, tmp_path: Path) -> None:
    flac = encoded(folder / "1.wav", tmp_path / "1.flac")
    files = (folder / "0.wav", flac, folder / "2.wav")
    alone = [rendered(tmp_path, file)[0] for file in files]
    together, events = rendered(tmp_path, *files, options=("--crossfade-ms", "0"))
    assert np.array_equal(together, np.concatenate(alone))
    ends = np.cumsum([len(part) for part in alone]).tolist()
    assert tell(events, "passage.completed") == [
        ("passage.completed", end, entry) for entry, end in enumerate(ends, 1)
    ]


def test_passages_of_any_length_wait_for_each_other_and_not_for_ever(tmp_path: Path) -> None:
    """Lengths a little more than what is read at once."""
    lengths = (22_092, 24_024, 70_001, 22_051)
    files = [write_wav(tmp_path / f"{n}.wav", noise(n, n)) for n in lengths]
    together, events = rendered(tmp_path, *files, options=("--crossfade-ms", "200"))
    assert len(together) == sum(lengths) - 3 * 8820
    assert len(tell(events, "crossfade.completed")) == 3


@pytest.mark.parametrize("pair", ["exponential_logarithmic", "linear_linear", "equal_power"])
def test_crossfades_equal_the_reference_to_one_lsb(folder: Path, tmp_path: Path, pair: str) -> None:
    files = [folder / f"{i}.wav" for i in range(3)]
    alone = [rendered(tmp_path, file)[0] / 32768 for file in files]
    together, events = rendered(
        tmp_path, *files, options=("--crossfade-ms", "700", "--curve", pair)
    )
    curves = {"exponential_logarithmic": ("exponential", "logarithmic")}
    into, out = curves.get(pair, (pair.split("_linear")[0], pair.split("_linear")[0]))
    parts = [reference.Part(samples, curve_in=into, curve_out=out) for samples in alone]
    expected = reference.render(parts, 30_870)
    assert together.shape == expected.shape
    assert np.max(np.abs(together - expected * 32768)) <= 1.0
    first, second, third = (len(part) for part in alone)
    assert tell(events, "crossfade.started", "crossfade.completed") == [
        ("crossfade.started", first - 30_870, 1),
        ("crossfade.completed", first, 1),
        ("crossfade.started", first + second - 2 * 30_870, 2),
        ("crossfade.completed", first + second - 30_870, 2),
    ]
    assert len(together) == first + second + third - 2 * 30_870


@pytest.mark.parametrize("ending", ["flac", "mp3", "ogg", "opus", "m4a", "aiff"])
def test_a_crossfade_of_any_format_is_the_mix_of_what_each_plays_alone(
    folder: Path, tmp_path: Path, ending: str
) -> None:
    other = encoded(folder / "1.wav", tmp_path / f"b.{ending}", *(["-ar", "48000"]))
    a, b = (rendered(tmp_path, file)[0] / 32768 for file in (folder / "0.wav", other))
    together, _ = rendered(tmp_path, folder / "0.wav", other, options=("--crossfade-ms", "500"))
    expected = reference.render([reference.Part(a), reference.Part(b)], 22_050)
    assert together.shape == expected.shape
    assert np.max(np.abs(together - expected * 32768)) <= 1.6  # b was rounded when alone


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3", "ogg", "opus", "aiff"])
@pytest.mark.parametrize("span", ["0.5,1.25", "0.333", ",0.9"])
def test_a_span_is_the_same_samples_as_that_part_of_the_whole(
    folder: Path, tmp_path: Path, ending: str, span: str
) -> None:
    file = encoded(folder / "1.wav", tmp_path / f"b.{ending}")
    whole = rendered(tmp_path, file)[0]
    start, _, end = span.partition(",")
    first, last = round(float(start or 0) * 44_100), round(float(end or 999) * 44_100)
    part = rendered(tmp_path, f"{file}#t={span}")[0]
    assert part.shape == whole[first:last].shape
    assert np.max(np.abs(part - whole[first:last])) <= 1


def test_a_render_is_repeatable_with_dither_too(folder: Path, tmp_path: Path) -> None:
    renders = []
    for _ in range(2):
        out = tmp_path / "o.wav"
        from support.box import wkmp_pi

        wkmp_pi("play", folder / "0.wav", folder / "1.wav", "--output", f"wav:{out}", home=tmp_path)
        renders.append(out.read_bytes())
    assert renders[0] == renders[1]


def test_seconds_cuts_the_output_to_the_frame(folder: Path, tmp_path: Path) -> None:
    samples, _ = rendered(
        tmp_path, folder / "0.wav", folder / "1.wav", options=("--seconds", "1.5")
    )
    whole = rendered(tmp_path, folder / "0.wav")[0]
    assert np.array_equal(samples, whole[:66_150])


def test_a_bad_file_between_two_good_ones_is_told_and_does_not_disturb_them(
    folder: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.flac"
    bad.write_bytes(b"this is no music" * 100)
    out = tmp_path / "o.wav"
    files = (folder / "0.wav", bad, tmp_path / "missing.mp3", folder / "1.wav")
    code, error = failing(
        "play", *files, "--output", f"wav:{out}", "--no-dither", "--crossfade-ms", "0",
        home=tmp_path,
    )  # fmt: skip
    assert code == 1
    assert "bad.flac" in error
    assert "missing.mp3" in error
    alone = [rendered(tmp_path, folder / f"{i}.wav")[0] for i in (0, 1)]
    assert np.array_equal(read_wav(out), np.concatenate(alone))


def test_a_file_that_breaks_while_it_is_heard_ends_there_and_the_next_follows(
    folder: Path, tmp_path: Path
) -> None:
    whole = encoded(write_wav(tmp_path / "w.wav", noise(40 * 44_100, 7)), tmp_path / "w.flac")
    data = bytearray(whole.read_bytes())
    for at in range(len(data) // 3, len(data), 1000):
        data[at] ^= 0xFF
    broken = tmp_path / "broken.flac"
    broken.write_bytes(data)
    out, events = tmp_path / "o.wav", tmp_path / "o.jsonl"
    code, error = failing(
        "play", folder / "0.wav", broken, folder / "1.wav", "--output", f"wav:{out}",
        "--no-dither", "--crossfade-ms", "0", "--events", events, home=tmp_path,
    )  # fmt: skip
    assert code == 1
    assert "broken.flac" in error
    told = [json.loads(line) for line in events.read_text().splitlines()]
    ends = [(e["entry"], e["reason"]) for e in told if e["name"] == "passage.completed"]
    assert ends == [(1, "natural"), (2, "playback_error"), (3, "natural")]
    last = read_wav(folder / "1.wav")
    assert np.array_equal(read_wav(out)[-len(last) :], last)


def test_a_file_that_breaks_early_is_not_begun_in_a_render(folder: Path, tmp_path: Path) -> None:
    whole = encoded(write_wav(tmp_path / "w.wav", noise(8 * 44_100, 7)), tmp_path / "w.flac")
    data = bytearray(whole.read_bytes())
    for at in range(len(data) // 3, len(data), 1000):
        data[at] ^= 0xFF
    broken = tmp_path / "broken.flac"
    broken.write_bytes(data)
    out = tmp_path / "o.wav"
    for files in ((broken, folder / "1.wav"), (folder / "1.wav", broken)):
        code, _ = failing("play", *files, "--output", f"wav:{out}", "--no-dither", home=tmp_path)
        assert code == 1
        assert np.array_equal(read_wav(out), read_wav(folder / "1.wav"))


def test_events_of_files_that_are_never_heard_have_a_place_among_the_others(
    folder: Path, tmp_path: Path
) -> None:
    out, events = tmp_path / "o.wav", tmp_path / "o.jsonl"
    files = [folder / "0.wav", "no.wav", folder / "1.wav", "no.wav", folder / "2.wav", "no.wav"]
    failing("play", *files, "--output", f"wav:{out}", "--events", events, home=tmp_path)
    told = [json.loads(line) for line in events.read_text().splitlines()]
    heard = [(e["frame"], e["heard_ns"]) for e in told if "heard_ns" in e]
    assert heard == sorted(heard)
    assert [e["entry"] for e in told if e.get("reason") == "playback_error"] == [2, 4, 6]


@pytest.mark.parametrize("option", ["--output", "--events"])
def test_music_that_is_played_is_never_written_over(
    folder: Path, tmp_path: Path, option: str
) -> None:
    music = tmp_path / "music.wav"
    music.write_bytes((folder / "0.wav").read_bytes())
    (tmp_path / "link.wav").symlink_to(music)
    outputs = {"--output": f"wav:{tmp_path}/o.wav", "--events": f"{tmp_path}/o.jsonl"}
    outputs[option] = outputs[option].rpartition(f"{tmp_path}")[0] + f"{tmp_path}/link.wav"
    words = [word for pair in outputs.items() for word in pair]
    code, error = failing("play", folder / "1.wav", music, *words, home=tmp_path)
    assert code == 1
    assert "is to be played and to be written" in error
    assert music.read_bytes() == (folder / "0.wav").read_bytes()


def test_an_output_that_can_not_be_written_ends_with_a_clear_error(
    folder: Path, tmp_path: Path
) -> None:
    code, error = failing(
        "play", folder / "0.wav", "--output", f"wav:{tmp_path}/no/such/o.wav", home=tmp_path
    )
    assert code == 1
    assert "o.wav" in error
    assert "Traceback" not in error
