"""Whether an event is the one that is waited for, by its data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from wkmp_pi.playlists.definition import On
from wkmp_pi.playlists.facts import Facts
from wkmp_pi.playlists.where import Where

UNORDERED: Final = frozenset({"gesture.chord", "gesture.simultaneous"})
"""Gestures whose buttons mean the same in any order."""


def meant(on: On, facts: Facts) -> bool:
    """Whether the data of an event is what ``on`` waits for, whatever the state of the player."""
    data, where = facts.data(), on.where
    if facts.name in UNORDERED:
        data, where = _in_any_order(data), _sorted(where)
    return where.holds(data)


def _in_any_order(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**data, "buttons": tuple(sorted(data["buttons"]))}


def _sorted(where: Where) -> Where:
    """The same, with buttons in the order of their names."""
    return Where(
        tuple(
            replace(test, wanted=_in_order(test.operator, test.wanted))
            if test.path == ("buttons",)
            else test
            for test in where.tests
        )
    )


def _in_order(operator: str, wanted: Any) -> Any:
    if not isinstance(wanted, tuple):
        return wanted
    if operator == "in":
        return tuple(_in_order("is", one) for one in wanted)
    return tuple(sorted(wanted)) if all(isinstance(one, str) for one in wanted) else wanted
