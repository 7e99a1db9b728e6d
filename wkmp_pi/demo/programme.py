"""The programme: which piece becomes which file, and in which format.

Eight pieces in nine files, a format each. What is to be known about the
passages in them (points, songs, cues) stands in ``passages.toml``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wkmp_pi.demo import encode
from wkmp_pi.demo.desk import played
from wkmp_pi.demo.encode import Format
from wkmp_pi.demo.piece import Piece
from wkmp_pi.demo.pieces import (
    copper_wire,
    first_light,
    high_window,
    long_hall,
    night_bus,
    paper_carousel,
    postcards,
    tide,
)
from wkmp_pi.demo.waves import Sound

ARTIST = "wkmp_pi demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One file: its title is its tag and, in small letters, its name."""

    title: str
    album: str
    number: int
    form: Format
    sound: Sound
    rate_hz: int

    @property
    def file_name(self) -> str:
        """``first-light.flac`` for First Light."""
        return self.title.lower().replace(",", "").replace(" ", "-") + self.form.suffix

    @property
    def tags(self) -> dict[str, str]:
        """What the file says of itself."""
        return {
            "title": self.title,
            "artist": ARTIST,
            "album": self.album,
            "track": str(self.number),
        }


def _single(piece: Piece, form: Format, rate_hz: int) -> list[Track]:
    """A piece that is its own album, as singles are."""
    return [
        Track(
            title=piece.title,
            album=piece.title,
            number=1,
            form=form,
            sound=played(piece, rate_hz),
            rate_hz=rate_hz,
        )
    ]


def _tide() -> list[Track]:
    """One sound cut into two files, lossless both, so that the cut can be closed exactly."""
    rate_hz = 44_100
    whole = played(tide.PIECE, rate_hz)
    cut = int(tide.PIECE.seconds_at(tide.TURN_BEAT) * rate_hz)
    halves = (
        ("Tide, Rising", encode.ALAC_16, whole[:, :cut]),
        ("Tide, Falling", encode.AIFF_16, whole[:, cut:]),
    )
    return [
        Track(title=title, album="Tide", number=n, form=form, sound=half, rate_hz=rate_hz)
        for n, (title, form, half) in enumerate(halves, 1)
    ]


def _postcards() -> list[Track]:
    """Three short pieces in one file, with silence between."""
    rate_hz = 48_000
    gap = np.zeros((2, int(postcards.GAP_S * rate_hz)), np.float32)
    harbour, mountain, station = (
        played(piece, rate_hz)
        for piece in (postcards.HARBOUR, postcards.MOUNTAIN, postcards.STATION)
    )
    return [
        Track(
            title="Three Postcards",
            album="Three Postcards",
            number=1,
            form=encode.WAV_24,
            sound=np.concatenate((harbour, gap, mountain, gap, station), axis=1),
            rate_hz=rate_hz,
        )
    ]


PROGRAMME: tuple[Callable[[], list[Track]], ...] = (
    lambda: _single(first_light.PIECE, encode.FLAC_16, 44_100),
    lambda: _single(night_bus.PIECE, encode.VORBIS, 44_100),
    lambda: _single(copper_wire.PIECE, encode.OPUS, 48_000),
    lambda: _single(paper_carousel.PIECE, encode.MP3, 44_100),
    _tide,
    _postcards,
    lambda: _single(long_hall.PIECE, encode.AAC, 44_100),
    lambda: _single(high_window.PIECE, encode.FLAC_24, 96_000),
)
"""In the order in which they are played; each is rendered when it is called."""
