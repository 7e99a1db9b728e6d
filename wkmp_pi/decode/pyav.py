"""FFmpeg, through PyAV: codecs, containers and tags. The only import of ``av``.

FFmpeg is told which demuxer to use, gets the bytes of one file, and may open
nothing else. It trims nothing (that is done once and for all formats in
``timeline.py``) and starts no threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Any, Final, NamedTuple, NoReturn

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard

from wkmp_pi.decode.decoder import Stereo, Track
from wkmp_pi.decode.files import FileBytes, FileReader
from wkmp_pi.decode.stereo import to_stereo, without_nonsense
from wkmp_pi.errors import MediaError

_SKIP_MANUAL: Final = 1 << 29
"""AV_CODEC_FLAG2_SKIP_MANUAL."""

_READ_BYTES: Final = 64 * 1024
_LAYOUTS: Final = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1"}
_DTYPES: Final = {"u8": "u1", "s16": "i2", "s32": "i4", "flt": "f4", "dbl": "f8"}
_OPTIONS: Final = {
    "advanced_editlist": "0",  # MP4: times as they are, packets left whole
    "max_size": str(_READ_BYTES),  # WAV: of a packet
    "probesize": str(_READ_BYTES),  # WAV: 5 MB would be searched for S/PDIF, at 20 ms
}
_CODEC_OPTIONS: Final = {
    "flac": {"err_detect": "crccheck+explode"},  # a damaged frame is noise at full scale
    "libopus": {"request_sample_fmt": "flt"},
}

_NEVER_FORGETS: Final = frozenset({"aac"})
"""A flushed AAC decoder still has the window shape of the frame before (aacdec.c, ``flush``)."""


class Codec:
    """One FFmpeg decoder, and the samples that it gave and nobody has taken yet.

    Args:
        context: the decoder.
        renew: makes another of the same kind, for one that does not forget everything when
            it is flushed.
    """

    def __init__(
        self, context: AudioCodecContext, renew: Callable[[], AudioCodecContext] | None = None
    ) -> None:
        self._context = _prepared(context)
        self._renew = renew
        self._fifo = AudioFifo()
        self._channels = 0
        self.held = 0
        """Frames that ``take`` would give."""

    def reset(self) -> None:
        """Forget everything, as before a seek."""
        if self._renew is not None:
            self._context = _prepared(self._renew())
        self._context.flush_buffers()
        self._begin_anew()

    def send(self, data: Any) -> list[AudioFrame]:
        """Decode a packet (bytes, or one of a container); nothing comes of a damaged one."""
        try:
            return self._context.decode(av.Packet(data) if isinstance(data, bytes) else data)
        except FFmpegError:
            return []

    def hold(self, frame: AudioFrame) -> bool:
        """Put samples behind those that are held; ``False`` if they are of another shape."""
        if frame.layout.nb_channels != self._channels:
            if self.held:
                return False
            self._begin_anew()
            self._channels = frame.layout.nb_channels
        frame.pts = None  # else the FIFO compares it with its own
        try:
            self._fifo.write(frame)
        except ValueError:
            return False
        self.held += frame.samples
        return True

    def take(self) -> Stereo:
        """All that is held, as stereo; a new array."""
        frame = self._fifo.read()
        self.held = 0
        return np.zeros((0, 2), np.float32) if frame is None else as_stereo(frame)

    def _begin_anew(self) -> None:
        self._fifo, self._channels, self.held = AudioFifo(), 0, 0


def _prepared(context: AudioCodecContext) -> AudioCodecContext:
    context.thread_count = 1
    context.flags2 |= _SKIP_MANUAL
    return context


def as_stereo(frame: AudioFrame) -> Stereo:
    """The samples of a frame of any format and layout."""
    names = tuple(channel.name for channel in frame.layout.channels)
    packed = frame.format.is_packed
    dtype = np.dtype(_DTYPES[frame.format.name.removesuffix("p")])
    count = frame.samples * (len(names) if packed else 1)
    # PyAV looks for a null pointer behind the planes, and with eight of them finds none in time.
    known = frame.planes[: 1 if packed else len(names)]
    planes = [np.frombuffer(memoryview(plane), dtype, count) for plane in known]
    if dtype.kind != "f":
        return to_stereo(planes, names)
    with np.errstate(over="ignore", invalid="ignore"):
        return without_nonsense(to_stereo(planes, names))


def codec_for(track: Track) -> Codec:
    """A decoder for packets of ``track``.

    Raises:
        MediaError: this FFmpeg has none.
    """
    for name in track.decoders:
        try:
            context = _context(name, track)
        except (ValueError, FFmpegError):
            continue
        return Codec(context, partial(_context, name, track) if name in _NEVER_FORGETS else None)
    raise MediaError(f"needs a decoder for {track.codec}; expected one in FFmpeg; update PyAV")


def _context(name: str, track: Track) -> AudioCodecContext:
    context = av.CodecContext.create(name, "r")
    assert isinstance(context, AudioCodecContext)  # noqa: S101 all names are audio codecs
    context.options = _CODEC_OPTIONS.get(name, {})
    if track.setup:
        context.extradata = track.setup
    if track.channels:
        context.sample_rate = track.rate_hz
        context.layout = _LAYOUTS.get(track.channels, "7.1")
    return context


class IndexEntry(NamedTuple):
    """Where a container's index says that a packet lies, and when it begins."""

    timestamp: int
    offset: int
    size: int


