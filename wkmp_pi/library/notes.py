"""Every problem of a document at once: tables that are read key by key and note what is wrong."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from wkmp_pi.units import TICKS_PER_MS, Ticks

Choice = TypeVar("Choice", bound=StrEnum)
Path = tuple[str | int, ...]
"""Where something stands: ``("passage", 2, "song", 1, "title")``; tables count from 1."""

MAX_TICKS = 30 * 24 * 3600 * 1000 * TICKS_PER_MS
"""Thirty days: no audio file is longer."""

MAX_TEXT = 1000
"""Characters of a title or name."""

UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and bytes that are no text."""

_WEIGHT_TOLERANCE = 0.002  # three times 0.333 is meant to be 1


@dataclass(frozen=True, slots=True)
class Notes:
    """What was found wrong so far; ``where`` puts a path into words, with file and line."""

    where: Callable[[Path], str]
    problems: list[str] = field(default_factory=list)

    def add(self, path: Path, message: str) -> None:
        """Note a problem: *found; expected; remedy*."""
        self.problems.append(f"{self.where(path)}: {message}")


class Table:
    """One table: gives its values, or a default and a note where they are wrong.

    Args:
        data: what the parser returned for it; anything.
        path: where it stands.
        notes: takes the problems; a key that is not in ``known`` is one.
        known: the keys that may stand here.
    """

    def __init__(self, data: Any, path: Path, notes: Notes, known: Sequence[str]) -> None:
        self._path, self._notes = path, notes
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            notes.add(path, f"found {shown(data)}; expected a table; see: wkmp-pi library show")
        for key in self.data:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1)
                remedy = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
                self.note(str(key), f"found an unknown key; expected a known one; {remedy}")

    def note(self, key: str, message: str) -> None:
        """Note a problem of one key, or of the whole table (empty key)."""
        self._notes.add((*self._path, key) if key else self._path, message)

    def text(self, key: str, *, required: bool = False) -> str:
        """Words for people; empty if absent."""
        value = self.data.get(key, "")
        if not isinstance(value, str) or len(value) > MAX_TEXT or UNSTORABLE.search(value):
            expected = f"at most {MAX_TEXT} characters, none of them a control character"
            self.note(key, f"found {shown(value)}; expected text, {expected}; write it in quotes")
            return ""
        if required and not value.strip():
            self.note(key, f'found nothing; expected text; add {key} = "…"')
        return value

    def count(self, key: str) -> int | None:
        """A small whole number."""
        value = self.data.get(key)
        if value is None or (type(value) is int and 0 <= value <= 9999):
            return value
        self.note(key, f"found {shown(value)}; expected a whole number from 0 to 9999; correct it")
        return None

    def choice(self, key: str, kind: type[Choice]) -> Choice | None:
        """One word of a list."""
        value = self.data.get(key)
        if value is None or value in kind.__members__.values():
            return None if value is None else kind(value)
        self.note(key, f"found {shown(value)}; expected one of {', '.join(kind)}; choose one")
        return None

    def ticks(self, stem: str) -> Ticks | None:
        """A time: ``STEM_ms`` (integer or float) or ``STEM_ticks`` (integer)."""
        ms, ticks = f"{stem}_ms", f"{stem}_ticks"
        if ms in self.data and ticks in self.data:
            self.note(ticks, f"found {ms} too; expected one of the two; remove the other")
        if ticks in self.data:
            value = self.data[ticks]
            if type(value) is int and 0 <= value <= MAX_TICKS:
                return Ticks(value)
            expected = f"a whole number from 0 to {MAX_TICKS}"
            self.note(ticks, f"found {shown(value)}; expected {expected}; correct it")
        elif ms in self.data:
            value = self.data[ms]
            # A NaN compares false, and a bool is an int in disguise.
            if type(value) in {int, float} and 0 <= value <= MAX_TICKS // TICKS_PER_MS:
                return Ticks(round(value * TICKS_PER_MS))
            expected = "milliseconds from 0 to 30 days"
            self.note(ms, f"found {shown(value)}; expected {expected}; correct it")
        return None

    def tables(self, key: str, known: Sequence[str]) -> Iterator[Table]:
        """The tables of an array of tables, one by one."""
        value = self.data.get(key, [])
        if not isinstance(value, list):
            self.note(
                key, f"found {shown(value)}; expected a list of tables; use [[passage.{key}]]"
            )
            return
        for number, data in enumerate(value, 1):
            yield Table(data, (*self._path, key, number), self._notes, known)

    def weights(self, key: str) -> tuple[tuple[str, float], ...]:
        """A table of names with their weights, which sum to 1."""
        value = self.data.get(key, {})
        shares: dict[str, Any] = dict(value) if isinstance(value, Mapping) else {"": 0}
        sound = all(_is_share(name, weight) for name, weight in shares.items())
        if sound and (not shares or abs(math.fsum(shares.values()) - 1) <= _WEIGHT_TOLERANCE):
            return tuple((name, float(weight)) for name, weight in shares.items())
        expected = "names with weights above 0 that sum to 1"
        remedy = 'write { "A" = 0.5, "B" = 0.5 }'
        self.note(key, f"found {shown(value)}; expected {expected}; {remedy}")
        return ()


def _is_share(name: str, weight: Any) -> bool:
    is_name = bool(name.strip()) and len(name) <= MAX_TEXT and not UNSTORABLE.search(name)
    return is_name and type(weight) in {int, float} and 0 < weight <= 1


def shown(value: Any) -> str:
    """A value as a person wrote it, shortened."""
    if isinstance(value, Mapping):
        return "a table " + repr(dict(value))[:60]
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)[:60]
