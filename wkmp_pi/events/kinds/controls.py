"""What hands did: buttons, the gestures made of them, and the virtual peripherals made of both.

``at_ns`` is CLOCK_MONOTONIC of the edge, or of the deadline, that decided; not of the moment at
which somebody came to look at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from wkmp_pi.events.kinds.event import Event, freeze

_PREFIX = "gesture."


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed(Event):
    """A button went down."""

    name: ClassVar[str] = "button.pressed"
    button: str
    at_ns: int

    @property
    def source(self) -> str:
        """The button."""
        return self.button


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonReleased(Event):
    """A button came up after ``held_ms``."""

    name: ClassVar[str] = "button.released"
    button: str
    at_ns: int
    held_ms: int

    @property
    def source(self) -> str:
        """The button."""
        return self.button


@dataclass(frozen=True, slots=True, kw_only=True)
class Gesture(Event):
    """Base of all gestures; each has a class of its own.

    Attributes:
        gesture: the gesture's word, as in its class's ``name``; may be left out.
        buttons: in the order of their going down; one for most gestures.
        count: presses; repeats so far for ``repeat``.
        held_ms: how long the last press has lasted.
        edges: raw edges that it was made of: button, whether down, CLOCK_MONOTONIC in ns.
        window_ms: the time limit that was used.
        metadata: the owner's own.
        peripheral: the virtual peripheral's id; empty for a plain button.
        id: of the sequence, by its owner; empty for other gestures.
        steps: detents of a turn; negative is counter-clockwise.
        speed: of a turn, in detents a second.

    Raises:
        ValueError: ``gesture`` is another class's, or ``metadata`` holds what JSON cannot.
    """

    gesture: str = ""
    buttons: tuple[str, ...]
    count: int = 1
    held_ms: int = 0
    edges: tuple[tuple[str, bool, int], ...] = ()
    window_ms: int = 0
    at_ns: int
    metadata: Mapping[str, Any] = field(default_factory=dict)
    peripheral: str = ""
    peripheral_name: str = ""
    id: str = ""
    steps: int = 0
    speed: float = 0.0

    def __post_init__(self) -> None:
        word = self.name.removeprefix(_PREFIX)
        if self.gesture not in ("", word):
            raise ValueError(f"gesture: found {self.gesture!r}; expected {word!r}")
        object.__setattr__(self, "gesture", word)
        freeze(self, "buttons", "edges", "metadata")

    @property
    def source(self) -> str:
        """The virtual peripheral, or the buttons with a + between them."""
        return self.peripheral or "+".join(self.buttons)


class GesturePress(Gesture):
    """A debounced press, told at once whatever becomes of it."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.press"


class GestureRelease(Gesture):
    """The end of a press."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.release"


class GestureSingle(Gesture):
    """One press, and nothing more within the window."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.single"


class GestureDouble(Gesture):
    """Two presses."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.double"


class GestureTriple(Gesture):
    """Three presses."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.triple"


class GestureMulti(Gesture):
    """``count`` presses."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.multi"


class GestureLong(Gesture):
    """A button is held; told while it is."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.long"


class GestureRepeat(Gesture):
    """A button is still held: the ``count``-th repeat."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.repeat"


class GestureChord(Gesture):
    """Several buttons went down together."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.chord"


class GestureSimultaneous(Gesture):
    """Several sources of one type told the same at the same time."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.simultaneous"


class GestureSequence(Gesture):
    """The buttons of a code one after another; ``id`` is the code's."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.sequence"


class GestureTurn(Gesture):
    """An encoder was turned by ``steps``, clockwise if positive, at ``speed`` detents a second."""

    __slots__ = ()
    name: ClassVar[str] = "gesture.turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class GestureFlapping(Event):
    """A button tells more than a hand can do, ``per_second`` gestures; the rest is left out."""

    name: ClassVar[str] = "alert.gesture_flapping"
    button: str
    per_second: float

    @property
    def source(self) -> str:
        """The button."""
        return self.button


@dataclass(frozen=True, slots=True, kw_only=True)
class PeripheralValue(Event):
    """A virtual peripheral has another value."""

    name: ClassVar[str] = "peripheral.value"
    peripheral: str
    peripheral_name: str
    value: float | str | bool | None
    data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "data", "metadata")

    @property
    def source(self) -> str:
        """The peripheral."""
        return self.peripheral


@dataclass(frozen=True, slots=True, kw_only=True)
class PeripheralsChanged(Event):
    """A virtual peripheral was added, updated or removed: these are the ids of all now."""

    name: ClassVar[str] = "peripherals.changed"
    peripherals: tuple[str, ...]
