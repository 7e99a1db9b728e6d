"""What virtual peripherals are: frozen words, without files, clocks or states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from wkmp_pi.config.places import KeyPath
from wkmp_pi.controls.gestures.words import Wanted
from wkmp_pi.playlists.definition import On

MAX_PERIPHERALS = 100
MAX_PARTS = 16
"""Of a chord, or sources of what happens at once."""

MAX_STEPS = 64
MAX_COUNT = 10
MAX_DATA_BYTES = 1024
"""Of a start's own data, and of metadata, as JSON."""


class Kind(StrEnum):
    """The nine kinds."""

    DOUBLE_TAP = "double tap"
    N_TAP = "n-tap"
    LONG = "long"
    CHORD = "chord"
    SIMULTANEOUS = "simultaneous"
    SEQUENCE = "sequence"
    GATED_MIRROR = "gated mirror"
    GATED_PLAYLIST = "gated playlist"
    CALIBRATED_VALUE = "calibrated value"


Input = tuple[KeyPath, On]


def _inputs(**ons: On | None) -> tuple[Input, ...]:
    """Inputs by their keys; ``on`` stands in the table itself."""
    given = ((key, on) for key, on in ons.items() if on is not None)
    return tuple((() if key == "on" else (key,), on) for key, on in given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peripheral:
    """Base of all; what it tells carries its id, its name and its metadata.

    Attributes:
        metadata: the owner's own; at most 1 KiB as JSON.
    """

    id: str
    name: str
    kind: Kind
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The events that it listens to, each with its place in the peripheral's table."""
        return ()

    @property
    def ons(self) -> tuple[On, ...]:
        """The events that it listens to."""
        return tuple(on for _, on in self.inputs)

    @property
    def tells(self) -> tuple[str, ...]:
        """The names of the events that it publishes."""
        return (f"gesture.{self.kind}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfButtons(Peripheral):
    """One whose inputs are buttons: the recogniser does its work, so that nothing conflicts.

    Attributes:
        gesture: one of ``kinds.GESTURES``.
        buttons: as ``Wanted`` has them.
        count: presses of a ``multi``.
        window_ms: 0 takes the usual one, as does ``whole_ms``.
    """

    gesture: str
    buttons: tuple[str, ...]
    count: int = 0
    window_ms: int = 0
    whole_ms: int = 0

    @property
    def tells(self) -> tuple[str, ...]:
        """The gesture."""
        return (f"gesture.{self.gesture}",)

    @property
    def wanted(self) -> Wanted:
        """What the recogniser is asked for."""
        return Wanted(
            gesture=self.gesture,
            buttons=self.buttons,
            count=self.count,
            window_ms=self.window_ms,
            whole_ms=self.whole_ms,
            id=self.id if self.gesture == "sequence" else "",
            metadata=self.metadata,
            peripheral=self.id,
            peripheral_name=self.name,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taps(Peripheral):
    """``count`` times the same, each at most ``window_ms`` after the one before."""

    on: On
    count: int
    window_ms: int = 300

    @property
    def word(self) -> str:
        """The gesture."""
        return {2: "double", 3: "triple"}.get(self.count, "multi")

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The tap."""
        return _inputs(on=self.on)

    @property
    def tells(self) -> tuple[str, ...]:
        """The gesture."""
        return (f"gesture.{self.word}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Long(Peripheral):
    """``hold_ms`` pass after ``on`` without an ``until``."""

    on: On
    until: On
    hold_ms: int = 600

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The beginning and the end."""
        return _inputs(on=self.on, until=self.until)


@dataclass(frozen=True, slots=True)
class Part:
    """One of what makes a chord; with ``until`` it must still last when the last one comes."""

    on: On
    until: On | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord(Peripheral):
    """All parts within ``window_ms``, in any order."""

    parts: tuple[Part, ...]
    window_ms: int = 60

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Every part."""
        return tuple(
            (("parts", str(number), *place), on)
            for number, part in enumerate(self.parts, 1)
            for place, on in _inputs(on=part.on, until=part.until)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Simultaneous(Peripheral):
    """The same event of each of several sources within ``window_ms``."""

    on: On
    sources: tuple[str, ...]
    window_ms: int = 10

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The event."""
        return _inputs(on=self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Peripheral):
    """Events one after another: ``step_gap_ms`` from one to the next, ``sequence_ms`` in all.

    An event that a step could mean by its name, and that is not the next one, breaks it.
    """

    steps: tuple[On, ...]
    step_gap_ms: int = 1000
    sequence_ms: int = 10_000

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Every step."""
        return tuple((("steps", str(number)), on) for number, on in enumerate(self.steps, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror(Peripheral):
    """Tells events again, under the name ``publish``, while its gate is open.

    Attributes:
        on: what is told again.
        open: opens the gate; that event itself is inside.
        close: closes it; that event itself is outside. What is both turns it over.
        open_ms: it closes by itself after so long; 0: never.
        opened: whether it is open at the beginning.
    """

    on: On
    open: On
    close: On | None = None
    open_ms: int = 0
    opened: bool = False
    publish: str

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What is told again, and what moves the gate."""
        return _inputs(on=self.on, open=self.open, close=self.close)

    @property
    def tells(self) -> tuple[str, ...]:
        """Its own event."""
        return (self.publish,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter(Peripheral):
    """Starts a playlist at each ``on``.

    Attributes:
        playlist: its id.
        data: what its steps may refer to, besides the event and what this is.
        cancel_previous: whether runs that it started before are stopped first.
        until: stops the runs that it started.
    """

    on: On
    playlist: str
    data: Mapping[str, Any] = field(default_factory=dict)
    cancel_previous: bool = False
    until: On | None = None

    NEWS: ClassVar[tuple[On, ...]] = (
        On(event="event.playlist.created"),
        On(event="event.playlist.stopped"),
    )
    """What it must hear besides, if it owns its runs."""

    @property
    def owns(self) -> bool:
        """Whether it ever stops what it started."""
        return self.cancel_previous or self.until is not None

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The gate, and what ends it."""
        return _inputs(on=self.on, until=self.until)

    @property
    def tells(self) -> tuple[str, ...]:
        """Nothing: it asks."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated(Peripheral):
    """Numbers of an event, put right: ``round(scale · matrix · (raw + offset), precision)``.

    Attributes:
        fields: where the numbers stand in the event's data; a dot goes deeper.
        offset: added to each.
        matrix: rows for what comes out, columns for what goes in; empty for as it is.
        scale: times each of what comes out.
        precision: digits behind the point, or (negative) before it; ``None``: all.
    """

    on: On
    fields: tuple[tuple[str, ...], ...]
    offset: tuple[float, ...]
    matrix: tuple[tuple[float, ...], ...] = ()
    scale: tuple[float, ...]
    precision: int | None = None

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The event."""
        return _inputs(on=self.on)

    @property
    def tells(self) -> tuple[str, ...]:
        """The value."""
        return ("peripheral.value",)


Composed = Taps | Long | Chord | Simultaneous | Sequence | Mirror | Starter | Calibrated
"""All that have a machine of their own."""
