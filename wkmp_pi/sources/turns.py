"""Whose turn it is: entries in an order of play, and the ids of their performances.

Pure: nothing here changes in place, opens a file, reads a clock or draws luck
of its own (the seed is an argument), and nothing here knows whether anything
sounds.

The rule: an entry id stands for one performance, ever. An entry that stays
after its turn waits under a fresh id, and the id under which the current one
will wait, its *encore*, is known from the moment it begins. So whatever plays
next can be decoded ahead and crossfaded, even a queue of one entry into itself.

The modes are those of MPD (https://mpd.readthedocs.io/en/stable/protocol.html);
as there (``Queue::GetNextOrder``), consume wins over single with repeat.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Self, TypeVar

from wkmp_pi.errors import RequestError
from wkmp_pi.passage import EntryId, Passage
from wkmp_pi.sources.shuffle import shuffled

FIRST_ID = EntryId(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """How it goes on after an entry.

    Attributes:
        repeat: after the last entry comes the first.
        random: in shuffled order; every entry once before any comes again.
        single: nothing follows the current one; with repeat, it follows itself.
        consume: an entry leaves the queue when it was played.
    """

    repeat: bool = False
    random: bool = False
    single: bool = False
    consume: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One passage in the queue, and the id of its present or next performance."""

    entry: EntryId
    passage: Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """All that is needed to tell what plays next, until it is told otherwise.

    Attributes:
        entries: in the order in which the owner sees them.
        modes: changed by ``with_modes`` only.
        order: in random mode the ids of all entries in the order of this round; else empty.
        at: index, in the order of play, of the current entry; of the next one if none is
            current. Everything before it had its turn.
        begun: whether the entry at ``at`` is current.
        encore: the id under which the current entry will wait for its next performance;
            ``None`` if it leaves after this one, and if none is current.
        next_id: the next id that was never used.
        seed: the luck of random mode.
    """

    entries: tuple[Entry, ...] = ()
    modes: Modes = Modes()
    order: tuple[EntryId, ...] = ()
    at: int = 0
    begun: bool = False
    encore: EntryId | None = None
    next_id: EntryId = FIRST_ID
    seed: int = 0

    @property
    def ids(self) -> tuple[EntryId, ...]:
        """The ids of the entries, in the order in which the owner sees them."""
        return tuple(slot.entry for slot in self.entries)

    @property
    def line(self) -> tuple[EntryId, ...]:
        """The ids of the entries, in the order of play."""
        return self.order if self.modes.random else self.ids

    def __contains__(self, entry: object) -> bool:
        """Whether this id stands for an entry's present or next performance."""
        return entry is not None and (entry in self.ids or entry == self.encore)

    @property
    def current(self) -> EntryId | None:
        """The entry whose turn it is; ``None`` before the first and after the last."""
        return self.line[self.at] if self.begun else None

    @property
    def current_entry(self) -> Entry | None:
        """The current entry with its passage."""
        return self.entries[self.ids.index(self.line[self.at])] if self.begun else None

    @property
    def preceding(self) -> EntryId | None:
        """The entry that comes before the one at ``at``, to be jumped to."""
        if self.at > 0:
            return self.line[self.at - 1]
        goes_round = self.modes.repeat and not self.modes.random
        return self.line[-1] if goes_round and self.entries else None

    def upcoming(self, n: int) -> tuple[Entry, ...]:
        """The next ``n`` performances after the current one, as ``advance`` will bring them.

        Fewer, if the end comes before, or if an entry would come for the second time: that
        performance has no id yet. The ids that are told here stay true: they may come later
        than foretold, or never, but they never stand for another passage.
        """
        found: list[Entry] = []
        turns = self
        while len(found) < n:
            turns = turns.advance()
            entry = turns.current_entry
            if entry is None or entry.entry >= self.next_id:
                break
            found.append(entry)
        return tuple(found)

    def advance(self) -> Self:
        """The current performance is over, or the first one begins.

        In single mode without repeat nothing is current then, and another ``advance`` begins
        the entry that follows.
        """
        if not self.begun or not self.modes.single:
            return self.skip()
        if not self.modes.repeat:
            return ended(self)
        if self.modes.consume or self.encore is None:
            return self.skip()
        return begin(waiting(self))

    def skip(self) -> Self:
        """On to the following entry, whether or not single mode would stop here."""
        return begin(ended(self))

    def jump(self, entry: EntryId) -> Self:
        """Make ``entry`` current; the one that is interrupted stays, even in consume mode.

        The current entry itself is performed anew, under its encore id. In random mode nobody
        loses a turn: an entry that is still to come is preferred to the others, and after one
        that had its turn already, the interrupted one is played once more.

        Raises:
            RequestError: ``entry`` is not in the queue.
        """
        turns = waiting(self)
        wanted = self.encore if self.begun and entry == self.current else entry
        if wanted is None or wanted not in turns.line:
            raise unknown(entry)
        index = turns.line.index(wanted)
        if not self.modes.random:
            return begin(replace(turns, at=index))
        interrupted = self.begun and self.encore is not None
        mark = turns.at + (interrupted and index > turns.at) - (index < turns.at)
        rest = [other for other in turns.order if other != wanted]
        return begin(replace(turns, order=(*rest[:mark], wanted, *rest[mark:]), at=mark))

    def rewind(self) -> Self:
        """Nothing is current, and the next one is the first of the queue, or of a new round."""
        return new_round(waiting(self))

    def with_modes(self, modes: Modes, seed: int | None = None) -> Self:
        """The same entries under other modes; what is current stays.

        Switching random on begins a round with the current entry, shuffled by ``seed`` (else
        otherwise than last time); switching it off goes on in queue order.
        """
        if modes.random == self.modes.random:
            return replace(self, modes=modes)
        if modes.random:
            shuffling = replace(self, seed=self.seed + 1 if seed is None else seed)
            return replace(_at_random(shuffling), modes=modes)
        return replace(_in_sequence(self), modes=modes)


