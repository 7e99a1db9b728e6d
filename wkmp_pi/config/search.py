"""Where things lie when nobody says: the configuration file, the music, the database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from wkmp_pi.config.model import Audio, Config, Control, Library, Log
from wkmp_pi.errors import ConfigError

SYSTEM_FILE = Path("/etc/wkmp-pi/box.toml")


def find() -> Path | None:
    """The configuration file in use: ``WKMP_PI_CONFIG``, the user's own, the system's, or none.

    A file that ``WKMP_PI_CONFIG`` names need not exist: reading it then says so.
    """
    if named := os.environ.get("WKMP_PI_CONFIG"):
        return Path(named)
    return next((file for file in _usual() if file.exists()), None)


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
    library = Library(music_root=music_root(), database=database())
    return Config(audio=Audio(), library=library, control=Control(), log=Log())


def music_root() -> Path:
    """``~/Music``."""
    return _home() / "Music"


def database() -> Path:
    """The library's file: where systemd keeps a service's state, else with the user's data."""
    if state := os.environ.get("STATE_DIRECTORY"):
        return Path(state.split(":")[0]) / "library.db"
    return _xdg("XDG_DATA_HOME", ".local/share") / "wkmp-pi" / "library.db"


def _usual() -> Iterator[Path]:
    yield _xdg("XDG_CONFIG_HOME", ".config") / "wkmp-pi" / "box.toml"
    yield SYSTEM_FILE


def _xdg(variable: str, otherwise: str) -> Path:
    """A folder of the user, as the XDG Base Directory Specification has it: absolute or ignored."""
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else _home() / otherwise


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise ConfigError(
            "HOME: not set; expected the home folder of the user; "
            "set it, or name music_root and database in box.toml"
        ) from error
