"""Evidence is kept whole, is never overwritten, and never fails a test."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil import witness
from hil.drivers.protocols import Message
from hil.recording import Recording, Stamp, Stretch
from hil.witness import Witness, versions
from wkmp_pi import __version__

TEST = "hil/test_x.py::test_it[a/b c]"
RNG = np.random.default_rng(7)


def a_stretch(frames: int = 1000, channels: int = 2, rate_hz: int = 48_000) -> Stretch:
    samples = RNG.integers(-(2**31), 2**31, (frames, channels), np.int32)
    return Stretch(samples, rate_hz, (Stamp(0, 5), Stamp(frames, 9)))


def lines(file: Path) -> list[object]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def folder_of(kept: Witness) -> Path:
    assert kept.folder is not None
    return kept.folder


def read_wav(file: Path) -> tuple[int, np.ndarray]:
    with wave.open(str(file)) as reading:
        assert reading.getsampwidth() == 4
        data = reading.readframes(reading.getnframes())
        return reading.getframerate(), np.frombuffer(data, "<i4").reshape(
            -1, reading.getnchannels()
        )


def test_every_stretch_is_a_wav_file_with_the_very_samples(tmp_path: Path) -> None:
    kept = Witness(tmp_path, TEST, {})
    stretches = [a_stretch(), a_stretch(10, 1, 8000), a_stretch(0)]
    kept.recording(Recording(stretches[:2]))
    kept.recording(Recording(stretches[2:]), "again")
    for name, stretch in zip(("recording-1", "recording-2", "again-3"), stretches, strict=True):
        rate_hz, samples = read_wav(folder_of(kept) / f"{name}.wav")
        assert rate_hz == stretch.rate_hz
        assert np.array_equal(samples, stretch.samples)
    assert lines(folder_of(kept) / "stretches.jsonl")[1] == {
        "file": "recording-2.wav",
        "rate_hz": 8000,
        "stamps": [[0, 5], [10, 9]],
        "frames": 10,
    }
    assert kept.problems == []


def test_a_part_of_a_larger_array_is_kept_in_the_right_order(tmp_path: Path) -> None:
    every_other = a_stretch(20).samples[::2]
    kept = Witness(tmp_path, TEST, {})
    kept.recording(Recording([Stretch(every_other, 44_100, (Stamp(0, 0),))]))
    assert np.array_equal(read_wav(folder_of(kept) / "recording-1.wav")[1], every_other)


def test_events_of_all_kinds_become_one_line_each(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Heard:
        frame: int

    kept = Witness(tmp_path, TEST, {})
    kept.events([{"name": "Ä\n", "at": np.int64(3)}, Heard(4)])
    kept.events([Message("a/b", b"\xffx", False, 5), {"path": Path("x"), "lost": "\udc80"}])
    kept.events(iter([1]), "others")
    assert lines(folder_of(kept) / "events.jsonl") == [
        {"name": "Ä\n", "at": 3},
        {"frame": 4},
        {"topic": "a/b", "payload": "\\xffx", "retained": False, "came_ns": 5},
        {"path": "x", "lost": "\udc80"},
    ]
    assert lines(folder_of(kept) / "others.jsonl") == [1]


def test_notes_follow_each_other(tmp_path: Path) -> None:
    kept = Witness(tmp_path, TEST, {})
    kept.note("first")
    kept.note("second")
    assert (folder_of(kept) / "notes.txt").read_text() == "first\nsecond\n"


def test_versions_say_what_took_part(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_bytes(b"[rig]")
    kept = Witness(tmp_path / "kept", TEST, versions(rig, "desk", seed=7))
    kept.tell(box_kernel="Linux 6.1")
    told = json.loads((folder_of(kept) / "versions.json").read_text())
    assert told["product"] == __version__
    assert told["rig_sha256"] == hashlib.sha256(b"[rig]").hexdigest()
    assert (told["rig"], told["rig_file"], told["seed"]) == ("desk", "rig.toml", 7)
    assert (told["box_kernel"], told["test"]) == ("Linux 6.1", TEST)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", told["utc"])
    assert told["python"].startswith("3.")
    assert told["kernel"].startswith("Linux ")


def test_the_commit_is_that_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "checkout" / "hil"
    folder.mkdir(parents=True)
    monkeypatch.setattr(witness, "__file__", str(folder / "witness.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    absent = tmp_path / "absent"
    assert versions(absent, "x")["commit"] is None

    def git(*words: str) -> str:
        who = ["-c", "user.name=x", "-c", "user.email=x@localhost"]
        command = ["git", "-C", str(folder), *who, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    git("init")
    (folder / "file").write_text("a")
    git("add", ".")
    git("commit", "-m", "x")
    git("tag", "-a", "v1", "-m", "x")
    assert versions(absent, "x")["commit"] == git("rev-parse", "HEAD")
    (folder / "file").write_text("b")
    assert versions(absent, "x")["commit"] == git("rev-parse", "HEAD") + "-dirty"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert versions(absent, "x")["commit"] is None


def test_a_later_run_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    folders = [folder_of(Witness(tmp_path / "new" / "base", TEST, {})) for _ in range(3)]
    assert [folder.name for folder in folders] == [
        "hil-test_x.py-test_it-a-b-c",
        "hil-test_x.py-test_it-a-b-c-2",
        "hil-test_x.py-test_it-a-b-c-3",
    ]


@given(st.text(max_size=400))
def test_any_name_of_a_test_gives_a_folder_below_the_base(
    tmp_path_factory: pytest.TempPathFactory, test: str
) -> None:
    base = tmp_path_factory.mktemp("base")
    kept = Witness(base, test, {})
    assert kept.problems == []
    assert folder_of(kept).parent == base


def test_without_a_folder_nothing_is_kept_and_nothing_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = Witness(None, TEST, {})
    kept.recording(Recording([a_stretch()]))
    kept.events([{}])
    kept.note("x")
    kept.tell(x=1)
    assert (kept.problems, list(tmp_path.iterdir())) == ([], [])


def everything(kept: Witness) -> None:
    kept.recording(Recording([a_stretch(100_000)]))
    kept.events([{"x": "y" * 100_000}])
    kept.note("x" * 100_000)
    kept.note("x" * 100_000)
    kept.tell(x=1)


@pytest.mark.parametrize("full", [True, False])
def test_a_full_disk_is_told_once_for_each_file_and_fails_nothing(
    tmp_path: Path, full: bool
) -> None:
    kept = Witness(tmp_path, TEST, {"before": 1})
    folder = folder_of(kept)
    if full:
        for name in ("recording-1.wav.part", "events.jsonl", "notes.txt", "versions.json.part"):
            (folder / name).symlink_to("/dev/full")
    everything(kept)
    told = [Path(problem.split(": ")[0]).name for problem in kept.problems]
    files = ["recording-1.wav", "events.jsonl", "notes.txt", "versions.json"]
    assert told == (files if full else [])
    assert all("found No space left on device; expected" in p for p in kept.problems)
    assert not list(folder.glob("*.part"))
    assert (folder / "recording-1.wav").exists() is not full
    assert ("x" in json.loads((folder / "versions.json").read_text())) is not full


def test_a_folder_that_cannot_be_made_is_told_and_fails_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for base in (file, file / "below"):
        kept = Witness(base, TEST, {})
        everything(kept)
        (problem,) = kept.problems
        assert problem.startswith(f"{base}: found ")
        assert problem.count("; ") == 2
    assert file.read_text() == ""


def test_a_recording_that_no_wav_file_can_hold_is_told(tmp_path: Path) -> None:
    kept = Witness(tmp_path, TEST, {})
    kept.recording(Recording([a_stretch(5, rate_hz=2**33)]))
    (problem,) = kept.problems
    assert "recording-1.wav: found " in problem
    assert not list(folder_of(kept).glob("recording*"))
