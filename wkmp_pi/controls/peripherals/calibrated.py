"""Numbers of events, put right. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from wkmp_pi.controls.peripherals import telling
from wkmp_pi.controls.peripherals.definition import Calibrated
from wkmp_pi.controls.peripherals.seen import Ear, Seen, State
from wkmp_pi.controls.peripherals.telling import Out
from wkmp_pi.controls.peripherals.watcher import Timeless


class Calibrator(Timeless):
    """Tells a value for each event that has all the numbers; what has not is passed over."""

    def __init__(self, about: Calibrated, state: State) -> None:
        self._about = about
        self._ear = Ear(about.on, state)

    def feed(self, seen: Seen) -> list[Out]:
        """Put right what it tells."""
        if not self._ear.means(seen):
            return []
        data = seen.facts.data()
        raw = [number_at(data, path) for path in self._about.fields]
        known = [number for number in raw if number is not None]
        values = calibrated(self._about, known) if len(known) == len(raw) else []
        if not values or not all(map(math.isfinite, values)):
            return []
        number = values[0] if len(values) == 1 else None
        return [telling.value(self._about, number, seen, {"raw": known, "values": values})]


def calibrated(about: Calibrated, raw: list[float]) -> list[float]:
    """``round(scale · matrix · (raw + offset), precision)``."""
    moved = [number + offset for number, offset in zip(raw, about.offset, strict=True)]
    turned = [
        sum(factor * number for factor, number in zip(row, moved, strict=True))
        for row in about.matrix
    ]
    scaled = [n * factor for n, factor in zip(turned or moved, about.scale, strict=True)]
    if about.precision is None:
        return scaled
    return [round(n, about.precision) + 0.0 for n in scaled]  # and no -0.0


def number_at(data: Any, path: tuple[str, ...]) -> float | None:
    """The number at a place of an event's data; ``None`` if there is none."""
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    if isinstance(data, bool) or not isinstance(data, int | float):
        return None
    return float(data)
