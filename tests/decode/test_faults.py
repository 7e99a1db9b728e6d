"""A decoder process that dies, hangs, swells or lies costs the take that it served; no other."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from decode.conftest import RATE
from support.decoding import Desk, desk
from support.media import Samples, as_integers, decoded, encode, tones, write_wav

from wkmp_pi.decode import client
from wkmp_pi.decode.messages import Failed, Finished, Opened, Priority, TakeId, ThresholdReached
from wkmp_pi.decode.worker import PAUSES_S

pytestmark = pytest.mark.flow

SERVED, OTHER = 1, 2


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of MP3."""
    folder = tmp_path_factory.mktemp("long")
    wav = write_wav(folder / "x.wav", as_integers(tones(10 * RATE), 16), RATE, 16)
    return encode(wav, folder / "x.mp3", "-b:a", "192k")


@pytest.fixture(scope="module")
def sound(long: Path) -> Samples:
    return decoded(long)


def stop_while_serving(at: Desk, long: Path) -> int:
    """Two takes, both begun; then the decoder stops in the middle of serving the first."""
    at.request(SERVED, long, priority=Priority.IMMEDIATE)
    at.request(OTHER, long, priority=Priority.NEXT)
    buffers = [at.wait(Opened, take).buffer for take in (SERVED, OTHER)]
    at.until(lambda: all(buffer.space_frames() == 0 for buffer in buffers))
    pid = at.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    at.read(SERVED, 60_000)  # room: the worker asks, and nobody answers
    at.worker.step(0)
    at.worker.step(0)
    assert at.worker._line.reading
    return pid


def assert_only_the_served_take_is_lost(at: Desk, sound: Samples) -> None:
    at.wait(Failed, SERVED)
    assert at.worker.known == {OTHER}
    assert np.array_equal(at.consume(OTHER), sound)
    assert at.of(Failed, OTHER) is None
    assert sum(isinstance(m, Opened) for m in at.told) == 2
    assert sum(isinstance(m, Finished) for m in at.told) == 1


def test_a_decoder_that_is_killed_costs_one_take(long: Path, sound: Samples) -> None:
    with desk(buffer_ms=2_000) as at:
        os.kill(stop_while_serving(at, long), signal.SIGKILL)
        assert_only_the_served_take_is_lost(at, sound)

        error = str(at.wait(Failed, SERVED).error)
        assert error.startswith(f"{long}: the decoder process died (signal 9); expected")


def test_a_decoder_that_hangs_is_killed_and_costs_one_take(long: Path, sound: Samples) -> None:
    with desk(buffer_ms=2_000, read_limit_s=0.2) as at:
        pid = stop_while_serving(at, long)
        assert_only_the_served_take_is_lost(at, sound)

        assert "hangs" in str(at.wait(Failed, SERVED).error)
        assert not Path(f"/proc/{pid}").exists()


def test_without_a_limit_a_hang_would_last(long: Path) -> None:
    """The control: it is the limit that ends the hang, and nothing else."""
    with desk(buffer_ms=2_000, read_limit_s=60) as at:
        pid = stop_while_serving(at, long)
        deadline_s = time.monotonic() + 0.5
        while time.monotonic() < deadline_s:
            at.worker.step(0.1)

        assert at.of(Failed, SERVED) is None
        os.kill(pid, signal.SIGCONT)
        assert at.consume(SERVED).size


def test_a_decoder_that_is_killed_unasked_costs_nothing(long: Path, sound: Samples) -> None:
    with desk(buffer_ms=2_000) as at:
        at.request(SERVED, long)
        buffer = at.wait(Opened, SERVED).buffer
        at.until(lambda: buffer.space_frames() == 0)
        for _ in range(4):  # it may happen more often than a start may fail
            killed = at.worker.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            at.until(lambda killed=killed: at.worker.pid not in {None, killed})
            at.read(SERVED, RATE)
            at.until(lambda: buffer.space_frames() == 0)

        assert np.array_equal(at.consume(SERVED), sound)


@pytest.mark.parametrize("pauses_s", [PAUSES_S, (0.0, 0.0)])
def test_a_decoder_that_is_killed_whenever_it_starts_is_given_time(
    long: Path, pauses_s: tuple[float, ...]
) -> None:
    """Without the pauses, which is the control, everything would be given up at once."""
    with desk(buffer_ms=2_000, pauses_s=pauses_s) as at:
        at.request(SERVED, long)
        buffer = at.wait(Opened, SERVED).buffer
        at.until(lambda: buffer.space_frames() == 0)
        kills, last = 0, None
        deadline_s = time.monotonic() + 1.0
        while time.monotonic() < deadline_s:
            if at.worker.pid not in {None, last}:
                last = at.worker.pid
                assert last is not None
                os.kill(last, signal.SIGKILL)
                kills += 1
            at.worker.step(0.01)
        assert kills >= 3
        if pauses_s is PAUSES_S:
            assert at.consume(SERVED).size
        assert (at.of(Failed, SERVED) is None) == (pauses_s is PAUSES_S)


