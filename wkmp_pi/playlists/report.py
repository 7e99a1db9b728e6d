"""Playlists as plain data, for who asks. Pure."""

from __future__ import annotations

from typing import Any

from wkmp_pi.events.kinds import thawed
from wkmp_pi.playlists.book import Book
from wkmp_pi.playlists.definition import Ending, On, Playlist, Step
from wkmp_pi.playlists.where import Where

_NS = 1_000_000_000


def rows(book: Book) -> list[dict[str, Any]]:
    """All playlists, one line each."""
    return [
        {
            "playlist": playlist.id,
            "name": playlist.name,
            "steps": len(playlist.steps),
            "anchor": str(playlist.anchor),
            "retrigger": str(playlist.retrigger),
            "triggers": [on.event for on in playlist.triggers],
            "needs": list(playlist.needs),
        }
        for playlist in book.playlists.values()
    ]


def whole(playlist: Playlist) -> dict[str, Any]:
    """All of one playlist, by the keys of its file; what was not written stands as it counts."""
    deadline_ns = playlist.deadline_ns
    return {
        "playlist": playlist.id,
        "name": playlist.name,
        "anchor": str(playlist.anchor),
        "retrigger": str(playlist.retrigger),
        "max_runs": playlist.max_runs,
        "deadline_s": None if deadline_ns is None else deadline_ns / _NS,
        "veto_ms": playlist.veto_ns // 1_000_000,
        "completion": playlist.completion,
        "metadata": thawed(playlist.metadata),
        "needs": list(playlist.needs),
        "foreign": list(playlist.foreign),
        "trigger": list(map(_on, playlist.triggers)),
        "interrupt": list(map(_on, playlist.interrupts)),
        "step": list(map(_step, playlist.steps)),
        "ending": list(map(_ending, playlist.endings)),
    }


def _on(on: On) -> dict[str, Any]:
    about: dict[str, Any] = {"event": on.event}
    if on.where.tests:
        about["where"] = _where(on.where)
    if on.state.tests:
        about["state"] = _where(on.state)
    return about


def _where(where: Where) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for test in where.tests:
        inner = table
        for key in test.path:
            inner = inner.setdefault(key, {})
        inner[test.operator] = test.wanted
    return table


def _step(step: Step) -> dict[str, Any]:
    drop_ns = step.drop_after_ns
    about: dict[str, Any] = {
        "id": step.id,
        "event" if step.command is None else "command": step.name,
        "data": thawed(step.data),
        "offset_s": step.offset.ns / _NS,
        "offset_frames": step.offset.frames,
        "repeat": step.repeat if step.repeat > 1 else None,
        "interval_s": step.interval.ns / _NS,
        "interval_frames": step.interval.frames,
        "after": step.after,
        "wait": None
        if step.wait is None
        else {**_on(step.wait.on), "deadline_s": step.wait.deadline_ns / _NS},
        "producer": step.producer,
        "drop_after_ms": None if drop_ns is None else drop_ns // 1_000_000,
    }
    needed = ("offset_s", "event", "command")
    return {key: value for key, value in about.items() if value or key in needed}


def _ending(ending: Ending) -> dict[str, Any]:
    return {
        "event" if ending.command is None else "command": ending.name,
        "data": thawed(ending.data),
        "reasons": sorted(ending.reasons),
    }
