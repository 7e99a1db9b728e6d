"""The pure machines on the bus: gestures, peripherals, rules and playlists.

A machine is given inputs and, when its deadline has come, the time; it gives
back what it wants done. ``Machines`` is a row of them and as pure as they are;
``stage.py`` connects a row with the bus, and ``replay.py`` with a recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from wkmp_pi.events.kinds import Event
from wkmp_pi.events.told import Told


class Machine(Protocol):
    """Pure: no thread, no clock, no file. Times are CLOCK_MONOTONIC in ns."""

    @property
    def deadline_ns(self) -> int | None:
        """When ``due`` should be asked, if nothing is given before."""
        ...

    def feed(self, item: Any, now_ns: int) -> Iterable[Any]:
        """What is wanted because of this input."""
        ...

    def due(self, now_ns: int) -> Iterable[Any]:
        """What is wanted because this time has come."""
        ...


class Publish(NamedTuple):
    """Wanted: this event on the bus. Whatever has these two attributes means the same."""

    event: Event
    causes: tuple[int, ...] = ()


class Member(NamedTuple):
    """A machine, and the classes of inputs that it takes."""

    machine: Machine
    takes: tuple[type, ...] = (Told,)


Fail = Callable[[Machine, Exception], None]
"""Told that a machine raised."""


def _bear(_machine: Machine, _error: Exception) -> None:
    """Nobody wants to know."""


class Machines:
    """A row of machines that are given the same inputs, each what it takes, in this order.

    A machine that raises has cost its own answer and nobody else's; one that raises when its
    deadline has come is not asked again before it is fed.

    Args:
        members: the row.
        fail: told of each failure.
    """

    def __init__(self, members: Sequence[Member], fail: Fail = _bear) -> None:
        self._members = tuple(members)
        self._fail = fail
        self._out_of_time: set[int] = set()

    @property
    def deadline_ns(self) -> int | None:
        """The earliest of theirs."""
        return min((at_ns for _, _, at_ns in self._deadlines()), default=None)

    def feed(self, item: Any, now_ns: int) -> list[Any]:
        """What they want because of this input."""
        outs: list[Any] = []
        for index, (machine, takes) in enumerate(self._members):
            if isinstance(item, takes):
                self._out_of_time.discard(index)
                try:
                    outs += machine.feed(item, now_ns)
                except Exception as error:  # noqa: BLE001 - the others are none the worse for it
                    self._fail(machine, error)
        return outs

    def due(self, now_ns: int) -> list[Any]:
        """What they want because this time has come; each whose deadline it is is asked."""
        outs: list[Any] = []
        for index, machine, deadline_ns in list(self._deadlines()):
            if deadline_ns <= now_ns:
                try:
                    outs += machine.due(now_ns)
                except Exception as error:  # noqa: BLE001 - as above
                    self._out_of_time.add(index)
                    self._fail(machine, error)
        return outs

    def _deadlines(self) -> Iterable[tuple[int, Machine, int]]:
        for index, (machine, _) in enumerate(self._members):
            deadline_ns = None if index in self._out_of_time else machine.deadline_ns
            if deadline_ns is not None:
                yield index, machine, deadline_ns


class Vocabulary:
    """Inputs that are no events, as plain data and back.

    Args:
        words: the class of each input by a word of its own. Named tuples, dataclasses and
            ``msgspec`` structures of plain data will do, and unions of such.
    """

    def __init__(self, words: Mapping[str, Any]) -> None:
        self._words = dict(words)
        self._of = {kind: word for word, kind in words.items() if isinstance(kind, type)}

    def encode(self, item: Any) -> dict[str, Any]:
        """``{word: fields}``.

        Raises:
            KeyError: there is no word for it.
        """
        word = self._of.get(type(item)) or self._union(item)
        return {word: msgspec.to_builtins(item)}

    def decode(self, given: Mapping[str, Any]) -> Any:
        """The input of that word and those fields.

        Raises:
            ValueError: the word is unknown, or the fields are not the word's.
        """
        ((word, fields),) = given.items()
        if word not in self._words:
            raise ValueError(f"found {word!r}; expected one of {', '.join(self._words)}")
        return msgspec.convert(fields, self._words[word])

    def _union(self, item: Any) -> str:
        for word, kind in self._words.items():
            if not isinstance(kind, type) and isinstance(item, kind):
                return word
        raise KeyError(f"{type(item).__name__}: has no word in recordings")
