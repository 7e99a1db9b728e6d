"""FLAC: where the frames lie and which samples they hold, from the numbers in their headers.

Every frame header carries its own place in the stream and a checksum (RFC
9639, section 9.1), so that a frame is found from any byte of the file, the
length from the last one, and no seek table or total of samples needs to be
believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from wkmp_pi.decode.decoder import Framing, Packet, Track
from wkmp_pi.decode.files import FileBytes
from wkmp_pi.decode.formats.id3 import ReadAt, audio_begin, audio_end
from wkmp_pi.decode.formats.search import Landmark, last_before
from wkmp_pi.errors import MediaError

_STREAMINFO_SIZE: Final = 34
_HEADER_SIZE: Final = 16
_BLOCK_BYTES: Final = 64 * 1024
_USUAL_FRAME_BYTES: Final = 20 * 1024
_LARGEST_FRAME_BYTES: Final = 4 * 1024 * 1024
_CREDIBLE_S: Final = 24 * 3600
_BITS: Final = {1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32}
_BLOCK_SIZES: Final = (
    0, 192, 576, 1152, 2304, 4608, 0, 0, *(256 << shift for shift in range(8))
)  # fmt: skip
_RATES_HZ: Final = {
    1: 88_200, 2: 176_400, 3: 192_000, 4: 8_000, 5: 16_000, 6: 22_050, 7: 24_000, 8: 32_000,
    9: 44_100, 10: 48_000, 11: 96_000,
}  # fmt: skip


def _crc8_table() -> bytes:
    table = bytearray()
    for byte in range(256):
        for _ in range(8):
            byte = (byte << 1 ^ 0x07 if byte & 0x80 else byte << 1) & 0xFF  # noqa: PLW2901
        table.append(byte)
    return bytes(table)


_CRC8: Final = _crc8_table()


class StreamInfo(NamedTuple):
    """What the STREAMINFO block says (RFC 9639, section 8.2); ``total`` 0 means unknown."""

    block_size: int
    rate_hz: int
    channels: int
    bits: int
    total: int

    @classmethod
    def parse(cls, block: bytes) -> StreamInfo:
        """From the 34 bytes of the block."""
        word = int.from_bytes(block[10:18], "big")
        return cls(
            block_size=int.from_bytes(block[2:4], "big"),
            rate_hz=word >> 44,
            channels=(word >> 41 & 7) + 1,
            bits=(word >> 36 & 31) + 1,
            total=word & (1 << 36) - 1,
        )


class Header(NamedTuple):
    """A frame's place: first sample and number of samples."""

    start: int
    samples: int

    @property
    def end(self) -> int:
        """The sample after its last."""
        return self.start + self.samples


