"""What the runs want done, and what they are asked and told besides events: plain words only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wkmp_pi.commands import AnyCommand
from wkmp_pi.events.machines import Publish
from wkmp_pi.playlists.definition import Anchor


@dataclass(frozen=True, slots=True)
class Do:
    """Obey a command; nobody waits for its answer, but a refusal is told to all."""

    command: AnyCommand
    causes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An occurrence that belongs to a frame of a passage.

    Attributes:
        run_id: with ``step`` and ``repeat``, which occurrence of which run.
        anchor: the passage's start or its end.
        entry: the entry of the queue; ``None`` is the next one that begins to be heard.
        offset_frames: from the anchor, at the working rate; 0 or less from the end.
    """

    run_id: str
    step: int
    repeat: int
    anchor: Anchor
    entry: int | None
    offset_frames: int

    def position(self, length_frames: int) -> int | None:
        """The frame of a passage of that length; ``None`` if it lies outside."""
        from_end = self.anchor is Anchor.PASSAGE_END
        at = self.offset_frames + (length_frames if from_end else 0)
        return at if 0 <= at <= length_frames else None


@dataclass(frozen=True, slots=True)
class Arm:
    """From now on these are all the marks that are wanted; those that are not here are not."""

    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """To who asked with that ``token``: the result, or why it was refused."""

    token: int
    result: Mapping[str, Any] | None = None
    error: str | None = None


Out = Publish | Do | Arm | Answer
"""What is wanted; ``Publish`` is the bus's own word for it."""


@dataclass(frozen=True, slots=True)
class MarkHeard:
    """The frame of a mark was heard, at ``heard_ns`` (CLOCK_MONOTONIC)."""

    mark: Mark
    heard_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start a run; answered by ``run_id``.

    Attributes:
        token: comes back with the answer; 0 wants none.
        playlist: which playlist.
        name: of the event that is the trigger; a command's where nothing but it led to the start.
        source: of that event.
        data: told with the trigger; at most 4 KiB as JSON.
        metadata: besides the playlist's own; at most 1 KiB as JSON with it.
        causes: the ids of the events that led to it.
    """

    token: int = 0
    playlist: str
    name: str = "playlist.start"
    source: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    causes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Stop one run, all runs of a playlist, or (with neither) all; answered by ``stopped``.

    Attributes:
        causes: the ids of the events that led to it.
    """

    token: int = 0
    run: str = ""
    playlist: str = ""
    causes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Wait for the end of a run; answered by the payload of its last event, when it is over."""

    token: int
    run: str


@dataclass(frozen=True, slots=True)
class Shutdown:
    """End every run; none starts any more."""


Asked = Start | Stop | Join | Shutdown
