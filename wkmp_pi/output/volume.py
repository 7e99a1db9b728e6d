"""Volume: the curve from percent to loudness, and the card's own control where it has one.

A control of the card keeps all bits of the stream at low volume; without one
the mixer multiplies. What is set here is remembered, so that a card that comes
back gets its level back before it sounds.
"""

from __future__ import annotations

import math
import threading
from contextlib import suppress

from wkmp_pi.output.mixer_control import MixerControl, Range, find_control
from wkmp_pi.units import perceptual_gain

USUAL_NAMES = ("Digital", "Master", "PCM", "Headphone", "Headphones", "Speaker")
"""Controls that set the loudness of everything, the best first: a DAC's own before the rest."""

_CURVE_DB = 60.0
"""What the curve spans from 10 to 100 percent."""


def card_level_db(percent: int, reach: Range) -> float:
    """Where a control belongs: the same curve, never above 0 dB, squeezed into a small range.

    Args:
        percent: 0 to 100; 0 is the low end.
        reach: what the control can do.
    """
    if percent == 0:
        return reach.low_db
    top = max(min(reach.high_db, 0.0), reach.low_db)
    squeeze = min((top - reach.low_db) / _CURVE_DB, 1.0)
    curve_db = 20.0 * math.log10(perceptual_gain(percent))
    return max(top + curve_db * squeeze, reach.low_db)


class CardVolume:
    """The volume control of whichever card is open.

    Thread: any; ``attach`` comes from the one who opens the device, ``set`` from
    the one who decides. A lock orders them; neither is on the way of the sound.

    Args:
        control: ``auto``, ``software`` (never touch the card), or the name of a control.
    """

    def __init__(self, control: str = "auto") -> None:
        self._names = {"auto": USUAL_NAMES, "software": ()}.get(control, (control,))
        self._lock = threading.Lock()
        self._control: MixerControl | None = None
        self._level: tuple[int, bool] | None = None

    def attach(self, card: int | None) -> bool:
        """A device was opened: find its control and give it the level that was set last.

        Args:
            card: number of the card; ``None`` for what is no card.

        Returns:
            Whether it has a control; without one the mixer has to do it.
        """
        with self._lock:
            has_mixer = card is not None and self._names
            self._control = find_control(f"hw:{card}", self._names) if has_mixer else None
            self._apply()
            return self._control is not None

    def set(self, percent: int, *, muted: bool) -> None:
        """Set the card's control, if it has one, and remember the level for the next card."""
        with self._lock:
            self._level = (percent, muted)
            self._apply()

    def _apply(self) -> None:
        if self._control is None or self._level is None:
            return
        percent, muted = self._level
        with suppress(OSError):  # the card just went; the level goes to the one that comes
            self._control.set(percent, card_level_db, muted=muted)
