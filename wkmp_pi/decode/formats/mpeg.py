"""MPEG audio (MP1, MP2, MP3): where every frame lies and which samples it holds.

An MPEG stream is nothing but frames; header after header is read to number
them, so that positions are counted and never estimated. The first frame may
be no sound but a Xing, Info or VBRI header. Its LAME part tells what the
encoder added at both ends; its frame count is believed only if its byte count
fits the file. See ISO 11172-3 and the "Mp3 Info Tag rev 1" specification of
the LAME project. Free-format streams (no bit rate in the header) are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from wkmp_pi.decode.decoder import Framing, Packet, Track
from wkmp_pi.decode.files import FileBytes
from wkmp_pi.decode.formats.frames import FrameIndex
from wkmp_pi.decode.formats.id3 import ReadAt, audio_begin, audio_end
from wkmp_pi.errors import MediaError

_MPEG1, _MPEG2, _MPEG25 = 3, 2, 0
_LAYER1, _LAYER2, _LAYER3 = 3, 2, 1
_MONO: Final = 3
_KBPS: Final = {  # by (MPEG 1, layer), from bit rate index 1 on
    (True, _LAYER1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, _LAYER2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, _LAYER3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, _LAYER1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, _LAYER2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, _LAYER3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ: Final = {
    _MPEG1: (44_100, 48_000, 32_000),
    _MPEG2: (22_050, 24_000, 16_000),
    _MPEG25: (11_025, 12_000, 8_000),
}
_RESERVOIR_BYTES: Final = 511
"""A Layer III frame may begin this far back, inside the bytes of frames before it."""

_LARGEST_FRAME_BYTES: Final = 2881
"""Layer II or III with 384 or 320 kbit/s at 16 or 32 kHz."""

_DECODER_DELAY: Final = 529
"""Samples by which every decoder is late, which LAME does not count as its own delay."""

_TOGETHER: Final = 8
"""Frames to a packet; each call less saves a microsecond, more than this gains nothing."""

_SEARCH_BYTES: Final = 128 * 1024


class MpegSyntax:
    """One stream's frames: version, layer and rate never change inside a stream.

    Attributes:
        samples: frames of sound in each codec frame.
    """

    header_size = 4

    def __init__(self, version: int, layer: int, rate_index: int) -> None:
        self.layer = layer
        self.rate_hz = _RATES_HZ[version][rate_index]
        self.mpeg1 = version == _MPEG1
        self._second = 0xE0 | version << 3 | layer << 1
        self._sizes = tuple(
            self._size_by(third >> 4, third >> 1 & 1) if third >> 2 & 3 == rate_index else 0
            for third in range(256)
        )
        self.samples = {_LAYER1: 384, _LAYER2: 1152, _LAYER3: 1152 if self.mpeg1 else 576}[layer]

    def size(self, data: bytes, at: int) -> int:
        """Bytes of the frame at ``at``; 0 if no frame of this stream stands there."""
        if data[at] == 0xFF and data[at + 1] & 0xFE == self._second:
            return self._sizes[data[at + 2]]
        return 0

    def side_info_size(self, header: bytes) -> int:
        """Bytes between header and main data (Layer III)."""
        mono = header[3] >> 6 == _MONO
        return (17 if mono else 32) if self.mpeg1 else (9 if mono else 17)

    def _size_by(self, bitrate_index: int, padding: int) -> int:
        if not 0 < bitrate_index < 15:
            return 0
        bitrate = _KBPS[self.mpeg1, self.layer][bitrate_index - 1] * 1000
        if self.layer == _LAYER1:
            return (12 * bitrate // self.rate_hz + padding) * 4
        slots = 72 if self.layer == _LAYER3 and not self.mpeg1 else 144
        return slots * bitrate // self.rate_hz + padding


@cache
def _syntax(version: int, layer: int, rate_index: int) -> MpegSyntax:
    return MpegSyntax(version, layer, rate_index)


def syntax_of(header: bytes) -> MpegSyntax | None:
    """The kind of stream that a frame header (4 bytes) belongs to; ``None`` if it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer, rate_index = header[1] >> 3 & 3, header[1] >> 1 & 3, header[2] >> 2 & 3
    if version == 1 or layer == 0 or rate_index == 3:
        return None
    syntax = _syntax(version, layer, rate_index)
    return syntax if syntax.size(header, 0) else None


def find_stream(read: ReadAt, begin: int, end: int) -> tuple[MpegSyntax, int] | None:
    """The first MPEG stream after ``begin``: three frames in a row, or as many as the file has."""
    data = read(begin, min(_SEARCH_BYTES, end - begin))
    at = data.find(b"\xff")
    while at >= 0:
        syntax = syntax_of(data[at : at + 4])
        if syntax and _three_frames(read, syntax, begin + at, end):
            return syntax, begin + at
        at = data.find(b"\xff", at + 1)
    return None


