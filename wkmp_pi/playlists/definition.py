"""What a playlist is: frozen words, without files, clocks or runs.

Times are spans: nanoseconds and frames, because a step of a passage may be
placed by either. Offsets are added up once, when a playlist is read, so that
an occurrence's moment is one multiplication away and never drifts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wkmp_pi.commands import AnyCommand, SetLight, SetRelay
from wkmp_pi.events.kinds import StopReason
from wkmp_pi.playlists.where import ANYTHING, Where
from wkmp_pi.units import NS_PER_SECOND

MAX_OFFSET_S = 86_400
MAX_REPEAT = 10_000
MIN_INTERVAL_S = 0.01
MIN_INTERVAL_FRAMES = 441
MAX_IN_FLIGHT = 1000
"""Occurrences that wait at the same time: a step's next one, or all of those that are marks."""

MAX_STEPS = 500
MAX_PLAYLISTS = 200
MAX_RUNS = 1000
USUAL_RUNS = 16
MAX_METADATA_BYTES = 1024
MAX_DATA_BYTES = 4096
USUAL_VETO_MS = 20


class Anchor(StrEnum):
    """What offsets count from."""

    CLOCK = "clock"
    PASSAGE_START = "passage start"
    PASSAGE_END = "passage end"


class Retrigger(StrEnum):
    """What a trigger does while a run of the same playlist is going on."""

    PARALLEL = "parallel"
    IGNORE = "ignore"
    RESTART = "restart"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: nanoseconds and frames at the working rate, added."""

    ns: int = 0
    frames: int = 0

    def __add__(self, other: Span) -> Span:
        return Span(self.ns + other.ns, self.frames + other.frames)

    def times(self, count: int) -> Span:
        """So many of it."""
        return Span(self.ns * count, self.frames * count)

    def in_frames(self, rate_hz: int) -> int:
        """Frames at ``rate_hz``; nanoseconds to the nearest frame, halves up."""
        ns_in_frames = (self.ns * rate_hz * 2 + NS_PER_SECOND) // (2 * NS_PER_SECOND)
        return self.frames + ns_in_frames

    def in_s(self, rate_hz: int) -> float:
        """Seconds, as they are told."""
        return round(self.ns / NS_PER_SECOND + self.frames / rate_hz, 9)


NO_TIME = Span()


@dataclass(frozen=True, slots=True, kw_only=True)
class On:
    """An event that is waited for.

    Attributes:
        event: its name, or the beginning of one and a ``*``.
        where: what its data must be.
        state: what the state of the player must be at that moment.
    """

    event: str
    where: Where = ANYTHING
    state: Where = ANYTHING

    def names(self, name: str) -> bool:
        """Whether an event of that name may be meant."""
        if self.event.endswith("*"):
            return name.startswith(self.event[:-1])
        return name == self.event


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing of a step is due before an event has come; a run whose wait is too long ends."""

    on: On
    deadline_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry: an event or a command, once or several times.

    Attributes:
        id: its name inside the playlist; may be empty.
        name: of the event, or of the command.
        data: of the event, or the command's fields.
        command: ``None`` for an event.
        offset: as it was written.
        base: what comes before ``offset``: the offsets of the step that it comes after.
        gate: index of the step whose wait must be over first, if any; may be its own.
        drop_after_ns: an occurrence that is later than this does not come at all.
    """

    id: str = ""
    name: str
    data: Mapping[str, Any] = field(default_factory=dict)
    command: AnyCommand | None = None
    offset: Span = NO_TIME
    base: Span = NO_TIME
    gate: int | None = None
    after: str = ""
    wait: Wait | None = None
    repeat: int = 1
    interval: Span = NO_TIME
    producer: str = ""
    drop_after_ns: int | None = None

    def written(self, repeat_index: int) -> Span:
        """The offset of an occurrence as its author counts it."""
        return self.offset + self.interval.times(repeat_index)

    def due(self, repeat_index: int) -> Span:
        """The offset of an occurrence from the start of the run, or from the end of its wait."""
        return self.base + self.written(repeat_index)

    @property
    def last(self) -> Span:
        """``due`` of the last occurrence."""
        return self.due(self.repeat - 1)


def part_of(command: AnyCommand | None) -> str:
    """The part of the box that a command is for: ``light:NAME``, ``relay:NAME``, or nothing."""
    if isinstance(command, SetLight):
        return f"light:{command.light}"
    return f"relay:{command.relay}" if isinstance(command, SetRelay) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A step's wait: ``base`` after the start, or after ``parent``'s end, it begins to listen."""

    step: int
    wait: Wait
    base: Span = NO_TIME
    parent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is done when a run ends before its end, or (by ``reasons``) in any case."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)
    command: AnyCommand | None = None
    reasons: frozenset[StopReason] = frozenset(StopReason) - {StopReason.COMPLETED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """A timed sequence of events and commands.

    Attributes:
        id: stable; the stem of its file.
        triggers: any of them starts a run.
        interrupts: any of them stops all runs.
        completion: the event that tells that a run came to its end; empty for none.
        metadata: the owner's own, told with everything that happens; at most 1 KiB as JSON.
        max_runs: so many at once, those that wait for their turn included.
        deadline_ns: a run that takes longer ends; ``None`` where no wait can be endless.
        veto_ns: time between the announcement of a run and its start.
        needs: ``light:NAME`` or ``relay:NAME``: without them it is never started.
        foreign: events that something outside of the box publishes.
    """

    id: str
    name: str
    steps: tuple[Step, ...]
    gates: Mapping[int, Gate] = field(default_factory=dict)
    triggers: tuple[On, ...] = ()
    interrupts: tuple[On, ...] = ()
    completion: str = ""
    endings: tuple[Ending, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    retrigger: Retrigger = Retrigger.PARALLEL
    max_runs: int = USUAL_RUNS
    anchor: Anchor = Anchor.CLOCK
    deadline_ns: int | None = None
    veto_ns: int = USUAL_VETO_MS * 1_000_000
    needs: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def on_clock(self) -> bool:
        """Whether offsets count from a moment and not from a frame."""
        return self.anchor is Anchor.CLOCK

    @property
    def in_flight(self) -> int:
        """Occurrences of one run that wait at the same time."""
        return len(self.steps) if self.on_clock else sum(step.repeat for step in self.steps)

    @property
    def longest_ns(self) -> int | None:
        """How long a run on the clock takes if every wait lasts as long as it may."""
        if not self.on_clock:
            return None
        return max((self.opens_ns(step.gate) + step.last.ns for step in self.steps), default=0)

    def opens_ns(self, gate: int | None) -> int:
        """When the wait of a step is over at the latest, from the start of the run."""
        if gate is None:
            return 0
        about = self.gates[gate]
        return self.opens_ns(about.parent) + about.base.ns + about.wait.deadline_ns
