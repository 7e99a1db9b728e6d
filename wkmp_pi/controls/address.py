"""Where the service's socket lies, seen from the service and from its clients."""

from __future__ import annotations

import os
from pathlib import Path

from wkmp_pi.errors import ConfigError
from wkmp_pi.files import exists, is_folder

SYSTEM = Path("/run/wkmp-pi/wkmp.sock")
"""Of a service that systemd started; a user's own lies under ``XDG_RUNTIME_DIR``."""

_NAME = Path("wkmp-pi") / "wkmp.sock"
_MAX_BYTES = 107
"""``sun_path`` of unix(7), less its final zero."""


def candidates(configured: Path | None = None) -> tuple[Path, ...]:
    """Where a client looks, first things first."""
    if chosen := _chosen(configured):
        return (chosen,)
    own = _own()
    return (own, SYSTEM) if own else (SYSTEM,)


def of_service(configured: Path | None = None) -> Path:
    """Where the service listens.

    Raises:
        ConfigError: no place was named and the usual ones cannot be used, or the name is too
            long for a socket.
    """
    path = _chosen(configured) or _own() or _system()
    if len(os.fsencode(path)) > _MAX_BYTES:
        raise ConfigError(
            f"{path}: found {len(os.fsencode(path))} bytes; "
            f"expected at most {_MAX_BYTES} for a socket; choose a shorter control.socket"
        )
    return path


def _chosen(configured: Path | None) -> Path | None:
    named = os.environ.get("WKMP_PI_SOCKET")
    return Path(named) if named else configured


def _own() -> Path | None:
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(folder) / _NAME if folder and is_folder(folder) else None


def _system() -> Path:
    folder = SYSTEM.parent if exists(SYSTEM.parent) else SYSTEM.parent.parent
    if os.access(folder, os.W_OK | os.X_OK):
        return SYSTEM
    raise ConfigError(
        f"{folder}: not writable, and XDG_RUNTIME_DIR names no folder; "
        "expected a place for the control socket; set control.socket in box.toml, "
        "WKMP_PI_SOCKET, or log in as a user with XDG_RUNTIME_DIR"
    )
