"""The last values: never wrong, never too many, and never in anybody's way."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from events.numbers import Clock, at_once, frequent_switches
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.events.kinds import ProblemChanged
from wkmp_pi.events.latest import Latest
from wkmp_pi.events.told import Told

NAME = "problem.changed"


def told(key: str, id_: int, at_ns: int = 0) -> Told:
    return Told(id_, ProblemChanged(key=key, text=None), (), at_ns, 0)


def store(limit: int = 10, expires_ns: int = 1 << 62) -> tuple[Latest, Clock]:
    clock = Clock()
    return Latest(clock, limit, expires_ns), clock


def ids(latest: Latest) -> dict[str, int]:
    return {source: told.id for (_, source), told in latest.snapshot().items()}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 30)), max_size=30))
def test_the_greatest_number_of_each_source_is_kept(puts: list[tuple[str, int]]) -> None:
    latest, _ = store()
    for key, id_ in puts:
        latest.put(told(key, id_))
    expected = {key: max(id_ for k, id_ in puts if k == key) for key, _ in puts}
    assert ids(latest) == expected
    for key, id_ in expected.items():
        found = latest.get(NAME, key)
        assert found is not None
        assert found.id == id_


def test_what_nobody_told_is_unknown() -> None:
    assert store()[0].get(NAME, "a") is None


@given(st.integers(4, 20), st.lists(st.integers(0, 50), max_size=100))
def test_it_is_bounded_and_forgets_the_oldest(limit: int, keys: list[int]) -> None:
    latest, _ = store(limit)
    for id_, key in enumerate(keys, start=1):
        latest.put(told(str(key), id_))
        assert len(latest.snapshot()) <= limit
    kept = ids(latest)
    newest = list(dict.fromkeys(map(str, reversed(keys))))
    assert list(kept.items()) == [] or set(kept) == set(newest[: len(kept)])
    assert len(kept) >= min(limit * 3 // 4, len(newest))


def test_what_is_too_old_is_no_longer_told() -> None:
    latest, clock = store(expires_ns=100)
    latest.put(told("a", 1, at_ns=clock.ns))
    clock.ns += 100
    latest.put(told("b", 2, at_ns=clock.ns))
    assert ids(latest) == {"a": 1, "b": 2}
    clock.ns += 1
    assert ids(latest) == {"b": 2}
    assert latest.get(NAME, "a") is None
    assert latest.get(NAME, "b") is not None


class Interrupted(dict[Any, Any]):
    """A dictionary in which somebody else puts something just before one of its calls."""

    def __init__(self, content: dict[Any, Any], at: str, action: Any) -> None:
        super().__init__(content)
        self._at, self._action = at, action

    def _now(self, call: str) -> None:
        if call == self._at:
            self._at = ""
            self._action()

    def setdefault(self, key: Any, default: Any = None) -> Any:
        found = super().setdefault(key, default)
        self._now("after setdefault")
        return found

    def pop(self, key: Any, default: Any = None) -> Any:
        self._now("before pop")
        return super().pop(key, default)


def test_what_is_renewed_while_it_is_being_forgotten_is_kept() -> None:
    latest, _ = store(4)
    for id_, key in enumerate("abcd", start=1):
        latest.put(told(key, id_))
    renew = Interrupted(latest._cells, "before pop", lambda: latest.put(told("a", 9)))
    latest._cells = renew
    latest.put(told("e", 5))
    assert ids(latest)["a"] == 9


def test_what_is_forgotten_while_it_is_being_renewed_is_kept() -> None:
    latest, _ = store(4)
    latest.put(told("a", 1))
    forgetting = Interrupted(latest._cells, "after setdefault", None)
    forgetting._action = forgetting.clear
    latest._cells = forgetting
    latest.put(told("a", 2))
    assert ids(latest) == {"a": 2}


def test_what_was_forgotten_and_came_again_meanwhile_is_not_made_older() -> None:
    latest, _ = store(4)
    latest.put(told("a", 1))

    def forget_and_put() -> None:
        cells.clear()
        latest.put(told("a", 9))

    cells = Interrupted(latest._cells, "after setdefault", forget_and_put)
    latest._cells = cells
    latest.put(told("a", 2))
    assert ids(latest) == {"a": 9}


class Naive(Latest):
    """What it must not be: a dictionary that is walked through while others change it."""

    def put(self, told: Told) -> None:
        self._cells[told.event.name, told.event.source] = [told]

    def snapshot(self) -> Any:
        return {key: cell[0] for key, cell in self._cells.items() if not self._expired(cell[0])}


def stormed(latest: Latest) -> int:
    """How many of 300 snapshots failed while two threads put new keys; it ends with the first."""
    failed, storming = 0, threading.Event()
    storming.set()

    def put(first: int) -> None:
        id_ = first
        while storming.is_set():
            latest.put(told(str(id_), id_))
            id_ += 2

    def look() -> None:
        nonlocal failed
        for _ in range(300):
            try:
                latest.snapshot()
            except RuntimeError:
                failed += 1
                break
        storming.clear()

    with frequent_switches():
        at_once(lambda: put(1), lambda: put(2), look)
    return failed


@pytest.mark.flow
def test_snapshots_never_fail_under_load() -> None:
    latest, _ = store(limit=512)
    assert stormed(latest) == 0
    latest.put(told("one more", 1 << 40))  # puts right what came while another made room
    assert len(latest.snapshot()) <= 512


@pytest.mark.flow
def test_snapshots_of_a_plain_dictionary_would_fail() -> None:
    """The control."""
    clock = Clock()
    assert stormed(Naive(clock, 512, 1 << 62)) > 0
