from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from hil.drivers.boxside import Event
from hil.drivers.card import Pulled
from hil.material import noise
from hil.plugging import Cycle, cycle, heard_between, milliseconds, stretches_between, told
from hil.recording import Recording, Samples, Stamp, Stretch

PLAYED = noise(1, 2)
SECOND = 1_000_000_000


def stretch(at_s: float, sound: Samples, quiet: int = 441) -> Stretch:
    """A stretch that begins at ``at_s`` with a moment of silence."""
    samples = np.concatenate((np.zeros((quiet, 2), np.int32), sound))
    end_ns = round(at_s * SECOND + len(samples) * SECOND / 44_100)
    return Stretch(samples, 44_100, (Stamp(len(samples), end_ns),))


RECORDING = Recording(
    [
        stretch(1, PLAYED[:10_000]),
        stretch(2, PLAYED[:0], quiet=4410),
        stretch(3, PLAYED[20_000:30_000]),
        stretch(4, PLAYED[30_000:40_000], quiet=0),
    ]
)


def test_the_first_sound_between_two_moments_is_found_with_its_time() -> None:
    heard = heard_between(RECORDING, PLAYED, 2 * SECOND, 4 * SECOND, near=0)
    assert heard is not None
    assert abs(heard.at_ns - 3.01 * SECOND) < 2
    assert (heard.piece.first, heard.whole) == (20_000, True)


def test_a_recorder_that_came_with_the_sound_may_have_missed_its_beginning() -> None:
    heard = heard_between(RECORDING, PLAYED, round(3.9 * SECOND), 5 * SECOND, near=30_000)
    assert heard is not None
    assert not heard.whole


def test_where_nothing_sounds_nothing_is_found() -> None:
    assert heard_between(RECORDING, PLAYED, 2 * SECOND, 3 * SECOND, near=0) is None
    assert heard_between(RECORDING, noise(2, 1), 0, 9 * SECOND, near=0) is None


def test_a_stretch_counts_where_any_part_of_it_lies() -> None:
    found = stretches_between(RECORDING, round(1.1 * SECOND), round(2.05 * SECOND))
    assert found == RECORDING.stretches[:2]


def test_what_never_came_took_for_ever() -> None:
    assert milliseconds([(1_000_000, 3_500_000), (5, None)]) == [2.5, inf]


class FakeBench:
    """Tells the events of a script, in order."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    def event(self, name: str, timeout_s: float) -> Event:
        if name not in self.names:
            raise TimeoutError(f"no {name} within {timeout_s} s")
        del self.names[: self.names.index(name) + 1]
        return Event(name, {}, 7)


class FakeCard:
    def unplug(self, after_s: float) -> Pulled:
        return Pulled(1, 2, round(after_s))

    def plug(self, after_s: float) -> int:
        return round(after_s)


def cycled(*names: str) -> Cycle:
    bench: Any = FakeBench(*names)
    card: Any = FakeCard()
    return cycle(bench, card, 3, 5)


def test_a_cycle_is_told_in_the_order_in_which_it_happens() -> None:
    done = cycled("output.lost", "problem.changed", "output.opened", "output.restored")
    assert (done.pulled.heard_frames, done.plugged_ns) == (3, 5)
    assert None not in (done.lost, done.problem, done.restored)


def test_what_is_not_told_in_a_cycle_is_missing_and_the_card_is_plugged_in_all_the_same() -> None:
    assert cycled() == Cycle(Pulled(1, 2, 3), None, None, 5, None)
    assert cycled("output.lost").problem is None


def test_an_event_that_does_not_come_is_none() -> None:
    bench: Any = FakeBench("output.lost")
    assert told(bench, "output.opened", 1) is None
