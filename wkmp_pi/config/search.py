"""Which configuration counts: the one that is named, the first that is found, or the defaults."""

from __future__ import annotations

import os
from pathlib import Path

from wkmp_pi.config import usual
from wkmp_pi.config.model import Audio, Config, Control, Library, Log
from wkmp_pi.files import exists


def find() -> Path | None:
    """The configuration file in use: ``WKMP_PI_CONFIG``, the user's own, the system's, or none.

    A file that ``WKMP_PI_CONFIG`` names need not exist: reading it then says so.
    """
    if named := os.environ.get("WKMP_PI_CONFIG"):
        return Path(named)
    return next((file for file in usual.files() if exists(file)), None)


def load(file: Path | None = None) -> Config:
    """The configuration of ``file``, else of the one that ``find`` finds, else the defaults.

    Raises:
        ConfigError: every problem, each with file and line.
    """
    from wkmp_pi.config.read import read  # the defaults must not cost a TOML parser

    chosen = file or find()
    return read(chosen) if chosen else default()


def default() -> Config:
    """The built-in configuration, which plays on the first sound card that there is."""
    library = Library(music_root=usual.music_root(), database=usual.database())
    return Config(audio=Audio(), library=library, control=Control(), log=Log())
