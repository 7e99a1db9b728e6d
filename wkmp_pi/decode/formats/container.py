"""WAV, AIFF and MP4: containers with a packet table or none needed, whose demuxers are exact.

What stands here is how long such a file really is: by its table or header as
far as the file reaches, or by looking at every packet. An MP4's first packets
may be encoder delay, told by its edit list (as times before 0) or by iTunes
(``iTunSMPB``), and its last packet may be shorter than it decodes to.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

from wkmp_pi.decode.decoder import Framing, Packet, Track
from wkmp_pi.decode.files import FileBytes
from wkmp_pi.decode.pyav import Container
from wkmp_pi.errors import MediaError

_PRE_ROLL_S: Final = {"pcm": 0, "alac": 0, "flac": 0, "aac": 2}
_PRE_ROLL_OTHERS_S: Final = 1
_FROM_THE_START_S: Final = 1 << 31
_PCM: Final = re.compile(r"pcm_[a-z]+(\d+)")
_LAWS: Final = ("pcm_alaw", "pcm_mulaw")
_STREAMED_BYTES: Final = 0x7FFFF000
"""A WAV header that was written before its length was known says about 2 or 4 GiB."""

_W64_DATA: Final = b"data\xf3\xac\xd3\x11"

_JITTER: Final = 2
"""Frames by which a time may be off if the container's clock is not the sample rate."""


class Extent(NamedTuple):
    """From where to where packets reach, in the container's units; and what was promised."""

    begin: int
    end: int
    promised: int


class ContainerFraming(Framing):
    """The packets of a file as FFmpeg's demuxer finds them.

    Raises:
        MediaError: half of it is missing.
    """

    def __init__(self, source: FileBytes, kind: str) -> None:
        self._container = Container(source, kind)
        container = self._container
        self.track = Track(
            codec=container.codec,
            decoders=(container.codec,),
            setup=container.setup,
            rate_hz=container.rate_hz,
            channels=container.channels,
            bits=_bits(container.codec, container.setup),
        )
        self._frames_per = self._ratio(container.rate_hz)
        self._extent = self._measured(source, kind)
        if (self._extent.end - self._extent.begin) * 2 < self._extent.promised:
            raise MediaError(
                "ends before half of what its header promises; expected more; replace the file"
            )
        self.delivered_at(container.rate_hz)
        self._pre_roll_s = _pre_roll_s(kind, container.codec)

    def delivered_at(self, rate_hz: int) -> None:
        """Count in frames of this rate; HE-AAC may have twice the rate of the container's clock."""
        self._rate_hz, self._frames_per = rate_hz, self._ratio(rate_hz)
        begin, end = self._to_frames(self._extent.begin), self._to_frames(self._extent.end)
        delay, length = max(0, -begin), end - max(0, begin)
        gaps = itunes_gaps(self._container.metadata.get("iTunSMPB", ""))
        if gaps is not None and gaps[0] + gaps[1] <= end - begin:
            delay, length = gaps
        self._zero = begin + delay
        self._length = length

    @property
    def container(self) -> Container:
        """The open container, whose stream's codec decodes these packets."""
        return self._container

    @property
    def frames(self) -> int:
        """Exact length."""
        return self._length

    def packets(self, start: int) -> Iterator[Packet]:
        """See ``Framing.packets``."""
        wanted = start + self._zero - self._pre_roll_s * self._rate_hz
        expected: int | None = None
        for packet in self._container.packets(max(self._extent.begin, self._to_units(wanted))):
            at = self._to_frames(packet.timestamp) - self._zero
            if expected is not None and abs(at - expected) <= _JITTER:
                at = expected
            frames = self._to_frames(packet.duration)
            yield Packet(packet.data, at, frames)
            expected = at + frames

    def _ratio(self, rate_hz: int) -> tuple[int, int]:
        """Frames in so many units of the container's clock."""
        return (self._container.tick_s * rate_hz).as_integer_ratio()

    def _to_frames(self, units: int) -> int:
        return (2 * units * self._frames_per[0] + self._frames_per[1]) // (2 * self._frames_per[1])

    def _to_units(self, frames: int) -> int:
        return frames * self._frames_per[1] // self._frames_per[0]

    def _measured(self, source: FileBytes, kind: str) -> Extent:
        if kind == "mov" and self._container.index_length:
            return self._measured_by_index(source.size)
        if kind != "mov" and (_PCM.match(self.track.codec) or self.track.codec in _LAWS):
            return self._measured_pcm(source)
        return self._measured_by_all_packets()

    def _measured_by_index(self, size: int) -> Extent:
        """To the last packet that lies in the file; they lie there in their order."""
        entry, count = self._container.index_entry, self._container.index_length
        missing = bisect_left(
            range(count), True, key=lambda n: entry(n).offset + entry(n).size > size
        )
        if missing == 0:
            return Extent(0, 0, 1)
        begin, end = entry(0).timestamp, self._end_of(entry(missing - 1).timestamp)
        promised = max(end, entry(count - 1).timestamp)
        return Extent(begin, end, promised - begin)

    def _measured_pcm(self, source: FileBytes) -> Extent:
        """As long as the header says, or as the file has bytes."""
        first = next(self._container.packets(0), None)
        if first is None:
            raise MediaError("holds no sound; expected samples; replace the file")
        frame_bytes = self.track.channels * _coded_bits(self.track.codec) // 8
        present = (source.size - first.offset) // frame_bytes
        promised = _data_bytes(source.read(first.offset - 24, 24)) // frame_bytes
        promised = promised or self._container.duration or present
        return Extent(0, min(promised, present), promised)

    def _measured_by_all_packets(self) -> Extent:
        begin: int | None = None
        end = 0
        for packet in self._container.packets(0):
            begin = packet.timestamp if begin is None else begin
            end = max(end, packet.timestamp + packet.duration)
        return Extent(begin or 0, end, 0)

    def _end_of(self, timestamp: int) -> int:
        end = timestamp
        for packet in self._container.packets(timestamp):
            end = max(end, packet.timestamp + packet.duration)
            if packet.timestamp >= timestamp:
                break
        return end


