"""Broken: what is kept for the next start, how a service ends, and what it takes meanwhile."""

from __future__ import annotations

import os
from typing import Any

from hil.controls.breakages.replacing import put
from wkmp_pi.app import service
from wkmp_pi.app.keeper import Keeper
from wkmp_pi.conductor import decide
from wkmp_pi.events.bus import Bus


def no_fade_at_the_end() -> None:
    """A stop cuts the sound off."""
    put(service._Service, "_fade_out", lambda _: os._exit(0))  # noqa: SLF001


def events_leak() -> None:
    """Each event stays in memory for ever, with 2 KB."""
    publish, kept = Bus.publish, list[bytes]()

    def leaking(bus: Bus, *words: Any, **more: Any) -> Any:
        kept.append(os.urandom(2048))
        return publish(bus, *words, **more)

    put(Bus, "publish", leaking)


def position_unsaved() -> None:
    """Where it plays is kept when something is asked of it, and at no other time."""
    put(decide, "save_due", lambda *_: False)
    put(decide, "next_save_ns", lambda *_: None)


def answered_early() -> None:
    """What is asked is answered before it is kept."""
    put(Keeper, "when_kept", lambda _, then: then())


BREAKAGES = (no_fade_at_the_end, events_leak, position_unsaved, answered_early)
