"""What each key of ``[[peripheral]]`` takes: one small rule per key, and the tables of them. Pure.

A rule gives the value that the definition holds, or says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from wkmp_pi.config.rules import RefusedError, Rule, boolean, shown, whole
from wkmp_pi.controls.peripherals.definition import (
    MAX_COUNT,
    MAX_DATA_BYTES,
    MAX_PARTS,
    MAX_STEPS,
    Kind,
)
from wkmp_pi.controls.peripherals.ons import ON
from wkmp_pi.controls.peripherals.telling import ATTRIBUTION
from wkmp_pi.playlists.values import choice, invented, json_table, text, word

_MAX_LABEL: Final = 64
_DAY_MS: Final = 24 * 3600 * 1000
_FIELD: Final = re.compile(r"\w{1,64}(\.\w{1,64}){0,15}", re.ASCII)
_LARGEST: Final = 1e12

Numbers = tuple[float, ...]


def label(value: Any) -> str:
    """A name for people."""
    name = text(value)
    if len(name) > _MAX_LABEL:
        raise RefusedError(
            f"found {len(name)} characters; expected at most {_MAX_LABEL}; shorten it"
        )
    return name


def names(low: int, high: int, *, each_once: bool) -> Rule:
    """Several names."""

    def rule(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise RefusedError(
                f'found {shown(value)}; expected {low} to {high} names; write ["…", "…"]'
            )
        found = tuple(label(one) for one in value)
        if each_once and len(set(found)) < len(found):
            raise RefusedError("found the same name twice; expected each once; remove one")
        return found

    return rule


def number(value: Any) -> float:
    """A number that can be reckoned with; a bool is none."""
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if fits and abs(value) <= _LARGEST:  # which infinity is not, nor what is no number
        return float(value)
    raise RefusedError(
        f"found {shown(value)}; expected a number of at most {_LARGEST:g}; correct the number"
    )


def numbers(value: Any) -> Numbers:
    """One number, or several in an array."""
    return tuple(map(number, value)) if isinstance(value, list) else (number(value),)


def rows(value: Any) -> tuple[Numbers, ...]:
    """The rows of a matrix."""
    if not isinstance(value, list) or not value or not all(isinstance(r, list) for r in value):
        raise RefusedError(f"found {shown(value)}; expected rows; write [[1, 0], [0, 1]]")
    found = tuple(numbers(row) for row in value)
    if len({len(row) for row in found}) > 1 or not found[0] or len(found) > MAX_PARTS:
        raise RefusedError(
            f"found rows of different lengths, none, or more than {MAX_PARTS}; "
            "expected a rectangle; correct the rows"
        )
    return found


def fields(value: Any) -> tuple[tuple[str, ...], ...]:
    """One field of an event's data, or several; a dot goes deeper."""
    several = value if isinstance(value, list) else [value]
    fit = all(isinstance(one, str) and _FIELD.fullmatch(one) for one in several)
    if not fit or not 1 <= len(several) <= MAX_PARTS:
        raise RefusedError(
            f'found {shown(value)}; expected names of fields; write "value" or ["data.x", "data.y"]'
        )
    return tuple(tuple(one.split(".")) for one in several)


def own_data(value: Any) -> Mapping[str, Any]:
    """Data for the runs of a playlist."""
    data: Mapping[str, Any] = json_table(MAX_DATA_BYTES)(value)
    taken = ", ".join(sorted(data.keys() & ATTRIBUTION))
    if taken:
        raise RefusedError(f"found {taken}, which every start has; expected other keys; rename it")
    return data


def _window_ms(most: int) -> Rule:
    return whole(1, most, "ms")


HEAD: Final[Mapping[str, Rule]] = {
    "id": word,
    "kind": choice(Kind),
    "name": label,
    "metadata": json_table(MAX_DATA_BYTES),
}

_BUTTON = names(1, 1, each_once=True)
_BUTTONS = names(2, MAX_PARTS, each_once=True)

ROWS: Final[Mapping[Kind, Mapping[str, Rule]]] = {
    Kind.DOUBLE_TAP: {**ON, "buttons": _BUTTON, "window_ms": _window_ms(60_000)},
    Kind.N_TAP: {
        **ON,
        "buttons": _BUTTON,
        "window_ms": _window_ms(60_000),
        "count": whole(2, MAX_COUNT, "taps"),
    },
    Kind.LONG: {**ON, "buttons": _BUTTON, "hold_ms": whole(1, _DAY_MS, "ms")},
    Kind.CHORD: {"buttons": _BUTTONS, "window_ms": _window_ms(60_000)},
    Kind.SIMULTANEOUS: {
        **ON,
        "buttons": _BUTTONS,
        "sources": _BUTTONS,
        "window_ms": _window_ms(60_000),
    },
    Kind.SEQUENCE: {
        "buttons": names(2, MAX_STEPS, each_once=False),
        "step_gap_ms": _window_ms(_DAY_MS),
        "sequence_ms": _window_ms(_DAY_MS),
    },
    Kind.GATED_MIRROR: {
        **ON,
        "open_ms": whole(1, _DAY_MS, "ms"),
        "opened": boolean,
        "publish": invented,
    },
    Kind.GATED_PLAYLIST: {**ON, "playlist": word, "data": own_data, "cancel_previous": boolean},
    Kind.CALIBRATED_VALUE: {
        **ON,
        "fields": fields,
        "offset": numbers,
        "matrix": rows,
        "scale": numbers,
        "precision": whole(-12, 12, "digits"),
    },
}
"""The keys of each kind besides those of all."""

APART: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.LONG: ("until",),
    Kind.CHORD: ("parts",),
    Kind.SEQUENCE: ("steps",),
    Kind.GATED_MIRROR: ("open", "close"),
    Kind.GATED_PLAYLIST: ("until",),
}
"""The keys that hold tables of their own."""
