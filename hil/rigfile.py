"""One rig file to one rig, or every problem of it at once.

Each problem is one line: *file:line: key: found; expected; remedy.* What a table may hold stands
with the resources; how bytes become TOML is the product's business.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from hil.errors import RigFileError
from hil.resources import HERE, KINDS, PIN, POSSIBLE, Broker, Rig, any_of, number, word
from wkmp_pi.config import toml_file
from wkmp_pi.config.places import KeyPath, Places
from wkmp_pi.config.rules import RefusedError, Rule, shown
from wkmp_pi.config.tables import places_of
from wkmp_pi.errors import ConfigError

_TABLES = ("rig", *KINDS, "broker", "limits")
_GROUPS = {"buttons": "pulling", "outputs": "reading"}
_LINE_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_MOST = 10**9


def read(file: Path, limits: Collection[str] | None = None) -> Rig:
    """Read a rig file.

    Args:
        file: the rig file.
        limits: names that its ``[limits]`` may hold; ``None`` takes any.

    Raises:
        RigFileError: every problem, each with file and line.
    """
    try:
        data = toml_file.read(file)
    except ConfigError as error:
        raise RigFileError(str(error)) from error
    return parse(data, file, limits)


def parse(data: bytes, file: Path, limits: Collection[str] | None = None) -> Rig:
    """A rig from the bytes of a file; ``file`` is only named in messages.

    Raises:
        RigFileError: every problem, each with file and line.
    """
    try:
        document = toml_file.parse(data, file)
    except ConfigError as error:
        raise RigFileError(str(error)) from error
    reading = _Reading(file, places_of(document.text))
    found = reading.everything(document.values, limits)
    if reading.problems:
        raise RigFileError("\n".join(problem for _, problem in sorted(reading.problems)))
    return _built(found, file)


class _Shape(NamedTuple):
    """What a table may hold, and what it must, as that may be written."""

    rules: Mapping[str, Rule]
    needed: Mapping[str, str] = {}

    def and_(self, other: _Shape) -> _Shape:
        return _Shape({**self.rules, **other.rules}, {**self.needed, **other.needed})


def _as_it_is(value: Any) -> Any:
    return value


_RIG_KIND = _Shape({"kind": word(*POSSIBLE)}, {"kind": 'kind = "virtual"'})
_LINES = _Shape(dict.fromkeys(_GROUPS, _as_it_is), {"buttons": "[lines.buttons]"})
_WIRE = _Shape({"box": PIN, "puller": PIN}, {"box": "box = 17", "puller": "puller = 5"})


def _shape(resource: type[Any]) -> _Shape:
    """What the fields of a resource say."""
    hints = get_type_hints(resource, include_extras=True)
    about = {key: hint.__metadata__ for key, hint in hints.items() if hasattr(hint, "__metadata__")}
    rules = {key: rule for key, (rule, *_) in about.items()}
    return _Shape(rules, {key: how for key, (_, *hows) in about.items() for how in hows})


def _shape_of_kind(name: str, kind: str | None) -> _Shape:
    """What a table may hold; where its kind is not known: what any may hold, and it need not."""
    shape = _Shape({}) if name == "box" else _Shape({"kind": word(*KINDS[name])})
    if name == "lines":
        shape = shape.and_(_LINES)
    for resource in [KINDS[name][kind]] if kind else KINDS[name].values():
        shape = shape.and_(_shape(resource))
    return shape if kind else _Shape(shape.rules)


@dataclass(slots=True)
class _Found:
    """Good values by table, the kinds that were chosen, and the pins of each line."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    kinds: dict[str, str | None] = field(default_factory=dict)
    wires: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    """Values go in, good values come out, problems pile up with their lines."""

    file: Path
    places: Places
    problems: list[tuple[int, str]] = field(default_factory=list)
    meant: set[KeyPath] = field(default_factory=set)  # by misspelt keys: these are not missing

    def everything(self, data: Mapping[str, Any], limits: Collection[str] | None) -> _Found:
        found = _Found()
        for name in data.keys() - set(_TABLES):
            self.unknown((name,), _TABLES)
        rig = self.table(("rig",), data.get("rig"), _shape(Rig).and_(_RIG_KIND))
        found.tables["rig"], found.kinds["box"] = rig, rig.get("kind")
        found.tables["box"] = self.of_a_kind("box", data.get("box"), rig.get("kind"))
        for name in POSSIBLE["bench"]:
            kind = found.kinds[name] = self.kind(name, data.get(name), rig.get("kind"))
            found.tables[name] = self.of_a_kind(name, data.get(name), kind)
        if "broker" in data:
            found.tables["broker"] = self.table(("broker",), data["broker"], _shape(Broker))
        found.tables["limits"] = self.limits(data.get("limits", {}), limits)
        self.wires(found)
        self.check_sense(found)
        return found

    def kind(self, name: str, data: Any, rig_kind: str | None) -> str | None:
        """Which driver a table is for; ``None`` if nobody can know: nothing else is its fault."""
        possible = POSSIBLE[rig_kind][name] if rig_kind else ()
        given = data.get("kind") if isinstance(data, dict) else None
        if given is None:
            return possible[0] if possible else None
        if not isinstance(given, str) or given not in KINDS[name]:
            return None
        if possible and given not in possible:
            self.problem(
                (name, "kind"),
                f"found {given} in a rig of kind {rig_kind}; expected {any_of(possible)}; "
                "change one of the two kinds",
            )
            return None
        return given

    def of_a_kind(self, name: str, data: Any, kind: str | None) -> dict[str, Any]:
        others = {key: k for k in KINDS[name] for key in _shape_of_kind(name, k).rules}
        return self.table((name,), data, _shape_of_kind(name, kind), others)

    def table(
        self, path: KeyPath, data: Any, shape: _Shape, others: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The good values of one table; ``others`` are keys that another kind of it has."""
        if data is None and (path in self.meant or not shape.needed):
            return {}
        if not isinstance(data, dict):
            given = "nothing" if data is None else shown(data)
            self.problem(path, f"found {given}; expected a table; {_how(path, shape)}")
            return {}
        for key in data.keys() - shape.rules.keys():
            self.unknown((*path, key), shape.rules, others)
        for key, how in shape.needed.items():
            if key not in data and (*path, key) not in self.meant:
                self.problem((*path, key), f"found nothing; expected {key}; write {how}")
        return {
            key: good
            for key, rule in shape.rules.items()
            if key in data
            for good in self.value((*path, key), data[key], rule)
        }

    def value(self, path: KeyPath, value: Any, rule: Rule) -> Iterator[Any]:
        """The good value, or nothing."""
        if type(value) is int and self.places.written(path) == "-0":
            self.problem(path, "found -0; expected a number without a sign; write 0")
            return
        try:
            yield rule(value)
        except RefusedError as error:
            self.problem(path, str(error))

    def limits(self, data: Any, known: Collection[str] | None) -> dict[str, Any]:
        """Numbers by name; only a limit in dB may be negative."""
        names = known if known is not None else data if isinstance(data, dict) else ()
        level, plain = number(-_MOST, _MOST), number(0, _MOST)
        rules = {name: level if name.endswith(("_db", "_dbfs")) else plain for name in names}
        return self.table(("limits",), data, _Shape(rules))

    def wires(self, found: _Found) -> None:
        """Buttons and outputs; no two of them share a pin."""
        lines, kind = found.tables["lines"], found.kinds["lines"]
        for group in _GROUPS:
            found.wires[group] = dict(self.group(group, lines.get(group, {}), kind))
        if lines.get("buttons") == {}:
            self.problem(("lines", "buttons"), "found none; expected at least one; write play = 17")
        ends = [
            (("lines", group, name), end, pin)
            for group, wires in found.wires.items()
            for name, wire in wires.items()
            for end, pin in wire.items()
        ]
        self.distinct([(path, pin) for path, end, pin in ends if end == "box"])
        pulling = [(path, pin) for path, end, pin in ends if end == "puller"]
        self.distinct([*pulling, *_relay_beside(found)])

    def group(
        self, group: str, data: Any, kind: str | None
    ) -> Iterator[tuple[str, dict[str, int]]]:
        if not isinstance(data, dict):
            how = f"write [lines.{group}]"
            self.problem(("lines", group), f"found {shown(data)}; expected a table; {how}")
            return
        for name, value in data.items():
            path = ("lines", group, name)
            if not _LINE_NAME.fullmatch(name):
                self.problem(path, "found this name; expected a-z, then a-z, 0-9 or _; rename it")
            elif kind == "gpio" or (kind is None and isinstance(value, dict)):
                yield name, self.table(path, value, _WIRE)
            else:
                pins = list(self.value(path, value, PIN))
                yield name, {"box": pins[0]} if pins else {}

    def distinct(self, pins: Iterable[tuple[KeyPath, int]]) -> None:
        taken: dict[int, KeyPath] = {}
        for path, pin in sorted(pins, key=lambda found: self.places.line(found[0])):
            if taken.setdefault(pin, path) != path:
                self.problem(
                    path,
                    f"found pin {pin}, which {_named(taken[pin])} has; "
                    "expected a pin of its own; change one of them",
                )

    def check_sense(self, found: _Found) -> None:
        """What is right by itself, but means nothing beside the rest."""
        for name, key in (("lines", "puller"), ("power", "host")):
            table = found.tables[name]
            for extra in {"port", "identity"} & table.keys() if table.get(key) == HERE else ():
                self.problem(
                    (name, extra),
                    f"found a way to a machine, but {key} is {HERE}; expected none; remove it",
                )
        broker = found.tables.get("broker", {})
        if broker.get("password_file") and "user" not in broker:
            self.problem(
                ("broker", "password_file"),
                "found a password of nobody; expected a user with it; write user, or remove it",
            )

    def unknown(
        self, path: KeyPath, here: Iterable[str], others: Mapping[str, str] | None = None
    ) -> None:
        """A key that nobody knows, with the one that was probably meant."""
        expected = f"found a key that is not known; expected {any_of(sorted(here))}"
        if kind := (others or {}).get(path[-1]):
            self.problem(path, f"{expected}; {path[-1]} goes with kind {kind}")
        elif near := difflib.get_close_matches(path[-1], list(here), n=1):
            self.problem(path, f"{expected}; did you mean {near[0]}?")
            self.meant.add((*path[:-1], near[0]))
        else:
            self.problem(path, f"{expected}; remove it")

    def problem(self, path: KeyPath, what: str) -> None:
        line = self.places.line(path)
        self.problems.append((line, f"{self.file}:{line}: {_named(path)}: {what}"))


def _how(path: KeyPath, shape: _Shape) -> str:
    if len(path) == 1:
        return f"write [{path[0]}]"
    return f"write {path[-1]} = {{ {', '.join(shape.needed.values())} }}"


def _named(path: KeyPath) -> str:
    """A key in a message: one line, and never long."""
    return ".".join(part if re.fullmatch(r"[\w-]{1,60}", part) else shown(part) for part in path)


def _relay_beside(found: _Found) -> Iterator[tuple[KeyPath, int]]:
    """The relay's pin, if the machine that pulls has that too."""
    lines, power = found.tables["lines"], found.tables["power"]
    puller = (lines.get("puller"), lines.get("chip", 0))
    if "pin" in power and puller == (power.get("host", ""), power.get("chip", 0)):
        yield ("power", "pin"), power["pin"]


def _built(found: _Found, file: Path) -> Rig:
    tables = {name: {**values} for name, values in found.tables.items()}
    for group, pulled in _GROUPS.items():
        wires = found.wires[group]
        tables["lines"][group] = {name: wire["box"] for name, wire in wires.items()}
        if found.kinds["lines"] == "gpio":
            tables["lines"][pulled] = {name: wire["puller"] for name, wire in wires.items()}
    parts = {
        name: KINDS[name][str(kind)](**{k: v for k, v in tables[name].items() if k != "kind"})
        for name, kind in found.kinds.items()
    }
    broker = Broker(**tables["broker"]) if "broker" in tables else None
    name, limits = tables["rig"]["name"], tables["limits"]
    return Rig(name=name, **parts, broker=broker, limits=limits, file=file)
