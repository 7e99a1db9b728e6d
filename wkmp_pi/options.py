"""What the one-shot ``wkmp-pi play ITEM…`` was asked for; checked by the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wkmp_pi.config import Config
from wkmp_pi.passage import CurvePair
from wkmp_pi.units import Hz


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayOptions:
    """One performance without the service; ``None`` leaves a choice to config and settings.

    Attributes:
        items: absolute paths, paths with a span (``/m/a.flac#t=10.5,70``) or ``passage:ID``,
            in the order of playing.
        device: sound card, as ``wkmp-pi devices`` prints it; never together with ``wav``.
        wav: write this file instead of playing.
        rate_hz: rate of the stream, 8000 to 192000.
        format: ``S16``, ``S24``, ``S32`` or ``F32``.
        events: file that gets one JSON line an event; ``-`` is standard output.
        seconds: stop after so much output, greater than 0.
    """

    items: tuple[str, ...]
    config: Config
    device: str | None = None
    wav: Path | None = None
    rate_hz: Hz | None = None
    format: str | None = None
    dither: bool | None = None
    crossfade_ms: int | None = None
    curve_pair: CurvePair | None = None
    album_gapless: bool | None = None
    events: str | None = None
    seconds: float | None = None
