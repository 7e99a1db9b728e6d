"""What was promised, what was measured, and one table of both.

A test measures and calls ``figures.check(…)``, or ``figures.promise(…)`` to go on after a miss.
Nothing here measures, and nothing but ``check`` fails a test.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict, Unpack

from hil import tables

HEAD: Final = ("promise", "measured", "limit", "MPD", "verdict")
_NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One line of the table.

    Attributes:
        what: what was promised, in a few words.
        test: the id of the test that measured it.
        measured: in ``unit``; ``None`` if it could not be measured, which is a miss.
        unit: as ``tables.with_unit`` takes it.
        limit: in ``unit``; ``None`` where a figure is told without a promise.
        at_least: whether the limit is a floor; else it is a ceiling.
        peer: what MPD needs for the same, in ``unit``.
        note: how it was measured, or why it was not.
    """

    what: str
    test: str = ""
    measured: float | None = None
    unit: str = ""
    limit: float | None = None
    at_least: bool = False
    peer: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it was kept; ``None`` where nothing was promised."""
        if self.measured is None or math.isnan(self.measured):
            return False
        if self.limit is None:
            return None
        return bool(self.measured >= self.limit if self.at_least else self.measured <= self.limit)

    def cells(self) -> tuple[str, ...]:
        """In the order of ``HEAD``."""
        what, note = tables.one_line(self.what), tables.one_line(self.note)
        if self.measured is None:
            measured = f"{_NOT_MEASURED}: {note}" if note else _NOT_MEASURED
        else:
            what = f"{what} ({note})" if note else what
            measured = self._text(self.measured)
        peer = "" if self.peer is None else self._text(self.peer)
        return (what, measured, self.bound(), peer, tables.verdict(self.met))

    def bound(self) -> str:
        """The limit, with its direction."""
        if self.limit is None:
            return ""
        return f"{'≥' if self.at_least else '≤'} {tables.with_unit(self.limit, self.unit)}"

    def sentence(self) -> str:
        """What a miss says: *what: found; expected; note*."""
        found = self.cells()[1] if self.measured is None else f"found {self._text(self.measured)}"
        parts = [found, f"expected {self.bound()}" if self.bound() else "expected a number"]
        parts += [self.note] if self.note and self.measured is not None else []
        return f"{self.what}: {'; '.join(parts)}"

    def as_json(self) -> dict[str, Any]:
        """Everything, for machines; what is no finite number is a text."""
        numbers = {name: _number(getattr(self, name)) for name in ("measured", "limit", "peer")}
        others = {name: getattr(self, name) for name in ("test", "unit", "at_least", "note")}
        return {"promise": self.what, **others, **numbers, "met": self.met}

    def _text(self, value: float) -> str:
        """With three digits, and with more where a miss would look as if it were none."""
        text = tables.with_unit(value, self.unit)
        if self.limit is None or self.met or text != tables.with_unit(self.limit, self.unit):
            return text
        return f"{value:.12g} {self.unit}".rstrip()


def _number(value: float | None) -> float | str | None:
    """A number of Python's, also where numpy's was given."""
    return None if value is None else float(value) if math.isfinite(value) else str(float(value))


class MissedError(AssertionError):
    """A promise was not kept."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """A test that was skipped, and why."""

    test: str
    reason: str


@dataclass(slots=True)
class Book:
    """All promises of a run, in the order in which they were measured."""

    promises: list[Promise] = field(default_factory=list)
    skipped: list[NotRun] = field(default_factory=list)

    def of(self, test: str) -> list[Promise]:
        """What one test has measured."""
        return [promise for promise in self.promises if promise.test == test]

    def failed(self, test: str, reason: object) -> None:
        """A test has failed: unless one of its figures tells why, something was not measured."""
        if not any(promise.met is False for promise in self.of(test)):
            self.promises.append(Promise(what=spoken(test), test=test, note=str(reason)))

    def plain(self) -> str:
        """The table for a terminal, and below it what was not run."""
        parts = [tables.plain(HEAD, self._rows())] if self.promises else []
        return "\n\n".join([*parts, *(["\n".join(self._not_run())] if self.skipped else [])])

    def markdown(self) -> str:
        """The same for a document."""
        parts = [tables.markdown(HEAD, self._rows())]
        parts += ["\n".join(f"- {line}" for line in self._not_run())] if self.skipped else []
        return "\n\n".join(parts)

    def json(self, **about: Any) -> str:
        """The same for machines.

        Args:
            about: what else is to be said of the run; JSON values.
        """
        promises = [promise.as_json() for promise in self.promises]
        skipped = [{"test": test.test, "reason": test.reason} for test in self.skipped]
        everything = {**about, "promises": promises, "skipped": skipped}
        return json.dumps(everything, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def _rows(self) -> Sequence[tuple[str, ...]]:
        return [promise.cells() for promise in self.promises]

    def _not_run(self) -> list[str]:
        return [f"not run: {spoken(n.test)}: {tables.one_line(n.reason)}" for n in self.skipped]


class How(TypedDict, total=False):
    """What else can be said of a figure: attributes of ``Promise``."""

    unit: str
    limit: float | None
    at_least: bool
    peer: float | None
    note: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What a test says its figures to."""

    book: Book
    test: str

    def promise(self, what: str, measured: float | None, **how: Unpack[How]) -> bool:
        """Note a figure, and go on.

        Args:
            what: was promised, in a few words.
            measured: in ``unit``; ``None`` if it could not be measured.
            how: see ``Promise``; without ``limit`` nothing is promised.

        Returns:
            Whether the promise was kept; a figure without a limit keeps it.
        """
        promise = Promise(what=what, test=self.test, measured=measured, **how)
        self.book.promises.append(promise)
        return promise.met is not False

    def check(self, what: str, measured: float | None, **how: Unpack[How]) -> None:
        """Note a figure, and fail if the promise was not kept; as ``promise``.

        Raises:
            MissedError: it was not.
        """
        __tracebackhide__ = True
        if not self.promise(what, measured, **how):
            raise MissedError(self.book.promises[-1].sentence())

    def check_all(self) -> None:
        """Fail if any promise of this test was not kept; for a test that noted several.

        Raises:
            MissedError: with a sentence for each.
        """
        __tracebackhide__ = True
        mine = [promise for promise in self.book.promises if promise.test == self.test]
        missed = [promise.sentence() for promise in mine if promise.met is False]
        if missed:
            raise MissedError("\n".join(missed))


def spoken(test: str) -> str:
    """The sentence that a test's id holds."""
    place, bracket, case = test.partition("[")
    sentence = place.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return tables.one_line(sentence + (f" {bracket}{case}" if bracket else ""))
