"""On which line something stands in a TOML file: a look at the text, good enough for a message.

The parser tells no lines. This one reads headers ``[[a.b]]`` and keys at the
start of a line, and may be misled by what looks like one inside a long text.
"""

from __future__ import annotations

import re
from collections import Counter

from wkmp_pi.library.notes import Path

_HEADER = re.compile(r"\s*\[\[?\s*([\w.\s-]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*(?:\.[^=]*)?=")
_DOTTED = re.compile(
    r"(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')(?:\s*\.\s*(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')){16}"
)


def too_deep(text: str) -> int | None:
    """The first line with a dotted key of more than 16 parts, which parsers take minutes for."""
    lines = enumerate(text.splitlines(), 1)
    return next((n for n, line in lines if line.count(".") >= 16 and _DOTTED.search(line)), None)


def lines(text: str) -> dict[Path, int]:
    """Line numbers from 1 of tables and their keys; inner tables count from 1 in each outer one."""
    found: dict[Path, int] = {}
    counts: Counter[Path] = Counter()
    table: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _path(header[1], counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, key[1]), number)
    return found


def nearest(path: Path, found: dict[Path, int]) -> int | None:
    """The line of ``path``, or of the innermost table around it that has one."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path)


def _path(header: str, counts: Counter[Path]) -> Path:
    path: Path = ()
    *outer, last = (part.strip() for part in header.split("."))
    for name in outer:
        path = (*path, name)
        path = (*path, max(counts[path], 1))
    path = (*path, last)
    counts[path] += 1
    return (*path, counts[path])
