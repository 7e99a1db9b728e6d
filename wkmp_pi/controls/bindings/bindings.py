"""Events in, what is bound to them out. Pure; owned by the conductor, which feeds every event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from wkmp_pi.controls.bindings.binding import Binding
from wkmp_pi.controls.peripherals import telling
from wkmp_pi.controls.peripherals.seen import Ear, Seen, State
from wkmp_pi.controls.peripherals.telling import Out
from wkmp_pi.controls.peripherals.watcher import Timeless
from wkmp_pi.events.kinds import Custom
from wkmp_pi.events.machines import Publish
from wkmp_pi.events.told import Told
from wkmp_pi.playlists.filling import filled
from wkmp_pi.playlists.words import Do

PRODUCER: Final = "binding"
"""Who publishes the events of bindings."""

_MOST_ROUTES: Final = 512
"""Names are few, but the owner's files may invent more."""


class _Entry(NamedTuple):
    binding: Binding
    ear: Ear


class Bindings(Timeless):
    """All bindings, in the order of the file.

    Args:
        bindings: those of ``box.toml``.
        state: gives the state of the player as plain data, for those that look at it.
    """

    def __init__(self, bindings: Iterable[Binding] = (), state: State = dict) -> None:
        self._state = state
        self.take(bindings)

    def take(self, bindings: Iterable[Binding]) -> None:
        """Have these from now on, and no others."""
        self._entries = tuple(_Entry(b, Ear(b.on, self._state)) for b in bindings)
        self._routes: dict[str, tuple[_Entry, ...]] = {}

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """Those that there are."""
        return tuple(entry.binding for entry in self._entries)

    @property
    def listens(self) -> tuple[str, ...]:
        """The events that they must be fed: names, and beginnings with a ``*``."""
        return tuple(dict.fromkeys(entry.binding.on.event for entry in self._entries))

    def feed(self, told: Told, now_ns: int) -> list[Out]:  # noqa: ARG002 - the shape
        """What is bound to an event."""
        name = told.event.name
        entries = self._routes.get(name)
        if entries is None:
            entries = self._find(name)
        if not entries:
            return []
        seen = Seen(told)
        return [_deed(binding, seen) for binding, ear in entries if ear.means(seen)]

    def _find(self, name: str) -> tuple[_Entry, ...]:
        """The bindings to events of that name."""
        entries = tuple(entry for entry in self._entries if entry.binding.on.names(name))
        if len(self._routes) >= _MOST_ROUTES:
            self._routes = {}
        self._routes[name] = entries
        return entries


def _deed(binding: Binding, seen: Seen) -> Out:
    if binding.command is not None:
        return Do(binding.command, (seen.id,))
    if binding.playlist:
        return telling.start(binding.playlist, binding.data, seen, {})
    return Publish(
        Custom(event=binding.publish, producer=PRODUCER, data=_filled(binding, seen)), (seen.id,)
    )


def _filled(binding: Binding, seen: Seen) -> Any:
    """The data of an event, with the words of the one that it comes of."""
    about = seen.facts.described()
    known = {"trigger": about, "metadata": about["data"].get("metadata") or {}}
    return filled(binding.data, known)
