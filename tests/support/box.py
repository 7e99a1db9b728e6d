"""The product as a person has it: the command line in a process, and a service of one's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PATIENCE_S = 20.0


def wkmp_pi(*words: str | Path, home: Path, check: bool = True, timeout: float = 60) -> str:
    """Run one command; its standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "wkmp_pi", *map(str, words)],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if check and done.returncode:
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def failing(*words: str | Path, home: Path) -> tuple[int, str]:
    """Run one command that may fail; its exit code and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "wkmp_pi", *map(str, words)],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def environment(home: Path) -> dict[str, str]:
    """A user of one's own: nothing of the tester's configuration is seen."""
    runtime = home / "run"
    runtime.mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "WKMP_", "NOTIFY_"))}
    return kept | {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime)}


def write_wav(path: Path, samples: NDArray[Any], rate: int = 44_100) -> Path:
    """Samples of -1 to 1, shape (frames, channels), as 16 bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return path


def encoded(source: Path, target: Path, *options: str) -> Path:
    """``source`` in the format that the name of ``target`` says, by ffmpeg."""
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), *options, str(target)]
    subprocess.run(command, check=True)
    return target


def read_wav(path: Path) -> NDArray[np.int64]:
    """A 16 bit WAV as integers, shape (frames, channels)."""
    with wave.open(str(path), "rb") as file:
        assert file.getsampwidth() == 2
        data = file.readframes(file.getnframes())
        return np.frombuffer(data, "<i2").reshape(-1, file.getnchannels()).astype(np.int64)


def rendered(
    tmp: Path, *items: str | Path, options: tuple[str, ...] = ()
) -> tuple[NDArray[np.int64], list[dict[str, Any]]]:
    """Items through the whole product into a file: samples and events."""
    out, events = tmp / "render.wav", tmp / "render.jsonl"
    wkmp_pi(
        "play", *items, "--output", f"wav:{out}", "--events", events, "--no-dither", *options,
        home=tmp / "home",
    )  # fmt: skip
    return read_wav(out), [json.loads(line) for line in events.read_text().splitlines()]


@dataclass
class Box:
    """A running service."""

    home: Path
    process: subprocess.Popen[bytes]

    @property
    def socket(self) -> Path:
        """Where the service answers."""
        return Path(environment(self.home)["XDG_RUNTIME_DIR"]) / "wkmp-pi/wkmp.sock"

    def ask(self, *words: str | Path) -> Any:
        """One client command, with ``--json``."""
        text = wkmp_pi(*words, "--json", home=self.home)
        return json.loads(text) if text.strip() else None

    def status(self) -> dict[str, Any]:
        """The player state."""
        return dict(self.ask("status"))

    def until(self, what: str, condition: Any) -> dict[str, Any]:
        """Ask for the status until ``condition`` holds of it."""
        deadline = time.monotonic() + _PATIENCE_S
        status = self.status()
        while not condition(status):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"never came true: {what}; at last {status}")
            status = self.status()
        return status

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code.

        An intervention of the watchdog would have hidden a mistake, so there may be none.
        """
        assert self.status()["watchdog_interventions_total"] == {}
        self.process.send_signal(sign)
        return self.process.wait(_PATIENCE_S)


@contextmanager
def running(
    home: Path, *, music: Path | None = None, further: str = "", **audio: Any
) -> Iterator[Box]:
    """A service with a silent card, a library and a socket of its own, below ``home``.

    ``further`` is what else its box.toml says.
    """
    config = home / "box.toml"
    home.mkdir(parents=True, exist_ok=True)
    values = {"device": "silent"} | audio
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
    config.write_text(
        f'[audio]\n{lines}\n[library]\nmusic_root = "{music or home}"\n'
        f'database = "{home}/library.db"\n{further}'
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "wkmp_pi", "run", "--config", str(config)],
        env=environment(home),
        stdout=subprocess.DEVNULL,
    )
    box = Box(home, process)
    try:
        deadline = time.monotonic() + _PATIENCE_S
        while failing("status", home=home)[0] != 0:
            assert time.monotonic() < deadline, "the service never answered"
            assert process.poll() is None, "the service ended"
        yield box
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
