"""All virtual peripherals at work: events in, what is wanted out. Pure.

Owned by the conductor, which feeds every event that ``listens`` names, and
calls ``due`` when ``deadline_ns`` has come and nothing else waits in its inbox.
Only the stamps of events count: where events come late, verdicts that depend
on their absence wait as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wkmp_pi.config.rules import near
from wkmp_pi.controls.gestures.patience import Patience
from wkmp_pi.controls.gestures.words import Wanted
from wkmp_pi.controls.peripherals.calibrated import Calibrator
from wkmp_pi.controls.peripherals.definition import (
    MAX_PERIPHERALS,
    Calibrated,
    Chord,
    Long,
    Mirror,
    OfButtons,
    Peripheral,
    Sequence,
    Simultaneous,
    Starter,
    Taps,
)
from wkmp_pi.controls.peripherals.holds import Holder
from wkmp_pi.controls.peripherals.mirror import GatedMirror
from wkmp_pi.controls.peripherals.seen import Seen, State
from wkmp_pi.controls.peripherals.starter import PlaylistStarter, Starts
from wkmp_pi.controls.peripherals.steps import StepsWatcher
from wkmp_pi.controls.peripherals.taps import TapCounter
from wkmp_pi.controls.peripherals.telling import Out
from wkmp_pi.controls.peripherals.together import ChordWatcher, SourcesWatcher
from wkmp_pi.controls.peripherals.watcher import Watcher
from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import PlaylistCreated
from wkmp_pi.events.told import Told
from wkmp_pi.playlists.definition import On

_MOST_ROUTES: Final = 512
"""Names are few, but the owner's files may invent more."""

_NEWS: Final = PlaylistCreated.name
"""Tells of runs that are wanted no more, also when who started them has gone."""

_WATCHERS: Final[Mapping[type[Peripheral], Callable[[Any, State], Watcher]]] = {
    Taps: TapCounter,
    Long: Holder,
    Chord: ChordWatcher,
    Simultaneous: SourcesWatcher,
    Sequence: StepsWatcher,
    Mirror: GatedMirror,
    Calibrated: Calibrator,
}


@dataclass(slots=True)
class _Entry:
    """A peripheral, and the machine behind it if it has one of its own."""

    about: Peripheral
    watcher: Watcher | None
    ons: tuple[On, ...]


