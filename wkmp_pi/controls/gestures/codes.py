"""Codes: buttons that are pressed one after the other, such as the Konami code. Pure.

Each press is compared, with those before it, to the whole code: so whatever
beginning still fits always counts, an extra leading "up" does no harm, and
nothing is left behind by a code that was given up.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


class Code(NamedTuple):
    """A sequence of presses; times in nanoseconds.

    Attributes:
        id: by its owner.
        buttons: in order, with repetitions.
        step_ns: from one press to the next.
        whole_ns: from the first to the last.
    """

    id: str
    buttons: tuple[str, ...]
    step_ns: int
    whole_ns: int


class Entered(NamedTuple):
    """A code was entered; ``presses`` are the stamps of its buttons."""

    code: Code
    presses: tuple[int, ...]


class Codes:
    """Finds codes among the presses of all buttons.

    Args:
        codes: those that are wanted; another button's press in between breaks any of them.
    """

    def __init__(self, codes: Sequence[Code]) -> None:
        self._codes = tuple(codes)
        self._length = max((len(code.buttons) for code in codes), default=0)
        self._presses: list[tuple[int, str]] = []
        self._used: dict[Code, tuple[int, str]] = {}

    def press(self, button: str, at_ns: int) -> list[Entered]:
        """A button went down; the codes that are complete by that."""
        if not self._codes:
            return []
        place = bisect.bisect(self._presses, (at_ns, button))
        self._presses.insert(place, (at_ns, button))  # a late one finds its place
        found = [entered for code in self._codes for entered in self._around(code, place)]
        del self._presses[: -2 * self._length]
        return found

    def _around(self, code: Code, place: int) -> list[Entered]:
        """Where the press at ``place`` has completed the code: there, or if it came late, later."""
        length = len(code.buttons)
        ends = range(max(place + 1, length), min(place + length, len(self._presses)) + 1)
        return [e for end in ends for e in self._entered(code, self._presses[end - length : end])]

    def _entered(self, code: Code, presses: Sequence[tuple[int, str]]) -> list[Entered]:
        stamps = tuple(at_ns for at_ns, _ in presses)
        fits = tuple(name for _, name in presses) == code.buttons
        if not fits or presses[0] <= self._used.get(code, (0, "")):
            return []
        slow = any(later - earlier > code.step_ns for earlier, later in pairwise(stamps))
        if slow or stamps[-1] - stamps[0] > code.whole_ns:
            return []
        self._used[code] = presses[-1]
        return [Entered(code, stamps)]
