"""The words between the pins and the recogniser. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from wkmp_pi.events.machines import Publish

NS_PER_MS = 1_000_000


class Edge(NamedTuple):
    """A pin changed: ``down`` is the button's side of it, ``at_ns`` the kernel's time stamp.

    The pins of an encoder are ``name.a`` and ``name.b``.
    """

    button: str
    down: bool
    at_ns: int


class Level(NamedTuple):
    """A pin was read at ``at_ns``: at the start, after a storm, or as ``ReadLevel`` asked."""

    button: str
    down: bool
    at_ns: int


class Storm(NamedTuple):
    """Edges came faster than any hand, so nobody listens to the pin until ``Level`` says more."""

    button: str
    per_second: float
    at_ns: int


Input = Edge | Level | Storm


class ReadLevel(NamedTuple):
    """Wanted: a ``Level`` of this button, because its release may have been lost."""

    button: str


Out = Publish | ReadLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A gesture that somebody acts upon, and what the owner wants to find in it.

    Attributes:
        gesture: one of ``kinds.GESTURES``.
        buttons: one; those of a chord in any order; those of a sequence in theirs, with
            repetitions; an encoder for ``turn``.
        count: presses of a ``multi``; the others know theirs.
        window_ms: of chord, simultaneous and sequence (from step to step); 0 takes the usual one.
        whole_ms: of a whole sequence; 0 takes the usual one.
        id: of the sequence.
        metadata: carried by the event.
        peripheral: id of the virtual peripheral, if one is the owner.
        peripheral_name: its name.
    """

    gesture: str
    buttons: tuple[str, ...]
    count: int = 0
    window_ms: int = 0
    whole_ms: int = 0
    id: str = ""
    metadata: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    peripheral: str = ""
    peripheral_name: str = ""
