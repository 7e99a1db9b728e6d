"""What this box is and what it is made of, as far as others want to know."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """This box.

    Attributes:
        id: its level in topics: 1 to 32 of a-z, 0-9, _ and -.
        name: for people.
        version: of the product.
        model: of the machine.
        session: a fresh random id of this start.
        rate_hz: the rate that ``frame`` of events counts in.
    """

    id: str
    name: str
    version: str
    model: str
    session: str
    rate_hz: int


@dataclass(frozen=True, slots=True)
class Button:
    """A button or encoder and the gestures that are recognised of it, by their words."""

    id: str
    gestures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Peripheral:
    """A virtual peripheral that tells gestures."""

    id: str
    name: str = ""
    gestures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Playlist:
    """An event playlist."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What the box is made of; it may change while the box runs.

    Attributes:
        sources: what can be played from.
        sleep_playlist: the playlist that the sleep button starts; empty: the sleep timer is set.
        groups: whose commands this box takes besides its own.
        commands: the topics of all commands, below the box's own.
    """

    buttons: tuple[Button, ...] = ()
    peripherals: tuple[Peripheral, ...] = ()
    playlists: tuple[Playlist, ...] = ()
    lights: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("queue",)
    sleep_playlist: str = ""
    groups: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()

    def with_(self, *, groups: tuple[str, ...], commands: tuple[str, ...]) -> Self:
        """The same box, with what the broker's side knows of it."""
        return dataclasses.replace(self, groups=groups, commands=commands)