class ContainerPacket(NamedTuple):
    """A packet with its time in units of the container; ``offset`` in the file, or -1."""

    data: Any
    timestamp: int
    duration: int
    offset: int


class Container:
    """A file whose packets FFmpeg finds: the first audio stream of it.

    Raises:
        MediaError: FFmpeg does not understand it, or it has no sound.
    """

    def __init__(self, source: FileBytes, kind: str) -> None:
        self._container = _open(source, kind)
        streams = self._container.streams
        if not streams.audio or streams.audio[0].codec_context is None:
            raise MediaError("has no sound that can be decoded; replace the file")
        self._stream: AudioStream = streams.audio[0]
        for stream in streams:
            if stream is not self._stream:
                stream.discard = Discard.all
        context = self._stream.codec_context
        self.codec = context.codec.canonical_name
        self.setup = context.extradata or b""
        self.rate_hz = context.sample_rate
        self.channels = context.layout.nb_channels
        if self.rate_hz <= 0 or self.channels <= 0:
            raise MediaError("has neither rate nor channels; expected both; replace the file")
        self.tick_s: Fraction = self._stream.time_base or Fraction(1, self.rate_hz)
        self.duration = self._stream.duration or 0
        self.metadata: Mapping[str, str] = self._container.metadata

    def decoder(self) -> Codec:
        """The codec of the stream."""
        return Codec(self._stream.codec_context)

    @property
    def index_length(self) -> int:
        """How many packets the container's index knows; 0 if it has none."""
        return len(self._stream.index_entries)

    def index_entry(self, number: int) -> IndexEntry:
        """One entry of the index; there may be a million, so nobody takes them all."""
        entry = self._stream.index_entries[number]
        return IndexEntry(entry.timestamp, entry.pos, entry.size)

    def packets(self, timestamp: int) -> Iterator[ContainerPacket]:
        """Packets from the last one that begins at or before ``timestamp``.

        What cannot be read any more ends the iteration.
        """
        try:
            self._container.seek(timestamp, stream=self._stream)
            for packet in self._container.demux(self._stream):
                if packet.size and packet.pts is not None:
                    offset = -1 if packet.pos is None else packet.pos
                    yield ContainerPacket(packet, packet.pts, packet.duration or 0, offset)
        except FFmpegError:
            return


def read_metadata(source: FileBytes, kind: str) -> dict[str, str]:
    """The tags of a file, those of the container before those of the stream; empty if broken."""
    try:
        container = _open(source, kind)
    except MediaError:
        return {}
    streams = container.streams.audio
    found = {**(streams[0].metadata if streams else {}), **container.metadata}
    container.close()
    return found


def _open(source: FileBytes, kind: str) -> InputContainer:
    try:
        return av.open(
            FileReader(source),
            "r",
            format=kind,
            options=_OPTIONS,
            metadata_errors="replace",
            buffer_size=_READ_BYTES,
            io_open=_refuse_other_files,
        )
    except (FFmpegError, ValueError) as error:
        raise MediaError(f"is broken ({error}); expected {kind}; replace the file") from error


def _refuse_other_files(url: str, _flags: int, _options: object) -> NoReturn:
    raise MediaError(f"names another file ({url[:100]!r}); expected sound; remove it")
