"""What may stand on the command line as a value: each reader gives the value or says why not."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,3}):)?(\d+(?:\.\d+)?)", re.ASCII)
_LONGEST_MS = 30 * 24 * 3600 * 1000


class BadValue(argparse.ArgumentTypeError):
    """A value is not taken; says *found; expected*."""


def whole(low: int, high: int, unit: str = "") -> Callable[[str], int]:
    """A whole number from ``low`` to ``high``."""

    def read(text: str) -> int:
        if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII) and low <= int(text) <= high:
            return int(text)
        expected = f"a whole number from {low} to {high} {unit}".rstrip()
        raise BadValue(f"found {text!r}; expected {expected}")

    return read


def number_above_zero(highest: float, unit: str) -> Callable[[str], float]:
    """A number greater than 0, with or without a decimal point."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if 0 < number <= highest:
            return number
        raise BadValue(f"found {text!r}; expected a number of {unit} above 0, at most {highest:g}")

    return read


def word(*words: str) -> Callable[[str], str]:
    """One of a few words, however it is capitalised."""
    spelt = {known.lower(): known for known in words}

    def read(text: str) -> str:
        if found := spelt.get(text.lower()):
            return found
        raise BadValue(f"found {text!r}; expected one of {', '.join(words)}")

    return read


def clock_ms(text: str) -> int:
    """A time of ``61``, ``61.5``, ``1:01`` or ``1:02:03`` in milliseconds."""
    match = _CLOCK.fullmatch(text)
    if match:
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        whole_ms = round((hours * 3600 + minutes * 60 + seconds) * 1000)
        small = match[2] is None or (seconds < 60 and (match[1] is None or minutes < 60))
        if small and whole_ms <= _LONGEST_MS:
            return whole_ms
    raise BadValue(f"found {text!r}; expected a time like 61, 61.5, 1:01 or 1:02:03")
