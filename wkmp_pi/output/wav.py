"""A sink that is a WAV file: takes everything at once, hears everything it took.

While it is written the file is called ``PATH.part`` and its header says
"length unknown", which players read to the end: after a kill or a power cut
the part can still be played, and nobody takes it for the whole. ``close``
enters the true lengths and renames it to PATH; only then does PATH change.

Integers of any width are WAVE_FORMAT_PCM, which every reader takes;
WAVE_FORMAT_EXTENSIBLE would say nothing more of plain stereo. Beyond 4 GiB
the file becomes RF64 (EBU Tech 3306); the room for that is kept from the start.
"""

from __future__ import annotations

import errno
import os
import struct
import time
from contextlib import suppress
from pathlib import Path

from wkmp_pi.errors import DeviceError
from wkmp_pi.files import exists
from wkmp_pi.output.convert import FORMATS, Converter, formats_meant
from wkmp_pi.output.problems import device_error, failed
from wkmp_pi.output.sink import CHANNELS, Position, SinkFormat, Stream
from wkmp_pi.units import Hz

_UNKNOWN = 0xFFFF_FFFF
_TAG_PCM, _TAG_FLOAT = 1, 3
_FILE_FORMATS = ("S16", "S24_3LE", "S32", "F32")


def wav_header(format_name: str, rate_hz: int, frames: int | None) -> bytes:
    """Everything before the samples; as long for any number of ``frames``, or for an unknown one.

    Args:
        format_name: S16, S24_3LE, S32 or F32.
        rate_hz: frames per second.
        frames: of stereo sound; ``None`` for a file that still grows.
    """
    frame_bytes = FORMATS[format_name].width_bytes * CHANNELS
    data_bytes = None if frames is None else frames * frame_bytes
    form = _format_chunk(format_name, rate_hz)
    if format_name == "F32":
        form += b"fact" + struct.pack("<II", 4, _UNKNOWN if frames is None else frames & _UNKNOWN)
    behind_riff = 4 + 36 + len(form) + 8
    if frames is not None and data_bytes is not None and behind_riff + data_bytes >= _UNKNOWN:
        sizes = struct.pack("<IQQQI", 28, behind_riff + data_bytes, data_bytes, frames, 0)
        head, reserved, data_size = b"RF64" + struct.pack("<I", _UNKNOWN), b"ds64" + sizes, _UNKNOWN
    else:
        data_size = _UNKNOWN if data_bytes is None else data_bytes
        riff_size = _UNKNOWN if data_bytes is None else behind_riff + data_bytes
        head, reserved = b"RIFF" + struct.pack("<I", riff_size), b"JUNK" + struct.pack("<I28x", 28)
    return head + b"WAVE" + reserved + form + b"data" + struct.pack("<I", data_size)


def _format_chunk(format_name: str, rate_hz: int) -> bytes:
    width = FORMATS[format_name].width_bytes
    plain = struct.pack(
        "<HIIHH", CHANNELS, rate_hz, rate_hz * CHANNELS * width, CHANNELS * width, width * 8
    )
    if format_name == "F32":
        body = struct.pack("<H", _TAG_FLOAT) + plain + struct.pack("<H", 0)
    else:
        body = struct.pack("<H", _TAG_PCM) + plain
    return b"fmt " + struct.pack("<I", len(body)) + body


class WavSink:
    """An open WAV file.

    Owns: ``PATH.part`` until ``close``.

    Args:
        path: where the finished file shall be; an existing one stays until then.
        rate_hz: of the stream.
        format_name: S16, S24, S32 or F32.
        period_frames: how much the writer shall hand over at once.

    Raises:
        DeviceError: the file cannot be made there.
    """

    realtime = False
    stand_in = False

    def __init__(
        self, path: Path, rate_hz: Hz, format_name: str = "S24", period_frames: int = 4096
    ) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._place = f"wav:{path}"
        format_name = formats_meant(format_name)[0]
        self._check(format_name)
        self._convert = Converter(format_name, CHANNELS, period_frames)
        self._frames = 0
        self._whole = True
        try:
            self._file = self._part.open("wb", buffering=0)
            self._write_all(memoryview(wav_header(format_name, rate_hz, None)))
        except OSError as error:
            raise failed(self._place, "making the file", error, "a place for it") from error
        self.format = SinkFormat(
            device=self._place,
            rate_hz=rate_hz,
            channels=CHANNELS,
            format=format_name,
            period_frames=period_frames,
            buffer_frames=period_frames,
        )

    def write(self, stream: Stream) -> bool:
        """Append ``stream``; always ``True``. Raises ``DeviceError`` on a full disk."""
        try:
            self._write_all(self._convert(stream).data)
        except OSError as error:
            self._whole = False
            raise failed(self._place, "writing", error, "room for the sound") from error
        self._frames += stream.size // CHANNELS
        return True

    def position(self) -> Position:
        """Everything that was written is heard."""
        return Position(self._frames, time.monotonic_ns())

    def pause(self) -> None:
        """Nothing is queued, nothing moves."""

    def close(self) -> None:
        """Finish the file and give it its name; after a failed write it stays ``PATH.part``.

        Raises:
            DeviceError: it could not be finished; the sound stays in ``PATH.part``.
        """
        if self._file.closed:
            return
        try:
            with self._file:
                self._finish()
            if self._whole:
                self._part.replace(self._path)
        except OSError as error:
            raise failed(self._place, "finishing the file", error, "a whole file") from error

    def abandon(self) -> None:
        """Close what there is; see ``close``."""
        with suppress(DeviceError):
            self.close()

    def _finish(self) -> None:
        """True lengths; what a failed write left behind the last whole period is cut off."""
        header = wav_header(self.format.format, self.format.rate_hz, self._frames)
        self._file.truncate(len(header) + self._frames * self._convert.frame_bytes)
        self._file.seek(0)
        self._write_all(memoryview(header))
        os.fsync(self._file.fileno())

    def _write_all(self, data: memoryview) -> None:
        while data:
            data = data[self._file.write(data) :]

    def _check(self, format_name: str) -> None:
        if format_name not in _FILE_FORMATS:
            formats = ", ".join(_FILE_FORMATS)
            text = f"{self._place}: format {format_name}; expected one of {formats}; choose one"
            raise device_error(errno.EINVAL, text)
        if exists(self._path) and not self._path.is_file():
            text = f"{self._place}: not a file; expected a file or nothing there; name another path"
            raise device_error(errno.EINVAL, text)