def _three_frames(read: ReadAt, syntax: MpegSyntax, at: int, end: int) -> bool:
    for _ in range(3):
        header = read(at, 4)
        if at >= end or len(header) < 4 or not (size := syntax.size(header, 0)):
            return at == end
        at += size
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoHeader:
    """What a Xing, Info or VBRI header tells; ``None`` where it is silent.

    Attributes:
        frames: codec frames that follow it.
        size: bytes from this frame to the end of the audio.
        delay: samples that the encoder put before the sound.
        padding: samples that it put behind.
    """

    frames: int | None = None
    size: int | None = None
    delay: int | None = None
    padding: int = 0

    @property
    def credible_size(self) -> int:
        """``size``, unless no stream of so many frames could have it; then 0."""
        possible = (self.frames or 0) * _LARGEST_FRAME_BYTES
        return self.size if self.size and self.size <= possible else 0


def info_header(frame: bytes, side_info_size: int) -> InfoHeader | None:
    """The header inside the first frame of a stream; ``None`` if that frame is sound."""
    if frame[36:40] == b"VBRI":
        return InfoHeader(
            size=int.from_bytes(frame[46:50], "big"), frames=int.from_bytes(frame[50:54], "big")
        )
    at = 4 + side_info_size
    if frame[at : at + 4] not in {b"Xing", b"Info"}:
        return None
    flags, at = int.from_bytes(frame[at + 4 : at + 8], "big"), at + 8
    fields: list[int | None] = []
    for bit, length in ((1, 4), (2, 4), (4, 100), (8, 4)):
        fields.append(int.from_bytes(frame[at : at + length], "big") if flags & bit else None)
        at += length if flags & bit else 0
    frames, size = fields[:2]
    if frame[at : at + 4] not in {b"LAME", b"Lavf", b"Lavc"} or len(frame) < at + 24:
        return InfoHeader(frames=frames, size=size)
    gaps = int.from_bytes(frame[at + 21 : at + 24], "big")
    return InfoHeader(frames=frames, size=size, delay=gaps >> 12, padding=gaps & 0xFFF)


class MpegFraming(Framing):
    """The frames of an MPEG audio file.

    Raises:
        MediaError: no MPEG stream is found, or half of it is missing.
    """

    joined = True

    def __init__(self, source: FileBytes) -> None:
        begin, end = audio_begin(source.read), audio_end(source.read, source.size)
        found = find_stream(source.read, begin, end)
        if found is None:
            raise MediaError("holds no MPEG audio; expected frames of one kind; replace the file")
        self._syntax, begin = found
        header = source.read(begin, 4)
        size = self._syntax.size(header, 0)
        info = info_header(source.read(begin, size), self._syntax.side_info_size(header))
        first = begin if info is None else begin + size
        self._index = FrameIndex(source.read, self._syntax, first, end)
        self._count = self._counted(info, begin, end)
        self._skip, self._cut = _gaps(info, end - begin)
        layer = 4 - self._syntax.layer
        self.track = Track(
            codec=f"mp{layer}",
            decoders=(f"mp{layer}float", f"mp{layer}"),
            rate_hz=self._syntax.rate_hz,
            channels=1 if header[3] >> 6 == _MONO else 2,
        )

    @property
    def frames(self) -> int:
        """Exact length."""
        return max(0, self._count * self._syntax.samples - self._skip - self._cut)

    def packets(self, start: int) -> Iterator[Packet]:
        """See ``Framing.packets``."""
        samples = self._syntax.samples
        number = self._safe_before((start + self._skip) // samples)
        together = _TOGETHER if self.joined else 1
        while count := self._index.run(number, together):
            data = self._index.bytes_of(number, count)
            yield Packet(data, number * samples - self._skip, count * samples)
            number += count

    def _safe_before(self, number: int) -> int:
        """The frame to begin with, so that frame ``number`` comes out as if all were decoded.

        One frame before it fills the overlap and the synthesis filter, and that one must
        find its bits in the reservoir.
        """
        if not self._index.has(number):
            return len(self._index.sizes)
        number = max(0, number - 2)
        reservoir = 0
        while self._syntax.layer == _LAYER3 and number and reservoir < _RESERVOIR_BYTES:
            number -= 1
            reservoir += max(0, self._index.sizes[number] - 38)  # header, checksum, side info
        return number

    def _counted(self, info: InfoHeader | None, begin: int, end: int) -> int:
        if info and info.frames and info.delay is not None and info.size == end - begin:
            return info.frames
        count, sound = self._index.count(), sum(self._index.sizes)
        promised = (info and info.credible_size) or end - begin
        if sound * 2 < promised:
            raise MediaError(
                f"only {sound} of {promised} bytes are MPEG audio; "
                "expected at least half; replace the file"
            )
        return count


def _gaps(info: InfoHeader | None, size: int) -> tuple[int, int]:
    """Samples to leave out before and behind, as FFmpeg and LAME do."""
    if info is None or info.delay is None:
        return 0, 0
    cut_off = size < info.credible_size  # and with the end what was added behind
    return info.delay + _DECODER_DELAY, 0 if cut_off else max(0, info.padding - _DECODER_DELAY)
