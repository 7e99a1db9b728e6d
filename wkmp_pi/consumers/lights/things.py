"""A light or a relay: what it is to be, what it is, and what drives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from wkmp_pi.config.pins import Light, Relay
from wkmp_pi.consumers.lights.shine import WHITE, Channels, Fade, Shine, duty
from wkmp_pi.gpio import Colour, Dimmer, Output, Pins


class Device(Protocol):
    """What drives one or three pins."""

    def show(self, channels: Channels) -> None:
        """Show levels; raises ``PinError`` when the chip is gone."""
        ...

    def close(self) -> None:
        """Let go of the pins."""
        ...


class _Lamp:
    """A pin that is on or off, driven by a level."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.close = output.close

    def show(self, channels: Channels) -> None:
        self._output.set(any(channels))


class _Dimmed:
    """A pin with pulses."""

    def __init__(self, dimmer: Dimmer) -> None:
        self._dimmer = dimmer
        self.close = dimmer.close

    def show(self, channels: Channels) -> None:
        self._dimmer.set(duty(channels[0]))


class _Coloured:
    """Three pins with pulses."""

    def __init__(self, colour: Colour) -> None:
        self._colour = colour
        self.close = colour.close

    def show(self, channels: Channels) -> None:
        red, green, blue = (duty(channel) for channel in channels)
        self._colour.set((red, green, blue))


@dataclass(slots=True)
class Thing:
    """A light or a relay.

    Attributes:
        name: as commands call it.
        kind: ``light`` or ``relay``.
        get: gets its pins; raises ``PinError``.
        shine: what it is to be.
        dims: whether there is something between on and off.
        shows: what it shows by itself; empty if nothing.
        fade: how it comes to be what it is to be.
        device: what drives it; ``None`` while it has no pins.
        driven: what its pins show.
        retry_ns: when to ask for its pins again.
    """

    name: str
    kind: str
    get: Callable[[Pins], Device]
    shine: Shine
    dims: bool = False
    shows: str = ""
    fade: Fade | None = None
    device: Device | None = None
    driven: Channels | None = None
    retry_ns: int = 0

    def shown(self, now_ns: int) -> Channels:
        """What it is to show now."""
        return self.shine.channels() if self.fade is None else self.fade.at(now_ns)


def of_light(light: Light) -> Thing:
    """A light as box.toml describes it, dark at first."""
    low = light.active_low

    def get(pins: Pins) -> Device:
        if light.coloured:
            return _Coloured(pins.colour(light.pins, active_low=low))
        if light.pwm:
            dimmer = pins.dimmer(light.pins[0], active_low=low, frequency_hz=light.frequency_hz)
            return _Dimmed(dimmer)
        return _Lamp(pins.output(light.pins[0], active_low=low))

    shine = Shine(colour=WHITE if light.coloured else "")
    dims = light.pwm or light.coloured
    return Thing(light.name, "light", get, shine, dims, light.shows)


def of_relay(relay: Relay) -> Thing:
    """A relay as box.toml describes it."""

    def get(pins: Pins) -> Device:
        return _Lamp(pins.output(relay.pin, active_low=relay.active_low, on=relay.on))

    return Thing(relay.name, "relay", get, Shine(on=relay.on))
