"""The play queue as plain data, and back: what survives a restart and a power cut.

Only ids, the order of play and references are kept; the caller finds the
passages again. The modes are settings and are kept there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from wkmp_pi.errors import LibraryError
from wkmp_pi.passage import EntryId, Passage, PassageId
from wkmp_pi.sources.items import FileItem, Item, PassageItem
from wkmp_pi.sources.queue import LIMIT, Entry, Modes, PlayQueue
from wkmp_pi.units import Ticks

Find = Callable[[PassageId, Item], Passage | None]
"""Finds a passage again by its id and what was asked for; ``None`` if it is gone."""


class _SavedEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    entry: EntryId
    passage: PassageId
    file: str | None = None
    start: Ticks | None = None
    end: Ticks | None = None


class _Saved(msgspec.Struct, frozen=True, kw_only=True):
    entries: list[_SavedEntry]
    order: list[EntryId] | None
    at: int
    current: EntryId | None
    encore: EntryId | None
    next_id: EntryId
    seed: int

    def faults(self) -> list[str]:
        """Every way in which these values cannot be those of one queue."""
        ids = [saved.entry for saved in self.entries]
        line = ids if self.order is None else self.order
        known = [*ids] if self.encore is None else [*ids, self.encore]
        here = line[self.at] if 0 <= self.at < len(line) else None
        checks = {
            f"more than {LIMIT} entries": len(ids) > LIMIT,
            "an entry twice": len(set(known)) < len(known),
            "an order of other entries": sorted(line) != sorted(ids),
            "a place outside the order": not 0 <= self.at <= len(line),
            "another current entry": self.current not in (None, here),
            "an encore of nothing": self.current is None and self.encore is not None,
            "a used id to be used next": self.next_id <= max(known, default=0),
        }
        return [fault for fault, found in checks.items() if found]


def dump(queue: PlayQueue) -> dict[str, Any]:
    """``queue`` as plain data that JSON can hold; without its modes."""
    saved = _Saved(
        entries=[_saved_entry(slot) for slot in queue.entries],
        order=list(queue.order) if queue.modes.random else None,
        at=queue.at,
        current=queue.current,
        encore=queue.encore,
        next_id=queue.next_id,
        seed=queue.seed,
    )
    plain: dict[str, Any] = msgspec.to_builtins(saved)
    return plain


def load(data: Any, modes: Modes, find: Find) -> PlayQueue:
    """The queue that ``dump`` described, under ``modes``, without passages that are gone.

    Raises:
        LibraryError: ``data`` describes no queue.
    """
    try:
        saved = msgspec.convert(data, _Saved)
    except msgspec.ValidationError as error:
        raise _unusable(str(error)) from error
    if faults := saved.faults():
        raise _unusable(", ".join(faults))
    return _restored(saved, modes, find).with_modes(modes)


def _saved_entry(slot: Entry) -> _SavedEntry:
    passage = slot.passage
    if passage.id > 0:
        return _SavedEntry(slot.entry, passage.id)
    return _SavedEntry(
        slot.entry, passage.id, passage.file, passage.points.start, passage.points.end
    )


def _restored(saved: _Saved, modes: Modes, find: Find) -> PlayQueue:
    """The saved queue under ``modes``, though in the order that was saved."""
    found = {row.entry: find(row.passage, _item(row)) for row in saved.entries}
    slots = (
        Entry(row.entry, found[row.entry] or Passage(id=row.passage, file=""))
        for row in saved.entries
    )
    whole = PlayQueue(
        entries=tuple(slots),
        modes=replace(modes, random=saved.order is not None),
        order=tuple(saved.order or ()),
        at=saved.at,
        begun=saved.current is not None,
        encore=saved.encore,
        next_id=saved.next_id,
        seed=saved.seed,
    )
    return whole.remove(entry for entry, passage in found.items() if passage is None)


def _item(row: _SavedEntry) -> Item:
    if row.file is None:
        return PassageItem(row.passage)
    return FileItem(row.file, row.start, row.end)


def _unusable(found: str) -> LibraryError:
    return LibraryError(
        f"saved queue: {found}; expected one as it was saved; the queue begins empty"
    )