Q = TypeVar("Q", bound=Turns)


def begin(turns: Q) -> Q:
    """Make the entry at ``at`` current, if there is one; after the last, go round."""
    if turns.at == len(turns.entries):
        if not turns.modes.repeat or not turns.entries:
            return turns
        turns = new_round(turns)
    return replace(turns, begun=True, encore=turns.next_id, next_id=EntryId(turns.next_id + 1))


def ended(turns: Q) -> Q:
    """The current entry had its turn: it leaves, or waits for the next round."""
    if not turns.begun:
        return turns
    if turns.modes.consume or turns.encore is None:
        return without(turns, (turns.line[turns.at],))
    return replace(waiting(turns), at=turns.at + 1)


def waiting(turns: Q) -> Q:
    """The current entry waits again where it stands, under its encore id; none is current."""
    if not turns.begun:
        return turns
    old, new = turns.line[turns.at], turns.encore
    if new is None:
        return without(turns, (old,))
    return replace(
        turns,
        entries=tuple(Entry(new, s.passage) if s.entry == old else s for s in turns.entries),
        order=tuple(new if entry == old else entry for entry in turns.order),
        begun=False,
        encore=None,
    )


def without(turns: Q, gone: Collection[EntryId]) -> Q:
    """Take entries out; without the current one, none is current and ``at`` is what follows."""
    stays = turns.begun and turns.line[turns.at] not in gone
    return replace(
        turns,
        entries=tuple(slot for slot in turns.entries if slot.entry not in gone),
        order=tuple(entry for entry in turns.order if entry not in gone),
        at=sum(entry not in gone for entry in turns.line[: turns.at]),
        begun=stays,
        encore=turns.encore if stays else None,
    )


def new_round(turns: Q) -> Q:
    """The first entry is the next one; in random mode, of another order."""
    if not turns.modes.random:
        return replace(turns, at=0)
    last = turns.order[-1] if turns.order else None
    return replace(turns, order=shuffled(turns.order, turns.seed, not_first=last), at=0)


def unknown(entry: int | None) -> RequestError:
    """The refusal of an entry that is not in the queue."""
    return RequestError(
        f"entry {entry}: not in the queue; expected one that waits there or plays; "
        "look at the queue again, played entries have new ids"
    )


def _at_random(turns: Q) -> Q:
    order = shuffled(turns.ids, turns.seed)
    if turns.current is not None:
        order = (turns.current, *(entry for entry in order if entry != turns.current))
    over = not turns.begun and turns.at == len(turns.entries)
    return replace(turns, order=order, at=len(order) if over else 0)


def _in_sequence(turns: Q) -> Q:
    at = turns.at
    if turns.begun or 0 < at < len(turns.order):
        at = turns.ids.index(turns.order[at])
    return replace(turns, order=(), at=at)
