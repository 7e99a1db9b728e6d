"""An independent reference: whole passages as float64 arrays, laid on one long line and added.

Written from the definition of the six points, with none of the mixer's code.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]


@dataclass
class Part:
    """One passage: its samples (frames, 2), and the lengths of its leads and fades (or None)."""

    samples: Signal
    lead_in: int | None = None
    lead_out: int | None = None
    fade_in: int | None = None
    fade_out: int | None = None
    curve_in: str = "exponential"
    curve_out: str = "logarithmic"


def rising(curve: str, n: int) -> Signal:
    t = np.arange(n) / max(n, 1)
    return {
        "linear": t,
        "exponential": t**2,
        "logarithmic": 2 * t - t**2,
        "cosine": (1 - np.cos(np.pi * t)) / 2,
        "equal_power": np.sin(np.pi * t / 2),
    }[curve]


def falling(curve: str, n: int) -> Signal:
    t = np.arange(n) / max(n, 1)
    return {
        "linear": 1 - t,
        "exponential": 1 - t**2,
        "logarithmic": (1 - t) ** 2,
        "cosine": (1 + np.cos(np.pi * t)) / 2,
        "equal_power": np.cos(np.pi * t / 2),
    }[curve]


def overlaps(parts: list[Part], crossfade: int) -> list[int]:
    found = []
    for a, b in pairwise(parts):
        common = min(crossfade, len(a.samples) // 2, len(b.samples) // 2)
        out = common if a.lead_out is None else a.lead_out
        into = common if b.lead_in is None else b.lead_in
        found.append(min(out, into))
    return found


def render(parts: list[Part], crossfade: int) -> Signal:
    """The whole stream, shape (frames, 2)."""
    laps = overlaps(parts, crossfade)
    stream = np.zeros((sum(len(p.samples) for p in parts) - sum(laps), 2))
    at = 0
    for i, part in enumerate(parts):
        n = len(part.samples)
        before = min(crossfade, len(parts[i - 1].samples) // 2, n // 2) if i else 0
        after = min(crossfade, n // 2, len(parts[i + 1].samples) // 2) if i + 1 < len(parts) else 0
        gain = np.ones(n)
        k = before if part.fade_in is None else part.fade_in
        gain[:k] *= rising(part.curve_in, k)
        k = after if part.fade_out is None else part.fade_out
        gain[n - k :] *= falling(part.curve_out, k)
        stream[at : at + n] += part.samples * gain[:, None]
        if i < len(laps):
            at += n - laps[i]
    return stream
