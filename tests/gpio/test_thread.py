from __future__ import annotations

import threading

import pytest
from gpio.mock import Chip, Clock

from wkmp_pi.gpio import PinError, Pins, PinThread

MS = 1_000_000


class User:
    """Notes what happens to it."""

    def __init__(self, due_ns: int | None = None) -> None:
        self.calls: list[str] = []
        self.due_ns = due_ns
        self.gone = False
        self.stepped = threading.Event()
        self.threads: set[str] = set()

    def open(self, pins: Pins) -> None:
        self.calls.append("open")

    def step(self, now_ns: int) -> int | None:
        self.threads.add(threading.current_thread().name)
        self.calls.append("step")
        self.stepped.set()
        if self.gone:
            raise PinError("gpio pin 17: bad read; expected a free one")
        return self.due_ns

    def close(self) -> None:
        self.calls.append("close")


def test_users_are_given_the_chip_and_asked_when_they_are_due() -> None:
    one, other, told = User(70), User(50), list[str | None]()
    thread = PinThread([one, other, User()], told.append, Chip().open, clock_ns=Clock())
    assert thread.step() == 50
    assert thread.step() == 50
    assert one.calls == other.calls == ["open", "step", "step"]
    assert told == []


def test_a_missing_chip_is_told_once_and_asked_for_again() -> None:
    chip, clock, told, user = Chip(), Clock(), list[str | None](), User()
    chip.missing = "can not open gpiochip"
    thread = PinThread([user], told.append, chip.open, retry_s=5, clock_ns=clock)
    assert thread.step() == 5000 * MS
    clock.ahead(5000)
    assert thread.step() == 10_000 * MS
    assert len(told) == 1
    assert "can not open gpiochip" in str(told[0])
    clock.ahead(1000)
    assert thread.step() == 10_000 * MS
    assert user.calls[-1] == "step"  # what is asked for is noted meanwhile
    assert "open" not in user.calls
    chip.missing = None
    clock.ahead(4000)
    assert thread.step() is None
    assert told[1:] == [None]
    assert user.calls[-2:] == ["open", "step"]


def test_a_chip_that_goes_away_is_let_go_and_opened_again() -> None:
    chip, clock, told, user = Chip(), Clock(), list[str | None](), User()
    thread = PinThread([user], told.append, chip.open, retry_s=1, clock_ns=clock)
    thread.step()
    user.gone = True
    assert thread.step() == 1000 * MS
    assert told == ["gpio pin 17: bad read; expected a free one"]
    assert user.calls[-1] == "close"
    user.gone = False
    clock.ahead(1000)
    thread.step()
    assert told[-1] is None
    assert chip.opened == 2


@pytest.mark.flow
def test_the_thread_wakes_when_it_is_poked_and_lets_go_at_the_end() -> None:
    user = User()
    thread = PinThread([user], lambda _: None, Chip().open)
    thread.start()
    assert user.stepped.wait(5)
    user.stepped.clear()
    thread.poke()
    assert user.stepped.wait(5)
    assert thread.stop(5)
    assert user.calls[-1] == "close"
    assert user.threads == {"wkmp-pins"}


def test_what_was_never_started_stops_at_once() -> None:
    assert PinThread([], lambda _: None, Chip().open).stop(0)
