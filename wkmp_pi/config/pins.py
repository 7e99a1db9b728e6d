"""What hangs on the GPIO pins, as values: buttons, encoders, lights and relays. Pure.

Pins are numbered as the processor's maker does (BCM): ``17`` is GPIO17, pin 11 of the header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What becomes of a press that might be the beginning of something longer."""

    EXCLUSIVE = "exclusive"
    """It waits until that is decided: one gesture comes of it."""
    EAGER = "eager"
    """It is told at once; the longer gesture is told as well, if it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button and how a hand is read from it.

    Attributes:
        name: as bindings and events call it.
        pin: number of the GPIO.
        pull_up: whether the pin is pulled up inside, or down.
        active_low: whether the pin is low while the button is down.
        glitch_ms: a press that is not stable for so long is none.
        debounce_ms: a release that is not stable for so long is none.
        shortest_ms: shorter presses make no gesture.
        gap_ms: a further press this long after a release still belongs to the same gesture.
        hold_ms: held for so long, it is a long press.
        repeat_after_ms: from the long press (from the press where no long press is wanted) to the
            first repeat.
        repeat_ms: from the first repeat to the second; each distance is a tenth shorter.
        fastest_ms: the shortest distance of two repeats.
        mode: see ``Mode``.
    """

    name: str
    pin: int
    pull_up: bool = True
    active_low: bool = True
    glitch_ms: int = 5
    debounce_ms: int = 25
    shortest_ms: int = 20
    gap_ms: int = 300
    hold_ms: int = 600
    repeat_after_ms: int = 500
    repeat_ms: int = 150
    fastest_ms: int = 50
    mode: Mode = Mode.EXCLUSIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """A rotary encoder: two pins that change one after the other.

    Attributes:
        name: as bindings and events call it.
        pin_a: leads when it is turned clockwise.
        pin_b: follows.
        pull_up: whether the pins are pulled up inside, or down.
        steps_per_detent: changes of the two pins from one rest to the next: 1, 2 or 4.
        reversed: whether the two are wired the other way round.
    """

    name: str
    pin_a: int
    pin_b: int
    pull_up: bool = True
    steps_per_detent: int = 4
    reversed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A light: one pin, or three for a coloured one.

    Attributes:
        name: as commands and events call it.
        pins: one, or those of red, green and blue.
        pwm: whether it can be dimmed; a coloured one always can.
        active_low: whether it shines while its pins are low.
        frequency_hz: of the dimming.
        shows: what it shows by itself until a command says otherwise: ``""`` or ``playing``,
            ``problem``, ``online``.
    """

    name: str
    pins: tuple[int, ...]
    pwm: bool = False
    active_low: bool = False
    frequency_hz: int = 100
    shows: str = ""

    @property
    def coloured(self) -> bool:
        """Whether it has three pins."""
        return len(self.pins) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A switch of something larger, such as an amplifier.

    Attributes:
        name: as commands and events call it.
        pin: number of the GPIO.
        active_low: whether it is on while its pin is low.
        on: its state when the box starts.
    """

    name: str
    pin: int
    active_low: bool = False
    on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpio:
    """What belongs to no button alone.

    Attributes:
        chip: number of the ``/dev/gpiochip``; ``None`` takes the one of the header.
        chord_ms: buttons of a chord are all down within this time.
        simultaneous_ms: what happens within this time happens at once.
        step_gap_ms: from one press of a sequence to the next.
        sequence_ms: for a whole sequence.
        retry_s: between two attempts to get a pin that is busy or missing.
    """

    chip: int | None = None
    chord_ms: int = 60
    simultaneous_ms: int = 10
    step_gap_ms: int = 1000
    sequence_ms: int = 10_000
    retry_s: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Everything that hangs on the pins.

    Attributes:
        gpio: what belongs to no part alone.
        refused: why parts were left out, with file and line; the others live.
        remarks: what may be a mistake, with file and line.
    """

    gpio: Gpio = Gpio()
    buttons: tuple[Button, ...] = ()
    encoders: tuple[Encoder, ...] = ()
    lights: tuple[Light, ...] = ()
    relays: tuple[Relay, ...] = ()
    refused: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def parts(self) -> frozenset[str]:
        """What event playlists can ask for: ``light:NAME`` and ``relay:NAME``."""
        lights = {f"light:{light.name}" for light in self.lights}
        return frozenset(lights | {f"relay:{relay.name}" for relay in self.relays})

    def __bool__(self) -> bool:
        return bool(self.buttons or self.encoders or self.lights or self.relays)

    def pins(self) -> Iterator[int]:
        """Every pin that is used."""
        yield from (button.pin for button in self.buttons)
        for encoder in self.encoders:
            yield from (encoder.pin_a, encoder.pin_b)
        for light in self.lights:
            yield from light.pins
        yield from (relay.pin for relay in self.relays)
