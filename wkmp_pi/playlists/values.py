"""What each key of a playlist file takes: one small rule per key, and the tables of them.

Pure. A rule gives the value that the definition holds, or says what is wrong with it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from wkmp_pi.config.rules import RefusedError, Rule, remedy, shown, whole
from wkmp_pi.config.rules import text as plain_text
from wkmp_pi.events.kinds import StopReason, frozen, may_be_custom
from wkmp_pi.playlists import definition, filling, where
from wkmp_pi.playlists.definition import Anchor, Retrigger
from wkmp_pi.units import NS_PER_SECOND

_WORD = re.compile(r"[a-z][a-z0-9_-]{0,47}")
_PATTERN = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*(\.?\*)?")
_NEED = re.compile(r"(light|relay):\S{1,64}")
_DAY_MS = definition.MAX_OFFSET_S * 1000


def is_id(word: str) -> bool:
    """Whether a playlist, and the file that holds it, may be called so."""
    return _WORD.fullmatch(word) is not None


def text(value: Any) -> str:
    """One line of text, in the form that everybody writes it in (NFC)."""
    line = plain_text(value)
    if not unicodedata.is_normalized("NFC", line):
        raise RefusedError(
            f"found {shown(line)} with separate accents; expected NFC; write it anew"
        )
    return line


def word(value: Any) -> str:
    """A name inside a file."""
    if isinstance(value, str) and is_id(value):
        return value
    raise RefusedError(f"found {shown(value)}; expected a-z, then a-z, 0-9, _ or -; rename it")


def seconds(low: float, high: float) -> Rule:
    """A time in seconds, as nanoseconds; a bool is none."""

    def rule(value: Any) -> int:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        if fits and low <= value <= high:  # neither nan nor infinity is
            ns: int = round(value * NS_PER_SECOND)
            return ns
        raise RefusedError(
            f"found {shown(value)}; expected seconds from {low:g} to {high:g}; correct the number"
        )

    return rule


def choice(words: type[StrEnum]) -> Rule:
    """One of a few words."""

    def rule(value: Any) -> StrEnum:
        if isinstance(value, str) and value in words.__members__.values():
            return words(value)
        raise RefusedError(
            f"found {shown(value)}; expected one of {', '.join(words)}; {remedy(value, words)}"
        )

    return rule


def invented(value: Any) -> str:
    """The name of an event that the file's owner invents."""
    if isinstance(value, str) and may_be_custom(value):
        return value
    raise RefusedError(
        f"found {shown(value)}; expected a name like lamp.lit that is no event of the product; "
        "rename it"
    )


def pattern(value: Any) -> str:
    """The name of an event, or the beginning of one and a ``*``."""
    if isinstance(value, str) and _PATTERN.fullmatch(value) and value != "*":
        return value
    raise RefusedError(
        f"found {shown(value)}; expected the name of an event, or its beginning and a *; "
        "see: wkmp-pi events"
    )


def json_table(most_bytes: int) -> Rule:
    """A table that can be told as JSON in so many bytes."""

    def rule(value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise RefusedError(f'found {shown(value)}; expected a table; write {{ key = "value" }}')
        try:
            kept: Mapping[str, Any] = frozen(value)
            size = json_bytes(value)
        except (ValueError, TypeError) as error:
            raise RefusedError(
                "found what JSON cannot hold; expected texts, numbers, true, false, arrays and "
                "tables; write dates in quotes"
            ) from error
        if size > most_bytes:
            raise RefusedError(
                f"found {size} bytes of JSON; expected at most {most_bytes}; shorten it"
            )
        return kept

    return rule


def json_bytes(value: Any) -> int:
    """How long a plain value is as JSON."""
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return len(encoded.encode())


def event_data(value: Any) -> Mapping[str, Any]:
    """The data of a step, whose places can be filled."""
    data: Mapping[str, Any] = json_table(definition.MAX_DATA_BYTES)(value)
    for root in filling.roots(data):
        if root not in filling.ROOTS:
            raise RefusedError(
                f"found {{{root}.…}}; expected a place that begins with "
                f"{' or '.join(filling.ROOTS)}; correct the place"
            )
    return data


def array(rule: Rule, example: str) -> Rule:
    """An array of values that one rule takes, each once."""

    def of_array(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise RefusedError(f"found {shown(value)}; expected an array; write [{example}]")
        return tuple(dict.fromkeys(map(rule, value)))

    return of_array


def need(value: Any) -> str:
    """A part of the box."""
    if isinstance(value, str) and _NEED.fullmatch(value):
        return value
    raise RefusedError(
        f"found {shown(value)}; expected light:NAME or relay:NAME; name one of box.toml"
    )


ON: Final[Mapping[str, Rule]] = {"event": pattern, "where": where.read}
TRIGGER: Final[Mapping[str, Rule]] = {**ON, "state": where.read}
WAIT: Final[Mapping[str, Rule]] = {**ON, "deadline_s": seconds(0.01, definition.MAX_OFFSET_S)}

STEP: Final[Mapping[str, Rule]] = {
    "id": word,
    "event": invented,
    "command": text,
    "data": event_data,
    "offset_s": seconds(-definition.MAX_OFFSET_S, definition.MAX_OFFSET_S),
    "offset_frames": whole(-(10**10), 10**10, "frames"),
    "repeat": whole(1, definition.MAX_REPEAT, "times"),
    "interval_s": seconds(definition.MIN_INTERVAL_S, definition.MAX_OFFSET_S),
    "interval_frames": whole(definition.MIN_INTERVAL_FRAMES, 10**10, "frames"),
    "after": word,
    "producer": text,
    "drop_after_ms": whole(1, _DAY_MS, "ms"),
}

ENDING: Final[Mapping[str, Rule]] = {
    "event": invented,
    "command": text,
    "data": event_data,
    "reasons": array(choice(StopReason), '"interrupted"'),
}

HEAD: Final[Mapping[str, Rule]] = {
    "name": text,
    "metadata": json_table(definition.MAX_METADATA_BYTES),
    "retrigger": choice(Retrigger),
    "max_runs": whole(1, definition.MAX_RUNS, "runs"),
    "anchor": choice(Anchor),
    "deadline_s": seconds(0.01, 2 * definition.MAX_OFFSET_S),
    "veto_ms": whole(0, 10_000, "ms"),
    "completion": invented,
    "needs": array(need, '"light:status"'),
    "foreign": array(invented, '"door.rung"'),
}
