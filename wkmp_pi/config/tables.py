"""Tables of TOML in, good values out, problems piled up with their lines.

Pure. A value that is refused is left out, so that one reading finds every
problem; what was said about a table is remembered, so that no second problem
is made of the first.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wkmp_pi.config.places import KeyPath, Places, scan
from wkmp_pi.config.rules import RefusedError, Rule, meant_by, near, shown

MOST_PROBLEMS = 50
"""Nobody reads more at once."""

_HEADER = re.compile(r"^([ \t]*)\[\[[ \t]*([A-Za-z0-9_-]+)[ \t]*\]\]", re.MULTILINE)


def places_of(text: str) -> Places:
    """Where each key stands; the tables of an array are numbered from 0: ``step.0.repeat``."""
    seen: dict[str, int] = {}

    def numbered(header: re.Match[str]) -> str:
        name = header[2]
        seen[name] = seen.get(name, -1) + 1
        return f"{header[1]}[{name}.{seen[name]}]"

    return scan(_HEADER.sub(numbered, text))


@dataclass(frozen=True, slots=True)
class Lines:
    """Where each key of a file stands."""

    file: Path
    places: Places

    def problem(self, path: KeyPath, what: str) -> str:
        """One line: *file:line: key: found; expected; remedy*."""
        return f"{self.file}:{self.places.line(path)}: {named(path)}: {what}"


@dataclass(slots=True)
class Reading:
    """One file while it is read."""

    lines: Lines
    problems: list[tuple[int, str]] = field(default_factory=list)
    spoilt: set[KeyPath] = field(default_factory=set)
    told: set[tuple[int, str]] = field(default_factory=set)

    def table(
        self,
        path: KeyPath,
        data: Any,
        rules: Mapping[str, Rule],
        apart: Iterable[str] = (),
        owners: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, Any]:
        """The good values of a table.

        Args:
            path: of the table.
            data: what stands there.
            rules: by key.
            apart: keys that others read.
            owners: in which table of the file a key would be known.
        """
        if not isinstance(data, dict):
            self.problem(path, f"found {shown(data)}; expected a table; write {_header(path)}")
            return {}
        self.strangers(path, data, [*rules, *apart], owners)
        return {
            key: good
            for key, rule in rules.items()
            if key in data
            for good in self.value((*path, key), data[key], rule)
        }

    def strangers(
        self,
        path: KeyPath,
        data: Mapping[str, Any],
        known: Sequence[str],
        owners: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Keys of a table that nobody knows; see ``table``."""
        for key in islice(data.keys() - set(known), MOST_PROBLEMS + 1):
            self.problem((*path, key), _unknown(key, known, owners))

    def value(self, path: KeyPath, value: Any, rule: Rule) -> Iterator[Any]:
        """The good value, or nothing."""
        if type(value) is int and self.lines.places.written(path) == "-0":
            self.problem(path, "found -0; expected a number without a sign; write 0")
            return
        try:
            yield rule(value)
        except RefusedError as error:
            self.problem(path, str(error))

    def array(self, key: str, data: Any, most: int) -> list[tuple[KeyPath, Any]]:
        """The tables of an array with their paths."""
        if not isinstance(data, list):
            self.problem((key,), f"found {shown(data)}; expected tables; write [[{key}]]")
            return []
        if len(data) > most:
            self.problem(
                (key, str(most)),
                f"found {len(data)} of them; expected at most {most}; split the file",
            )
        return [((key, str(index)), table) for index, table in enumerate(data[:most])]

    def problem(self, path: KeyPath, what: str) -> None:
        """Something is wrong with ``path``."""
        self.spoilt.add(path[:2])
        if len(self.problems) > MOST_PROBLEMS:
            return
        problem = (self.lines.places.line(path), self.lines.problem(path, what))
        if len(self.problems) == MOST_PROBLEMS:
            problem = (sys.maxsize, f"{self.lines.file}: found more; correct these first")
        if problem not in self.told:
            self.told.add(problem)
            self.problems.append(problem)

    def question(self, path: KeyPath, what: str) -> None:
        """Something does not fit together, unless that comes from another problem there."""
        if path[:2] not in self.spoilt:
            self.problem(path, what)


def named(path: KeyPath) -> str:
    """A key in a message; the tables of an array are counted from 1: ``step 1: repeat``."""
    array = len(path) > 1 and path[1].isdecimal()
    parts = path[2:] if array else path
    words = ".".join(p if re.fullmatch(r"[\w-]{1,60}", p) else shown(p) for p in parts)
    if not array:
        return words
    place = f"{path[0]} {int(path[1]) + 1}"
    return f"{place}: {words}" if words else place


def _unknown(key: str, known: Sequence[str], owners: Mapping[str, str]) -> str:
    remedy = near(key, known)
    if not remedy and (meant := meant_by(key, owners, cutoff=0.75)):
        remedy = f"{meant} belongs to [{owners[meant]}]"
    expected = f"expected one of {', '.join(sorted(known))}"
    return f"found a key that is not known; {expected}; {remedy or 'remove it'}"


def _header(path: KeyPath) -> str:
    if len(path) == 1:
        return f"[{path[0]}]"
    return f"[[{path[0]}]]" if len(path) == 2 else f"{path[-1]} = {{ … }}"
