"""The recorder's own logic, on a capture device made of a script."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections import deque
from pathlib import Path
from typing import Any

import alsaaudio
import pytest
from support.fake_pcm import spoken

from hil.programs import recorder

FRAMES = bytes(range(80))  # 10 frames of 32 bits, stereo
XRUN = (-errno.EPIPE, b"")
NOTHING = (0, b"")
GONE = spoken(errno.ENODEV)


class Script:
    """What the device does, read by read; at the end of the script, standard input ends.

    An exception in the place of a whole device means that it cannot be opened then.
    """

    def __init__(self, *devices: list[Any] | Exception, **found: Any) -> None:
        self.devices = deque(devices)
        self.found = {"rate": 44_100, "channels": 2, "format_name": "S32_LE"} | found
        self.stdin, self.end_of_stdin = os.pipe()
        self.readable, self.writable = os.pipe()
        os.write(self.writable, b"always")
        self.opened: list[Device] = []

    def open(self, **asked: Any) -> Device:
        device = self.devices.popleft() if self.devices else spoken(errno.ENOENT)
        if not self.devices:
            self.finish()
        if isinstance(device, Exception):
            raise device
        self.opened.append(Device(self, deque(device)))
        return self.opened[-1]

    def finish(self) -> None:
        if self.end_of_stdin >= 0:
            os.close(self.end_of_stdin)
            self.end_of_stdin = -1

    def close(self) -> None:
        self.finish()
        for descriptor in (self.stdin, self.readable, self.writable):
            os.close(descriptor)


class Device:
    def __init__(self, script: Script, reads: deque[Any]) -> None:
        self.script, self.reads = script, reads
        self.calls: list[str] = []

    def read(self) -> tuple[int, bytes]:
        got = self.reads.popleft() if self.reads else NOTHING
        if isinstance(got, Exception):
            raise got
        return (len(got) // 8, got) if isinstance(got, bytes) else got

    def info(self) -> dict[str, Any]:
        return self.script.found

    def polldescriptors(self) -> list[tuple[int, int]]:
        return [(self.script.readable, 1)]

    def polldescriptors_revents(self, events: list[tuple[int, int]]) -> int:
        assert [fd for fd, _ in events] == [self.script.readable]
        return 1

    def drop(self) -> None:
        self.calls.append("drop")

    def close(self) -> None:
        self.calls.append("close")


def record(folder: Path, monkeypatch: pytest.MonkeyPatch, script: Script) -> list[dict[str, Any]]:
    """Everything that it said."""
    monkeypatch.setattr(alsaaudio, "PCM", script.open)
    monkeypatch.setattr(recorder, "RETRY_NS", 0)
    said: list[dict[str, Any]] = []
    asked = recorder.arguments(["hw:9", "44100", "2", "S32_LE", str(folder)])
    try:
        recorder.Recorder(asked, lambda event, **more: said.append({"event": event} | more)).run(
            script.stdin
        )
    finally:
        script.close()
    return said


def names(said: list[dict[str, Any]]) -> list[str]:
    return [told["event"] for told in said]


def test_frames_and_stamps_stand_in_files_and_the_stamps_are_not_early(tmp_path, monkeypatch):
    before_ns = time.monotonic_ns()
    said = record(tmp_path, monkeypatch, Script([FRAMES, FRAMES[:40], NOTHING]))
    assert names(said) == ["recording", "summary"]
    assert said[-1]["stretches"] == [15]
    assert (tmp_path / "000.raw").read_bytes() == FRAMES + FRAMES[:40]
    stamps = [json.loads(line) for line in (tmp_path / "000.jsonl").read_text().splitlines()]
    assert [stamp["frames"] for stamp in stamps] == [15]
    assert before_ns < stamps[0]["at_ns"] < time.monotonic_ns()


def test_it_says_that_it_records_when_the_first_frames_are_there_and_not_before(
    tmp_path, monkeypatch
):
    assert names(record(tmp_path, monkeypatch, Script([NOTHING]))) == ["summary"]
    assert list(tmp_path.iterdir()) == []


def test_an_overrun_begins_a_new_stretch_and_is_told(tmp_path, monkeypatch):
    script = Script([FRAMES, XRUN, NOTHING, FRAMES, GONE], spoken(errno.ENOENT))
    said = record(tmp_path, monkeypatch, script)
    assert names(said) == ["recording", "overrun", "recording", "lost", "summary"]
    assert said[-1]["stretches"] == [10, 10]
    assert (tmp_path / "001.raw").read_bytes() == FRAMES


def test_a_card_that_goes_away_is_told_once_and_recorded_again_when_it_is_back(
    tmp_path, monkeypatch
):
    away = [spoken(errno.ENOENT), spoken(errno.EBUSY), spoken(errno.ENODEV)]
    script = Script([FRAMES, FRAMES, GONE], *away, [FRAMES, NOTHING])
    said = record(tmp_path, monkeypatch, script)
    assert names(said) == ["recording", "lost", "recording", "summary"]
    assert "No such device" in said[1]["why"]
    assert said[-1]["stretches"] == [20, 10]
    assert [device.calls for device in script.opened] == [["drop", "close"]] * 2


def test_frames_that_came_before_the_card_went_are_kept(tmp_path, monkeypatch):
    record(tmp_path, monkeypatch, Script([NOTHING, FRAMES, GONE], spoken(errno.ENOENT)))
    assert (tmp_path / "000.raw").read_bytes() == FRAMES


def test_a_card_that_cannot_do_what_is_asked_is_told_with_what_it_can(tmp_path, monkeypatch):
    said = record(tmp_path, monkeypatch, Script([FRAMES], rate=48_000))
    assert names(said) == ["lost", "summary"]
    assert "found 48000 Hz, 2 channels, S32_LE; expected 44100 Hz" in said[0]["why"]


@pytest.mark.parametrize(("retry_ns", "least"), [(10**15, 1), (0, 5)])
def test_a_device_that_is_away_is_not_tried_without_end_until_its_node_comes(
    tmp_path, monkeypatch, retry_ns, least
):
    tries: list[int] = []
    nodes = [["timer"]]

    def open_nothing(**_: Any) -> None:
        tries.append(1)
        raise spoken(errno.ENOENT)

    monkeypatch.setattr(alsaaudio, "PCM", open_nothing)
    monkeypatch.setattr(recorder, "RETRY_NS", retry_ns)
    monkeypatch.setattr(recorder, "_device_nodes", lambda: nodes[0])
    asked = recorder.arguments(["hw:9", "44100", "2", "S32_LE", str(tmp_path)])
    machine = recorder.Recorder(asked, lambda *_, **__: None)
    for expected in (least, 2 * least):
        for _ in range(5):
            machine._look_for_it()
        assert len(tries) == expected
        nodes[0] = ["pcmC0D0c", "timer"]


@pytest.mark.parametrize("told", [True, False])
def test_the_kernels_word_wakes_it_and_is_not_heard_twice(tmp_path, monkeypatch, told):
    news, kernel = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    news.setblocking(False)
    monkeypatch.setattr(recorder, "RETRY_NS", 200_000_000)
    asked = recorder.arguments(["hw:9", "44100", "2", "S32_LE", str(tmp_path)])
    machine = recorder.Recorder(asked, lambda *_, **__: None)
    machine._news = news
    stdin, end_of_stdin = os.pipe()
    for _ in range(2 if told else 0):
        kernel.send(b"add@/devices/platform/snd_aloop.0/sound/card0/pcmC0D0c")
    assert machine._wait(stdin) == ({news.fileno()} if told else set())
    with pytest.raises(BlockingIOError):
        news.recv(100)
    for end in (news, kernel):
        end.close()
    for descriptor in (stdin, end_of_stdin):
        os.close(descriptor)


def test_where_the_kernel_tells_nothing_it_looks_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "kernel_news", lambda: None)
    script = Script([FRAMES, GONE], spoken(errno.ENOENT), [FRAMES])
    assert record(tmp_path, monkeypatch, script)[-1]["stretches"] == [10, 10]


def test_the_kernel_can_be_listened_to_by_anybody():
    news = recorder.kernel_news()
    if news is not None:  # not in every container
        assert not news.getblocking()
        news.close()
