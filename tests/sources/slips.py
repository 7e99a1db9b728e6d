"""Two naive models of a play queue: slips of paper on a table, and a hat to draw from.

They know passages only by number, are changed in place, and say nothing of ids.
"""

from dataclasses import dataclass, field

MARK = 0
"""Lies between the slips where playback stands while nothing is current."""


@dataclass
class Table:
    """Playing in queue order: a list of slips, one of them current, or a mark between them."""

    slips: list[int] = field(default_factory=lambda: [MARK])
    current: int = 0
    leaving: bool = False
    repeat: bool = False
    single: bool = False
    consume: bool = False

    def labels(self) -> list[int]:
        return [slip for slip in self.slips if slip != MARK]

    def advance(self) -> None:
        gone = self.consume or self.leaving
        if self.current and self.single and not self.repeat:
            self.lay_mark_after_current()
            self.drop_last(gone)
        elif not (self.current and self.single and not gone):
            self.skip()

    def skip(self) -> None:
        gone = self.consume or self.leaving
        if self.current:
            self.lay_mark_after_current()
            self.drop_last(gone)
        self.begin()

    def begin(self) -> None:
        here = self.slips.index(MARK)
        around = self.slips[here + 1 :] + (self.slips[:here] if self.repeat else [])
        if around:
            self.slips.remove(MARK)
            self.current = around[0]
        self.leaving = False

    def lay_mark_after_current(self) -> None:
        assert self.current
        self.slips.insert(self.slips.index(self.current) + 1, MARK)
        self.current = 0

    def drop_last(self, gone: bool) -> None:
        if gone:
            self.slips.pop(self.slips.index(MARK) - 1)
        self.leaving = False

    def jump(self, label: int) -> None:
        if self.current:
            self.lay_mark_after_current()
            self.drop_last(self.leaving)
        self.slips.remove(MARK)
        self.current = label

    def rewind(self) -> None:
        if self.current:
            self.lay_mark_after_current()
            self.drop_last(self.leaving)
        self.slips.remove(MARK)
        self.slips.insert(0, MARK)

    def enqueue(self, labels: list[int], index: int) -> None:
        if self.slips[-1] == MARK:  # nothing was left to play: the new ones come next
            self.slips.remove(MARK)
            self.slips[index:index] = [MARK, *labels]
        else:
            self.insert(labels, index)

    def insert(self, labels: list[int], index: int) -> None:
        """As the owner counts, who does not see the mark; at the mark, things go behind it."""
        behind = MARK in self.slips and index >= self.slips.index(MARK)
        self.slips[index + behind : index + behind] = labels

    def next_index(self) -> int:
        if self.current:
            return self.slips.index(self.current) + 1
        return self.slips.index(MARK)

    def insert_previous(self, label: int) -> None:
        self.slips.insert(self.slips.index(self.current or MARK) + (not self.current), label)

    def remove(self, labels: set[int]) -> None:
        skipped = self.current in labels
        if skipped:
            self.lay_mark_after_current()
        self.slips = [slip for slip in self.slips if slip not in labels]
        if skipped:
            self.begin()

    def move(self, label: int, index: int) -> None:
        if self.slips[-1] == MARK:
            self.slips.remove(label)
            self.slips.insert(index, label)
            self.slips.sort(key=lambda slip: slip == MARK)
        else:
            self.slips.remove(label)
            self.insert([label], index)


@dataclass
class Hat:
    """Playing at random: who was not drawn yet in this round must be drawn before the others."""

    due: set[int] = field(default_factory=set)

    def drawn(self, label: int, everybody: set[int]) -> None:
        assert label in (self.due or everybody)
        self.due = (self.due or everybody) - {label}
