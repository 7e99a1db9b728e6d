"""One table of ``[[peripheral]]`` while it is read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from wkmp_pi.config.places import KeyPath
from wkmp_pi.config.rules import shown
from wkmp_pi.config.tables import Reading
from wkmp_pi.controls.peripherals import ons
from wkmp_pi.controls.peripherals.definition import OfButtons, Part
from wkmp_pi.controls.peripherals.values import HEAD
from wkmp_pi.playlists.definition import On

_OF_EVENTS: Final = frozenset(
    {"on", "where", "when", "until", "parts", "steps", "sources", "window_ms", "hold_ms"}
)
"""Keys of those whose inputs are events."""


class Row:
    """One table while it is read."""

    def __init__(
        self, reading: Reading, path: KeyPath, table: Mapping[str, Any], good: dict[str, Any]
    ) -> None:
        self.reading = reading
        self.path = path
        self.table = table
        self.good = good

    @property
    def head(self) -> dict[str, Any]:
        """What all of them have."""
        id_ = self.good.get("id", "")
        return {"name": id_, **{key: self.good[key] for key in HEAD if key in self.good}, "id": id_}

    def some(self, *keys: str) -> dict[str, Any]:
        """Those of these keys that are given."""
        return {key: self.good[key] for key in keys if key in self.good}

    def on(self) -> On:
        """The input of the table itself."""
        return ons.on_of(self.reading, self.path, self.good)

    def inner(self, key: str) -> On | None:
        """The input that stands in a table of its own, if there is one."""
        return self._on((*self.path, key), self.table[key]) if key in self.table else None

    def needed(self, key: str, why: str) -> On:
        """As ``inner``, for one that must be there."""
        if key not in self.table:
            self.missing(key, f'{key} = {{ on = "…" }}', why)
        return self.inner(key) or On(event="")

    def missing(self, key: str, write: str, why: str) -> None:
        """A key that must be there is not."""
        self.reading.question(self.path, f"found no {key}; expected {why}; write {write}")

    def list(self, key: str, most: int) -> Iterable[tuple[KeyPath, Any]]:
        """The tables of an inner array."""
        given, path = self.table.get(key), (*self.path, key)
        write = f'{key} = [{{ on = "…" }}, …]'
        if given is None:
            self.missing(key, write, "them, or buttons")
            return []
        if not isinstance(given, list) or not 2 <= len(given) <= most:
            self.reading.problem(
                path, f"found {shown(given)}; expected 2 to {most} tables; write {write}"
            )
            return []
        return [((*path, str(place)), table) for place, table in enumerate(given, 1)]

    def part(self, path: KeyPath, table: Any) -> Part:
        """One part of a chord."""
        good = self.reading.table(path, table, ons.ON, apart=("until",))
        on = ons.on_of(self.reading, path, good)
        until = None
        if isinstance(table, dict) and "until" in table:
            until = self._on((*path, "until"), table["until"])
        return Part(on, until)

    def step(self, path: KeyPath, table: Any) -> On:
        """One step of a sequence."""
        return self._on(path, table)

    def _on(self, path: KeyPath, table: Any) -> On:
        return ons.on_of(self.reading, path, self.reading.table(path, table, ons.ON))

    def of_buttons(self, gesture: str, allowed: tuple[str, ...], **more: Any) -> OfButtons:
        """The same as a task for the recogniser; ``allowed`` may stand beside ``buttons``."""
        for key in sorted(self.table.keys() & _OF_EVENTS - {*allowed}):
            self.reading.problem(
                (*self.path, key),
                "found it beside buttons; expected either buttons, which have their windows in "
                "[[button]], or events; remove one of the two",
            )
        return OfButtons(gesture=gesture, buttons=self.good.get("buttons", ()), **self.head, **more)

    @property
    def is_of_buttons(self) -> bool:
        """Whether its inputs are buttons."""
        return "buttons" in self.table
