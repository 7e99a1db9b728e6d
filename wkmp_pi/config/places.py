"""Where each key of a TOML text stands, because a parser only gives values.

A tolerant scan that understands just enough of TOML to follow keys, strings
and brackets. It never judges the text: that is the parser's task. It also
finds what would be expensive to parse, so that it can be refused before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

KeyPath = tuple[str, ...]

MAX_KEY_SEGMENTS = 16
MAX_NESTING = 32

# An unfinished string swallows the rest, so that no text makes the scan go back twice.
_WORD = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)'
    r"|'''.*?(?:'''|\Z)"
    r'|"(?:\\.|[^"\\\n])*"?'
    r"|'[^'\n]*'?"
    r"|\#[^\n]*"
    r"|[\[\]{}=,.\n]"
    r"|[^\s\[\]{}=,.\#\"']+",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A key's line (from 1) and the first word of its value as it was written."""

    line: int
    written: str = ""


@dataclass(slots=True)
class Places:
    """What a scan found.

    Attributes:
        of: the place of each key and each table.
        too_deep: why the text must not be parsed, with the line; ``None`` if it may.
    """

    of: dict[KeyPath, Place] = field(default_factory=dict)
    too_deep: tuple[int, str] | None = None

    def line(self, path: KeyPath) -> int:
        """The line of ``path``, or of the nearest table around it; 1 if nothing is known."""
        for length in range(len(path), 0, -1):
            if place := self.of.get(path[:length]):
                return place.line
        return 1

    def written(self, path: KeyPath) -> str:
        """The first word of the value at ``path``, or nothing."""
        place = self.of.get(path)
        return place.written if place else ""


def scan(text: str) -> Places:
    """Follow the keys of a TOML text; any text will do."""
    scanner = _Scanner()
    for line, word in _words(text):
        scanner.take(line, word)
    return scanner.places


def _words(text: str) -> Iterator[tuple[int, str]]:
    line = 1
    for match in _WORD.finditer(text):
        word = match.group()
        if not word.startswith("#"):
            yield line, word
        line += word.count("\n")


@dataclass(slots=True)
class _Scanner:
    """Either inside a key (``path is None``) or inside the value that belongs to ``path``."""

    places: Places = field(default_factory=Places)
    table: KeyPath = ()
    key: list[str] = field(default_factory=list)
    header: bool = False
    path: KeyPath | None = None
    brackets: list[tuple[str, KeyPath]] = field(default_factory=list)

    def take(self, line: int, word: str) -> None:
        if self.path is None:
            self._in_key(line, word)
        else:
            self._in_value(word, self.path)
        if len(self.brackets) > MAX_NESTING:
            self._refuse(line, f"nesting deeper than {MAX_NESTING}")

    def _in_key(self, line: int, word: str) -> None:
        if word == "[":
            self.header = True
        elif word == "=":
            self._key_ends(line)
        elif word == "}" and self.brackets:
            self.path = self.brackets.pop()[1]
        elif word in "\n]":
            self._header_ends(line)
        elif word not in ".,{}":
            self.key.append(_plain(word))
            if len(self.key) > MAX_KEY_SEGMENTS:
                self._refuse(line, f"a key of more than {MAX_KEY_SEGMENTS} parts")

    def _key_ends(self, line: int) -> None:
        outer = self.brackets[-1][1] if self.brackets else self.table
        self.path = (*outer, *self.key)
        self._note(self.path, line)
        self.key, self.header = [], False

    def _header_ends(self, line: int) -> None:
        if self.header and self.key:
            self.table = tuple(self.key)
            self._note(self.table, line)
        self.key, self.header = [], False

    def _in_value(self, word: str, path: KeyPath) -> None:
        if word in ("[", "{"):
            self.brackets.append((word, path))
            self.path = None if word == "{" else path
        elif word in ("]", "}"):
            self.path = self.brackets.pop()[1] if self.brackets else path
        elif word == self._end_of_value():
            self.path = None
        elif word not in ",\n" and not self.places.written(path):
            self.places.of[path] = Place(self.places.line(path), word)

    def _end_of_value(self) -> str | None:
        if not self.brackets:
            return "\n"
        return "," if self.brackets[-1][0] == "{" else None

    def _note(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.places.of.setdefault(path[:length], Place(line))

    def _refuse(self, line: int, why: str) -> None:
        self.places.too_deep = self.places.too_deep or (line, why)


def _plain(word: str) -> str:
    if word[0] == '"':
        try:
            return str(json.loads(word))
        except ValueError:
            return word.strip('"')
    return word.strip("'")
