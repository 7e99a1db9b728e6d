"""The table ``[mqtt]`` of ``box.toml``: the broker, the box's name there, and what is told."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from wkmp_pi.config.rules import RefusedError, Rule, boolean, one_of, path, shown, text, whole
from wkmp_pi.errors import ConfigError

BOX_NAME: Final = re.compile(r"[a-z0-9_-]{1,32}")
PLAIN_KEYS: Final = (
    "album",
    "artist",
    "consume",
    "device",
    "duration_ms",
    "entry",
    "muted",
    "passage",
    "playlist",
    "queue_length",
    "random",
    "repeat",
    "single",
    "source",
    "status",
    "title",
    "volume",
)
"""Keys of the state that can have a topic of their own."""

_HOST = re.compile(r"[A-Za-z0-9._:%-]{1,253}")
_LEVEL = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """The broker and what it gets to know.

    Attributes:
        host: name or address of the broker; empty: no MQTT.
        port: 0 takes 1883, or 8883 with TLS.
        protocol: ``5`` or ``3.1.1``.
        box: this box in topics; empty: made from the machine's id.
        name: of the box, for people; empty: made from ``box``.
        user: empty for nobody.
        password_file: ``None`` takes the credential ``mqtt_password`` of systemd, if there is one.
        tls: whether the connection is encrypted.
        ca_file: certificates that may have signed the broker's; ``None``: the system's.
        certificate: of this box, with ``key``, for brokers that ask for one.
        groups: whose commands this box takes besides its own.
        keys: parts of the state that get a topic of their own.
        keep_events: so many of the newest events are kept while the broker is away.
        admin: whether admin commands are taken at all.
        discovery: whether Home Assistant is told what there is.
        discovery_prefix: the topic where Home Assistant looks for that.
    """

    host: str = ""
    port: int = 0
    protocol: str = "5"
    box: str = ""
    name: str = ""
    user: str = ""
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    groups: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    keep_events: int = 0
    admin: bool = True
    discovery: bool = True
    discovery_prefix: str = "homeassistant"

    @property
    def reach(self) -> int:
        """The port that is meant."""
        return self.port or (8883 if self.tls else 1883)


def host(value: Any) -> str:
    """A host; ``none`` for no broker."""
    name = text(value)
    if name == "none":
        return ""
    if not _HOST.fullmatch(name):
        raise RefusedError(
            f"found {shown(value)}; expected the name or address of the broker; "
            "write the port with the key port, and no mqtt://"
        )
    return name


def box_name(value: Any) -> str:
    """A level of topics that is the box's own; ``auto`` for one made from the machine's id."""
    name = text(value)
    if name == "auto":
        return ""
    if name == "group" or not BOX_NAME.fullmatch(name):
        raise RefusedError(
            f"found {shown(value)}; expected 1 to 32 of a-z, 0-9, _ and -, and not group; rename it"
        )
    return name


def label(value: Any) -> str:
    """A name for people; ``auto`` for one that is made."""
    name = text(value)
    return "" if name == "auto" else name


def level(value: Any) -> str:
    """One level of topics."""
    name = text(value)
    if not _LEVEL.fullmatch(name):
        raise RefusedError(
            f"found {shown(value)}; expected 1 to 32 of a-z, A-Z, 0-9, _ and -; rename it"
        )
    return name


def several(rule: Rule, most: int) -> Rule:
    """A list of at most ``most`` different values."""

    def check(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise RefusedError(f'found {shown(value)}; expected a list; write ["…", "…"]')
        if len(value) > most:
            raise RefusedError(f"found {len(value)} values; expected at most {most}; remove some")
        found = tuple(rule(one) for one in value)
        if len(set(found)) != len(found):
            raise RefusedError("found the same value twice; expected each once; remove one")
        return found

    return check


def never(instead: str) -> Rule:
    """A key that must not stand here."""

    def refuse(_: Any) -> NoReturn:
        raise RefusedError(f"found a secret; expected none in this file; {instead}")

    return refuse


RULES: Final[Mapping[str, Rule]] = {
    "host": host,
    "port": whole(1, 65_535, "", or_zero=True),
    "protocol": one_of("5", "3.1.1"),
    "box": box_name,
    "name": label,
    "user": text,
    "password": never(
        "write it into a file of its own, readable by the service only, and name "
        "that in password_file"
    ),
    "password_file": path,
    "tls": boolean,
    "ca_file": path,
    "certificate": path,
    "key": path,
    "groups": several(level, 16),
    "keys": several(one_of(*PLAIN_KEYS), len(PLAIN_KEYS)),
    "keep_events": whole(0, 1000, "events"),
    "admin": boolean,
    "discovery": boolean,
    "discovery_prefix": level,
}
"""What each key takes, as ``config.rules.RULES`` has it for the other tables."""


def check(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is right by itself, but means nothing beside the rest: the key, and what is wrong.

    Args:
        values: the good values of the table.
    """
    if not values.get("tls"):
        for key in ("ca_file", "certificate", "key"):
            if values.get(key):
                yield key, "found it without tls; expected both; write tls = true, or remove it"
    if values.get("key") and not values.get("certificate"):
        yield "key", "found the key of no certificate; expected both; write certificate"
    if values.get("password_file") and not values.get("user"):
        yield (
            "password_file",
            "found a password of nobody; expected a user with it; write user, or remove it",
        )


def chosen(configured: Mqtt) -> Mqtt:
    """The configuration with the broker of ``WKMP_PI_BROKER`` (HOST:PORT) if it names none.

    Raises:
        ConfigError: the variable names no broker.
    """
    named = os.environ.get("WKMP_PI_BROKER", "")
    if configured.host or not named:
        return configured
    name, _, number = named.rpartition(":")
    if not (_HOST.fullmatch(name) and number.isdecimal() and 1 <= int(number[:6]) <= 65_535):
        raise ConfigError(
            f"WKMP_PI_BROKER: found {shown(named)}; expected HOST:PORT; correct or unset it"
        )
    return dataclasses.replace(configured, host=name, port=int(number))
