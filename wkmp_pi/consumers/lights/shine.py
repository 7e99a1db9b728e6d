"""What a light shows, and what lies between two of it. Pure.

Levels and colours are as the eye takes them: half a level looks half as
bright. What a pin gets is its duty cycle, the level to the power of 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

GAMMA: Final = 2.2
LEAST_DUTY: Final = 0.01
"""lgpio's pulses have whole hundredths; what shines at all must not be dark."""

WHITE: Final = "#ffffff"

Channels = tuple[float, ...]
"""Levels from 0 to 1, as the eye takes them: one, or red, green and blue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shine:
    """The state of a light.

    Attributes:
        on: whether it shines.
        level: how much, above 0 and up to 1; kept while it is off.
        colour: as ``#rrggbb``; empty if it has none.
    """

    on: bool = False
    level: float = 1.0
    colour: str = ""

    def asked(self, on: bool | None, level: float | None, colour: str | None) -> Shine:
        """The state that is asked for; what is not given stays.

        A level or a colour switches the light on unless ``on`` is false; a level of 0 switches it
        off.
        """
        dark = on is False or (on is None and level == 0)
        given = on is not None or level is not None or colour is not None
        return replace(
            self,
            on=not dark if given else self.on,
            level=level or self.level,
            colour=colour.lower() if colour else self.colour,
        )

    def channels(self) -> Channels:
        """What each of its pins shows."""
        level = self.level if self.on else 0.0
        return tuple(level * part for part in rgb(self.colour)) if self.colour else (level,)


def rgb(colour: str) -> tuple[float, float, float]:
    """The parts of ``#rrggbb`` from 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def duty(level: float) -> float:
    """The duty cycle for a level; 0 and 1 are exact."""
    return max(round(level**GAMMA, 4), LEAST_DUTY) if level > 0 else 0.0


class Fade(NamedTuple):
    """A way from what a light shows to what it is to show; steady as the eye takes it."""

    begin: Channels
    end: Channels
    begin_ns: int
    end_ns: int

    def at(self, now_ns: int) -> Channels:
        """What it shows at a moment."""
        if now_ns >= self.end_ns:
            return self.end
        done = max(now_ns - self.begin_ns, 0) / (self.end_ns - self.begin_ns)
        return tuple(a + (b - a) * done for a, b in zip(self.begin, self.end, strict=True))
