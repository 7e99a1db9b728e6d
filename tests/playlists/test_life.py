"""Whatever happens in whatever order, every run has ended or waits with a deadline.

Seeded lives on a virtual clock: playlists of all shapes and policies, events, commands, stalls,
passages that begin, end or stop in the middle, edits and a shutdown. After the longest deadline
and a second more, nothing may be left. The control takes the deadline away, and must be seen.

WKMP_PI_SEEDS=100000 lives that many.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from playlists.clockwork import MS, Clockwork, book_of, completed, good_book, started

from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import ButtonPressed, StateChanged
from wkmp_pi.playlists.book import Book
from wkmp_pi.playlists.definition import Retrigger
from wkmp_pi.playlists.words import MarkHeard

SEEDS = int(os.environ.get("WKMP_PI_SEEDS", "600"))
LONGEST_S = 60.0
PLAYLISTS = {
    "plain": """
        retrigger = "restart"
        completion = "plain.done"
        [[trigger]]
        event = "button.pressed"
        where = { button = "a" }
        [[step]]
        event = "plain.tick"
        repeat = 7
        interval_s = 0.4
        [[step]]
        event = "plain.tock"
        offset_s = 1.3
        drop_after_ms = 200
        """,
    "waits": """
        retrigger = "parallel"
        max_runs = 3
        [[trigger]]
        event = "button.pressed"
        where = { button = { in = ["a", "b"] } }
        [[interrupt]]
        event = "playback.state_changed"
        where = { state = "paused" }
        [[step]]
        id = "first"
        event = "waits.first"
        offset_s = 0.2
        wait = { event = "plain.done", deadline_s = 9 }
        [[step]]
        after = "first"
        event = "waits.second"
        offset_s = 1
        wait = { event = "button.pressed", where = { button = "c" }, deadline_s = 5 }
        [[ending]]
        event = "waits.over"
        """,
    "ends": """
        anchor = "passage end"
        deadline_s = 30
        retrigger = "queue"
        max_runs = 4
        [[trigger]]
        event = "passage.started"
        [[trigger]]
        event = "button.pressed"
        where = { button = "d" }
        [[step]]
        event = "ends.soon"
        offset_s = -3
        repeat = 4
        interval_s = 0.7
        """,
    "starts": """
        anchor = "passage start"
        deadline_s = 20
        retrigger = "ignore"
        [[trigger]]
        event = "button.pressed"
        where = { button = "d" }
        [[interrupt]]
        event = "button.pressed"
        where = { button = "a" }
        [[step]]
        event = "starts.now"
        offset_s = 0.5
        """,
    "follows": """
        deadline_s = 8
        [[trigger]]
        event = "event.playlist.stopped"
        where = { playlist_id = "plain" }
        [[step]]
        event = "follows.one"
        offset_s = 2
        [[step]]
        event = "follows.two"
        wait = { event = "ends.soon", deadline_s = 60 }
        """,
}
BOOK = good_book(**PLAYLISTS)


def without_deadlines(book: Book) -> Book:
    """The control: the same playlists, but nobody knows when to give up."""
    entries = {}
    for id_, entry in book.entries.items():
        never = 10**18
        gates = {
            i: replace(gate, wait=replace(gate.wait, deadline_ns=never))
            for i, gate in entry.playlist.gates.items()
        }
        playlist = replace(entry.playlist, deadline_ns=None, gates=gates)
        entries[id_] = replace(entry, playlist=playlist)
    return replace(book, entries=entries)


class Life:
    """One box through one seeded life."""

    def __init__(self, seed: int, book: Book) -> None:
        self.luck = random.Random(seed)
        self.stalls = self.luck.random() < 0.3
        self.box = Clockwork(book, stall=self._stall)
        self.book = book
        self.entry = 0
        self.sounding: list[int] = []

    def live(self) -> Clockwork:
        for _ in range(self.luck.randint(3, 25)):
            self.luck.choice(self._ways())()
            self.box.run(self.luck.expovariate(1.5))
        if self.luck.random() < 0.1:
            self.box.shutdown()
        return self.box

    def _stall(self) -> int:
        return round(self.luck.expovariate(1) * 1500 * MS) if self.stalls else 0

    def _ways(self) -> list[Callable[[], object]]:
        return [
            *[self._press] * 4, *[self._passage] * 2, *[self._hear] * 3,
            self._pause, self._start, self._stop, self._edit,
            lambda: self.box.stand(self.luck.expovariate(0.3)),
        ]  # fmt: skip

    def _press(self) -> None:
        self.box.feed(ButtonPressed(button=self.luck.choice("abcd"), at_ns=self.box.now))

    def _pause(self) -> None:
        self.box.feed(StateChanged(state="paused", entry=None, position_ms=None))

    def _passage(self) -> None:
        if self.sounding and self.luck.random() < 0.5:
            self.box.feed(completed(self.sounding.pop(0)))
        else:
            self.entry += 1
            self.sounding.append(self.entry)
            self.box.feed(started(self.entry, self.box.now))

    def _hear(self) -> None:
        for mark in list(self.box.marks):
            if mark.entry in self.sounding and self.luck.random() < 0.7:
                self.box.feed(MarkHeard(mark, self.box.now - self.luck.randint(0, 40) * MS))

    def _start(self) -> None:
        try:
            self.box.start(self.luck.choice(list(PLAYLISTS)))
        except RequestError:
            return

    def _stop(self) -> None:
        self.box.stop(playlist=self.luck.choice(list(self.box.runs.book.entries)))

    def _edit(self) -> None:
        policy = self.luck.choice(list(Retrigger))
        gone = self.luck.choice([*PLAYLISTS, None, None])
        entries = {
            id_: replace(entry, playlist=replace(entry.playlist, retrigger=policy))
            for id_, entry in self.book.entries.items()
            if id_ != gone
        }
        self.box.use(replace(self.book, entries=entries))


def stuck(seed: int, book: Book = BOOK) -> int:
    """What is left after the longest deadline and a second, besides what still waits its turn."""
    box = Life(seed, book).live()
    for _ in range(6):  # runs in a queue wait for each other, and each has its own deadline
        box.run(LONGEST_S + 1)
    return box.runs.in_flight


def test_no_life_leaves_a_run_that_hangs():
    left = {seed: found for seed in range(SEEDS) if (found := stuck(seed))}
    assert left == {}


def test_every_run_is_created_once_and_stopped_once_and_tells_what_came_of_it():
    reasons: Counter[str] = Counter()
    for seed in range(min(SEEDS, 200)):
        box = Life(seed, BOOK).live()
        box.shutdown()
        created = [event.run_id for event in box.created()]
        stopped = {event.run_id: event for event in box.stopped()}
        assert len(set(created)) == len(created)
        assert sorted(created) == sorted(stopped)
        emitted = Counter(event.run_id for event in box.emitted())
        assert all(emitted[run_id] == end.emitted_count for run_id, end in stopped.items())
        assert all(event.late_ms >= 0 for event in box.emitted())
        assert box.runs.in_flight == 0
        reasons.update(str(end.reason) for end in stopped.values())
    assert set(reasons) == {
        "completed", "interrupted", "cancelled", "superseded", "failed", "timeout", "shutdown",
    }, "these lives see everything"  # fmt: skip


def test_the_same_seed_lives_the_same_life():
    for seed in range(20):
        assert Life(seed, BOOK).live().came == Life(seed, BOOK).live().came


def test_without_deadlines_runs_hang_and_that_is_seen():
    hanging = [seed for seed in range(100) if stuck(seed, without_deadlines(BOOK))]
    assert len(hanging) > 20


@pytest.mark.parametrize("name", ["waits", "ends", "starts"])
def test_a_playlist_whose_deadline_is_removed_is_refused_before_it_can_hang(name):
    lines = PLAYLISTS[name].splitlines()
    kept = [line for line in lines if not line.strip().startswith("deadline_s")]
    text = "\n".join(kept).replace(", deadline_s = 9", "")
    assert any("without a deadline" in problem for problem in book_of(**{name: text}).problems)
