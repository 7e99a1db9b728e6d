"""What a test has seen, kept for whoever wants to look later: recordings, events, versions, notes.

Evidence is a service to people; it never fails a test. What could not be written, because a disk
is full or a folder is not writable, is told in ``problems``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import platform
import re
import struct
import subprocess
import wave
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from hil.recording import Recording, Stretch
from wkmp_pi import __version__

_MOST_NAME = 150
_WIDTH_BYTES = 4


def versions(rig_file: Path, rig: str, seed: int | None = None) -> dict[str, Any]:
    """What took part in a run; JSON values.

    Args:
        rig_file: is told by its name and its SHA-256, not by what it holds.
        rig: the name of the rig.
        seed: of whatever is random in the run.
    """
    kernel = platform.uname()
    return {
        "product": __version__,
        "commit": _commit(),
        "python": platform.python_version(),
        "kernel": f"{kernel.system} {kernel.release} {kernel.version} {kernel.machine}",
        "rig": rig,
        "rig_file": rig_file.name,
        "rig_sha256": _sha256(rig_file),
        "seed": seed,
        "utc": _now_utc(),
    }


class Witness:
    """Keeps the evidence of one test in a folder of its own; without ``base``, keeps nothing.

    Args:
        base: the folder of the run; made if it is not there. Nothing in it is ever overwritten:
            if the test has a folder from an earlier run, it gets another one.
        test: the test's id, which gives the folder its name.
        facts: what stands in ``versions.json`` from the start, with the test's own time for that
            of the run; JSON values.
    """

    def __init__(self, base: Path | None, test: str, facts: Mapping[str, Any]) -> None:
        self.problems: list[str] = []
        self.folder: Path | None = None
        self._facts = {**facts, "test": test, "utc": _now_utc()}
        self._numbers = itertools.count(1)
        if base is not None:
            with self._reporting(base):
                self.folder = _new_folder(base, test)
                self.tell()

    def recording(self, recording: Recording, name: str = "recording") -> None:
        """Keep what was heard: ``NAME-1.wav`` and so on, and their stamps in ``stretches.jsonl``.

        Args:
            recording: each stretch becomes a WAV file of 32-bit integers.
            name: of what was recorded; part of a file's name.
        """
        if self.folder is None:
            return
        for stretch in recording.stretches:
            file = self.folder / f"{name}-{next(self._numbers)}.wav"
            with self._reporting(file):
                _write_wav(file, stretch)
                about = {"file": file.name, "rate_hz": stretch.rate_hz, "stamps": stretch.stamps}
                self.events([{**about, "frames": len(stretch.samples)}], "stretches")

    def events(self, events: Iterable[Any], name: str = "events") -> None:
        """Add to ``NAME.jsonl``, one line of JSON each; what JSON has not becomes a text."""
        if self.folder is not None:
            lines = (json.dumps(_plain(e), default=_plain, ensure_ascii=False) for e in events)
            self._append(self.folder / f"{name}.jsonl", "".join(f"{line}\n" for line in lines))

    def note(self, text: str) -> None:
        """Add to ``notes.txt``."""
        if self.folder is not None:
            self._append(self.folder / "notes.txt", f"{text}\n")

    def tell(self, **facts: Any) -> None:
        """Add to ``versions.json``, such as the box's own kernel or a seed; JSON values."""
        self._facts |= facts
        if self.folder is not None:
            file = self.folder / "versions.json"
            with self._reporting(file), _whole(file) as opened:
                opened.write(json.dumps(self._facts, indent=2, default=_plain).encode() + b"\n")

    def _append(self, file: Path, text: str) -> None:
        with (
            self._reporting(file),
            file.open("a", encoding="utf-8", errors="backslashreplace") as opened,
        ):
            opened.write(text)

    @contextmanager
    def _reporting(self, place: Path) -> Iterator[None]:
        try:
            yield
        except (OSError, struct.error, wave.Error) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else error
            told = (
                f"{place}: found {why}; expected to keep evidence there; "
                "make room, or name another folder"
            )
            if told not in self.problems:
                self.problems.append(told)


def _write_wav(file: Path, stretch: Stretch) -> None:
    with _whole(file) as opened, wave.open(opened) as writing:
        writing.setnchannels(stretch.samples.shape[1])
        writing.setsampwidth(_WIDTH_BYTES)
        writing.setframerate(stretch.rate_hz)
        samples = np.ascontiguousarray(stretch.samples, "<i4")
        writing.writeframes(samples.data if samples.size else b"")


@contextmanager
def _whole(file: Path) -> Iterator[BinaryIO]:
    """A file that has another name until it is whole; what is left of a failure is removed."""
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as opened:
            yield opened
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)


def _new_folder(base: Path, test: str) -> Path:
    base.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.=-]+", "-", test, flags=re.ASCII).strip("-.")[:_MOST_NAME] or "test"
    numbered = (name if number == 1 else f"{name}-{number}" for number in itertools.count(1))
    return next(folder for folder in map(base.joinpath, numbered) if _made(folder))


def _made(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _now_utc() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _commit() -> str | None:
    """The commit of the checkout, with ``-dirty`` behind it if it was changed; else ``None``."""
    folder = str(Path(__file__).parent)
    command = ["git", "-C", folder, "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(
            [*command, "--exclude=*"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _sha256(file: Path) -> str | None:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None


def _plain(value: Any) -> Any:
    """The nearest to it that JSON has."""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return value._asdict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    return value if isinstance(value, dict | list | str | int | float | None) else str(value)
