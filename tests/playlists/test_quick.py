"""What the runs cost the conductor, in its own time: no other may be late because of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from playlists.clockwork import BEGIN, MS, Clockwork, good_book

from wkmp_pi.events.kinds import ButtonPressed, PositionUpdated

TEXT = """
max_runs = 200
veto_ms = 0
[[interrupt]]
event = "button.pressed"
[[step]]
event = "a.tick"
repeat = 1000
interval_s = 0.1
data = { text = "some words", level = [1, 2, 3] }
"""


SLOWER = 8 if sys.gettrace() else 1
"""Where each line is watched, as when coverage is measured."""


def spent_ms(act: Callable[[], object]) -> float:
    """What an act costs its thread."""
    before = time.thread_time_ns()
    act()
    return (time.thread_time_ns() - before) / 1e6


def crowd(count: int = 200) -> Clockwork:
    """So many runs, each a little later than the one before."""
    box = Clockwork(good_book(a=TEXT), hears_itself=False)
    for _ in range(count):
        box.start("a", data={"who": "somebody"})
        box.now += 100 * MS // count
    return box


def test_two_hundred_runs_cost_less_than_two_milliseconds_a_step():
    box = crowd()
    costs = []
    while box.now < BEGIN + 2000 * MS:
        due = box.runs.deadline_ns
        assert due is not None
        box.now = max(due, box.now)
        costs.append(spent_ms(lambda: box.runs.due(box.now)))
    costs.sort()
    assert len(costs) > 1000
    assert costs[len(costs) * 99 // 100] < 2 * SLOWER


def test_an_interrupt_stops_two_hundred_runs_within_five_milliseconds():
    costs = []
    for _ in range(5):
        box = crowd()
        costs.append(spent_ms(lambda box=box: box.feed(ButtonPressed(button="x", at_ns=0))))
        assert box.reasons() == ["interrupted"] * 200
    assert min(costs) < 5 * SLOWER, "all of them"
    single = crowd(1)
    assert spent_ms(lambda: single.feed(ButtonPressed(button="x", at_ns=0))) < 5 * SLOWER


def test_an_event_that_nobody_wants_costs_next_to_nothing():
    box = crowd()
    event = PositionUpdated(
        frame=0, heard_ns=0, entry=1, passage=1, file="/1", position_ms=0, duration_ms=1
    )
    costs = sorted(spent_ms(lambda: box.feed(event)) for _ in range(300))
    assert costs[len(costs) // 2] < 1 * SLOWER
