"""How times and names are shown to people, on whatever terminal. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def clock(ms: int | None) -> str:
    """``1:01`` or ``1:02:03``; ``-:--`` where nobody knows."""
    if ms is None:
        return "-:--"
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def clean(text: str) -> str:
    """Text of a tag or a file name, unable to move the cursor, to colour or to turn the line."""
    return "".join("\ufffd" if _harmful(char) else char for char in text)


def named(passage: Mapping[str, Any]) -> str:
    """``Artist - Title``, or the file's name where the tags are silent."""
    title = passage.get("title") or PurePath(str(passage.get("file", ""))).name
    artist = passage.get("artist")
    return clean(f"{artist} - {title}" if artist else title)


def columns(text: str) -> int:
    """Columns that the text takes: 2 for wide characters, 0 for accents of their own."""
    return sum(map(_columns, text))


def cut(text: str, most: int) -> str:
    """The text if it fits into ``most`` columns, else what fits of it and a … (1 column)."""
    if columns(text) <= most:
        return text
    kept, used = "", 1
    for char in text:
        used += _columns(char)
        if used > most:
            break
        kept += char
    return f"{kept.rstrip()}…" if most > 0 else ""


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _harmful(char: str) -> bool:
    return unicodedata.category(char) == "Cc" or unicodedata.bidirectional(char) in _TURNING
