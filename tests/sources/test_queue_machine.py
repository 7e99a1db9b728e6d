"""The play queue against naive models, under every sequence of operations."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sources.slips import Hat, Table

from wkmp_pi.commands import Place
from wkmp_pi.errors import RequestError
from wkmp_pi.passage import EntryId, Passage, PassageId
from wkmp_pi.sources.queue import LIMIT, Modes, PlayQueue
from wkmp_pi.sources.saved import dump, load

FAR = 1000
CHOICE = st.integers(0, 30)


def passages(labels: Sequence[int]) -> list[Passage]:
    return [Passage(id=PassageId(label), file=f"/{label}") for label in labels]


def labels_of(queue: PlayQueue) -> list[int]:
    return [slot.passage.id for slot in queue.entries]


def label_of(queue: PlayQueue) -> int:
    """The current passage; 0 if there is none."""
    return queue.current_entry.passage.id if queue.current_entry else 0


class Ids(RuleBasedStateMachine):
    """What holds in every mode: the rule of the ids, and nobody lost or doubled."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = PlayQueue(seed=7)
        self.labels = 0
        self.performed: set[EntryId] = set()
        self.meaning: dict[EntryId, int] = {}

    def becomes(self, queue: PlayQueue) -> None:
        """Take the result of an operation; what begins by it has never begun before."""
        if queue.current not in (None, self.queue.current):
            assert queue.current not in self.performed
            self.performed.add(queue.current)
        assert queue.next_id >= self.queue.next_id
        self.queue = queue

    def new(self, count: int) -> list[int]:
        self.labels += count
        return list(range(self.labels - count + 1, self.labels + 1))

    def pick(self, choice: int) -> EntryId:
        return self.queue.ids[choice % len(self.queue.ids)]

    def some(self) -> bool:
        return bool(self.queue.entries)

    def few(self) -> bool:
        return len(self.queue.entries) < 12

    @invariant()
    def nobody_waits_under_a_used_id(self) -> None:
        waiting = [entry for entry in self.queue.ids if entry != self.queue.current]
        if self.queue.encore is not None:
            waiting.append(self.queue.encore)
        assert len(set(waiting)) == len(waiting)
        assert not self.performed & set(waiting)
        assert all(entry < self.queue.next_id for entry in waiting)

    @invariant()
    def an_id_means_one_passage_for_ever(self) -> None:
        for slot in (*self.queue.entries, *self.queue.upcoming(FAR)):
            assert self.meaning.setdefault(slot.entry, slot.passage.id) == slot.passage.id
        if self.queue.encore is not None:
            label = label_of(self.queue)
            assert self.meaning.setdefault(self.queue.encore, label) == label

    @invariant()
    def upcoming_is_what_advancing_plays(self) -> None:
        queue = self.queue
        for slot in self.queue.upcoming(FAR):
            queue = queue.advance()
            assert queue.current_entry == slot
        further = queue.advance().current
        assert further is None or further >= self.queue.next_id

    @invariant()
    def fewer_upcoming_are_the_first_of_more(self) -> None:
        assert self.queue.upcoming(2) == self.queue.upcoming(FAR)[:2]

    @invariant()
    def what_is_seen_is_what_is_played(self) -> None:
        assert sorted(self.queue.line) == sorted(self.queue.ids)
        assert len(self.queue.entries) <= LIMIT
        assert 0 <= self.queue.at <= len(self.queue.line)

    @invariant()
    def it_survives_a_restart(self) -> None:
        known = {slot.passage.id: slot.passage for slot in self.queue.entries}
        again = load(dump(self.queue), self.queue.modes, lambda id_, _: known[id_])
        assert again == self.queue


