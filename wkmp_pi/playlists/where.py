"""Predicates on the data of an event: ``where = { button = "play", held_ms = { above = 900 } }``.

Pure. A predicate is read once and asked often. It can also be asked about an
event of which only some fields are known, which is how a playlist that would
start itself is found before it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wkmp_pi.config.rules import RefusedError, shown

_ABSENT: Final = object()
_DEEPEST: Final = 32


@dataclass(frozen=True, slots=True)
class _Test:
    path: tuple[str, ...]
    operator: str
    wanted: Any

    def holds(self, data: Mapping[str, Any]) -> bool:
        return _OPERATORS[self.operator](_at(data, self.path), self.wanted)


@dataclass(frozen=True, slots=True)
class Where:
    """Everything that must hold; without tests everything does."""

    tests: tuple[_Test, ...] = ()

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Whether ``data`` is meant."""
        return all(test.holds(data) for test in self.tests)

    def may_hold(self, known: Mapping[str, Any]) -> bool:
        """Whether data of which ``known`` is a part may be meant."""
        return all(test.holds(known) for test in self.tests if test.path[0] in known)


ANYTHING = Where()


def read(value: Any) -> Where:
    """A predicate from a table of TOML.

    A key is a field of the event's data; a table under it holds operators, or goes deeper.

    Raises:
        RefusedError: no table, an operator with the wrong kind of value, or a mixture.
    """
    if not isinstance(value, dict):
        raise RefusedError(f'found {shown(value)}; expected a table; write {{ button = "play" }}')
    return Where(tuple(_tests((), value)))


def _tests(path: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[_Test]:
    if len(path) > _DEEPEST:
        raise RefusedError(f"found more than {_DEEPEST} tables in each other; expected fewer")
    for key, value in table.items():
        here = (*path, key)
        if not isinstance(value, dict):
            yield _Test(here, "is", _wanted(value))
        elif value and value.keys() <= _OPERATORS.keys():
            for operator, wanted in value.items():
                _check(here, operator, wanted)
                yield _Test(here, operator, _wanted(wanted))
        elif value.keys() & _OPERATORS.keys():
            raise RefusedError(
                f"found operators beside other keys in {'.'.join(here)}; "
                f"expected either; operators are {', '.join(_OPERATORS)}"
            )
        else:
            yield from _tests(here, value)


def _check(path: tuple[str, ...], operator: str, wanted: Any) -> None:
    expected = {"in": "an array", "has": "true or false"}.get(operator)
    expected = "a number" if operator in _COMPARISONS else expected
    fits = {
        "an array": isinstance(wanted, list),
        "true or false": isinstance(wanted, bool),
        "a number": _is_number(wanted),
        None: True,
    }
    if not fits[expected]:
        raise RefusedError(
            f"found {'.'.join((*path, operator))} = {shown(wanted)}; expected {expected}; "
            "correct the value"
        )


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(data, Mapping) or key not in data:
            return _ABSENT
        data = data[key]
    return data


def _wanted(value: Any, depth: int = 0) -> Any:
    """As ``_plain``, for a value that nobody has looked at yet."""
    if not isinstance(value, list):
        return value
    if depth > _DEEPEST:
        raise RefusedError(f"found more than {_DEEPEST} arrays in each other; expected fewer")
    return tuple(_wanted(one, depth + 1) for one in value)


def _plain(value: Any) -> Any:
    """Arrays as tuples: the payloads of events have no lists."""
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(found: Any, wanted: Any) -> bool:
    """Equality in which true is not 1."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    return bool(_plain(found) == wanted)


def _contains(found: Any, wanted: Any) -> bool:
    if isinstance(found, str):
        return isinstance(wanted, str) and wanted in found
    return isinstance(found, list | tuple) and any(_same(item, wanted) for item in found)


def _compared(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda found, wanted: _is_number(found) and test(found, wanted)


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "above": _compared(lambda found, wanted: found > wanted),
    "below": _compared(lambda found, wanted: found < wanted),
    "at_least": _compared(lambda found, wanted: found >= wanted),
    "at_most": _compared(lambda found, wanted: found <= wanted),
}

_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "is": _same,
    "not": lambda found, wanted: not _same(found, wanted),
    "in": lambda found, wanted: any(_same(found, item) for item in wanted),
    "contains": _contains,
    "has": lambda found, wanted: (found is not _ABSENT and found is not None) is wanted,
    **_COMPARISONS,
}
