"""From names to topics; the only place where an event gets its address at the broker."""

from __future__ import annotations

import re
from typing import Final

from wkmp_pi.events.kinds import KINDS, Custom, Event, Gesture

ROOT: Final = "wkmp"

UNTOLD: Final = frozenset(
    {
        "position.updated",
        "playback.progress",
        "buffer.state_changed",
        "button.pressed",
        "button.released",
        "mqtt.changed",
        "mark.reached",
    }
)
"""Events that nobody needs there: positions can be counted, edges stand in their gestures."""

_OTHER = re.compile(r"[^a-z0-9_-]+")
_WITH_SOURCE = frozenset({"gesture", "peripheral", "light"})
_LONGEST = 64


def level(text: str) -> str:
    """Any text as one level of a topic: a-z, 0-9, _ and -, at most 64."""
    return _OTHER.sub("_", text.lower())[:_LONGEST] or "_"


def _parts(name: str) -> list[str]:
    return name.removeprefix("event.").split(".")


FAMILIES: Final = frozenset(_parts(name)[0] for name in KINDS)
"""Families of the product's own events; the owner's get a place where they cannot be confused."""


class Topics:
    """The topics of one box."""

    def __init__(self, box: str) -> None:
        self.base = f"{ROOT}/{box}"
        self.availability = f"{self.base}/availability"
        self.session = f"{self.base}/session"
        self.info = f"{self.base}/info"
        self.state = f"{self.base}/state"
        self.cover = f"{self.base}/cover"
        self.diag = f"{self.base}/diag"

    def key(self, name: str) -> str:
        """Of one plain value of the state."""
        return f"{self.state}/{name}"

    def event(self, family: str, source: str = "") -> str:
        """Of the events of one family, or of one source in it."""
        return f"{self.base}/event/{family}" + (f"/{level(source)}" if source else "")

    def addresses(self, event: Event) -> tuple[tuple[str, ...], str]:
        """Where an event is told, and its ``event_type`` there.

        Each button has a topic of its own, so a chord is told at each of its buttons.
        """
        family, *rest = _parts(event.name)
        kind = "_".join(rest) or family
        if isinstance(event, Gesture):
            sources = (
                (event.peripheral,) if event.peripheral else tuple(dict.fromkeys(event.buttons))
            )
            return tuple(dict.fromkeys(self.event(family, source) for source in sources)), kind
        if isinstance(event, Custom) and family in FAMILIES:
            return (self.event("custom", family),), kind
        source = event.source if family in _WITH_SOURCE else ""
        return (self.event(family, source),), kind
