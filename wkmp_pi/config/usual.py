"""Where things lie when nobody says: the music, the database, the configuration files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from wkmp_pi.errors import ConfigError

SYSTEM_FILE = Path("/etc/wkmp-pi/box.toml")


def music_root() -> Path:
    """``~/Music``."""
    return _home() / "Music"


def database() -> Path:
    """The library's file: where systemd keeps a service's state, else with the user's data."""
    if state := os.environ.get("STATE_DIRECTORY"):
        return Path(state.split(":")[0]) / "library.db"
    return _xdg("XDG_DATA_HOME", ".local/share") / "wkmp-pi" / "library.db"


def files() -> Iterator[Path]:
    """Configuration files that are looked for, the most special first."""
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
