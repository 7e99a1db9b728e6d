"""One decoding of one passage from one place on, as the decoder process runs it."""

from __future__ import annotations

from wkmp_pi.decode.decoder import Decoder, Stereo
from wkmp_pi.decode.resample import length_at, span_at
from wkmp_pi.errors import MediaError
from wkmp_pi.units import frames_from_ticks, ms_from_ticks, ticks_from_frames


class TimingError(MediaError):
    """The file is sound, but the passage does not lie in it."""


class Session:
    """Reads a passage piece by piece; every frame once.

    Args:
        decoder: the open file; belongs to this session from now on.
        start: first tick of the passage.
        end: the tick after its last; ``None`` for the end of the file.
        rate_hz: the working rate.
        skip_frames: frames of the passage that are not wanted.

    Attributes:
        length_frames: of the whole passage, at the working rate.
        exact16: every sample lies on the 16 bit grid.

    Raises:
        TimingError: the passage reaches beyond the file, or holds nothing.
    """

    def __init__(
        self, decoder: Decoder, *, start: int, end: int | None, rate_hz: int, skip_frames: int
    ) -> None:
        self._decoder = decoder
        media = decoder.media
        _refuse_beyond(start, end, ticks_from_frames(media.frames, media.rate_hz))
        total = length_at(media.frames, media.rate_hz, rate_hz)
        first = min(frames_from_ticks(start, rate_hz), total)
        last = total if end is None else min(frames_from_ticks(end, rate_hz), total)
        self.length_frames = last - first
        begin = min(first + skip_frames, last)
        self._left = last - begin
        self._blocks = span_at(decoder, rate_hz, begin, last)
        self._rest: Stereo | None = None
        self.exact16 = 0 < media.bits <= 16 and media.rate_hz == rate_hz and media.channels <= 2

    def read(self, frames: int) -> tuple[list[Stereo], bool]:
        """The next frames in pieces, and whether they are the last.

        Raises:
            MediaError: the file cannot be decoded any further and less than half of it was.
        """
        pieces: list[Stereo] = []
        while frames > 0 and self._left > 0:
            block = self._rest if self._rest is not None else next(self._blocks, None)
            if block is None:
                self._left = 0
                break
            piece, rest = block[:frames], block[frames:]
            self._rest = rest if len(rest) else None
            pieces.append(piece)
            frames -= len(piece)
            self._left -= len(piece)
        return pieces, self._left <= 0

    def close(self) -> None:
        """Release the file."""
        self._decoder.close()


def _refuse_beyond(start: int, end: int | None, duration: int) -> None:
    if start >= duration or (end is not None and end > duration):
        asked = f"{ms_from_ticks(start)} to {'its end' if end is None else ms_from_ticks(end)}"
        raise TimingError(
            f"lasts {ms_from_ticks(duration)} ms; expected a passage inside, found {asked}; "
            "correct the points of the passage"
        )
