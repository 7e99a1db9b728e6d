"""What is answered survives: no answer comes before what it tells is kept."""

from __future__ import annotations

from typing import Any

import pytest
from conductor.desk import MS, Desk

from wkmp_pi import commands
from wkmp_pi.conductor import effects as do
from wkmp_pi.conductor.decide import Tick, next_deadline_ns


@pytest.mark.parametrize(
    "command",
    [
        commands.SetSetting(key="crossfade_ms", value=1234),
        commands.SetVolume(percent=40),
        commands.Mute(on=True),
        commands.Clear(),
        commands.Seek(position_ms=4000),
        commands.Pause(),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_changes_something_is_answered_when_that_is_kept(command: Any) -> None:
    desk = playing()
    desk.ask(command)
    saves = [e for e in desk.effects if isinstance(e, do.SaveQueue | do.SaveState | do.SaveSetting)]
    (reply,) = desk.of(do.Reply)
    assert reply.when_kept
    assert all(desk.effects.index(save) < desk.effects.index(reply) for save in saves)


@pytest.mark.parametrize(
    "command",
    [
        commands.GetStatus(),
        commands.SetVolume(percent=100),
        commands.SetSetting(key="crossfade_ms", value=-1),
    ],
    ids=["asks", "changes nothing", "is refused"],
)
def test_what_changes_nothing_is_answered_at_once(command: Any) -> None:
    desk = playing()
    desk.ask(command)
    (reply,) = desk.of(do.Reply)
    assert not reply.when_kept


def playing() -> Desk:
    desk = Desk()
    desk.enqueue(1, 2)
    desk.ask(commands.Play())
    desk.ready(1, 2)
    desk.starts(1)
    desk.effects.clear()
    return desk


def test_the_position_is_saved_each_half_minute_whatever_is_saved_in_between() -> None:
    """What follows from the music alone waits for that: a card is not written to for each of it."""
    desk = playing()
    begin = desk.now
    desk.now += 20_000 * MS
    desk.completes(1)
    desk.starts(2)
    assert [save.at_once for save in desk.of(do.SaveState)] == [False]
    assert next_deadline_ns(desk.state) == begin + 29_000 * MS
    desk.now = begin + 29_000 * MS
    desk.tell(Tick())
    assert [save.at_once for save in desk.of(do.SaveState)] == [False, True]


def test_the_position_goes_on_where_a_crossfade_ends() -> None:
    """By the frames that were heard of the incoming passage, before its next position is told."""
    desk = playing()
    desk.now += 8_000 * MS
    desk.starts(2)
    desk.now += 2_000 * MS
    desk.completes(1)
    assert desk.state.queue.current == 2
    assert desk.state.position_ms(desk.now) == 2000
    assert desk.state.position_ms(desk.now + 300 * MS) == 2300
