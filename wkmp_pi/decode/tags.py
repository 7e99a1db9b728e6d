"""Tags of all formats → the few that a player shows; nothing in them is trusted.

Pure. Control and formatting characters (line breaks, bidirectional marks) are
taken out, lengths are limited, numbers are numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, TypedDict

_LONGEST: Final = 1000
_NUMBER: Final = re.compile(r"\s*(\d{1,5})(?!\d)")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


class Tags(TypedDict):
    """The fields of ``Media`` that come from tags."""

    title: str
    artist: str
    album: str
    album_artist: str
    disc: int | None
    track: int | None


def tags_from(metadata: Mapping[str, str]) -> Tags:
    """The tags in FFmpeg's metadata, whatever the case of their names."""
    found = {name.lower(): value for name, value in metadata.items()}
    return Tags(
        title=cleaned(found.get("title", "")),
        artist=cleaned(found.get("artist", "")),
        album=cleaned(found.get("album", "")),
        album_artist=cleaned(found.get("album_artist", found.get("albumartist", ""))),
        disc=_number(found.get("disc", found.get("discnumber", ""))),
        track=_number(found.get("track", found.get("tracknumber", ""))),
    )


def cleaned(text: str) -> str:
    """One line of at most 1000 visible characters."""
    visible = (c for c in text[: 4 * _LONGEST] if unicodedata.category(c) not in _INVISIBLE)
    return "".join(visible).strip()[:_LONGEST]


def _number(text: str) -> int | None:
    """``3`` of ``3``, ``03`` or ``3/12``."""
    found = _NUMBER.match(text)
    return int(found[1]) if found else None
