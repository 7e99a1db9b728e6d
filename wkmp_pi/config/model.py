"""The configuration as values; every default stands here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wkmp_pi.config.mqtt import Mqtt
from wkmp_pi.config.pins import Wiring
from wkmp_pi.config.toml_file import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """The sound card and how it is driven.

    Attributes:
        device: ``auto``, a stable card id or an ALSA name, as ``wkmp-pi devices`` prints them.
            A card that is not there yet is waited for.
        rate_hz: rate of the stream; 0 takes what the card likes best.
        format: ``auto``, ``S16``, ``S24``, ``S32`` or ``F32``.
        latency_ms: sound queued in the card; every command is heard that much later.
        period_ms: sound handed over at once; at most half of the latency.
        dither: whether output of 16 bits is dithered.
        mixer: ``auto``, ``software``, or the name of a mixer control of the card.
    """

    device: str = "auto"
    rate_hz: int = 44_100
    format: str = "auto"
    latency_ms: int = 80
    period_ms: int = 20
    dither: bool = True
    mixer: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Where the music and the knowledge about it lie; both paths are absolute."""

    music_root: Path
    database: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """How the box is asked; without ``socket`` the usual places are tried."""

    socket: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """How much is told: ``debug``, ``info``, ``warning`` or ``error``."""

    level: str = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole configuration.

    Attributes:
        settings: first values of settings, already of the setting's own type; they count only
            where the library has no value yet.
        file: where it was read from; ``None`` for the built-in defaults.
        wiring: what hangs on the GPIO pins.
        mqtt: the broker, if there is one.
        document: the file itself, for the tables of those who are not known here: bindings and
            virtual peripherals.
    """

    audio: Audio
    library: Library
    control: Control
    log: Log
    settings: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    wiring: Wiring = field(default_factory=Wiring)
    mqtt: Mqtt = field(default_factory=Mqtt)
    document: Document | None = field(default=None, compare=False, repr=False)
