"""Drives lights and relays; a ``PinUser``.

Thread: ``wkmp-pins``; ``set`` and ``switch`` may be called from any, and only
leave a note. One step in 20 ms moves all lights that fade; when none does,
nothing is done.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, NamedTuple

from wkmp_pi.config.pins import Light, Relay
from wkmp_pi.consumers.lights.shine import Fade
from wkmp_pi.consumers.lights.signs import EVENTS, Signs
from wkmp_pi.consumers.lights.things import Thing, of_light, of_relay
from wkmp_pi.errors import RequestError
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import LightChanged
from wkmp_pi.gpio import PinError, Pins

STEP_NS: Final = 20_000_000
"""Between two steps of a fade."""

_SIGNS_LIMIT: Final = 256
Report = Callable[[str, str | None], None]
"""Told the key of a problem, and its text (``None`` when it is over)."""


class _Order(NamedTuple):
    """Something that is to be done."""

    name: str
    on: bool | None
    level: float | None = None
    colour: str | None = None
    fade_ms: int = 0
    causes: tuple[int, ...] = ()


class Lights:
    """All lights and relays of the box.

    Owns: their pins, and what they show.

    Args:
        lights: which lights there are.
        relays: which relays there are.
        bus: where ``light.changed`` goes, and where lights see what they show by themselves.
        report: told of pins that cannot be used.
        poke: asks for a ``step``; never waits.
        retry_s: between two attempts to get a busy pin.
    """

    def __init__(
        self,
        lights: Iterable[Light],
        relays: Iterable[Relay],
        bus: Bus,
        report: Report,
        poke: Callable[[], None] = lambda: None,
        retry_s: float = 5.0,
    ) -> None:
        things = [*map(of_light, lights), *map(of_relay, relays)]
        self._things = {thing.name: thing for thing in things}
        self._bus = bus
        self._report = report
        self.poke = poke
        """Set it where the thread is made after the lights."""
        self._retry_ns = round(retry_s * 1e9)
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._pins: Pins | None = None
        self._signs = Signs()
        self._events = (
            bus.subscribe(*EVENTS, limit=_SIGNS_LIMIT, wake=self._poked, label="lights")
            if any(thing.shows for thing in things)
            else None
        )

    def set(
        self,
        name: str,
        *,
        on: bool | None = None,
        level: float | None = None,
        colour: str | None = None,
        fade_ms: int = 0,
        causes: tuple[int, ...] = (),
    ) -> None:
        """Have a light changed; what is not given stays as it is.

        Args:
            name: of a light.
            on: whether it is to shine; a level or a colour alone switches it on.
            level: 0 to 1.
            colour: ``#rrggbb``.
            fade_ms: how long it takes.
            causes: ids of the events that caused it.

        Raises:
            RequestError: there is no such light, or it has no colours.
        """
        thing = self._find(name, "light")
        if colour is not None and not thing.shine.colour:
            raise RequestError(
                f"light {name}: found a colour; expected none, it has one pin; "
                "give a light with red, green and blue, or no colour"
            )
        self._orders.put(_Order(name, on, level, colour, fade_ms, causes))
        self.poke()

    def switch(self, name: str, *, on: bool, causes: tuple[int, ...] = ()) -> None:
        """Have a relay switched; raises ``RequestError`` if there is no such relay."""
        self._find(name, "relay")
        self._orders.put(_Order(name, on, causes=causes))
        self.poke()

    def relays(self) -> dict[str, bool]:
        """Whether each relay is on; from any thread."""
        things = self._things.values()
        return {thing.name: thing.shine.on for thing in things if thing.kind == "relay"}

    def _find(self, name: str, kind: str) -> Thing:
        thing = self._things.get(name)
        if thing is None or thing.kind != kind:
            known = ", ".join(t.name for t in self._things.values() if t.kind == kind)
            raise RequestError(
                f"{kind} {name[:60]}: not known; expected one of box.toml ({known or 'none'}); "
                f"add it there under [[{kind}]], or correct the name"
            )
        return thing

    def _poked(self) -> None:
        self.poke()

    def open(self, pins: Pins) -> None:
        """There is a chip."""
        self._pins = pins
        for thing in self._things.values():
            thing.device, thing.driven, thing.retry_ns = None, None, 0

    def step(self, now_ns: int) -> int | None:
        """Do what was ordered, get what is missing, move what fades."""
        while not self._orders.empty():
            self._obey(self._orders.get(), now_ns)
        self._see_signs(now_ns)
        dues = [self._see_to(thing, now_ns) for thing in self._things.values()]
        return min((due for due in dues if due is not None), default=None)

    def _see_signs(self, now_ns: int) -> None:
        """Lights that show something by themselves follow it; the last word counts."""
        while self._events is not None and (told := self._events.take(0)) is not None:
            sign = self._signs.told(told.event)
            for thing in self._things.values():
                if sign is not None and thing.shows == sign[0]:
                    self._obey(_Order(thing.name, sign[1], causes=(told.id,)), now_ns)

    def _obey(self, order: _Order, now_ns: int) -> None:
        thing = self._things[order.name]
        level = order.level
        if level and not thing.dims:
            level = 1.0  # a lamp that cannot be dimmed has one level
        before, shown = thing.shine, thing.shown(now_ns)
        thing.shine = before.asked(order.on, level, order.colour)
        thing.fade = None
        if order.fade_ms and thing.dims:
            end_ns = now_ns + order.fade_ms * 1_000_000
            thing.fade = Fade(shown, thing.shine.channels(), now_ns, end_ns)
        if thing.shine != before:
            event = LightChanged(
                light=thing.name,
                on=thing.shine.on,
                level=thing.shine.level if thing.shine.on else 0.0,
                colour=thing.shine.colour,
            )
            self._bus.publish(event, order.causes)

    def _see_to(self, thing: Thing, now_ns: int) -> int | None:
        """One light; when to come again."""
        if self._pins is None:
            return None
        if thing.device is None:
            retry_ns = self._get(thing, self._pins, now_ns)
            if thing.device is None:
                return retry_ns
        shown = thing.shown(now_ns)
        if shown != thing.driven:
            thing.device.show(shown)
            thing.driven = shown
        if thing.fade is None or now_ns >= thing.fade.end_ns:
            thing.fade = None
            return None
        return min(now_ns + STEP_NS, thing.fade.end_ns)

    def _get(self, thing: Thing, pins: Pins, now_ns: int) -> int | None:
        if now_ns < thing.retry_ns:
            return thing.retry_ns
        key = f"{thing.kind} {thing.name}"
        try:
            thing.device = thing.get(pins)
        except PinError as error:
            thing.retry_ns = now_ns + self._retry_ns
            self._report(key, str(error))
            return thing.retry_ns
        self._report(key, None)
        return None

    def close(self) -> None:
        """Everything off, and let go of all pins."""
        self._pins = None
        for thing in self._things.values():
            device, thing.device, thing.driven = thing.device, None, None
            if device is not None:
                with suppress(PinError):
                    device.show((0.0,) * len(thing.shine.channels()))
                device.close()