def test_kills_at_any_moment_leave_no_take_in_between(long: Path, sound: Samples) -> None:
    """Each take fails or is heard in full; the frames before a failure are right."""
    with desk(buffer_ms=1_000) as at:
        for take in range(1, 9):
            at.request(take, long, priority=Priority(take % 3))
        steps, failed = 0, 0
        while not all(at.of(Finished, t) or at.of(Failed, t) for t in range(1, 9)):
            at.worker.step(0.01)
            steps += 1
            for take in range(1, 9):
                if at.of(Opened, take) and not at.of(Failed, take):
                    at.read(take, 5_000)
            if steps % 40 == 0 and at.worker.pid and failed < 4:
                os.kill(at.worker.pid, signal.SIGKILL)
                failed = sum(isinstance(m, Failed) for m in at.told)
        for take in range(1, 9):
            while at.of(Finished, take) and at.read(take, 50_000):
                pass
            heard = np.concatenate(at.heard.get(take, [np.zeros((0, 2), np.float32)]))
            assert np.array_equal(heard, sound[: len(heard)])
            assert at.of(Failed, take) or len(heard) == len(sound)
    assert any(isinstance(m, Finished) for m in at.told)


STUBS = {
    "noise": "channel.link.sendall(os.urandom(500))",
    "half a message": "channel.link.sendall(b'wkmp\\x40\\0\\0\\0abc')",
    "silence and death": "",
    "an exception": "raise RuntimeError('on purpose')",
    "another session": "channel.send(Samples(7, 0, True))",
    "a greeting": "channel.send(Hello({}))",
    "samples before they are asked for": "channel.send(Samples(request.session, 0, True))",
    "more samples than were asked for": (
        "opened(); channel.receive(); channel.send(Samples(request.session, 1 << 40, False))"
    ),
    "less samples than it says": (
        "opened(); channel.receive(); channel.send(Samples(request.session, 50, False), "
        "samples=[memoryview(bytes(99))])"
    ),
    "words without a question": (
        "opened(); [opened() for _ in range(3)]\nwhile channel.receive(): pass"
    ),
}
STUB = """
import os, socket, sys
from wkmp_pi.decode.messages import Media
from wkmp_pi.decode.protocol import *
channel = Channel(socket.socket(fileno=int(sys.argv[1])), Request)
channel.send(Hello({{}}))
request, fd = channel.receive()
def opened():
    media = Media(codec="x", container="x", rate_hz=44100, channels=2, bits=16, frames=99999)
    channel.send(SessionOpened(request.session, media, 99999, True))
{}
"""


@pytest.mark.parametrize("behaviour", STUBS)
def test_a_decoder_that_lies_is_replaced(
    behaviour: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = client.COMMAND
    with desk() as at:
        code = STUB.format(STUBS[behaviour])
        monkeypatch.setattr(client, "COMMAND", (sys.executable, "-c", code))
        at.request(SERVED, source)
        at.until(lambda: at.worker.pid is not None)
        monkeypatch.setattr(client, "COMMAND", real)
        failed = at.wait(Failed, SERVED)
        at.request(OTHER, source)

        assert np.array_equal(at.consume(OTHER), decoded(source))
    assert str(failed.error).startswith(f"{source}: the decoder process ")
    if behaviour == "an exception":
        assert "RuntimeError: on purpose" in str(failed.error)


def test_a_decoder_that_cannot_start_fails_its_takes_and_is_tried_again(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = client.COMMAND
    for command in (("/nonexistent",), (sys.executable, "-c", "import nothing_like_that")):
        with desk(pauses_s=(0.0, 0.01)) as at:
            monkeypatch.setattr(client, "COMMAND", command)
            at.request(SERVED, source)
            at.request(OTHER, source)
            assert at.wait(Failed, SERVED).error
            assert at.wait(Failed, OTHER).error
            monkeypatch.setattr(client, "COMMAND", real)
            at.request(3, source)

            assert np.array_equal(at.consume(3), decoded(source))


@pytest.mark.parametrize("stopped", [False, True])
def test_the_decoder_dies_with_the_service(stopped: bool) -> None:
    """Even if it cannot notice that its socket is closed."""
    code = (
        "import signal\n"
        "from wkmp_pi.decode.client import DecoderProcess\n"
        "process = DecoderProcess(10)\n"
        "process.wait_until_ready()\n"
        "print(process.pid, flush=True)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as service:
        assert service.stdout is not None
        decoder = int(service.stdout.readline())
        gone = os.pidfd_open(decoder)
        if stopped:
            os.kill(decoder, signal.SIGSTOP)
        service.kill()

    assert select.select([gone], [], [], 10)[0], "it still runs"
    os.close(gone)


def test_a_restart_is_quick(long: Path) -> None:
    """Two seconds is what is promised; it is a tenth of a second on a desktop core."""
    with desk(buffer_ms=2_000) as at:
        pid = stop_while_serving(at, long)
        begun_s = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        at.request(3, long)
        at.wait(ThresholdReached, 3)

        assert time.monotonic() - begun_s < 2
        at.worker.release(TakeId(3))


@pytest.mark.parametrize("megabytes", [40, 250])
def test_a_picture_that_does_not_fit_into_memory_costs_only_the_tags(
    megabytes: int, long: Path, sound: Samples, tmp_path: Path
) -> None:
    """The tag reader has to read it all, and may have a quarter of a gigabyte."""
    size = megabytes << 20
    path = tmp_path / "picture.mp3"
    with path.open("wb") as file:
        file.write(b"ID3\x03\x00\x00" + seven_bits(size))
        file.write(b"APIC" + (size - 10).to_bytes(4, "big") + bytes(2) + b"\0image/png\0\3\0")
        file.seek(10 + size)
        file.write(long.read_bytes())
    with desk() as at:
        at.request(SERVED, path)

        assert np.array_equal(at.consume(SERVED), sound)


def seven_bits(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
