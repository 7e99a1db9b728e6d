"""The owner's taste: every setting, declared once with default, range, unit and effect.

What the hardware is stands in ``box.toml`` (see ``config.py``); what the owner
likes stands here, is kept in the library database and changes while running.
The table in the README is made from this file.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_type_hints

from wkmp_pi.errors import RequestError
from wkmp_pi.passage import CurvePair


class AfterRestart(StrEnum):
    """What the box does with the passage that was playing when it went down."""

    RESUME = "resume"
    START = "start"
    SILENT = "silent"


def _setting(
    default: Any,
    text: str,
    *,
    low: int | None = None,
    high: int | None = None,
    unit: str = "",
    effect: str = "at once",
) -> Any:
    about = {"text": text, "low": low, "high": high, "unit": unit, "effect": effect}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings with their values; replaced as a whole, never changed in place."""

    crossfade_ms: int = _setting(
        4000, "overlap of neighbours that name no points", low=0, high=60_000, unit="ms"
    )
    curve_pair: CurvePair = _setting(
        CurvePair.EXPONENTIAL_LOGARITHMIC, "fade curves of passages that name none"
    )
    album_gapless: bool = _setting(True, "neighbours of one album are not crossfaded")
    skip_fade_ms: int = _setting(
        300, "fade of a skip; 0 is a hard cut", low=0, high=5000, unit="ms"
    )
    resume_fade_ms: int = _setting(500, "fade-in after a pause", low=0, high=5000, unit="ms")
    skip_throttle_ms: int = _setting(
        500, "a second skip within this time does nothing", low=0, high=10_000, unit="ms"
    )
    previous_restart_ms: int = _setting(
        3000, "previous restarts the passage after this much of it", low=0, high=30_000, unit="ms"
    )
    sleep_fade_ms: int = _setting(
        10_000, "fade-out of the sleep timer", low=0, high=120_000, unit="ms"
    )
    volume_max_percent: int = _setting(100, "upper limit of the volume", low=1, high=100, unit="%")
    volume_startup_percent: int = _setting(
        -1, "volume at start; -1 keeps the last one", low=-1, high=100, unit="%"
    )
    repeat: bool = _setting(False, "begin again after the last entry")
    random: bool = _setting(False, "play the queue in random order")
    single: bool = _setting(False, "stop after the current passage (with repeat: repeat it)")
    consume: bool = _setting(True, "remove entries that were played")
    after_restart: AfterRestart = _setting(
        AfterRestart.RESUME, "what happens to the passage that was playing at power-off"
    )
    position_event_interval_ms: int = _setting(
        1000, "distance of position.updated in audio time", low=100, high=5000, unit="ms"
    )
    playback_progress_interval_ms: int = _setting(
        5000, "distance of playback.progress in played time", low=1000, high=60_000, unit="ms"
    )
    minimum_playback_buffer_ms: int = _setting(
        500, "decoded before the first sound after silence", low=100, high=12_000, unit="ms"
    )
    minimum_next_buffer_ms: int = _setting(
        3000, "decoded before a later entry counts as ready", low=100, high=12_000, unit="ms"
    )
    decode_ahead_ms: int = _setting(
        15_000,
        "length of each decode-ahead buffer",
        low=2000,
        high=60_000,
        unit="ms",
        effect="restart",
    )
    decode_ahead_entries: int = _setting(
        3, "entries decoded ahead, the current one included", low=2, high=12
    )
    watchdog_enabled: bool = _setting(True, "look for stuck states and repair them")
    watchdog_interval_ms: int = _setting(
        100, "distance of the watchdog's looks", low=10, high=2000, unit="ms"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known of one setting besides its value."""

    key: str
    type: type
    default: Any
    text: str
    low: int | None
    high: int | None
    unit: str
    effect: str

    def allows(self, value: Any) -> bool:
        """Whether ``value`` has the right type and lies in the range, if there is one."""
        if issubclass(self.type, StrEnum):
            return value in self.type.__members__.values()
        low, high = self.low, self.high
        kind: type = type(value)
        return kind is self.type and (low is None or high is None or low <= value <= high)

    def expected(self) -> str:
        """The values that are taken, in words."""
        if issubclass(self.type, StrEnum):
            return "one of " + ", ".join(self.type)
        if self.type is bool:
            return "true or false"
        return f"a whole number from {self.low} to {self.high} {self.unit}".rstrip()


def _declared() -> dict[str, About]:
    hints = get_type_hints(Settings)
    return {
        f.name: About(key=f.name, type=hints[f.name], default=f.default, **f.metadata)
        for f in dataclasses.fields(Settings)
    }


ABOUT: Mapping[str, About] = _declared()


def parse(key: str, value: Any) -> Any:
    """``value`` (a JSON value, or its text from a command line) as the setting's own type.

    Raises:
        RequestError: no such setting, or the value is not one of those that are taken.
    """
    about = ABOUT.get(key)
    if about is None:
        near = difflib.get_close_matches(key, ABOUT, n=1)
        hint = f"did you mean {near[0]}?" if near else "see: wkmp-pi settings"
        raise RequestError(
            f"setting {key[:60]}: not known; expected one of the {len(ABOUT)}; {hint}"
        )
    plain = _from_text(value) if isinstance(value, str) else value
    if about.allows(plain):
        return about.type(plain)
    raise RequestError(
        f"setting {key}: found {reprlib.repr(value)}; expected {about.expected()}; "
        f"the default is {json.dumps(about.default)}"
    )


def changed(settings: Settings, key: str, value: Any) -> Settings:
    """``settings`` with one other value; raises ``RequestError`` as ``parse`` does."""
    return dataclasses.replace(settings, **{key: parse(key, value)})


def _from_text(text: str) -> Any:
    words = {"on": True, "yes": True, "off": False, "no": False}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
