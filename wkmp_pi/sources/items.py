"""Items: how somebody asks for music, as text, and what the text means.

Three forms are understood: ``passage:12`` (a passage of the library), a path
(``album/01.flac``), and a path with a span in seconds or ``h:mm:ss``
(``album/01.flac#t=10.5,70``), the temporal part of the W3C's Media Fragments
URI 1.0, section 4.2.1. Words only: whether the file exists and lies below the
music folder is for those to judge who open it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from wkmp_pi.errors import RequestError
from wkmp_pi.passage import Passage, PassageId, Points
from wkmp_pi.units import TICKS_PER_SECOND, Ticks

_PASSAGE = "passage:"
_FRAGMENT = "#t="
_ID = re.compile(r"[1-9][0-9]{0,17}")
_CLOCK = r"(?:([0-9]{1,6}):)?([0-5]?[0-9]):(?=[0-5][0-9](?:\.|$))"
_NPT = re.compile(rf"(?:{_CLOCK})?([0-9]{{1,9}}(?:\.[0-9]{{0,99}})?)")
_UNSPEAKABLE = re.compile(r"[\0\r\n]")


@dataclass(frozen=True, slots=True)
class PassageItem:
    """A passage that the library defines."""

    id: PassageId


@dataclass(frozen=True, slots=True)
class FileItem:
    """A file, or the span of it from ``start`` up to ``end``; ``None`` is the file's own end."""

    path: str
    start: Ticks | None = None
    end: Ticks | None = None


Item = FileItem | PassageItem


def parse_item(text: str) -> Item:
    """What ``text`` asks for.

    The last ``#t=`` begins a span, unless a ``/`` follows it; every other ``#``
    belongs to the file's name. A file with ``#t=`` in its own name is asked for
    with ``#t=0`` at the end.

    Raises:
        RequestError: an empty or unspeakable path, a bad passage number, or a bad span.
    """
    if text.startswith(_PASSAGE):
        return PassageItem(_passage_id(text))
    path, fragment, span = text.rpartition(_FRAGMENT)
    if not fragment or "/" in span:
        return FileItem(_path(text, text))
    return FileItem(_path(text, path), *_span(text, span))


def ephemeral(
    passage_id: PassageId, path: str, start: Ticks | None = None, end: Ticks | None = None
) -> Passage:
    """A passage for a bare file or span: no inner points, so that the global crossfade applies.

    Args:
        passage_id: a negative number, chosen by the caller and used for nothing else.
        path: absolute path of the audio file.
        start: first tick; ``None`` is the start of the file.
        end: the tick after the last; ``None`` is the end of the file.
    """
    return Passage(id=passage_id, file=path, points=Points(start=start, end=end))


def _passage_id(text: str) -> PassageId:
    digits = text.removeprefix(_PASSAGE)
    if not _ID.fullmatch(digits):
        raise RequestError(
            f"item {text!r}: found {digits!r}; expected a passage's number; see: wkmp-pi library"
        )
    return PassageId(int(digits))


def _path(text: str, path: str) -> str:
    if not path or _UNSPEAKABLE.search(path):
        raise RequestError(
            f"item {text!r}: not a path; expected text without line breaks and NUL; name a file"
        )
    return path


def _span(text: str, span: str) -> tuple[Ticks | None, Ticks | None]:
    first, comma, last = span.removeprefix("npt:").partition(",")
    start = None if comma and not first else _ticks(text, first)
    end = _ticks(text, last) if comma else None
    if end is not None and end <= (start or 0):
        raise RequestError(
            f"item {text!r}: the span ends where it starts, or before; expected start < end; "
            "give a later end"
        )
    return start, end


def _ticks(text: str, time: str) -> Ticks:
    """Normal play time to the nearest tick; halves round up."""
    found = _NPT.fullmatch(time)
    if not found:
        raise RequestError(
            f"item {text!r}: found {time!r}; expected seconds (10.5) or h:mm:ss; "
            f"if {_FRAGMENT} belongs to the file's name, add {_FRAGMENT}0"
        )
    hours, minutes, seconds = found.groups(default="0")
    exact = int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds.removesuffix("."))
    return Ticks(int(exact * TICKS_PER_SECOND + Fraction(1, 2)))
