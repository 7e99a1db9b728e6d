"""From a topic to what it is for: whose, of which class, and what is asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

ROOT = "wkmp"
_GROUP = "group"
_PATH = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")


class Class(StrEnum):
    """Classes of command topics; the broker's access list tells them apart."""

    SET = "set"
    CMD = "cmd"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Address:
    """What a topic asks for.

    Attributes:
        kind: its class.
        path: what comes after it, such as ``playlist/start``.
        group: whose topic it is, if not the box's own.
    """

    kind: Class
    path: str
    group: str = ""

    @property
    def lane(self) -> str:
        """Which limit it counts for."""
        return f"{_GROUP}/{self.kind}" if self.group else str(self.kind)


class Addresses:
    """The command topics that this box listens to.

    Args:
        box: its id.
        groups: the groups it belongs to.
        admin: whether it takes admin commands.
    """

    def __init__(self, box: str, groups: Iterable[str], *, admin: bool) -> None:
        own = (Class.SET, Class.CMD, Class.ADMIN) if admin else (Class.SET, Class.CMD)
        self._known = {f"{ROOT}/{box}/{kind}/": (kind, "") for kind in own}
        for group in groups:
            for kind in (Class.SET, Class.CMD):
                self._known[f"{ROOT}/{_GROUP}/{group}/{kind}/"] = (kind, group)

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return tuple(f"{beginning}#" for beginning in self._known)

    def read(self, topic: str) -> Address | None:
        """What ``topic`` asks for; ``None`` if it is not one of ours."""
        for beginning, (kind, group) in self._known.items():
            path = topic.removeprefix(beginning)
            if path != topic and _PATH.fullmatch(path):
                return Address(kind, path, group)
        return None
