"""Events as one-liners for people: the name, and what matters of it. Pure.

An event without words of its own is told by its fields, so that a new one
needs nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from wkmp_pi.shown import clean, clock, named

Fields = Mapping[str, Any]

_NAME_WIDTH = 23
_ID_WIDTH = 8
_UNTOLD = frozenset({"name", "frame", "heard_ns", "passage", "next_passage", "file", "next_file"})


def line(message: Mapping[str, Any], *, causes: bool = False) -> str:
    """A message of the socket, ``{"event": …}`` or ``{"missed": n}``, as one line.

    With ``causes``, an event's number stands before it, and those of its causes after it.
    """
    if "missed" in message:
        return f"({message['missed']} events were missed: this reader was too slow)"
    event = message["event"]
    words = _words(event["name"])(event)
    told = f"{event['name']:<{_NAME_WIDTH}}  {clean(words)}".rstrip()
    if not causes:
        return told
    because = " ".join(map(str, message["causes"]))
    return f"{message['id']:>{_ID_WIDTH}}  {told}{f'  <- {because}' if because else ''}"


def _words(name: str) -> Callable[[Fields], str]:
    return _WORDS.get(name) or (_gesture if name.startswith("gesture.") else _fields)


def _fields(event: Fields) -> str:
    told = {key: value for key, value in event.items() if key not in _UNTOLD}
    return "  ".join(f"{key}={_plain(value)}" for key, value in told.items() if value is not None)


def _plain(value: Any) -> str:
    structured = isinstance(value, (dict, list, tuple))
    return json.dumps(value, ensure_ascii=False) if structured else str(value)


def _owners(event: Fields) -> str:
    """What the owner wrote to be carried along, if it is anything."""
    return f"  {_plain(event['metadata'])}" if event["metadata"] else ""


def _gesture(event: Fields) -> str:
    what = event["id"] or event["peripheral"] or "+".join(event["buttons"])
    if event["steps"]:
        return f"{what}: {event['steps']:+} at {event['speed']:g} a second{_owners(event)}"
    count = f" x{event['count']}" if event["count"] > 1 else ""
    return f"{what}{count}, held {event['held_ms']} ms{_owners(event)}"


def _by(trigger: Fields | None) -> str:
    if not trigger:
        return ""
    source = f" of {trigger['source']}" if trigger.get("source") else ""
    return f" by {trigger.get('name')}{source}"


def _created(event: Fields) -> str:
    steps = f"{event['steps']} step{'' if event['steps'] == 1 else 's'}"
    return f"{event['run_id']}: {steps}{_by(event['trigger'])}{_owners(event)}"


def _emitted(event: Fields) -> str:
    step = f"{event['step_index']}.{event['repeat_index']}"
    late = f", {event['late_ms']:.1f} ms late"
    data = f"  {_plain(event['data'])}" if event["data"] else ""
    return f"{event['run_id']}: {event['emitted']} (step {step}){late}{data}{_owners(event)}"


def _stopped(event: Fields) -> str:
    why = f"{event['reason']}{_by(event['interrupt'])}"
    after = f"{event['emitted_count']} emitted in {event['duration_ms'] / 1000:g} s"
    return f"{event['run_id']}: {why}, {after}{_owners(event)}"


def _value(event: Fields) -> str:
    data = f"  {_plain(event['data'])}" if event["data"] else ""
    return f"{event['peripheral']}: {_plain(event['value'])}{data}{_owners(event)}"


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
    "event.playlist.created": _created,
    "event.playlist.emitted": _emitted,
    "event.playlist.stopped": _stopped,
    "peripheral.value": _value,
}
