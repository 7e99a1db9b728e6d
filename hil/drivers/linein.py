"""What the box plays, recorded by the program ``recorder`` on whatever machine has the card."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.drivers.programs import Program
from hil.drivers.protocols import CaptureFolder, Shell
from hil.errors import RigError
from hil.recording import Recording, Samples, Stamp, Stretch

_ALSA_NAMES = {"S16": "S16_LE", "S24": "S24_LE", "S32": "S32_LE", "F32": "FLOAT_LE"}
_FULL_SCALE = 2.0**31

_Raw = NDArray[np.uint8]


def _s24_3(raw: _Raw) -> NDArray[np.int32]:
    wide = np.zeros((len(raw) // 3, 4), np.uint8)
    wide[:, 1:] = raw.reshape(-1, 3)
    return wide.reshape(-1).view("<i4")


def _float(raw: _Raw) -> NDArray[np.int32]:
    scaled = np.rint(raw.view("<f4").astype(np.float64) * _FULL_SCALE)
    return np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int32)


_WIDTHS = {"S16_LE": 2, "S24_3LE": 3, "S24_LE": 4, "S32_LE": 4, "FLOAT_LE": 4}
_TO_FULL_SCALE: Mapping[str, Callable[[_Raw], NDArray[np.int32]]] = {
    "S16_LE": lambda raw: raw.view("<i2").astype(np.int32) << 16,
    "S24_3LE": _s24_3,
    "S24_LE": lambda raw: raw.view("<i4") << 8,
    "S32_LE": lambda raw: raw.view("<i4"),
    "FLOAT_LE": _float,
}


class RecorderLineIn:
    """A capture device; a ``LineIn``.

    Args:
        shell: the machine that has it.
        python: an interpreter there with pyalsaaudio 0.11.
        device: ALSA's name of it there.
        folder: where the recorder's files go meanwhile.
        rate_hz: of the recording; the device must be able to do it.
        channels: likewise.
        format: ``S16``, ``S24``, ``S32``, ``F32``, or ALSA's own name.
        exact: see ``LineIn``.
        latency_us: how late a frame is captured after it has left the box; calibrated.
    """

    def __init__(
        self,
        shell: Shell,
        python: str,
        device: str,
        folder: CaptureFolder,
        *,
        rate_hz: int = 44_100,
        channels: int = 2,
        format: str = "S32",  # noqa: A002 - ALSA's word
        exact: bool,
        latency_us: int = 0,
    ) -> None:
        self.exact = exact
        self._shell = shell
        self._python = python
        self._device = device
        self._folder = folder
        self._rate_hz = rate_hz
        self._channels = channels
        self._format = _ALSA_NAMES.get(format, format)
        self._latency_ns = latency_us * 1000
        self._numbers = itertools.count()

    @contextmanager
    def recording(self, *, patient: bool = False, period_ms: float = 10.0) -> Iterator[Recording]:
        """Record from now on; see ``LineIn``.

        Args:
            patient: the device may come later; without it, it must be there now.
            period_ms: how much is taken at once; where times do not matter, more costs less.

        Raises:
            RigError: the device cannot record, or the recorder ended before the block did; what it
                had heard by then is in the ``Recording`` all the same.
        """
        name = f"recording-{next(self._numbers):03}"
        recorder = self._started(f"{self._folder.there}/{name}", patient, period_ms)
        recording, here = Recording(), self._folder.here / name
        try:
            yield recording
        except BaseException:
            with suppress(RigError):  # what went wrong in the block is what must be told
                self._finish(recorder, recording, here)
            raise
        self._finish(recorder, recording, here)

    def _started(self, there: str, patient: bool, period_ms: float) -> Program:
        recorder = Program(
            self._shell,
            self._python,
            "recorder",
            *(self._device, str(self._rate_hz), str(self._channels), self._format, there),
            *("--period-ms", f"{period_ms:g}"),
        )
        try:
            first = recorder.hear()
        except (TimeoutError, RigError) as error:
            recorder.kill()
            raise RigError(f"{self._device}: {error}; expected frames; does it run?") from error
        if first["event"] == "lost" and not patient:
            recorder.kill()
            raise RigError(f"{recorder.place}: {self._device}: {first['why']}")
        return recorder

    def _finish(self, recorder: Program, recording: Recording, here: Path) -> None:
        try:
            done = recorder.end()
        finally:
            recording.stretches += self._stretches(here)
            shutil.rmtree(here, ignore_errors=True)
        if '"summary"' not in done.out:
            raise RigError(
                f"{recorder.place}: it ended with {done.code}, saying {done.err.strip()[-300:]!r}; "
                "expected it to record until it was told to stop"
            )

    def _stretches(self, here: Path) -> Iterator[Stretch]:
        for raw in sorted(here.glob("*.raw")):
            stamps = tuple(_stamps(raw.with_suffix(".jsonl"), self._latency_ns))
            samples = self._samples(raw)
            if stamps and len(samples):
                yield Stretch(samples, self._rate_hz, stamps)

    def _samples(self, file: Path) -> Samples:
        raw = np.fromfile(file, np.uint8)
        frame_bytes = _WIDTHS[self._format] * self._channels
        whole = raw[: len(raw) // frame_bytes * frame_bytes]
        return _TO_FULL_SCALE[self._format](whole).reshape(-1, self._channels)


def _stamps(file: Path, latency_ns: int) -> Iterator[Stamp]:
    for line in file.read_bytes().splitlines():
        with suppress(ValueError):  # the last one of a recorder that was killed
            stamp: dict[str, Any] = json.loads(line)
            yield Stamp(stamp["frames"], stamp["at_ns"] - latency_ns)
