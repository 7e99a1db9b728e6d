"""Who may have which pin: no two the same one, none that there is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from wkmp_pi.config.places import KeyPath

LAST_PIN: Final = 27
"""The header has GPIO0 to GPIO27."""

SOUND_PINS: Final = range(18, 22)
"""A DAC HAT takes its sound from these (I2S: PCM_CLK, PCM_FS, PCM_DIN, PCM_DOUT)."""

HAT_PINS: Final = range(2)
"""A HAT's memory chip hangs on these; the firmware reads it at boot."""

PULLED_UP_PINS: Final = (2, 3)
"""These have a resistor on the board."""


class Lines(Protocol):
    """Knows where each key stands."""

    def problem(self, path: KeyPath, what: str) -> str:
        """One line: *file:line: key: found; expected; remedy*."""
        ...


class Claim(NamedTuple):
    """A part with its place in the file, and its pins by their keys."""

    path: KeyPath
    part: Any
    pins: tuple[tuple[str, int], ...]


def place_of(path: KeyPath) -> str:
    """A part in a message: ``button 1``."""
    return f"{path[0]} {int(path[1]) + 1}"


@dataclass(slots=True)
class Judge:
    """Which parts can have the pins that they want."""

    lines: Lines
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _taken: dict[int, str] = field(default_factory=dict)
    _out: set[KeyPath] = field(default_factory=set)

    def take(self, found: Iterable[Claim]) -> None:
        """Give each part its pins: who stands first in the file's kinds has them."""
        for part in found:
            problems = [p for key, number in part.pins for p in self._problem(part, key, number)]
            if problems:
                self.refused += problems
                self._out.add(part.path)
                continue
            for key, number in part.pins:
                self._taken[number] = f"{place_of(part.path)} ({part.part.name})"
                self._remark((*part.path, key), number)

    def left(self, found: Iterable[Claim]) -> tuple[Any, ...]:
        """Those that have what they want."""
        return tuple(part.part for part in found if part.path not in self._out)

    def _problem(self, found: Claim, key: str, number: int) -> Iterator[str]:
        path = (*found.path, key)
        twice = [other for other, pin in found.pins if pin == number]
        if not 0 <= number <= LAST_PIN:
            what = f"found pin {number}; expected 0 to {LAST_PIN}, as GPIO{LAST_PIN} is the last"
            yield self.lines.problem(path, f"{what}; correct it; the part is left out")
        elif number in self._taken:
            what = f"found pin {number}, which {self._taken[number]} has; expected one of its own"
            yield self.lines.problem(path, f"{what}; change one of them; the part is left out")
        elif key != twice[0]:
            what = f"found pin {number}, which is {twice[0]} as well; expected another"
            yield self.lines.problem(path, f"{what}; change one of them; the part is left out")
        elif number in PULLED_UP_PINS and getattr(found.part, "pull_up", True) is False:
            what = f"found pin {number}, which the board pulls up; expected pull_up = true"
            yield self.lines.problem(path, f"{what}; use another pin; the part is left out")

    def _remark(self, path: KeyPath, number: int) -> None:
        if number in SOUND_PINS:
            self.remarks.append(
                self.lines.problem(
                    path,
                    f"found pin {number}, through which a DAC HAT gets its sound (18 to 21); "
                    "expected another; move the wire, unless the card is none",
                )
            )
        elif number in HAT_PINS:
            self.remarks.append(
                self.lines.problem(
                    path,
                    f"found pin {number}, at which a HAT keeps its description (0 and 1); "
                    "expected another; move the wire, unless there is no HAT",
                )
            )
