"""What each key of ``box.toml`` takes: one small rule per key, and the table of them."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from wkmp_pi import settings
from wkmp_pi.errors import RequestError

Rule = Callable[[Any], Any]
"""Takes a TOML value, gives the value that the configuration holds, or raises ``RefusedError``."""

AUTO = "auto"
MAX_TEXT = 1024


class RefusedError(ValueError):
    """A value is not taken; says *found; expected; remedy*."""


def whole(low: int, high: int, unit: str, *, or_zero: bool = False) -> Rule:
    """A whole number; a bool is not one."""
    expected = f"{'0 or ' if or_zero else ''}a whole number from {low} to {high} {unit}".rstrip()

    def rule(value: Any) -> int:
        if type(value) is int and (low <= value <= high or (or_zero and value == 0)):
            return value
        raise RefusedError(f"found {shown(value)}; expected {expected}; correct the number")

    return rule


def one_of(*words: str) -> Rule:
    """One of a few words."""

    def rule(value: Any) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise RefusedError(
            f"found {shown(value)}; expected one of {', '.join(words)}; {remedy(value, words)}"
        )

    return rule


def remedy(value: Any, words: Iterable[str]) -> str:
    """What to do about a value that is none of these words."""
    if not isinstance(value, str):
        return 'write it in "quotes"'
    return near(value, words) or "correct the word"


def near(word: str, known: Iterable[str]) -> str:
    """The remedy for a word that nobody knows: the one that was probably meant."""
    found = meant_by(word, known)
    return f"did you mean {found}?" if found else ""


def meant_by(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word that is most like this one, at least by ``cutoff`` of 1; else nothing."""
    found = difflib.get_close_matches(word[:64], sorted(known), n=1, cutoff=cutoff)
    return found[0] if found else ""


def boolean(value: Any) -> bool:
    """True or false; 0, 1 and words are not taken."""
    if type(value) is bool:
        return value
    raise RefusedError(f"found {shown(value)}; expected true or false; write it without quotes")


def text(value: Any) -> str:
    """A name: not empty, one line."""
    if not isinstance(value, str) or not value.strip():
        raise RefusedError(f'found {shown(value)}; expected a name; write it in "quotes"')
    if len(value) > MAX_TEXT:
        raise RefusedError(
            f"found {len(value)} characters; expected at most {MAX_TEXT}; shorten it"
        )
    if any(unicodedata.category(char) == "Cc" for char in value):
        raise RefusedError(f"found {shown(value)}; expected no control characters; remove them")
    return value


def path(value: Any) -> Path | None:
    """An absolute path, or one that begins with ``~``; ``None`` for ``auto``."""
    name = text(value)
    if name == AUTO:
        return None
    try:
        found = Path(name).expanduser()
    except RuntimeError as error:
        raise RefusedError(
            f"found {shown(value)}; expected a home folder for ~; write an absolute path"
        ) from error
    if not found.is_absolute():
        raise RefusedError(
            f"found {shown(value)}; expected a path that begins with / or ~/; write the whole path"
        )
    return found


def setting(key: str) -> Rule:
    """A setting's first value; unlike on the command line, a number is not written as text."""

    def rule(value: Any) -> Any:
        about = settings.ABOUT[key]
        if isinstance(value, str) and not issubclass(about.type, StrEnum):
            raise RefusedError(
                f"found {shown(value)}; expected {about.expected()}; write it without quotes"
            )
        try:
            return settings.parse(key, value)
        except RequestError:
            raise RefusedError(
                f"found {shown(value)}; expected {about.expected()}; "
                f"the default is {shown(about.default)}"
            ) from None

    return rule


def shown(value: Any) -> str:
    """A TOML value in a message: as it is written, and never long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, str):
        value = f'"{_printable(value)}"'
    words = str(value)
    return words if len(words) <= 60 else words[:57] + "…"


def _printable(words: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in words[:60])


RULES: Final[Mapping[str, Mapping[str, Rule]]] = {
    "audio": {
        "device": text,
        "rate_hz": whole(8000, 192_000, "Hz", or_zero=True),
        "format": one_of("auto", "S16", "S24", "S32", "F32"),
        "latency_ms": whole(20, 2000, "ms"),
        "period_ms": whole(5, 500, "ms"),
        "dither": boolean,
        "mixer": text,
    },
    "library": {"music_root": path, "database": path},
    "control": {"socket": path},
    "log": {"level": one_of("debug", "info", "warning", "error")},
    "settings": {key: setting(key) for key in settings.ABOUT},
}
