"""Ogg (RFC 3533): pages, the packets in them, and where one of its streams stands.

A page's granule position is the place of the last sample that its last
complete packet gives; so one page is enough to know where every packet in
it belongs. The length is what the last page says. Only the first stream that
can be played is looked at; others beside it, and what is chained behind it,
are left out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from wkmp_pi.decode.decoder import Framing, Packet
from wkmp_pi.decode.files import FileBytes
from wkmp_pi.decode.formats.id3 import audio_begin
from wkmp_pi.decode.formats.search import Landmark, last_before
from wkmp_pi.decode.formats.xiph import Mapping, header_count, mapping_of
from wkmp_pi.errors import MediaError

_PAGE_HEADER_SIZE: Final = 27
_LARGEST_PAGE_BYTES: Final = _PAGE_HEADER_SIZE + 255 + 255 * 255
_BLOCK_BYTES: Final = 64 * 1024
_ONES: Final = 0xFFFFFFFF
_MIRRORED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

_CONTINUED: Final = 1
_BEGINS_STREAM: Final = 2
_ENDS_STREAM: Final = 4


class Page(NamedTuple):
    """One page: its header, and its body cut by the lacing values.

    Attributes:
        granule: -1 if no packet ends on this page.
        parts: pieces of packets, in order.
        complete: how many of them end a packet; the last one may go on in the next page.
    """

    offset: int
    size: int
    flags: int
    granule: int
    serial: int
    sequence: int
    parts: tuple[bytes, ...]
    complete: int

    @property
    def begun_and_complete(self) -> bool:
        """Whether a whole packet lies inside."""
        return self.complete > (self.flags & _CONTINUED)


class PagedPacket(NamedTuple):
    """A packet and the page on which it ends; ``last`` marks the last one that ends there."""

    data: bytes
    page: Page
    last: bool


class Pages:
    """The pages of one file."""

    def __init__(self, source: FileBytes) -> None:
        self._read = source.read
        self._end = source.size

    def at(self, offset: int) -> Page | None:
        """The page that stands exactly there, if it is complete and undamaged."""
        data = self._read(offset, _PAGE_HEADER_SIZE + 255)
        if len(data) < _PAGE_HEADER_SIZE or data[:5] != b"OggS\0":
            return None
        begin = _PAGE_HEADER_SIZE + data[26]
        head, lacing = data[:begin], data[_PAGE_HEADER_SIZE:begin]
        body = self._read(offset + begin, sum(lacing))
        if checksum(head, body) != int.from_bytes(head[22:26], "little"):
            return None
        parts = tuple(_cut(body, lacing))
        return Page(
            offset=offset,
            size=begin + len(body),
            flags=data[5],
            granule=int.from_bytes(data[6:14], "little", signed=True),
            serial=int.from_bytes(data[14:18], "little"),
            sequence=int.from_bytes(data[18:22], "little"),
            parts=parts,
            complete=len(parts) - (lacing[-1:] == b"\xff"),
        )

    def after(self, offset: int, serial: int | None = None, end: int | None = None) -> Page | None:
        """The first page at or behind ``offset`` and before ``end``, of one stream or of any."""
        end = self._end if end is None else end
        while offset < end:
            page = self.at(offset)
            if page is not None and serial in {None, page.serial}:
                return page
            offset = offset + page.size if page is not None else self._sync(offset + 1)
        return None

    def last(self, serial: int) -> Page | None:
        """The last page of a stream on which a packet ends."""
        end = self._end
        while end > 0:
            begin = max(0, end - 2 * _LARGEST_PAGE_BYTES)
            last = None
            page = self.after(begin, serial, end)
            while page is not None:
                last = page if page.granule >= 0 else last
                page = self.after(page.offset + page.size, serial, end)
            if last is not None:
                return last
            end = begin
        return None

    def _sync(self, offset: int) -> int:
        while offset < self._end:
            data = self._read(offset, _BLOCK_BYTES)
            found = data.find(b"OggS\0")
            if found >= 0:
                return offset + found
            offset += max(1, len(data) - 4)
        return self._end


def checksum(head: bytes, body: bytes) -> int:
    """A page's CRC-32: the polynomial of zip files, but from the other end of every byte.

    So bytes are mirrored, zlib reckons (without its inversions), and the result is mirrored.
    """
    page = (head[:22] + bytes(4) + head[26:] + body).translate(_MIRRORED)
    crc = zlib.crc32(page, _ONES) ^ _ONES
    return int.from_bytes(crc.to_bytes(4, "little").translate(_MIRRORED), "big")


def _cut(body: bytes, lacing: bytes) -> Iterator[bytes]:
    begin = end = 0
    for value in lacing:
        end += value
        if value < 255:
            yield body[begin:end]
            begin = end
    if begin < end:
        yield body[begin:end]


class OggFraming(Framing):
    """The packets of the first playable stream of an Ogg file.

    Raises:
        MediaError: no such stream, or none of its pages is complete.
    """

    def __init__(self, source: FileBytes) -> None:
        self._pages = Pages(source)
        self._end = source.size
        self._serial, offset = self._stream(audio_begin(source.read))
        self._mapping, self._begin = self._headers(offset)
        last = self._pages.last(self._serial)
        if last is None or last.offset < self._begin:
            raise MediaError("ends after its headers; expected sound; replace the file")
        self._end = last.offset + last.size
        if (self._end - self._begin) * 2 < source.size - self._begin:
            raise MediaError(
                "has sound in less than half of its bytes; expected more; replace the file"
            )
        self._first = self._first_granule()
        self._zero = max(0, self._first) + self._mapping.skip
        self._frames = max(0, last.granule - self._zero)
        self.track = self._mapping.track

    @property
    def frames(self) -> int:
        """Exact length."""
        return self._frames

    def packets(self, start: int) -> Iterator[Packet]:
        """See ``Framing.packets``."""
        offset = self._anchor(start + self._zero - self._mapping.pre_roll)
        at = self._first if offset == self._begin else None
        return self._placed(self._paged(offset), at)

    def _placed(self, packets: Iterator[PagedPacket | None], at: int | None) -> Iterator[Packet]:
        """Packets with their places; ``at`` is the granule of the first, if that is known."""
        waiting: list[bytes] = []
        previous = b""
        for packet in packets:
            if packet is None:  # after a hole, the end of a page tells where we are
                at, previous, waiting = None, b"", []
                continue
            waiting.append(packet.data)
            if at is None:
                if not packet.last:
                    continue
                at = packet.page.granule - sum(self._lengths(waiting, previous))
            for data, frames in zip(waiting, self._lengths(waiting, previous), strict=True):
                yield Packet(data, at - self._zero, frames)
                at += frames
            waiting, previous = [], packet.data

    def _lengths(self, packets: list[bytes], previous: bytes) -> list[int]:
        before = [previous, *packets]
        return [self._mapping.frames(p, q) for p, q in zip(packets, before, strict=False)]

    def _paged(self, offset: int) -> Iterator[PagedPacket | None]:
        """Complete packets in order; ``None`` where pages are missing."""
        begun: list[bytes] | None = None  # parts of a packet that is not complete yet
        expected: int | None = None
        page = self._pages.after(offset, self._serial)
        while page is not None and page.offset < self._end:
            if expected not in {None, page.sequence}:
                begun = None
                yield None
            expected = (page.sequence + 1) & 0xFFFFFFFF
            for number, part in enumerate(page.parts, 1):
                if number > 1 or not page.flags & _CONTINUED:
                    begun = []
                if begun is not None:
                    begun.append(part)
                    if number <= page.complete:
                        yield PagedPacket(b"".join(begun), page, number == page.complete)
            page = self._pages.after(page.offset + page.size, self._serial)

    def _anchor(self, target: int) -> int:
        """The last page that ends at or before granule ``target`` and prepares what follows."""
        if target <= max(0, self._first):
            return self._begin
        offset = last_before(self._probe, self._begin, self._end, target, _BLOCK_BYTES)
        found = self._begin
        page = self._pages.after(offset, self._serial)
        while page is not None and page.granule <= target:
            if page.granule >= 0 and page.begun_and_complete:
                found = page.offset
            page = self._pages.after(page.offset + page.size, self._serial)
        return found

    def _probe(self, offset: int) -> Landmark | None:
        page = self._pages.after(offset, self._serial)
        while page is not None and page.granule < 0:
            page = self._pages.after(page.offset + page.size, self._serial)
        return page and Landmark(page.offset, page.granule)

    def _stream(self, offset: int) -> tuple[int, int]:
        """Serial number and first page of the first stream that we play."""
        page = self._pages.after(offset)
        names = []
        while page is not None and page.flags & _BEGINS_STREAM:
            if page.parts and header_count(page.parts[0]):
                return page.serial, page.offset
            first = page.parts[0][:8] if page.parts else b""
            names.append("".join(chr(byte) for byte in first if 0x20 < byte < 0x7F))
            page = self._pages.after(page.offset + page.size)
        raise MediaError(
            f"is Ogg with {', '.join(names) or 'no stream'}; expected Vorbis, Opus or FLAC; "
            "replace the file"
        )

    def _headers(self, offset: int) -> tuple[Mapping, int]:
        """The codec's header packets understood, and the page after them."""
        headers: list[bytes] = []
        for packet in self._paged(offset):
            if packet is None:
                break
            headers.append(packet.data)
            if len(headers) == header_count(headers[0]):
                return mapping_of(headers), packet.page.offset + packet.page.size
        raise MediaError("ends inside its headers; expected sound; replace the file")

    def _first_granule(self) -> int:
        """The granule position of the first sample: not 0 in a piece of a broadcast.

        It is reckoned back from the end of the first page, unless that is the last page too,
        whose position may be early only to cut off padding.
        """
        packets: list[bytes] = []
        for packet in self._paged(self._begin):
            if packet is None or packet.page.flags & _ENDS_STREAM:
                return 0
            packets.append(packet.data)
            if packet.last:
                return packet.page.granule - sum(self._lengths(packets, b""))
        return 0
