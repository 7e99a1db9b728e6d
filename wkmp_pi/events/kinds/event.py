"""What all events are, and how a payload is frozen so that nobody can change it for others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

MAX_DEPTH = 32
"""Of mappings and lists in a payload."""

_LEAST, _MOST = -(2**63), 2**63 - 1
"""Of whole numbers: what every reader of JSON can take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events; ``name`` is stable across versions.

    ``quiet`` ones are told only to those who ask for them by their own name.
    """

    name: ClassVar[str] = ""
    quiet: ClassVar[bool] = False

    @property
    def source(self) -> str:
        """Which one of several that tell the same: a button, a light; empty if there is one."""
        return ""


def freeze(event: Event, *fields: str) -> None:
    """Replace these payload fields of an event under construction; for ``__post_init__``.

    Raises:
        ValueError: a payload holds what JSON cannot.
    """
    for field in fields:
        object.__setattr__(event, field, frozen(getattr(event, field)))


def frozen(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A copy that cannot be changed: mappings read-only, lists as tuples, down to the ground.

    Raises:
        ValueError: it holds what JSON cannot, or is nested deeper than ``depth``.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, (int, float)):
        return _number(value)
    if depth and isinstance(value, Mapping):
        return MappingProxyType({_key(k): frozen(v, depth - 1) for k, v in value.items()})
    if depth and isinstance(value, (list, tuple)):
        return tuple([frozen(item, depth - 1) for item in value])
    raise ValueError(
        f"payload: found {type(value).__name__}{'' if depth else ' too deep inside'}; "
        f"expected what JSON can hold, at most {MAX_DEPTH} levels of it"
    )


def thawed(value: Any) -> Any:
    """The payload as plain dictionaries and tuples, to be encoded; a copy."""
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    return tuple([thawed(item) for item in value]) if isinstance(value, tuple) else value


def _number(value: float) -> float:
    if not (_LEAST <= value <= _MOST) and isinstance(value, int):
        raise ValueError(f"payload: found {value}; expected a whole number of 64 bits")
    if not math.isfinite(value):
        raise ValueError(f"payload: found {value}; expected a finite number")
    return value


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(f"payload: found {type(key).__name__} as a key; expected text")  # noqa: TRY004
    return key
