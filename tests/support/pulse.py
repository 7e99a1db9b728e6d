"""A private PulseAudio with a null sink: a sound card made of software, with a clock of its own.

Nothing of the user's own sound server is touched: the daemon gets its own
home, its own socket and no configuration files. ALSA reaches it through its
pulse plugin as the PCM ``box``; what it was given can be recorded bit for bit
from the sink's monitor.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DEVICE = "box"
TOOLS = ("pulseaudio", "parec", "pactl")

_ASOUND = """
pcm.box {{ type pulse server "unix:{socket}" device "box" handle_underrun 1 }}
ctl.box {{ type pulse server "unix:{socket}" device "box" }}
pcm.null {{ type null }}
"""


@dataclass(frozen=True, slots=True)
class Pulse:
    """A running server.

    Attributes:
        device: the ALSA PCM and control that play into it.
        environment: what a process needs to reach it, besides its own environment.
        process: the daemon; stopping and killing it are faults worth testing.
    """

    device: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def freeze(self) -> None:
        """The server stands still, as a wedged driver does."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """The server goes on."""
        self.process.send_signal(signal.SIGCONT)

    @contextmanager
    def recording(self, format: str) -> Iterator[Recording]:  # noqa: A002 - PulseAudio's word
        """Record what the sink is given (``s16le`` or ``s32le``, stereo, 44.1 kHz)."""
        command = ["parec", f"--device={self.device}.monitor", f"--format={format}"]
        command += ["--rate=44100", "--channels=2", "--raw", "--latency-msec=10"]
        recorder = subprocess.Popen(
            command, stdout=subprocess.PIPE, env=os.environ | self.environment
        )
        assert recorder.stdout is not None
        recorder.stdout.read(4)  # it runs as soon as the first silence arrives
        try:
            yield Recording(recorder, np.dtype({"s16le": "<i2", "s32le": "<i4"}[format]))
        finally:
            recorder.kill()
            recorder.wait()
            recorder.stdout.close()


@dataclass(frozen=True, slots=True)
class Recording:
    """What comes out of the sink's monitor."""

    recorder: subprocess.Popen[bytes]
    dtype: np.dtype[np.signedinteger]

    def take(self, frames: int) -> NDArray[np.signedinteger]:
        """The next sounding frames, interleaved; the silence before them is left out."""
        wanted, found = frames * 2, np.empty(0, self.dtype)
        while found.size < wanted:
            assert self.recorder.stdout is not None
            data = self.recorder.stdout.read(self.dtype.itemsize * 2048)
            fresh = np.frombuffer(data, self.dtype)
            if found.size == 0:
                fresh = fresh[np.argmax(fresh != 0) :] if fresh.any() else fresh[:0]
            found = np.concatenate((found, fresh))
        return found[:wanted]


@contextmanager
def running_pulse(home: Path) -> Iterator[Pulse]:
    """A server that lives in ``home`` until the end of the block.

    Raises:
        AssertionError: PulseAudio is not installed; tells how to get it.
    """
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    assert not missing, (
        f"{missing} not found: sudo apt install pulseaudio pulseaudio-utils libasound2-plugins"
    )
    socket = home / "socket"
    asound = home / "asound.conf"
    asound.write_text(_ASOUND.format(socket=socket))
    environment = {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PULSE_SERVER": f"unix:{socket}",
        "ALSA_CONFIG_PATH": str(asound),
    }
    process = subprocess.Popen(
        [
            *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"),
            *("--realtime=no", "--high-priority=no", "--log-level=error", "--log-target=stderr"),
            *(
                "-L",
                "module-null-sink sink_name=box rate=44100 format=s32le channels=2 norewinds=1",
            ),
            *("-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}"),
        ],
        env=os.environ | environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(environment)
        yield Pulse(DEVICE, environment, process)
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def _wait_until_ready(environment: dict[str, str]) -> None:
    for _ in range(100):
        answer = subprocess.run(
            ["pactl", "info"], env=os.environ | environment, capture_output=True, check=False
        )
        if answer.returncode == 0:
            return
    raise AssertionError(f"PulseAudio does not answer: {answer.stderr.decode()}")
