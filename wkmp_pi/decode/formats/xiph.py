"""What can travel in Ogg pages: Vorbis, Opus and FLAC; their headers, and how long a packet is.

Nothing is decoded: Vorbis tells a packet's block size in its first bits (Vorbis I
specification, 4.3.1), Opus its duration in its first byte (RFC 6716, 3.1), FLAC in its
frame header.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from wkmp_pi.decode.decoder import Track
from wkmp_pi.decode.formats import flac
from wkmp_pi.errors import MediaError

_OPUS_RATE_HZ: Final = 48_000
_OPUS_PRE_ROLL: Final = 48_000
"""RFC 7845 asks for 80 ms; after a second the decoder has forgotten where it began to the bit."""

_SILK_FRAMES: Final = (480, 960, 1920, 2880)
_MODE_BITS: Final = 41
_NO_COMMENT: Final = b"\x03vorbis" + bytes(8) + b"\x01"


class Mapping(Protocol):
    """One codec in Ogg.

    Attributes:
        skip: frames at the head that the encoder added (Opus: the pre-skip).
        pre_roll: how far before the wanted frame decoding must begin.
    """

    track: Track
    skip: int
    pre_roll: int

    def frames(self, packet: bytes, previous: bytes, /) -> int:
        """Frames that ``packet`` gives after ``previous`` (empty: none is known)."""
        ...


class Vorbis:
    """Vorbis: a packet completes the overlap with the one before and gives no more than that."""

    skip = 0
    pre_roll = 0

    def __init__(self, headers: Sequence[bytes]) -> None:
        first, _, setup = headers
        self._blocks = 1 << (first[28] & 15), 1 << (first[28] >> 4)
        self._long = vorbis_modes(setup)
        self._mode_mask = (1 << (len(self._long) - 1).bit_length()) - 1
        self.track = Track(
            codec="vorbis",
            decoders=("vorbis",),
            setup=_laced([first, _NO_COMMENT, setup]),
            rate_hz=int.from_bytes(first[12:16], "little"),
            channels=first[11],
        )

    def frames(self, packet: bytes, previous: bytes, /) -> int:
        """A quarter of each of the two blocks that overlap."""
        if not previous:
            return 0
        return (self._block(packet) + self._block(previous)) // 4

    def _block(self, packet: bytes) -> int:
        mode = packet[0] >> 1 & self._mode_mask
        return self._blocks[self._long[mode]] if mode < len(self._long) else 0


def vorbis_modes(setup: bytes) -> tuple[bool, ...]:
    """Which modes use the long block, from the end of the setup header.

    The modes stand last, behind books and floors that only a decoder wants to
    understand; so they are read backwards, as FFmpeg's vorbis_parser.c does: as long as
    something looks like a mode, keeping the count that the number before them confirms.
    """
    bits = int.from_bytes(setup, "little")
    at = bits.bit_length() - 1  # the framing bit, the last one that is set
    found: list[bool] = []
    confirmed: tuple[bool, ...] = ()
    while at >= _MODE_BITS + 6 and len(found) < 64:
        at -= _MODE_BITS
        mode = bits >> at & (1 << _MODE_BITS) - 1
        if mode >> 33 > 63 or mode >> 1 & 0xFFFFFFFF:  # mapping; transform and window type
            break
        found.insert(0, bool(mode & 1))
        if (bits >> (at - 6) & 63) + 1 == len(found):
            confirmed = tuple(found)
    if not confirmed:
        raise MediaError("has a Vorbis setup header without modes; replace the file")
    return confirmed


class Opus:
    """Opus: always 48 kHz, each packet tells its own duration."""

    pre_roll = _OPUS_PRE_ROLL

    def __init__(self, headers: Sequence[bytes]) -> None:
        head = headers[0]
        self.skip = int.from_bytes(head[10:12], "little")
        # FFmpeg's own decoder resamples speech (SILK) with a delay that Opus does not count.
        self.track = Track(
            codec="opus",
            decoders=("libopus", "opus"),
            setup=head,
            rate_hz=_OPUS_RATE_HZ,
            channels=head[9],
        )

    def frames(self, packet: bytes, _previous: bytes, /) -> int:
        """Count and size of the frames inside, from the table-of-contents byte."""
        kind, code = packet[0] >> 3, packet[0] & 3
        if kind < 12:
            frame = _SILK_FRAMES[kind & 3]
        elif kind < 16:
            frame = _SILK_FRAMES[kind & 1]
        else:
            frame = 120 << (kind & 3)
        count = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[code]
        return frame * count


class OggFlac:
    """FLAC frames as Ogg packets."""

    skip = 0
    pre_roll = 0

    def __init__(self, headers: Sequence[bytes]) -> None:
        streaminfo = headers[0][17:51]
        self._info = flac.StreamInfo.parse(streaminfo)
        self.track = flac.track_of(streaminfo, self._info)

    def frames(self, packet: bytes, _previous: bytes, /) -> int:
        """The block size in the frame header."""
        header = flac.parse_header(packet, 0, self._info)
        return header.samples if header else 0


def header_count(first: bytes) -> int:
    """How many header packets a stream has that begins with this one; 0: none that we play."""
    if first[:7] == b"\x01vorbis" and len(first) >= 30:
        return 3
    if first[:8] == b"OpusHead" and len(first) >= 19:
        return 2
    if first[:5] == b"\x7fFLAC" and len(first) >= 51:
        return 1 + (int.from_bytes(first[7:9], "big") or 1)
    return 0


def mapping_of(headers: Sequence[bytes]) -> Mapping:
    """What the header packets of a stream say.

    Raises:
        MediaError: they are damaged.
    """
    if headers[0][:7] == b"\x01vorbis":
        return Vorbis(headers)
    return Opus(headers) if headers[0][:8] == b"OpusHead" else OggFlac(headers)


def _laced(headers: Sequence[bytes]) -> bytes:
    """Three headers as FFmpeg's extradata: their number less one, two sizes, the bytes."""
    sizes = b"".join(b"\xff" * (len(h) // 255) + bytes([len(h) % 255]) for h in headers[:-1])
    return bytes([len(headers) - 1]) + sizes + b"".join(headers)
