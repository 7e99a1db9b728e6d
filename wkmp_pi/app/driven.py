"""What drives the box besides its doors: pins, bindings, event playlists; built and wired once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from wkmp_pi.app import vitals
from wkmp_pi.app.door import Door
from wkmp_pi.app.engine import Engine
from wkmp_pi.app.machinery import Machinery
from wkmp_pi.app.reactions import NewBook, Reactions
from wkmp_pi.conductor import Arm, Problem
from wkmp_pi.config import Config
from wkmp_pi.consumers.lights import Lights
from wkmp_pi.consumers.mirror.inventory import Button, Inventory, Peripheral, Playlist
from wkmp_pi.controls.buttons import Buttons, contacts
from wkmp_pi.controls.gestures import Compiled
from wkmp_pi.controls.hands import hands_of, published_by
from wkmp_pi.errors import RequestError
from wkmp_pi.events.machines import Member
from wkmp_pi.gpio import Pins, PinThread
from wkmp_pi.library.store import Store
from wkmp_pi.playlists.book import Book
from wkmp_pi.playlists.folder import LOOK_EACH_S, Folder, folders
from wkmp_pi.playlists.words import Shutdown

_PERIODS = 3
_SLEEP = "sleep_fade"
USUAL_HZ = 44_100
"""Where the configuration leaves the rate to the card."""


class Driven:
    """Pins, reactions and the files of the event playlists.

    Args:
        config: what the box is made of.
        engine: what is driven.
        door: where commands go.
        store: on whose thread the files are looked at.

    Raises:
        ConfigError: a binding or a virtual peripheral is wrong.
    """

    def __init__(self, config: Config, engine: Engine, door: Door, store: Store) -> None:
        self._conductor = engine.conductor
        self._store = store
        self._told: dict[str, str] = {}
        self._folder = Folder(folders(config.file), known=published_by(config))
        book = self._folder.load()
        hands = hands_of(config, book.playlists)
        wiring = hands.wiring
        self._lights = Lights(wiring.lights, wiring.relays, engine.bus, self._report)
        found = tuple(contacts(wiring.buttons, wiring.encoders))
        retry_s = float(wiring.gpio.retry_s)
        self._buttons = Buttons(found, engine.conductor.post, self._report, retry_s=retry_s)
        self._pins = PinThread(
            [self._buttons, self._lights],
            partial(self._report, "gpio"),
            partial(Pins, wiring.gpio.chip),
            retry_s,
        )
        self._buttons.poke = self._lights.poke = self._pins.poke
        self._has_pins = bool(wiring)

        def state() -> Mapping[str, Any]:
            return {**engine.status(), "relays": self._lights.relays()}

        self._machinery = Machinery(
            hands,
            book,
            state,
            **{**_about_runs(config), "rate_hz": engine.conductor.state.rate_hz},
        )
        self.reactions = Reactions(
            self._machinery,
            engine.bus,
            ask=door.ask,
            arm=lambda marks: engine.conductor.step(Arm(marks)),
            lights=self._lights,
            sample=sampled,
            read_level=self._buttons.read,
            look=(self._look, LOOK_EACH_S),
        )
        engine.conductor.reactions = self.reactions
        told = engine.bus.subscribe(
            "*",
            "mark.reached",
            wake=lambda: self._post(told.take(0)),
            label="reactions",
        )
        for number, remark in enumerate(wiring.refused, 1):
            self._report(f"box.toml {number}", remark)
        self._tell_problems(book)

    def start(self) -> None:
        """Listen to the pins, if there are any."""
        if self._has_pins:
            self._pins.start()

    def stop(self, timeout_s: float) -> bool:
        """Let go of the pins; False if that took too long."""
        return self._pins.stop(timeout_s)

    def end_runs(self) -> None:
        """End every event playlist; on the conductor's thread."""
        self.reactions.feed(Shutdown(), self._conductor.now_ns())

    def inventory(self) -> Inventory:
        """What the box is made of, for the broker."""
        hands, compiled = self._machinery.hands, self._machinery.compiled
        playlists = self._machinery.runs.book.playlists
        return Inventory(
            buttons=tuple(
                Button(name, _gestures_of(compiled, name))
                for name in (*compiled.buttons, *compiled.encoders)
            ),
            peripherals=tuple(Peripheral(one.id, one.name) for one in hands.peripherals),
            playlists=tuple(Playlist(one.id, one.name) for one in playlists.values()),
            lights=tuple(light.name for light in hands.wiring.lights),
            sleep_playlist=_SLEEP if _SLEEP in playlists else "",
        )

    def _post(self, message: Any) -> None:
        if message is not None:
            self._conductor.post(message)

    def _report(self, key: str, problem: str | None) -> None:
        self._conductor.post(Problem(key, problem))

    def _look(self) -> None:
        """Look at the files of the playlists, where waiting for a disk disturbs nobody."""

        def seen(looking: Future[Book | None]) -> None:
            if looking.exception() is None and (book := looking.result()) is not None:
                self._conductor.post(NewBook(book))
                self._tell_problems(book)

        looking = self._store.submit(
            lambda _: self._folder.look(), patient=False, after_saves=False
        )
        looking.add_done_callback(seen)

    def _tell_problems(self, book: Book) -> None:
        """Each by itself; those that are over as over."""
        told, self._told = self._told, {f"playlists {n}": p for n, p in enumerate(book.problems, 1)}
        for key in {**told, **self._told}:
            if told.get(key) != self._told.get(key):
                self._report(key, self._told.get(key))


def at_rest(config: Config) -> list[Member]:
    """The machines of a configuration, for those who replay a recording.

    Raises:
        ConfigError: a binding or a virtual peripheral is wrong.
    """
    book = Folder(folders(config.file), known=published_by(config)).load()
    machinery = Machinery(hands_of(config, book.playlists), book, dict, **_about_runs(config))
    return machinery.members


def _about_runs(config: Config) -> dict[str, Any]:
    """What event playlists need to know of the box."""
    return {
        "rate_hz": config.audio.rate_hz or USUAL_HZ,
        "lead_ms": config.audio.latency_ms + _PERIODS * config.audio.period_ms,
        "have": config.wiring.parts,
    }


def _gestures_of(compiled: Compiled, button: str) -> tuple[str, ...]:
    """What is told of a button, besides presses."""
    wanted = [want for wants in compiled.owners.values() for want in wants]
    words = (want.gesture for want in wanted if button in want.buttons)
    return tuple(dict.fromkeys(("press", "release", *words)))


def sampled(what: str) -> float:
    """A measure of the machine.

    Raises:
        RequestError: this machine does not tell it.
    """
    readers: Mapping[str, Callable[[], float | None]] = {
        "cpu_temperature": vitals.temperature,
        "load": lambda: os.getloadavg()[0],
        "disk": _disk_percent,
    }
    value = readers[what]()
    if value is None:
        raise RequestError(f"sample: {what}: this machine does not tell it; expected a Pi")
    return value


def _disk_percent() -> float:
    about = os.statvfs("/")
    return round(100 * (1 - about.f_bavail / max(about.f_blocks, 1)), 1)