class InOrder(Ids):
    """Without random mode the queue is a table with slips of paper."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()

    @rule(repeat=st.booleans(), single=st.booleans(), consume=st.booleans())
    def modes(self, repeat: bool, single: bool, consume: bool) -> None:
        self.becomes(
            self.queue.with_modes(Modes(repeat=repeat, single=single, consume=consume), seed=3)
        )
        self.table.repeat, self.table.single, self.table.consume = repeat, single, consume

    @precondition(Ids.few)
    @rule(count=st.integers(0, 3))
    def enqueue_at_the_end(self, count: int) -> None:
        new = self.new(count)
        queue, ids = self.queue.enqueue(passages(new))
        self.becomes(queue)
        assert len(ids) == count
        self.table.enqueue(new, len(self.table.labels()))

    @precondition(Ids.few)
    @rule()
    def enqueue_next(self) -> None:
        new = self.new(2)
        queue, _ = self.queue.enqueue(passages(new), Place.NEXT)
        self.becomes(queue)
        self.table.enqueue(new, self.table.next_index())
        if not self.queue.modes.single:
            assert [slot.passage.id for slot in self.queue.upcoming(2)] == new

    @precondition(Ids.few)
    @rule(choice=CHOICE, place=st.sampled_from([Place.BEFORE, Place.AFTER, Place.AT]))
    def enqueue_by_reference(self, choice: int, place: Place) -> None:
        if not self.some():
            return
        index = choice % len(self.queue.ids)
        reference = index if place is Place.AT else self.queue.ids[index]
        new = self.new(2)
        queue, _ = self.queue.enqueue(passages(new), place, reference)
        self.becomes(queue)
        self.table.enqueue(new, index + (place is Place.AFTER))

    @rule()
    def advance(self) -> None:
        self.becomes(self.queue.advance())
        self.table.advance()

    @rule()
    def skip(self) -> None:
        self.becomes(self.queue.skip())
        self.table.skip()

    @precondition(Ids.some)
    @rule(choice=CHOICE)
    def jump(self, choice: int) -> None:
        label = self.queue.entries[choice % len(self.queue.ids)].passage.id
        entry = self.pick(choice)
        if entry == self.queue.current and self.queue.encore is None:
            with pytest.raises(RequestError):
                self.queue.jump(entry)
            return
        self.becomes(self.queue.jump(entry))
        self.table.jump(label)

    @rule()
    def rewind(self) -> None:
        self.becomes(self.queue.rewind())
        self.table.rewind()

    @precondition(Ids.few)
    @rule()
    def insert_previous(self) -> None:
        (label,) = self.new(1)
        queue, entry = self.queue.insert_previous(passages([label])[0])
        assert not queue.begun or queue.preceding == entry
        self.becomes(queue)
        self.table.insert_previous(label)

    @rule(choices=st.sets(CHOICE, max_size=3), strange=st.integers(-5, 0))
    def remove(self, choices: set[int], strange: int) -> None:
        gone = {self.pick(choice) for choice in choices if self.some()}
        labels = {self.meaning[entry] for entry in gone}
        queue = self.queue.remove([*gone, EntryId(strange)])
        assert queue.remove(gone) == queue
        self.becomes(queue)
        self.table.remove(labels)

    @precondition(lambda self: self.queue.encore is not None)
    @rule()
    def remove_the_encore(self) -> None:
        assert self.queue.encore is not None
        self.becomes(self.queue.remove([self.queue.encore]))
        self.table.leaving = True

    @precondition(Ids.some)
    @rule(choice=CHOICE, index=CHOICE)
    def move(self, choice: int, index: int) -> None:
        index %= len(self.queue.ids)
        entry = self.pick(choice)
        label = self.queue.entries[choice % len(self.queue.ids)].passage.id
        queue = self.queue.move(entry, index)
        assert queue.ids[index] == entry
        self.becomes(queue)
        self.table.move(label, index)

    @rule()
    def clear(self) -> None:
        self.becomes(self.queue.clear())
        assert self.queue.clear() == self.queue
        self.table.remove(set(self.table.labels()))

    @invariant()
    def the_table_shows_the_same(self) -> None:
        assert labels_of(self.queue) == self.table.labels()
        assert label_of(self.queue) == self.table.current


class AtRandom(Ids):
    """In random mode everybody is drawn once before anybody is drawn again."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = self.queue.with_modes(Modes(random=True))
        self.hat = Hat()

    def becomes(self, queue: PlayQueue, drawn: bool = True) -> None:
        before = self.queue
        super().becomes(queue)
        self.hat.due &= set(labels_of(queue))
        label = label_of(queue)
        if drawn and label not in (0, label_of(before)):
            self.hat.drawn(label, set(labels_of(queue)))

    @rule(repeat=st.booleans(), single=st.booleans(), consume=st.booleans())
    def modes(self, repeat: bool, single: bool, consume: bool) -> None:
        modes = Modes(random=True, repeat=repeat, single=single, consume=consume)
        self.becomes(self.queue.with_modes(modes))

    @rule(seed=st.integers(0, 99))
    def shuffle_anew(self, seed: int) -> None:
        over = self.queue.at == len(self.queue.line)
        ordered = self.queue.with_modes(replace(self.queue.modes, random=False))
        assert ordered.current_entry == self.queue.current_entry
        self.becomes(ordered.with_modes(self.queue.modes, seed))
        everybody = set(labels_of(self.queue)) - {label_of(self.queue)}
        self.hat.due = set() if over else everybody

    @precondition(Ids.few)
    @rule(count=st.integers(0, 4), choice=CHOICE, place=st.sampled_from(Place))
    def enqueue(self, count: int, choice: int, place: Place) -> None:
        if not self.some() and place in (Place.BEFORE, Place.AFTER):
            return
        reference = choice % (len(self.queue.ids) + 1) if place is Place.AT else None
        if place in (Place.BEFORE, Place.AFTER):
            reference = self.pick(choice)
        new = self.new(count)
        queue, _ = self.queue.enqueue(passages(new), place, reference)
        self.becomes(queue)
        self.hat.due |= set(new)
        if place is Place.NEXT and not queue.modes.single:
            assert [slot.passage.id for slot in queue.upcoming(count)] == new

    @rule()
    def advance(self) -> None:
        self.becomes(self.queue.advance())

    @rule()
    def skip(self) -> None:
        self.becomes(self.queue.skip())

    @rule()
    def rewind(self) -> None:
        self.becomes(self.queue.rewind())
        self.hat.due = set(labels_of(self.queue))

    @precondition(Ids.some)
    @rule(choice=CHOICE)
    def jump(self, choice: int) -> None:
        entry = self.pick(choice)
        if entry == self.queue.current and self.queue.encore is None:
            return
        label, interrupted = self.meaning[entry], label_of(self.queue)
        stays = self.queue.encore is not None
        self.becomes(self.queue.jump(entry), drawn=False)
        if label not in self.hat.due and stays and label != interrupted:
            self.hat.due.add(interrupted)
        self.hat.due.discard(label)

    @precondition(Ids.few)
    @rule()
    def insert_previous(self) -> None:
        (label,) = self.new(1)
        queue, entry = self.queue.insert_previous(passages([label])[0])
        if not queue.begun:
            self.hat.due.add(label)
        elif queue.encore and not queue.modes.single:
            assert queue.preceding == entry
            assert queue.jump(entry).upcoming(1)[0].entry == queue.encore
        self.becomes(queue)

    @rule(choices=st.sets(CHOICE, max_size=3))
    def remove(self, choices: set[int]) -> None:
        gone = {self.pick(choice) for choice in choices if self.some()}
        self.becomes(self.queue.remove(gone))

    @precondition(lambda self: self.queue.encore is not None)
    @rule()
    def remove_the_encore(self) -> None:
        assert self.queue.encore is not None
        self.becomes(self.queue.remove([self.queue.encore]))

    @precondition(Ids.some)
    @rule(choice=CHOICE, index=CHOICE)
    def move(self, choice: int, index: int) -> None:
        queue = self.queue.move(self.pick(choice), index % len(self.queue.ids))
        assert queue.upcoming(FAR) == self.queue.upcoming(FAR)
        self.becomes(queue)

    @invariant()
    def everybody_due_comes_in_this_round(self) -> None:
        if not self.queue.modes.single:
            coming = [slot.passage.id for slot in self.queue.upcoming(FAR)]
            assert set(coming[: len(self.hat.due)]) == self.hat.due


BUDGET = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestInOrder = InOrder.TestCase
TestInOrder.settings = BUDGET
TestAtRandom = AtRandom.TestCase
TestAtRandom.settings = BUDGET
