"""The loop around the decisions: messages, deadlines, and looks of the watchdog."""

from __future__ import annotations

from typing import Any

import pytest
from conductor.desk import passage

from wkmp_pi import commands
from wkmp_pi.conductor import Conductor, State
from wkmp_pi.conductor.decide import Stuck
from wkmp_pi.conductor.effects import Ask
from wkmp_pi.settings import Settings

RATE = 44_100


class Time:
    """Jumps forward a second whenever somebody looks, so that every deadline has come."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        self.ns += 1_000_000_000
        return self.ns


def nobody(*_: Any) -> None:
    """No answer is wanted."""


def loop(looks: list[State], **settings: Any) -> Conductor:
    def watch(state: State) -> Stuck | None:
        looks.append(state)
        if len(looks) == 3:
            conductor.stop()
        return None

    state = State(rate_hz=RATE, settings=Settings(**settings))
    conductor = Conductor(state, nobody, clock_ns=Time(), watch=watch)
    return conductor


def test_the_watchdog_looks_while_there_is_something_to_play() -> None:
    looks: list[State] = []
    conductor = loop(looks)
    enqueue = commands.Enqueue(items=("passage:1",))
    conductor.post(Ask(commands.Play(), nobody))
    conductor.post(Ask(enqueue, nobody, (passage(1),)))
    conductor.run()
    assert len(looks) == 3


@pytest.mark.parametrize("enabled", [True, False])
def test_an_empty_queue_is_not_watched_so_that_an_idle_box_sleeps(enabled: bool) -> None:
    looks: list[State] = []
    conductor = loop(looks, watchdog_enabled=enabled)
    conductor.post(Ask(commands.Play(), nobody))
    conductor.stop()
    conductor.run()
    assert conductor.state.playing
    assert conductor._deadline_ns() is None
    assert looks == []


def test_steps_count_the_messages() -> None:
    conductor = loop([])
    conductor.post(Ask(commands.Pause(), nobody))
    conductor.post(Ask(commands.Play(), nobody))
    conductor.stop()
    conductor.run()
    assert conductor.steps == 2
