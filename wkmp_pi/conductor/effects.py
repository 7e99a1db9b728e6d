"""What the conductor wants done; the loop hands each to the one who can do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wkmp_pi.commands import AnyCommand
from wkmp_pi.decode.messages import DecodeRequest, Priority, TakeId
from wkmp_pi.events.kinds import Event
from wkmp_pi.mix.plan import Plan
from wkmp_pi.passage import Passage
from wkmp_pi.sources.queue import PlayQueue

Answer = Callable[[dict[str, Any] | None, str | None], None]
"""Takes the result of a command, or the error that refused it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A command and who wants to hear of it.

    Attributes:
        passages: an enqueue's items, resolved.
        causes: ids of the events that led to it.
    """

    command: AnyCommand
    answer: Answer
    passages: tuple[Passage, ...] = ()
    causes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Decode:
    """Start decoding."""

    request: DecodeRequest


@dataclass(frozen=True, slots=True)
class Reprioritise:
    """Fill a buffer earlier or later."""

    take: TakeId
    priority: Priority


@dataclass(frozen=True, slots=True)
class Release:
    """Stop decoding."""

    take: TakeId


@dataclass(frozen=True, slots=True)
class Follow:
    """Play by this plan."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Publish:
    """Tell what has happened."""

    event: Event


@dataclass(frozen=True, slots=True)
class SaveQueue:
    """Keep the queue against a power cut; together with whatever is kept next."""

    queue: PlayQueue


@dataclass(frozen=True, slots=True)
class SaveState:
    """Keep values of the player against a power cut; unless ``at_once``, with what is next."""

    values: Mapping[str, Any]
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class SaveSetting:
    """Keep a setting."""

    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class AddToLibrary:
    """Store passage documents and answer when that is done."""

    documents: tuple[dict[str, Any], ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class SetCardVolume:
    """Set the card's own mixer control."""

    percent: int
    muted: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a command; ``when_kept``: not before what it changed would survive a power cut."""

    answer: Answer
    result: dict[str, Any] | None
    error: str | None
    when_kept: bool = False


Effect = (
    Decode
    | Reprioritise
    | Release
    | Follow
    | Publish
    | SaveQueue
    | SaveState
    | SaveSetting
    | AddToLibrary
    | SetCardVolume
    | Reply
)
