"""Events as one-liners for people: the name, and what matters of it. Pure.

An event without words of its own is told by its fields, so that a new one
needs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wkmp_pi.shown import clean, clock, named

Fields = Mapping[str, Any]

_NAME_WIDTH = 23
_UNTOLD = frozenset({"name", "frame", "heard_ns", "passage", "next_passage", "file", "next_file"})


def line(message: Mapping[str, Any]) -> str:
    """A message of the socket, ``{"event": …}`` or ``{"missed": n}``, as one line."""
    if "missed" in message:
        return f"({message['missed']} events were missed: this reader was too slow)"
    event = message["event"]
    words = _WORDS.get(event["name"], _fields)(event)
    return f"{event['name']:<{_NAME_WIDTH}}  {clean(words)}".rstrip()


def _fields(event: Fields) -> str:
    told = {key: value for key, value in event.items() if key not in _UNTOLD}
    return "  ".join(f"{key}={value}" for key, value in told.items() if value is not None)


def _place(event: Fields) -> str:
    return f"{event['entry']}: {clock(event['position_ms'])} of {clock(event['duration_ms'])}"


def _started(event: Fields) -> str:
    at = f" at {clock(event['position_ms'])}" if event["position_ms"] else ""
    return f"{event['entry']}: {named(event)}{at} ({clock(event['duration_ms'])})"


def _completed(event: Fields) -> str:
    return f"{event['entry']}: {event['reason']}, played {clock(event['played_ms'])}"


def _crossfade(event: Fields) -> str:
    return f"{event['entry']} to {event['next_entry']}, {event['overlap_ms'] / 1000:g} s"


def _song(event: Fields) -> str:
    what = named(event) if event["song"] is not None else "no song"
    return f"{event['entry']}: {what} at {clock(event['position_ms'])}"


def _cue(event: Fields) -> str:
    return f"{event['entry']}: {event['cue']} at {clock(event['position_ms'])}"


def _volume(event: Fields) -> str:
    return f"{event['percent']} %{' (muted)' if event['muted'] else ''}"


def _queue(event: Fields) -> str:
    entries = " ".join(
        f"[{entry}]" if entry == event["current"] else str(entry) for entry in event["entries"]
    )
    return f"{event['trigger']}: {entries or 'empty'}"


def _failed(event: Fields) -> str:
    return f"{event['entry']}: {event['error']}"


def _problem(event: Fields) -> str:
    return f"{event['key']}: {event['text'] or 'over'}"


def _refused(event: Fields) -> str:
    return f"{event['command']}: {event['error']}"


_WORDS: Mapping[str, Callable[[Fields], str]] = {
    "passage.started": _started,
    "passage.completed": _completed,
    "crossfade.started": _crossfade,
    "crossfade.completed": _crossfade,
    "song.changed": _song,
    "cue.reached": _cue,
    "position.updated": _place,
    "playback.progress": _place,
    "volume.changed": _volume,
    "queue.changed": _queue,
    "decode.failed": _failed,
    "problem.changed": _problem,
    "command.refused": _refused,
}
