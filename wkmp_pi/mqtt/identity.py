"""Who this box is to the broker: its stable name in topics, and its password."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from wkmp_pi.config.mqtt import Mqtt
from wkmp_pi.errors import ConfigError

MACHINE_IDS: Final = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
CREDENTIAL: Final = "mqtt_password"
"""The name under which systemd hands over the password: ``LoadCredential=mqtt_password:…``."""

_LONGEST_BYTES = 4096


def box_name(configured: str, machine_ids: Iterable[Path] = MACHINE_IDS) -> str:
    """The configured name, or one that stays the same as long as the machine does.

    The machine's id itself is nobody's business (see machine-id(5)), so a hash of it is used.

    Raises:
        ConfigError: there is neither.
    """
    if configured:
        return configured
    for file in machine_ids:
        try:
            machine = file.read_text().strip()
        except (OSError, ValueError):
            continue
        if machine and machine != "uninitialized":
            return "box-" + hashlib.sha256(f"wkmp_pi {machine}".encode()).hexdigest()[:8]
    raise ConfigError(
        'mqtt.box: this machine has no /etc/machine-id; expected a name; write box = "…" in [mqtt]'
    )


def password_file(config: Mqtt) -> Path | None:
    """Where the password is, if anywhere: the configured file, or systemd's credential.

    An empty credential is none: the unit's default, where nobody has written one.
    """
    if config.password_file is not None:
        return config.password_file
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    file = Path(folder) / CREDENTIAL
    return file if folder and file.exists() and file.read_bytes().strip() else None


def password(config: Mqtt) -> str | None:
    """The password, read anew; one newline at the end does not belong to it.

    Raises:
        ConfigError: the file cannot be read, or holds no password.
    """
    file = password_file(config)
    if file is None:
        return None
    try:
        with file.open("rb") as opened:
            found = opened.read(_LONGEST_BYTES + 1)
        word = found.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise ConfigError(
            f"{file}: {error.strerror or error}; expected the broker's password; "
            "let this user read it"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8; expected one line, the broker's password") from error
    if not word or "\n" in word or "\0" in word or len(found) > _LONGEST_BYTES:
        raise ConfigError(f"{file}: expected one line, the broker's password; write it anew")
    return word


def exposed(config: Mqtt) -> str | None:
    """Why admin commands cannot be trusted: others of this machine may read the password."""
    file = password_file(config)
    try:
        open_to_all = file is not None and bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return None  # it cannot be read at all: that is told by who needs it
    if not open_to_all:
        return None
    return (
        f"{file}: readable by everyone; expected the service only, so admin commands are off; "
        f"chmod 600 {file}"
    )
