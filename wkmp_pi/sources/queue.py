"""The play queue: what its owner may change while it plays.

Pure, as all of ``turns``: a ``PlayQueue`` never changes, every operation
returns another one, and an operation that is refused leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wkmp_pi.commands import Place
from wkmp_pi.errors import RequestError
from wkmp_pi.passage import EntryId, Passage
from wkmp_pi.sources.shuffle import dealt_in
from wkmp_pi.sources.turns import Entry, Modes, Turns, begin, unknown, without

__all__ = ["LIMIT", "Entry", "Modes", "PlayQueue"]

LIMIT = 100
"""Entries that a queue holds at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayQueue(Turns):
    """Entries in the owner's order, at most ``LIMIT``; see ``Turns`` for the fields."""

    def enqueue(
        self, passages: Sequence[Passage], place: Place = Place.END, reference: int | None = None
    ) -> tuple[PlayQueue, tuple[EntryId, ...]]:
        """Put all of ``passages`` into the queue, or none of them.

        In random mode the place tells where they are seen, and chance when they are played,
        except for ``Place.NEXT``. If nothing was left to play, they come next.

        Args:
            passages: in their order.
            place: where they go.
            reference: the entry for before and after, the index from 0 for at; else unused.

        Returns:
            The queue, and the ids of the new entries.

        Raises:
            RequestError: the queue is full, or the reference is missing or unknown.
        """
        _check_room(self, len(passages))
        index = _index(self, place, reference)
        queue, ids = _inserted(self, passages, index)
        if not self.modes.random:
            return replace(queue, at=_pushed(self, index, len(ids))), ids
        room = self.at + self.begun
        if place is Place.NEXT:
            order = (*self.order[:room], *ids, *self.order[room:])
        else:
            order = dealt_in(self.order, ids, room, self.seed)
        return replace(queue, order=order), ids

    def insert_previous(self, passage: Passage) -> tuple[PlayQueue, EntryId]:
        """Put ``passage`` before the current entry, as one that had its turn.

        ``jump`` to the id that is returned then plays it, and the interrupted one after it,
        once more. If nothing is current, it comes next anyway.

        Raises:
            RequestError: the queue is full.
        """
        _check_room(self, 1)
        queue, (entry,) = _inserted(self, (passage,), _index_at(self))
        order = (*self.order[: self.at], entry, *self.order[self.at :])
        if not self.modes.random:
            order = ()
        return replace(queue, order=order, at=self.at + self.begun), entry

    def remove(self, entries: Iterable[EntryId]) -> PlayQueue:
        """Take entries out; unknown ones are out already.

        Without the current one, the entry that follows is current. An encore's id takes out
        the coming performance only: the current entry then leaves when it has ended.
        """
        gone = frozenset(entries)
        queue = replace(self, encore=None) if self.encore in gone else self
        left = without(queue, gone)
        return begin(left) if self.begun and not left.begun else left

    def renewed(self, entry: EntryId) -> PlayQueue:
        """A performance was cut before its turn came: the passage waits on under a fresh id.

        Nothing changes for an entry that is current or not in the queue.
        """
        if entry not in self or entry == self.current:
            return self
        fresh = self.next_id
        return replace(
            self,
            entries=tuple(
                Entry(fresh, slot.passage) if slot.entry == entry else slot for slot in self.entries
            ),
            order=tuple(fresh if other == entry else other for other in self.order),
            encore=fresh if self.encore == entry else self.encore,
            next_id=EntryId(fresh + 1),
        )

    def clear(self) -> PlayQueue:
        """Nothing is left and nothing is current."""
        return without(self, self.ids)

    def move(self, entry: EntryId, index: int) -> PlayQueue:
        """Let the owner see ``entry`` at ``index``; in random mode its turn comes as before.

        Raises:
            RequestError: ``entry`` is not in the queue, or ``index`` lies outside.
        """
        old = _position(self, entry)
        if not 0 <= index < len(self.entries):
            raise _outside(index, len(self.entries) - 1)
        rest = (*self.entries[:old], *self.entries[old + 1 :])
        queue = replace(self, entries=(*rest[:index], self.entries[old], *rest[index:]))
        return queue if self.modes.random else replace(queue, at=_shifted(self, old, index))


def _inserted(
    queue: PlayQueue, passages: Sequence[Passage], index: int
) -> tuple[PlayQueue, tuple[EntryId, ...]]:
    """New entries at ``index`` of the queue; ``order`` and ``at`` are left to the caller."""
    ids = tuple(EntryId(queue.next_id + i) for i in range(len(passages)))
    entries = (*queue.entries[:index], *map(Entry, ids, passages), *queue.entries[index:])
    return replace(queue, entries=entries, next_id=EntryId(queue.next_id + len(ids))), ids


def _pushed(queue: PlayQueue, index: int, count: int) -> int:
    """In queue order: where ``at`` stands once ``count`` entries were inserted at ``index``."""
    if not queue.begun and queue.at == len(queue.entries):
        return index
    return queue.at + count * (index < queue.at + queue.begun)


def _shifted(queue: PlayQueue, old: int, index: int) -> int:
    """In queue order: where ``at`` stands once the entry at ``old`` went to ``index``."""
    if queue.begun and old == queue.at:
        return index
    if not queue.begun and queue.at == len(queue.entries):
        return queue.at
    at = queue.at - (old < queue.at)
    return at + (index < at + queue.begun)


def _index(queue: PlayQueue, place: Place, reference: int | None) -> int:
    """The index of the queue at which something new goes to ``place``."""
    match place:
        case Place.END:
            return len(queue.entries)
        case Place.NEXT:
            return _index_at(queue) + queue.begun
        case Place.AT:
            if reference is None or not 0 <= reference <= len(queue.entries):
                raise _outside(reference, len(queue.entries))
            return reference
        case Place.BEFORE:
            return _position(queue, reference)
        case Place.AFTER:
            return _position(queue, reference) + 1


def _index_at(queue: PlayQueue) -> int:
    """Where the owner sees the entry at ``at``; the end of the queue if there is none."""
    line = queue.line
    return _position(queue, line[queue.at]) if queue.at < len(line) else len(line)


def _position(queue: PlayQueue, entry: int | None) -> int:
    for index, slot in enumerate(queue.entries):
        if slot.entry == entry:
            return index
    raise unknown(entry)


def _check_room(queue: PlayQueue, wanted: int) -> None:
    if len(queue.entries) + wanted > LIMIT:
        raise RequestError(
            f"queue is full: {wanted} more asked for, {len(queue.entries)} there; "
            f"expected at most {LIMIT} together; remove some first"
        )


def _outside(index: int | None, last: int) -> RequestError:
    return RequestError(
        f"index {index}: outside the queue; expected 0 to {last}; look at the queue again"
    )