class Peripherals:
    """The set of them.

    Args:
        definitions: those that there are at the beginning; no id twice.
        state: gives the state of the player as plain data, for inputs that look at it.
    """

    def __init__(self, definitions: Iterable[Peripheral] = (), state: State = dict) -> None:
        self._state = state
        self._starts = Starts()
        self._patience = Patience()
        self._entries: dict[str, _Entry] = {}
        self._routes: dict[str, tuple[_Entry, ...]] = {}
        for definition in definitions:
            self.add(definition)

    # --- which there are ---------------------------------------------------------------------

    @property
    def definitions(self) -> Mapping[str, Peripheral]:
        """Those that there are, by their ids."""
        return {id_: entry.about for id_, entry in self._entries.items()}

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """What the recogniser is to do for them; ask again after each change."""
        return tuple(d.wanted for d in self.definitions.values() if isinstance(d, OfButtons))

    @property
    def listens(self) -> tuple[str, ...]:
        """The events that they must be fed: names, and beginnings with a ``*``."""
        ons = (on.event for entry in self._entries.values() for on in entry.ons)
        return tuple(dict.fromkeys((_NEWS, *ons)))

    def add(self, definition: Peripheral) -> None:
        """One more.

        Raises:
            RequestError: its id is taken, or there are too many.
        """
        if definition.id in self._entries:
            raise RequestError(
                f"peripheral {definition.id}: is there already; expected another id; "
                "update it, or choose another"
            )
        if len(self._entries) >= MAX_PERIPHERALS:
            raise RequestError(
                f"peripheral {definition.id}: found {MAX_PERIPHERALS} already; expected no more; "
                "remove some"
            )
        self._entries[definition.id] = self._entry(definition)
        self._changed()

    def update(self, definition: Peripheral) -> list[Out]:
        """Replace the one of that id; the new one knows nothing of what the old one waited for.

        Raises:
            RequestError: there is none.
        """
        outs = self._end(definition.id)
        self._entries[definition.id] = self._entry(definition)
        self._changed()
        return outs

    def remove(self, peripheral: str) -> list[Out]:
        """Take one away, with all that it waits for.

        Raises:
            RequestError: there is none.
        """
        outs = self._end(peripheral)
        del self._entries[peripheral]
        self._changed()
        return outs

    def take(self, definitions: Iterable[Peripheral]) -> list[Out]:
        """Have these and no others; those that are as before go on with what they do."""
        outs: list[Out] = []
        wanted = {definition.id: definition for definition in definitions}
        for id_ in [id_ for id_ in self._entries if id_ not in wanted]:
            outs += self.remove(id_)
        for id_, definition in wanted.items():
            if id_ not in self._entries:
                self.add(definition)
            elif self._entries[id_].about != definition:
                outs += self.update(definition)
        self._entries = {id_: self._entries[id_] for id_ in wanted}
        self._changed()
        return outs

    def _entry(self, about: Peripheral) -> _Entry:
        if isinstance(about, Starter):
            news = about.NEWS if about.owns else ()
            starter = PlaylistStarter(about, self._state, self._starts)
            return _Entry(about, starter, (*about.ons, *news))
        make = _WATCHERS.get(type(about))
        return _Entry(about, make and make(about, self._state), about.ons)

    def _end(self, peripheral: str) -> list[Out]:
        if peripheral not in self._entries:
            remedy = near(peripheral, self._entries) or "see: wkmp-pi peripherals list"
            known = ", ".join(self._entries) or "none at all"
            raise RequestError(
                f"peripheral {peripheral[:60]}: not known; expected one of {known}; {remedy}"
            )
        watcher = self._entries[peripheral].watcher
        return watcher.stop() if isinstance(watcher, PlaylistStarter) else []

    def _changed(self) -> None:
        """Find out anew who listens to what, and who counts what somebody else counts as well."""
        self._routes = {}
        counters = [e.watcher for e in self._entries.values() if isinstance(e.watcher, TapCounter)]
        for counter in counters:
            same = (other.about.count for other in counters if other.about.on == counter.about.on)
            counter.most = max(same)

    # --- what happens ------------------------------------------------------------------------

    @property
    def at_rest(self) -> bool:
        """Whether nothing is to be decided."""
        return self._next_ns is None

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``due``, CLOCK_MONOTONIC."""
        next_ns = self._next_ns
        return None if next_ns is None else self._patience.when(next_ns)

    def feed(self, told: Told, now_ns: int) -> list[Out]:
        """Take an event, handed over at ``now_ns``."""
        name = told.event.name
        entries = self._routes.get(name)
        if entries is None:
            entries = self._find(name)
        if not entries and name != _NEWS:
            return []
        seen = Seen(told)
        self._patience.seen(seen.at_ns, now_ns)
        outs = self._starts.feed(seen)
        for entry in entries:
            if entry.watcher is not None and entry.about.id != seen.teller:
                outs += entry.watcher.feed(seen)
        return outs

    def due(self, now_ns: int) -> list[Out]:
        """Decide what can be decided at ``now_ns``."""
        next_ns, outs = self._next_ns, list[Out]()
        until_ns = None if next_ns is None else self._patience.until(next_ns, now_ns)
        if until_ns is None:
            return []
        for _, watcher in sorted(self._dues(), key=lambda due: due[0]):
            outs += watcher.due(until_ns)
        return outs

    @property
    def _next_ns(self) -> int | None:
        return min((due_ns for due_ns, _ in self._dues()), default=None)

    def _dues(self) -> Iterator[tuple[int, Watcher]]:
        for entry in self._entries.values():
            due_ns = None if entry.watcher is None else entry.watcher.deadline_ns
            if entry.watcher is not None and due_ns is not None:
                yield due_ns, entry.watcher

    def _find(self, name: str) -> tuple[_Entry, ...]:
        """Who listens to events of that name."""
        entries = tuple(e for e in self._entries.values() if any(on.names(name) for on in e.ons))
        if len(self._routes) >= _MOST_ROUTES:
            self._routes = {}
        self._routes[name] = entries
        return entries
