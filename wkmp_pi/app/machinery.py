"""The pure machines of a box: gestures, virtual peripherals, bindings, event playlists; at rest.

What they are made of may change while the box runs: the files of the playlists, and by command
the virtual peripherals. Whatever changes, the one recogniser is compiled anew from all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from wkmp_pi.app.fingers import Fingers, Hand
from wkmp_pi.controls.bindings import Bindings
from wkmp_pi.controls.gestures import Edge, Level, Recogniser, Storm
from wkmp_pi.controls.hands import Hands
from wkmp_pi.controls.peripherals import Peripheral, Peripherals, one
from wkmp_pi.errors import ConfigError, RequestError
from wkmp_pi.events.kinds import PeripheralsChanged
from wkmp_pi.events.machines import Member, Publish, Vocabulary
from wkmp_pi.events.told import Told
from wkmp_pi.playlists import words as playlist
from wkmp_pi.playlists.book import Book
from wkmp_pi.playlists.runs import Runs

_OF_RUNS = {
    "playlist.start": playlist.Start,
    "playlist.stop": playlist.Stop,
    "playlist.join": playlist.Join,
    "playlist.shutdown": playlist.Shutdown,
    "playlist.mark_heard": playlist.MarkHeard,
}
VOCABULARY = Vocabulary({"edge": Edge, "level": Level, "storm": Storm, "hand": Hand, **_OF_RUNS})
"""What the machines are told besides events, as recordings have it."""


class Machinery:
    """The machines, also for those who replay a recording.

    Args:
        hands: what is bound to what.
        book: the event playlists.
        state: the player state as plain data.
        runs: further arguments of ``Runs``.
    """

    def __init__(
        self, hands: Hands, book: Book, state: Callable[[], Mapping[str, Any]], **runs: Any
    ) -> None:
        self.hands = hands
        self.compiled = hands.compiled(book.playlists.values())
        self.fingers = Fingers()
        self.recogniser = Recogniser(self.compiled)
        self.peripherals = Peripherals(hands.peripherals, state)
        self.runs = Runs(book, state=state, **runs)
        self.members = [
            Member(self.fingers, (Hand,)),
            Member(self.recogniser, (Edge, Level, Storm)),
            Member(self.peripherals),
            Member(Bindings(hands.bindings, state)),
            Member(self.runs, (Told, *_OF_RUNS.values())),
        ]

    def take(self, book: Book, now_ns: int) -> list[Any]:
        """Use another book; what is wanted because of it."""
        return [*self._recompile(book, now_ns), *self.runs.take(book, now_ns)]

    def add(self, definition: Mapping[str, Any], now_ns: int) -> list[Any]:
        """One more virtual peripheral.

        Args:
            definition: a table as of ``[[peripheral]]``.
            now_ns: CLOCK_MONOTONIC.

        Raises:
            RequestError: it is wrong, its id is taken, or there are too many; nothing is changed.
        """
        self.peripherals.add(self._read(definition))
        return self._changed(now_ns)

    def update(self, definition: Mapping[str, Any], now_ns: int) -> list[Any]:
        """Another definition for the virtual peripheral of that id; else as ``add``."""
        outs = self.peripherals.update(self._read(definition))
        return [*outs, *self._changed(now_ns)]

    def remove(self, peripheral: str, now_ns: int) -> list[Any]:
        """A virtual peripheral less; what waits for it waits in vain.

        Raises:
            RequestError: there is none of that id.
        """
        outs = self.peripherals.remove(peripheral)
        return [*outs, *self._changed(now_ns)]

    def _read(self, definition: Mapping[str, Any]) -> Peripheral:
        playlists = self.runs.book.playlists
        try:
            return one(definition, self.hands.known(playlists))
        except ConfigError as error:
            raise RequestError(str(error)) from error

    def _changed(self, now_ns: int) -> list[Any]:
        there = self.peripherals.definitions
        self.hands = replace(self.hands, peripherals=tuple(there.values()))
        outs = self._recompile(self.runs.book, now_ns)
        return [*outs, Publish(PeripheralsChanged(peripherals=tuple(there)))]

    def _recompile(self, book: Book, now_ns: int) -> Iterable[Any]:
        """Wait for the gestures that somebody waits for from now on."""
        self.compiled = self.hands.compiled(book.playlists.values())
        return self.recogniser.adopt(self.compiled, now_ns)
