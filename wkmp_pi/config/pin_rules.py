"""What each key of a button, an encoder, a light or a relay takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from wkmp_pi.config.pins import Mode
from wkmp_pi.config.rules import AUTO, RefusedError, Rule, boolean, one_of, shown, whole

SHOWS: Final = ("playing", "problem", "online")
COLOURS: Final = ("red", "green", "blue")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


def name(value: Any) -> str:
    """The name of a part: it stands in events, commands and topics."""
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    raise RefusedError(
        f"found {shown(value)}; expected a-z, then at most 31 of a-z, 0-9 and _; rename it"
    )


def pin(value: Any) -> int:
    """The number of a GPIO; whether there is such a pin is not the question here."""
    if type(value) is int:
        return value
    raise RefusedError(
        f"found {shown(value)}; expected the number of a GPIO, as in pin = 17 for GPIO17"
    )


def _chip(value: Any) -> int | None:
    return None if value == AUTO else int(whole(0, 99, "or auto")(value))


def _steps(value: Any) -> int:
    if type(value) is int and value in (1, 2, 4):
        return value
    raise RefusedError(f"found {shown(value)}; expected 1, 2 or 4; correct the number")


def _mode(value: Any) -> Mode:
    return Mode(one_of(*Mode)(value))


BUTTON: Final[Mapping[str, Rule]] = {
    "name": name,
    "pin": pin,
    "pull_up": boolean,
    "active_low": boolean,
    "glitch_ms": whole(1, 20, "ms"),
    "debounce_ms": whole(5, 100, "ms"),
    "shortest_ms": whole(1, 200, "ms"),
    "gap_ms": whole(150, 800, "ms"),
    "hold_ms": whole(200, 10_000, "ms"),
    "repeat_after_ms": whole(100, 5000, "ms"),
    "repeat_ms": whole(50, 2000, "ms"),
    "fastest_ms": whole(20, 2000, "ms"),
    "mode": _mode,
}
ENCODER: Final[Mapping[str, Rule]] = {
    "name": name,
    "pin_a": pin,
    "pin_b": pin,
    "pull_up": boolean,
    "steps_per_detent": _steps,
    "reversed": boolean,
}
LIGHT: Final[Mapping[str, Rule]] = {
    "name": name,
    "pin": pin,
    "red": pin,
    "green": pin,
    "blue": pin,
    "pwm": boolean,
    "active_low": boolean,
    "frequency_hz": whole(50, 1000, "Hz"),
    "shows": one_of(*SHOWS),
}
RELAY: Final[Mapping[str, Rule]] = {
    "name": name,
    "pin": pin,
    "active_low": boolean,
    "on": boolean,
}
GPIO: Final[Mapping[str, Rule]] = {
    "chip": _chip,
    "chord_ms": whole(20, 500, "ms"),
    "simultaneous_ms": whole(1, 200, "ms"),
    "step_gap_ms": whole(200, 5000, "ms"),
    "sequence_ms": whole(1000, 60_000, "ms"),
    "retry_s": whole(1, 600, "s"),
}
