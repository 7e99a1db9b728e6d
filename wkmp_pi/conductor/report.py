"""State → what is told when somebody asks: plain data, names as MPRIS has them where it does."""

from __future__ import annotations

import dataclasses
from typing import Any

from wkmp_pi.conductor.state import State
from wkmp_pi.passage import Passage
from wkmp_pi.settings import Settings
from wkmp_pi.sources.queue import Entry
from wkmp_pi.units import ticks_from_ms


def status_report(state: State, now_ns: int) -> dict[str, Any]:
    """The whole player state."""
    current, following = state.current, state.queue.upcoming(1)
    sleep = state.sleep
    return {
        "state": "playing" if state.playing else "paused",
        "current": None if current is None else entry_report(state, current),
        "song": None if current is None else _song_at(state, current.passage, now_ns),
        "position_ms": state.position_ms(now_ns),
        "duration_ms": state.duration_ms(),
        "next": entry_report(state, following[0]) if following else None,
        "queue_length": len(state.queue.entries),
        "volume": state.volume,
        "muted": state.muted,
        "repeat": state.settings.repeat,
        "random": state.settings.random,
        "single": state.settings.single,
        "consume": state.settings.consume,
        "sleep_ms": None if sleep.due_ns is None else max(sleep.due_ns - now_ns, 0) // 1_000_000,
        "sleep_at_end": sleep.at_end,
        "device": state.device,
        "watchdog_interventions_total": dict(state.interventions),
        "problems": list(state.problems.values()),
    }


def queue_report(state: State, now_ns: int) -> dict[str, Any]:
    """The queue in the owner's order, and what comes next in the order of play."""
    return {
        "current": state.queue.current,
        "position_ms": state.position_ms(now_ns),
        "entries": [entry_report(state, slot) for slot in state.queue.entries],
        "upcoming": [slot.entry for slot in state.queue.upcoming(5)],
    }


def settings_report(settings: Settings) -> dict[str, Any]:
    """Every setting with its value."""
    return dataclasses.asdict(settings)


def entry_report(state: State, slot: Entry) -> dict[str, Any]:
    """One entry of the queue; once its file is open, in the words of the file's own tags."""
    take = state.takes.get(slot.entry)
    passage = slot.passage if take is None else take.passage
    return {
        "entry": slot.entry,
        "passage": passage.id,
        "file": passage.file,
        "title": passage.title,
        "artist": passage.artist,
        "album": passage.album,
    }


def _song_at(state: State, passage: Passage, now_ns: int) -> dict[str, Any] | None:
    position = ticks_from_ms(state.position_ms(now_ns) or 0)
    for span in passage.songs:
        if span.song is not None and span.start <= position < span.end:
            return {"song": span.song.id, "title": span.song.title, "artist": span.song.artist}
    return None
