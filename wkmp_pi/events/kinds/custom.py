"""Events that the owner's files invent are data: they travel in one class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wkmp_pi.events.kinds.event import Event, freeze
from wkmp_pi.events.kinds.table import KINDS

_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


def may_be_custom(name: str) -> bool:
    """Whether the owner may invent an event of that name."""
    return _NAME.fullmatch(name) is not None and name not in KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom(Event):
    """An event that the owner's files invented.

    Args:
        event: its name: small letters, digits and _ in at least two parts with dots between.
        producer: who published it.
        data: its payload.

    Raises:
        ValueError: the name is malformed or the product's own, or ``data`` holds what JSON cannot.
    """

    event: str
    producer: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not may_be_custom(self.event):
            raise ValueError(
                f"event: found {self.event!r}; expected small letters, digits and _ in at least "
                "two parts with dots between, and no event of the product; choose another name"
            )
        freeze(self, "data")

    @property
    def name(self) -> str:  # type: ignore[override] # of an instance here, of the class elsewhere
        """The name that its owner gave it."""
        return self.event

    @property
    def source(self) -> str:
        """Who published it."""
        return self.producer
