"""Broken: what hands want, and what event playlists make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hil.controls.breakages.replacing import put
from wkmp_pi.controls.gestures import compiled
from wkmp_pi.playlists.runs import Runs

_WIDER = 1.3


def wide_windows() -> None:
    """A second press counts for longer than it should."""
    plan = compiled._Sorting.plan  # noqa: SLF001

    def wider(sorting: Any, button: Any) -> Any:
        usual = plan(sorting, button)
        return replace(usual, gap_ns=round(usual.gap_ns * _WIDER))

    put(compiled._Sorting, "plan", wider)  # noqa: SLF001


def uninterrupted() -> None:
    """No press of a button interrupts an event playlist."""
    feed = Runs.feed

    def deaf(runs: Runs, item: Any, now_ns: int) -> Any:
        event = getattr(item, "event", None)
        return [] if getattr(event, "name", "") == "button.pressed" else feed(runs, item, now_ns)

    put(Runs, "feed", deaf)


BREAKAGES = (wide_windows, uninterrupted)