def parse_header(data: bytes, at: int, info: StreamInfo) -> Header | None:
    """The frame header at ``at``; ``None`` if none of this stream stands there."""
    head = data[at : at + _HEADER_SIZE]
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return None
    if not _fits(head, info):
        return None
    number, end = _coded_number(head)
    block_code, rate_code = head[2] >> 4, head[2] & 15
    if block_code in {6, 7}:
        width = block_code - 5
        samples = int.from_bytes(head[end : end + width], "big") + 1
        end += width
    else:
        samples = _BLOCK_SIZES[block_code]
    end += {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if number < 0 or not samples or end >= len(head) or _crc8(head[:end]) != head[end]:
        return None
    variable = head[1] & 1
    return Header(number if variable else number * info.block_size, samples)


def _fits(head: bytes, info: StreamInfo) -> bool:
    """Rate, channels and bits as in STREAMINFO; a header may also leave rate and bits to it."""
    rate_code, channel_code, bits_code = head[2] & 15, head[3] >> 4, head[3] >> 1 & 7
    channels = channel_code + 1 if channel_code < 8 else 2
    return (
        rate_code != 15
        and channel_code <= 10
        and channels == info.channels
        and _BITS.get(bits_code, info.bits) == info.bits
        and _RATES_HZ.get(rate_code, info.rate_hz) == info.rate_hz
    )


def _coded_number(head: bytes) -> tuple[int, int]:
    """A number of up to 36 bits in the manner of UTF-8, and where it ends; -1 if it is none."""
    first = head[4]
    if first < 0x80:
        return first, 5
    length = 8 - (first ^ 0xFF).bit_length()  # leading ones: bytes in all
    if not 2 <= length <= 7:
        return -1, len(head)
    number = first & (0x7F >> length)
    for byte in head[5 : 4 + length]:
        if byte & 0xC0 != 0x80:
            return -1, len(head)
        number = number << 6 | byte & 0x3F
    return number, 4 + length


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def track_of(streaminfo: bytes, info: StreamInfo) -> Track:
    """The stream as the codec and the listener want to know it."""
    return Track(
        codec="flac",
        decoders=("flac",),
        setup=streaminfo,
        rate_hz=info.rate_hz,
        channels=info.channels,
        bits=info.bits,
    )


class Located(NamedTuple):
    """A frame header and where in the file it stands."""

    offset: int
    header: Header


class FlacFraming(Framing):
    """The frames of a FLAC file.

    Raises:
        MediaError: not a FLAC stream, or half of it is missing.
    """

    def __init__(self, source: FileBytes) -> None:
        self._read = source.read
        self._end = audio_end(source.read, source.size)
        streaminfo, self._begin = _metadata(source.read)
        self._info = StreamInfo.parse(streaminfo)
        self._begin, first = self._first()
        self._sync = source.read(self._begin, 2)
        # A fixed block size is what the first frame has, whatever STREAMINFO says.
        self._info = self._info._replace(block_size=first.samples)
        self._base = self._first()[1].start  # not 0 in a piece cut out of another file
        self._frames_total = self._length() - self._base
        self.track = track_of(streaminfo, self._info)

    @property
    def frames(self) -> int:
        """Exact length."""
        return self._frames_total

    def packets(self, start: int) -> Iterator[Packet]:
        """See ``Framing.packets``; frames are independent of each other."""
        offset = self._begin
        if start > 0:
            target = start + self._base
            offset = last_before(self._probe, self._begin, self._end, target, _BLOCK_BYTES)
        for header, data in self._frames(offset):
            if header.end - self._base > start:
                yield Packet(data, header.start - self._base, header.samples)

    def _frames(self, offset: int) -> Iterator[tuple[Header, bytes]]:
        """All frames that stand at ``offset`` or behind; those that damage hides are left out."""
        here, guess = self._locate(offset), _USUAL_FRAME_BYTES
        while here is not None:
            data, following = self._up_to_next(here, guess)
            yield here.header, data
            here, guess = following, len(data) * 3 // 2 + _HEADER_SIZE

    def _up_to_next(self, here: Located, guess: int) -> tuple[bytes, Located | None]:
        """The bytes of a frame and, where they end, the next one; its size is told nowhere."""
        size = guess
        while True:
            data = self._read(here.offset, min(size, self._end - here.offset))
            found = self._find(data, 1, here.header.end)
            if found is not None:
                return data[: found.offset], Located(here.offset + found.offset, found.header)
            if len(data) < size:
                return data, None
            if size > _LARGEST_FRAME_BYTES:
                return data, self._locate(here.offset + size)
            size *= 4

    def _find(self, data: bytes, begin: int, earliest: int) -> Located | None:
        """The first header in ``data``, with its offset there, that is not before ``earliest``."""
        at = data.find(self._sync, begin)
        while at >= 0:
            header = parse_header(data, at, self._info)
            if header is not None and header.start >= earliest:
                return Located(at, header)
            at = data.find(self._sync, at + 1)
        return None

    def _locate(self, offset: int) -> Located | None:
        """The first frame at or after ``offset``.

        Sound can look like a header now and then (about once in 200 MB). So one is taken
        only if the next continues it, or if it is the last.
        """
        while offset < self._end:
            data = self._read(offset, min(_BLOCK_BYTES, self._end - offset))
            at = 0
            while (found := self._find(data, at, 0)) is not None:
                here = Located(offset + found.offset, found.header)
                following = self._up_to_next(here, _USUAL_FRAME_BYTES)[1]
                if following is None or following.header.start == here.header.end:
                    return here
                at = found.offset + 1
            offset += max(1, len(data) - _HEADER_SIZE)
        return None

    def _probe(self, offset: int) -> Landmark | None:
        found = self._locate(offset)
        return found and Landmark(found.offset, found.header.start)

    def _first(self) -> tuple[int, Header]:
        for size in (_BLOCK_BYTES, _LARGEST_FRAME_BYTES):
            data = self._read(self._begin, size)
            at = data.find(b"\xff")
            while at >= 0:
                header = parse_header(data, at, self._info)
                if header is not None:
                    return self._begin + at, header
                at = data.find(b"\xff", at + 1)
        raise MediaError("holds no FLAC frame; expected sound after the header; replace the file")

    def _length(self) -> int:
        """The end of the last frame: nothing needs to be believed."""
        last = self._last()
        total = self._info.total
        if total > self._info.rate_hz * _CREDIBLE_S or total <= last.end:
            return last.end
        if last.start * 2 < total:
            raise MediaError(
                f"ends after {last.start} of {total} frames; expected at least half; "
                "replace the file"
            )
        return last.start  # the last one is cut off

    def _last(self) -> Header:
        size, last = _BLOCK_BYTES, None
        while last is None:
            begin = max(self._begin, self._end - size)
            for last, _ in self._frames(begin):  # noqa: B007
                pass
            if last is None and begin == self._begin:
                raise MediaError("has no two frames that fit together; replace the file")
            size *= 8
        return last


def _metadata(read: ReadAt) -> tuple[bytes, int]:
    """The STREAMINFO block, and the offset of the first frame."""
    offset = audio_begin(read)
    if read(offset, 4) != b"fLaC":
        raise MediaError("does not begin with fLaC; expected a FLAC stream; replace the file")
    offset += 4
    streaminfo, last = b"", False
    while not last:
        head = read(offset, 4)
        if len(head) < 4:
            raise MediaError("ends inside its metadata; expected sound; replace the file")
        last, kind, size = head[0] >= 0x80, head[0] & 0x7F, int.from_bytes(head[1:], "big")
        if kind == 0 and size == _STREAMINFO_SIZE:
            streaminfo = read(offset + 4, size)
        offset += 4 + size
    if not streaminfo:
        raise MediaError("has no STREAMINFO block; expected a FLAC header; replace the file")
    return streaminfo, offset
