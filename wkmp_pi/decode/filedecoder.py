"""One audio file of any kind that is known → exact stereo from any frame on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final

from wkmp_pi.decode.decoder import Framing, Stereo
from wkmp_pi.decode.files import FileBytes
from wkmp_pi.decode.formats.adts import AdtsFraming
from wkmp_pi.decode.formats.container import ContainerFraming
from wkmp_pi.decode.formats.flac import FlacFraming
from wkmp_pi.decode.formats.mpeg import MpegFraming
from wkmp_pi.decode.formats.ogg import OggFraming
from wkmp_pi.decode.messages import Media
from wkmp_pi.decode.pyav import Codec, codec_for, read_metadata
from wkmp_pi.decode.sniff import sniff
from wkmp_pi.decode.tags import tags_from
from wkmp_pi.decode.timeline import Piece, continuous
from wkmp_pi.errors import MediaError
from wkmp_pi.units import Hz

FRAMINGS: Final[Mapping[str, Callable[[FileBytes], Framing]]] = {
    "aac": AdtsFraming,
    "flac": FlacFraming,
    "mp3": MpegFraming,
    "ogg": OggFraming,
}
"""Formats that are framed here; all others by FFmpeg's demuxer of that name."""

_BLOCK_FRAMES: Final = 8192
_TRIES: Final = 200
"""Packets that may be broken at the head before a file is given up."""

_LOWEST_HZ: Final = 8_000
_HIGHEST_HZ: Final = 192_000
_MOST_CHANNELS: Final = 8


class FileDecoder:
    """A ``Decoder`` for one file.

    Owns ``source``.

    Raises:
        MediaError: unknown, broken, or beyond what is played.
    """

    def __init__(self, source: FileBytes) -> None:
        self._source = source
        kind = sniff(source.read, source.size)
        self._framing, self._codec = _opened(source, kind)
        rate_hz, channels = self._tried()
        track, frames = self._framing.track, self._framing.frames
        if frames <= 0:
            raise MediaError("holds no sound; expected at least one frame; replace the file")
        self.media = Media(
            codec=track.codec,
            container=kind,
            rate_hz=Hz(rate_hz),
            channels=channels,
            bits=track.bits,
            frames=frames,
            **tags_from(self._metadata(kind)),
        )

    def blocks(self, start: int) -> Iterator[Stereo]:
        """See ``Decoder.blocks``."""
        self._codec.reset()
        return continuous(self._pieces(start), start, self.media.frames)

    def close(self) -> None:
        """Release the file."""
        self._source.close()

    def _pieces(self, start: int) -> Iterator[Piece]:
        """What the codec makes of the packets, some thousand frames at a time."""
        codec, begin = self._codec, start
        for packet in self._framing.packets(start):
            frames = codec.send(packet.data)
            if not packet.frames:
                continue
            if self._framing.joined and sum(f.samples for f in frames) < packet.frames:
                if codec.held:
                    yield Piece(begin, codec.take())
                yield from self._pieces_one_by_one(packet.start)
                return
            if codec.held and (begin + codec.held != packet.start or codec.held >= _BLOCK_FRAMES):
                yield Piece(begin, codec.take())
            at = packet.start
            for frame in frames:
                if not codec.hold(frame):  # from here on of another shape
                    yield Piece(begin, codec.take())
                    codec.hold(frame)
                if codec.held == frame.samples:
                    begin = at
                at += frame.samples
        if codec.held:
            yield Piece(begin, codec.take())

    def _pieces_one_by_one(self, start: int) -> Iterator[Piece]:
        """The same from a damaged place on, where a joined packet hides which frame is broken."""
        self._framing.one_by_one()
        self._codec.reset()
        return self._pieces(start)

    def _tried(self) -> tuple[int, int]:
        """Rate and channels as the codec delivers them, known for sure only by trying."""
        frame = None
        for packet in islice(self._framing.packets(0), _TRIES):
            frames = self._codec.send(packet.data)
            if frames and packet.frames:
                frame = frames[-1]
                break
        if frame is None:
            raise MediaError("cannot be decoded; expected sound; replace the file")
        rate_hz, channels = frame.sample_rate, frame.layout.nb_channels
        if not _LOWEST_HZ <= rate_hz <= _HIGHEST_HZ or not 1 <= channels <= _MOST_CHANNELS:
            raise MediaError(
                f"has {channels} channels at {rate_hz} Hz; expected 1 to {_MOST_CHANNELS} at "
                f"{_LOWEST_HZ} to {_HIGHEST_HZ} Hz; convert the file"
            )
        self._framing.delivered_at(rate_hz)
        return rate_hz, channels

    def _metadata(self, kind: str) -> Mapping[str, str]:
        if isinstance(self._framing, ContainerFraming):
            return self._framing.container.metadata
        return read_metadata(self._source, kind)


def _opened(source: FileBytes, kind: str) -> tuple[Framing, Codec]:
    make = FRAMINGS.get(kind)
    if make is None:
        framing = ContainerFraming(source, kind)
        track = framing.track
        return framing, codec_for(track) if track.codec == "aac" else framing.container.decoder()
    framed = make(source)
    return framed, codec_for(framed.track)
