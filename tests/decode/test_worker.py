"""The worker with a real decoder process: buffers get filled, in order, exactly, and it is told."""

from __future__ import annotations

import os
import queue
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr
from decode.conftest import FRAMES, RATE
from support.decoding import desk, request
from support.media import as_integers, decoded, encode, tones, write_wav

from wkmp_pi.decode import client
from wkmp_pi.decode.messages import (
    DecodeMessage,
    Failed,
    Finished,
    Opened,
    Priority,
    TakeId,
    ThresholdReached,
)
from wkmp_pi.decode.protocol import Channel, Hello, OpenSession, Request
from wkmp_pi.decode.worker import DecodeWorker
from wkmp_pi.units import ticks_from_frames, ticks_from_ms

pytestmark = pytest.mark.flow

Music = Callable[[str], Path]


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of FLAC."""
    folder = tmp_path_factory.mktemp("long")
    wav = write_wav(folder / "x.wav", as_integers(tones(10 * RATE), 16), RATE, 16)
    return encode(wav, folder / "x.flac")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_request_is_opened_filled_and_finished(source: Path) -> None:
    with desk() as at:
        at.request(1, source)
        sound = at.consume(1)

    assert np.array_equal(sound, decoded(source))
    kinds = [type(message) for message in at.told]
    assert kinds == [Opened, ThresholdReached, ThresholdReached, Finished]
    opened, _, _, finished = at.told
    assert isinstance(opened, Opened)
    assert (opened.length_frames, opened.exact16, opened.media.frames) == (FRAMES, True, FRAMES)
    assert isinstance(finished, Finished)
    assert finished.frames == FRAMES


def test_a_threshold_is_told_once_and_not_before_the_sound_is_there(long: Path) -> None:
    with desk() as at:
        at.request(1, long, thresholds_ms=(100, 500, 3000, 60_000))
        opened = at.wait(Opened, 1)
        ready: dict[int, int] = {}
        at.until(lambda: _note(at.told, ready, opened) or at.of(Finished, 1) is not None)

    assert sorted(ready) == [100, 500, 3000, 60_000]
    for threshold_ms in (100, 500, 3000):
        assert ready[threshold_ms] >= threshold_ms * RATE // 1000
    assert ready[60_000] == 10 * RATE


def _note(told: list[DecodeMessage], ready: dict[int, int], opened: Opened) -> None:
    """How much was readable when each threshold was told."""
    for message in told:
        if isinstance(message, ThresholdReached):
            ready.setdefault(message.threshold_ms, opened.buffer.readable_frames())


def test_the_first_threshold_comes_before_the_buffer_is_full(long: Path) -> None:
    with desk() as at:
        at.request(1, long)
        opened, told = at.wait(Opened, 1), at.wait(ThresholdReached, 1)

        assert told.threshold_ms == 500
        assert opened.buffer.readable_frames() == RATE // 2


def test_a_threshold_beyond_the_buffer_is_reached_when_that_is_full(long: Path) -> None:
    with desk(buffer_ms=2_000) as at:
        at.request(1, long, thresholds_ms=(500, 12_000))
        at.until(lambda: len(at.told) == 3)

        assert at.told[2] == ThresholdReached(take=TakeId(1), threshold_ms=12_000)
        assert at.wait(Opened, 1).buffer.space_frames() == 0


@pytest.mark.parametrize("frames", [22_051, 66_151, 77_000, 114_661, 154_351])
def test_a_passage_that_fits_is_finished_though_nobody_reads_it(
    frames: int, tmp_path: Path
) -> None:
    """A few frames too many for a whole number of reads must not wait for room."""
    file = write_wav(tmp_path / "x.wav", as_integers(tones(frames), 16), RATE, 16)
    with desk(buffer_ms=15_000) as at:
        at.request(1, file)
        assert at.wait(Finished, 1).frames == frames


@pytest.mark.parametrize("buffer_ms", [2000, 2600, 2740, 2999])
def test_a_buffer_of_any_length_reaches_a_threshold_beyond_it(long: Path, buffer_ms: int) -> None:
    with desk(buffer_ms=buffer_ms) as at:
        at.request(1, long, thresholds_ms=(500, 3000))
        at.until(lambda: len(at.told) == 3)

        assert at.told[2] == ThresholdReached(take=TakeId(1), threshold_ms=3000)


def test_a_full_buffer_stops_the_decoder_and_a_drained_one_moves_it(long: Path) -> None:
    with desk(buffer_ms=3_000) as at:
        at.request(1, long)
        buffer = at.wait(Opened, 1).buffer
        at.until(lambda: buffer.space_frames() == 0)
        at.read(1, RATE - 1)
        for _ in range(3):
            at.worker.step(0)
        assert buffer.space_frames() == RATE - 1

        at.read(1, 1)
        at.until(lambda: buffer.space_frames() == 0)
        assert np.array_equal(at.consume(1), decoded(long))


def test_every_frame_comes_once_whatever_the_buffer(music: Music) -> None:
    expected = decoded(music("mp3-vbr"))
    for buffer_ms in (1, 7, 260, 1_000):
        with desk(buffer_ms=buffer_ms) as at:
            at.request(1, music("mp3-vbr"))
            assert np.array_equal(at.consume(1), expected)


def test_a_passage_at_another_rate_begins_and_ends_where_it_should(source: Path) -> None:
    everything = soxr.resample(decoded(source), RATE, 48_000, quality="HQ")
    with desk(48_000) as at:
        at.request(1, source, start=ticks_from_ms(100), end=ticks_from_ms(1_100), skip_frames=480)
        sound = at.consume(1)

        assert at.wait(Opened, 1).length_frames == 48_000
    assert np.allclose(sound, everything[4_800 + 480 : 52_800], atol=2e-6)


def test_a_take_with_nothing_left_is_finished_at_once(source: Path) -> None:
    with desk() as at:
        at.request(1, source, skip_frames=FRAMES)
        at.wait(Finished, 1)

    assert [type(m) for m in at.told] == [Opened, ThresholdReached, ThresholdReached, Finished]
    assert at.told[-1] == Finished(take=TakeId(1), frames=0)


def test_the_most_urgent_take_is_filled_first(long: Path) -> None:
    with desk(buffer_ms=5_000) as at:
        at.request(1, long, priority=Priority.PREFETCH)
        at.request(2, long, priority=Priority.NEXT)
        at.request(3, long, priority=Priority.IMMEDIATE)
        buffers = [at.wait(Opened, take).buffer for take in (1, 2, 3)]
        at.until(lambda: buffers[2].space_frames() == 0)
        assert buffers[0].readable_frames() + buffers[1].readable_frames() <= RATE // 2

        at.until(lambda: buffers[1].space_frames() == 0)
        assert buffers[0].readable_frames() <= RATE // 2
        at.until(lambda: buffers[0].space_frames() == 0)


def test_another_priority_changes_the_order(long: Path) -> None:
    with desk(buffer_ms=9_000) as at:
        at.request(1, long, priority=Priority.NEXT)
        at.request(2, long, priority=Priority.PREFETCH)
        first, second = (at.wait(Opened, take).buffer for take in (1, 2))
        at.worker.reprioritise(TakeId(2), Priority.IMMEDIATE)
        at.worker.reprioritise(TakeId(99), Priority.IMMEDIATE)
        at.until(lambda: second.space_frames() == 0)

        assert first.readable_frames() < 3 * RATE


def test_a_released_take_is_forgotten_and_its_file_closed(long: Path) -> None:
    with desk(buffer_ms=2_000) as at:
        descriptors = open_files()
        for take in (1, 2, 3):
            at.request(take, long)
            at.wait(Opened, take)
            at.worker.release(TakeId(take))
            at.worker.release(TakeId(take))
        at.request(4, long)
        at.wait(ThresholdReached, 4)

        assert at.worker.known == {4}
        assert (
            len(list(Path("/proc/self/fd").iterdir())) <= descriptors + 4
        )  # process, socket, take 4
        told = len(at.told)
        at.until(lambda: at.wait(Opened, 4).buffer.space_frames() == 0)
        assert all(m.take == 4 for m in at.told[told:])


def test_a_take_that_is_asked_for_twice_is_served_once(source: Path) -> None:
    with desk() as at:
        at.request(1, source)
        at.request(1, source)
        at.consume(1)
        at.request(2, source)
        at.consume(2)

    assert [m.take for m in at.told if isinstance(m, Opened)] == [1, 2]


@pytest.mark.parametrize(
    ("points", "reached"),
    [((0, FRAMES + 1), False), ((FRAMES, None), False), ((0, FRAMES), True)],
)
def test_a_passage_beyond_the_end_is_an_invalid_timing(
    points: tuple[int, int | None], reached: bool, source: Path
) -> None:
    start, end = (None if p is None else ticks_from_frames(p, RATE) for p in points)
    with desk() as at:
        at.request(1, source, start=start, end=end)
        if reached:
            at.consume(1)
            return
        failed = at.wait(Failed, 1)

    assert failed.invalid_timing
    assert str(failed.error).startswith(f"{source}: lasts 1496 ms; expected a passage inside")
    assert at.worker.known == frozenset()


def test_a_file_that_breaks_in_the_middle_tells_how_much_it_gave(
    long: Path, tmp_path: Path
) -> None:
    file = damaged(long, tmp_path / "x.flac", good=0.4)
    with desk(buffer_ms=2_000) as at:
        at.request(1, file)
        buffer = at.wait(Opened, 1).buffer
        frames = 0

        def gave_up() -> bool:
            nonlocal frames
            frames += at.read(1, RATE)
            return at.of(Failed, 1) is not None

        at.until(gave_up)
        assert frames + buffer.readable_frames() == at.wait(Failed, 1).frames > 3 * RATE


def damaged(source: Path, target: Path, good: float) -> Path:
    """A copy that can be read up to a part of it; all frames behind that are broken."""
    data = bytearray(source.read_bytes())
    for at in range(int(good * len(data)), len(data), 1000):
        data[at] ^= 0xFF
    target.write_bytes(data)
    return target


def test_bad_files_fail_with_their_name_and_the_rest_goes_on(source: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "noise.mp3").write_bytes(random.Random(1).randbytes(50_000))
    (tmp_path / "folder.mp3").mkdir()
    playlist = tmp_path / "playlist.mp3"
    playlist.write_text(f"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile://{source}\n")
    names = ["empty.mp3", "noise.mp3", "folder.mp3", "playlist.mp3", "missing.mp3"]
    with desk() as at:
        for take, name in enumerate(names):
            at.request(take, tmp_path / name)
        at.request(9, source)
        at.consume(9)
        failed = [at.wait(Failed, take) for take in range(len(names))]

    found = ["is empty", "no audio file", "is a directory", "is a playlist", "No such file"]
    for name, text, message in zip(names, found, failed, strict=True):
        assert str(message.error).startswith(f"{tmp_path / name}: ")
        assert text in str(message.error)
        assert not message.invalid_timing


def test_a_file_that_breaks_off_finishes_with_what_there_was(music: Music, tmp_path: Path) -> None:
    data = music("flac").read_bytes()
    path = tmp_path / "cut.flac"
    path.write_bytes(data[:-3_000] + bytes(3_000))
    with desk() as at:
        at.request(1, path)
        sound = at.consume(1)

    finished = at.wait(Finished, 1)
    assert finished.frames == len(sound) < FRAMES
    assert at.wait(Opened, 1).buffer.frames_total == len(sound)


def test_a_file_that_is_unlinked_goes_on(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "gone.wav"
    path.write_bytes(source.read_bytes())
    with desk(buffer_ms=300) as at:
        at.request(1, path)
        at.wait(Opened, 1)
        path.unlink()

        assert np.array_equal(at.consume(1), decoded(source))


def test_the_thread_serves_and_ends_and_leaves_no_process(source: Path) -> None:
    told: queue.SimpleQueue[DecodeMessage] = queue.SimpleQueue()
    worker = DecodeWorker(RATE, told.put, 15_000)
    worker.start()
    worker.request(request(1, source))
    while not isinstance(message := told.get(timeout=20), Finished):
        assert not isinstance(message, Failed), message
    pid = worker.pid

    assert worker.stop(5)
    assert not Path(f"/proc/{pid}").exists()
    assert not any(thread.name == "wkmp-decode" for thread in threading.enumerate())
    worker.request(request(2, source))  # late callers are ignored


def test_stopping_before_the_start_is_harmless() -> None:
    assert DecodeWorker(RATE, print, 1_000).stop(1)


def test_a_request_is_with_the_decoder_in_less_than_a_millisecond(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test plays the decoder process and looks when requests arrive."""
    ends: list[socket.socket] = []

    def spawned(link: int) -> Any:
        ends.append(socket.socket(fileno=os.dup(link)))
        return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    monkeypatch.setattr(client, "_spawned", spawned)
    worker = DecodeWorker(RATE, lambda _: None, 1_000)
    worker.start()
    while not ends:
        worker._inbox.wake()
    channel: Channel[Request] = Channel(ends[0], Request, 10)
    channel.send(Hello(sandbox={}))
    took_s = []
    for take in range(200):
        begun_s = time.perf_counter()
        worker.request(request(take, source))
        received = channel.receive()
        took_s.append(time.perf_counter() - begun_s)
        assert received is not None
        assert isinstance(received[0], OpenSession)
        os.close(received[1] or -1)
    process = worker._line._process
    assert process is not None
    process._process.stdin.close()
    worker.stop(5)
    channel.close()

    assert statistics.median(took_s) < 0.001
