from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import soundfile

from wkmp_pi.errors import DeviceError
from wkmp_pi.output import wav
from wkmp_pi.output.wav import WavSink, wav_header
from wkmp_pi.units import Hz

CD = Hz(44_100)
FORMATS = {"S16": "PCM_16", "S24": "PCM_24", "S32": "PCM_32", "F32": "FLOAT"}


def noise(frames: int) -> np.ndarray:
    values = np.random.default_rng(7).integers(-(2**15), 2**15, frames * 2)
    return (values / 2**15).astype(np.float32)


@pytest.mark.parametrize(("name", "subtype"), FORMATS.items())
def test_another_program_reads_back_what_was_written(
    name: str, subtype: str, tmp_path: Path
) -> None:
    path, stream = tmp_path / "out.wav", noise(3000)
    sink = WavSink(path, CD, name, 1000)
    for period in np.split(stream, 3):
        assert sink.write(period)
    sink.close()
    info = soundfile.info(str(path))
    assert (info.samplerate, info.channels, info.frames) == (CD, 2, 3000)
    assert info.subtype == subtype
    back, _ = soundfile.read(str(path), dtype="float32")
    np.testing.assert_array_equal(back.reshape(-1), stream)


def test_sox_takes_every_header_for_sound(tmp_path: Path) -> None:
    for name in FORMATS:
        path = tmp_path / f"{name}.wav"
        sink = WavSink(path, CD, name, 1000)
        sink.write(noise(441))
        sink.close()
        told = subprocess.run(["soxi", path], capture_output=True, text=True, check=True)
        assert "= 441 samples" in told.stdout
        assert told.stderr == ""


def test_until_it_is_closed_the_file_has_another_name(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    path.write_text("the old one")
    sink = WavSink(path, CD, "S16", 1000)
    sink.write(noise(1000))
    assert path.read_text() == "the old one"
    sink.close()
    assert soundfile.info(str(path)).frames == 1000
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.wav"]


def test_after_a_kill_the_part_can_be_played_and_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    program = f"""
        import os, signal, pathlib, numpy
        from wkmp_pi.output.wav import WavSink
        sink = WavSink(pathlib.Path({str(path)!r}), 44100, "S16", 1000)
        sink.write(numpy.full(2000, 0.5, numpy.float32))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False)
    assert not path.exists()
    samples = subprocess.run(
        ["sox", "--ignore-length", "-t", "wav", f"{path}.part", "-t", "s16", "-"],
        capture_output=True,
        check=True,
    )
    assert np.frombuffer(samples.stdout, "<i2").tolist() == [16384] * 2000


@pytest.mark.parametrize("name", ["S16", "S24_3LE", "S32", "F32"])
def test_the_header_has_one_length_whatever_the_sound_has(name: str) -> None:
    lengths = {len(wav_header(name, CD, frames)) for frames in (None, 0, 1, 2**33)}
    assert len(lengths) == 1


def test_beyond_4_gib_the_file_is_rf64(tmp_path: Path) -> None:
    frames, path = 2**30 + 17, tmp_path / "long.wav"  # 4 bytes each
    header = wav_header("S16", CD, frames)
    path.write_bytes(header)
    os.truncate(path, len(header) + frames * 4)  # a sparse file
    info = soundfile.info(str(path))
    assert (info.format, info.frames) == ("RF64", frames)


def test_just_below_4_gib_it_is_an_ordinary_wav() -> None:
    behind_riff = len(wav_header("S16", CD, 0)) - 8
    most = (0xFFFF_FFFF - behind_riff - 1) // 4
    assert wav_header("S16", CD, most)[:4] == b"RIFF"
    assert wav_header("S16", CD, most + 1)[:4] == b"RF64"


def test_a_full_disk_is_told_and_the_half_file_keeps_its_other_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.wav"
    sink = WavSink(path, CD, "S16", 1000)
    sink.write(noise(1000))
    real = sink._file.write
    room = [2500]

    def write(data: memoryview) -> int:
        """A disk with room for 2500 bytes more."""
        if room[0] == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(sink, "_file", Wrapped(sink._file, write))
    with pytest.raises(DeviceError, match=r"wav:.*ENOSPC.*room for the sound.*free some") as told:
        sink.write(noise(1000))
    assert told.value.errno == errno.ENOSPC
    room[0] = 10**6
    sink.close()
    assert not path.exists()
    assert soundfile.info(f"{path}.part", verbose=True).frames == 1000


class Wrapped:
    """A file whose ``write`` is another one."""

    def __init__(self, file: object, write: object) -> None:
        self._file, self.write = file, write

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def __enter__(self) -> None:
        self._file.__enter__()

    def __exit__(self, *error: object) -> None:
        self._file.__exit__(*error)


def test_a_device_that_is_really_full_is_told() -> None:
    sink = object.__new__(WavSink)
    with Path("/dev/full").open("wb", buffering=0) as full:
        sink._file = full
        with pytest.raises(OSError, match="No space left"):
            sink._write_all(memoryview(b"sound"))


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("missing/out.wav", errno.ENOENT),
        ("a_file/out.wav", errno.ENOTDIR),
        ("a_folder", errno.EINVAL),
        ("/dev/null", errno.EINVAL),
    ],
)
def test_a_place_that_cannot_be_written_is_told_at_once(
    path: str, number: int, tmp_path: Path
) -> None:
    (tmp_path / "a_file").write_text("")
    (tmp_path / "a_folder").mkdir()
    with pytest.raises(DeviceError, match=r"^wav:.+: .+; expected .+; .+") as told:
        WavSink(tmp_path / path, CD)
    assert told.value.errno == number


def test_an_unknown_format_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="S8; expected one of S16, S24_3LE, S32, F32"):
        WavSink(tmp_path / "out.wav", CD, "S8")
    assert list(tmp_path.iterdir()) == []


def test_the_lengths_reach_the_disk_before_the_name_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, order = tmp_path / "out.wav", []
    monkeypatch.setattr(wav.os, "fsync", lambda _: order.append(path.exists()))
    sink = WavSink(path, CD, "S16", 1000)
    sink.close()
    assert order == [False]
    assert path.exists()