def itunes_gaps(text: str) -> tuple[int, int] | None:
    """Encoder delay and length in frames from an ``iTunSMPB`` tag; ``None`` if it has none.

    The tag is a row of hexadecimal numbers: 0, delay, padding, length, and zeros.
    """
    try:
        _, delay, _, length = (int(word, 16) for word in text.split()[:4])
    except ValueError:
        return None
    return (delay, length) if length else None


def _pre_roll_s(kind: str, codec: str) -> int:
    """How far back a codec must begin to come out the same; ADPCM in WAV has no way to seek."""
    family = codec.split("_")[0]
    if kind != "mov" and family != "pcm":
        return _FROM_THE_START_S
    return _PRE_ROLL_S.get(family, _PRE_ROLL_OTHERS_S)


def _data_bytes(head: bytes) -> int:
    """What the end of a WAV, RF64 or Wave64 header says about the sound; 0 if nothing useful."""
    if head[:8] == _W64_DATA:
        return max(0, int.from_bytes(head[16:], "little") - len(head))
    if head[16:20] != b"data":
        return 0
    size = int.from_bytes(head[20:], "little")
    return size if size < _STREAMED_BYTES else 0


def _coded_bits(codec: str) -> int:
    found = _PCM.match(codec)
    return int(found[1]) if found else 8


def _bits(codec: str, setup: bytes) -> int:
    """Resolution of what comes out of a lossless codec; 0 for lossy ones."""
    if codec in _LAWS:
        return 16  # 8 bits each, spread over the range of 16
    if codec == "alac" and len(setup) > 17:
        return setup[17]
    found = _PCM.match(codec)
    return int(found[1]) if found else 0
