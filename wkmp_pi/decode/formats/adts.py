"""AAC without a container (ADTS, ISO 13818-7): frames with their sizes, counted one by one.

The stream tells neither its length nor the encoder's delay; the first comes
from walking over all headers, the second stays in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from wkmp_pi.decode.decoder import Framing, Packet, Track
from wkmp_pi.decode.files import FileBytes
from wkmp_pi.decode.formats.frames import FrameIndex, find_frame
from wkmp_pi.decode.formats.id3 import ReadAt, audio_begin, audio_end
from wkmp_pi.errors import MediaError

RATES_HZ: Final = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
)  # fmt: skip
_SAMPLES: Final = 1024
_PRE_ROLL_S: Final = 2
"""Spectral band replication finds its header again within about a second; one frame would do
for plain AAC."""
_SEARCH_BYTES: Final = 128 * 1024


class AdtsSyntax:
    """One stream's frames: profile, rate and channels never change inside a stream."""

    header_size = 7

    def __init__(self, header: bytes) -> None:
        self._fixed = header[1] & 0xFE, header[2] & 0xFD, header[3] & 0xC0
        self.rate_hz = RATES_HZ[header[2] >> 2 & 15]
        configuration = (header[2] & 1) << 2 | header[3] >> 6
        self.channels = 8 if configuration == 7 else configuration

    def size(self, data: bytes, at: int) -> int:
        """Bytes of the frame at ``at``; 0 if no frame of this stream stands there."""
        if (
            data[at] != 0xFF
            or (data[at + 1] & 0xFE, data[at + 2] & 0xFD, data[at + 3] & 0xC0) != self._fixed
        ):
            return 0
        size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        return size if size > self.header_size else 0


def syntax_of(header: bytes) -> AdtsSyntax | None:
    """The kind of stream that a frame header (7 bytes) belongs to; ``None`` if it is none."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return None
    if header[2] >> 2 & 15 >= len(RATES_HZ):
        return None
    syntax = AdtsSyntax(header)
    return syntax if syntax.size(header, 0) else None


def find_stream(read: ReadAt, begin: int, end: int) -> tuple[AdtsSyntax, int] | None:
    """The first ADTS stream after ``begin``."""
    data = read(begin, min(_SEARCH_BYTES, end - begin))
    at = data.find(b"\xff")
    while at >= 0:
        syntax = syntax_of(data[at : at + 7])
        if syntax and find_frame(read, syntax, begin + at, end, 1) == begin + at:
            return syntax, begin + at
        at = data.find(b"\xff", at + 1)
    return None


class AdtsFraming(Framing):
    """The frames of an ADTS file.

    Raises:
        MediaError: no stream is found, or half of it is missing.
    """

    def __init__(self, source: FileBytes) -> None:
        begin, end = audio_begin(source.read), audio_end(source.read, source.size)
        found = find_stream(source.read, begin, end)
        if found is None:
            raise MediaError("holds no ADTS frames; expected AAC; replace the file")
        syntax, begin = found
        self._index = FrameIndex(source.read, syntax, begin, end)
        self._samples = _SAMPLES
        self._count = self._index.count()
        if sum(self._index.sizes) * 2 < end - begin:
            raise MediaError(
                f"only {sum(self._index.sizes)} of {end - begin} bytes are sound; "
                "expected at least half; replace the file"
            )
        self.track = Track(
            codec="aac", decoders=("aac",), rate_hz=syntax.rate_hz, channels=syntax.channels
        )

    @property
    def frames(self) -> int:
        """Exact length."""
        return self._count * self._samples

    def delivered_at(self, rate_hz: int) -> None:
        """With spectral band replication each codec frame gives twice the samples."""
        self._samples = _SAMPLES * rate_hz // self.track.rate_hz

    def packets(self, start: int) -> Iterator[Packet]:
        """See ``Framing.packets``."""
        number = max(0, start // self._samples - _PRE_ROLL_S * self.track.rate_hz // _SAMPLES)
        while self._index.has(number):
            yield Packet(self._index.bytes_of(number, 1), number * self._samples, self._samples)
            number += 1
