"""The player's state as others see it, and which differences are worth telling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Any

_JUMP_MS = 1500
"""A position is not told while it only goes on; one that is so far off has jumped."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOVING = frozenset({"position_ms", "position_utc", "sleep_ms"})
_LONGEST_TITLE = 512
_PROBLEMS = 16


def utc(utc_ns: int) -> str:
    """A calendar time as ISO 8601 with milliseconds."""
    at = _EPOCH + timedelta(microseconds=utc_ns // 1000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def mirrored(
    status: Mapping[str, Any], utc_ns: int, running: Iterable[str], own_problem: str | None
) -> dict[str, Any]:
    """The player state in the words of the topic ``state``; MPRIS's where it has one.

    Args:
        status: as the command ``status`` answers.
        utc_ns: calendar time of ``status``.
        running: ids of the event playlists that run, the newest last.
        own_problem: the text of the broker's own trouble, which is over if anybody reads this.
    """
    current = status.get("current") or {}
    song = status.get("song") or {}
    runs = list(dict.fromkeys(running))
    return {
        "status": status.get("state"),
        "volume": status.get("volume"),
        "muted": status.get("muted"),
        "title": song.get("title") or _title(current),
        "artist": (song.get("artist") or current.get("artist") or "")[:_LONGEST_TITLE],
        "album": (current.get("album") or "")[:_LONGEST_TITLE],
        "song": song.get("song"),
        "passage": current.get("passage"),
        "entry": current.get("entry"),
        "position_ms": status.get("position_ms"),
        "position_utc": utc(utc_ns),
        "duration_ms": status.get("duration_ms"),
        "queue_length": status.get("queue_length"),
        "next": _next(status.get("next")),
        "source": "queue",
        "device": status.get("device") or None,
        "repeat": status.get("repeat"),
        "random": status.get("random"),
        "single": status.get("single"),
        "consume": status.get("consume"),
        "sleep_ms": status.get("sleep_ms"),
        "sleep_at_end": status.get("sleep_at_end"),
        "playlist": runs[-1] if runs else None,
        "playlists": runs,
        "problems": [p for p in status.get("problems", ()) if p != own_problem][:_PROBLEMS],
    }


def _title(passage: Mapping[str, Any]) -> str:
    """The title, or the file's name where the tags are silent."""
    title = passage.get("title") or PurePath(str(passage.get("file", ""))).stem
    return str(title)[:_LONGEST_TITLE]


def _next(passage: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if passage is None:
        return None
    return {
        "entry": passage.get("entry"),
        "passage": passage.get("passage"),
        "title": _title(passage),
        "artist": (passage.get("artist") or "")[:_LONGEST_TITLE],
        "album": (passage.get("album") or "")[:_LONGEST_TITLE],
    }


def differs(old: Mapping[str, Any], new: Mapping[str, Any], passed_ms: int) -> bool:
    """Whether ``new`` tells something that nobody can know from ``old``, told ``passed_ms`` ago."""
    if any(old[key] != value for key, value in new.items() if key not in _MOVING):
        return True
    moved_ms = passed_ms if new["status"] == "playing" else 0
    return _jumped(old["position_ms"], new["position_ms"], (0, moved_ms)) or _jumped(
        old["sleep_ms"], new["sleep_ms"], (-passed_ms, -passed_ms)
    )


def _jumped(old: int | None, new: int | None, moved_ms: tuple[int, int]) -> bool:
    """Whether a number of ms is not where going on, or standing still, would have brought it."""
    if old is None or new is None:
        return old is not new
    least, most = moved_ms
    return not old + least - _JUMP_MS <= new <= old + most + _JUMP_MS
