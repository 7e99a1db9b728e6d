"""Edges and gestures as lines for a person who tunes windows. Pure.

Each press is told with its distance from the release before, each release with
how long it was held, both beside the window that they are judged by; at the
end a summary says what the hands and contacts of this box are like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any, Final

from wkmp_pi.config.pins import Button, Wiring
from wkmp_pi.shown import clean

EVENTS: Final = ("button.*", "gesture.*", "alert.gesture_flapping")
"""What is shown."""

_NS_PER_MS = 1_000_000
_FAR = 3
"""A gap of so many windows is no gap, but a pause."""

Fields = Mapping[str, Any]
Edges = Sequence[Sequence[Any]]


@dataclass(slots=True)
class _Seen:
    """What one button did."""

    held_ms: list[float] = field(default_factory=list)
    gaps_ms: list[float] = field(default_factory=list)
    bounces_ms: list[float] = field(default_factory=list)
    gestures: dict[str, int] = field(default_factory=dict)
    released_ns: int | None = None


class View:
    """Turns events into lines; remembers what it takes for a summary.

    Args:
        wiring: the buttons and their windows, as far as they are known here.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._buttons = {button.name: button for button in wiring.buttons}
        self._gpio = wiring.gpio
        self._begun_ns: int | None = None
        self._seen: dict[str, _Seen] = {}

    def line(self, event: Fields) -> str:
        """One event, as the socket tells it."""
        name = event["name"]
        if name == "alert.gesture_flapping":
            return f"{'':>10}  ! {self._name(event)}  {event['per_second']:g} a second: left alone"
        at_ns = int(event["at_ns"])
        self._begun_ns = at_ns if self._begun_ns is None else self._begun_ns
        words = {"button.pressed": self._pressed, "button.released": self._released}
        text = words.get(name, self._gesture)(event, at_ns)
        return f"{(at_ns - self._begun_ns) / 1e9:>10.3f}  {text}".rstrip()

    def _name(self, event: Fields) -> str:
        return clean(str(event["button"])).ljust(12)

    def _of(self, button: str) -> _Seen:
        return self._seen.setdefault(button, _Seen())

    def _pressed(self, event: Fields, at_ns: int) -> str:
        seen, about = self._of(event["button"]), self._windows(event["button"])
        words = ""
        if seen.released_ns is not None:
            gap_ms = (at_ns - seen.released_ns) / _NS_PER_MS
            if gap_ms <= _FAR * about.gap_ms:
                seen.gaps_ms.append(gap_ms)
                words = f"gap {_of_window(gap_ms, about.gap_ms)}"
        return f"▼ {self._name(event)}  {words}"

    def _released(self, event: Fields, at_ns: int) -> str:
        seen, about = self._of(event["button"]), self._windows(event["button"])
        seen.released_ns = at_ns
        seen.held_ms.append(event["held_ms"])
        return f"▲ {self._name(event)}  held {_of_window(event['held_ms'], about.hold_ms)}"

    def _windows(self, button: str) -> Button:
        return self._buttons.get(button) or Button(name=button, pin=0)

    def _gesture(self, event: Fields, _: int) -> str:
        buttons = clean("+".join(event["buttons"]))
        for button in dict.fromkeys(event["buttons"]):
            told = self._of(button).gestures
            told[event["gesture"]] = told.get(event["gesture"], 0) + 1
        edges = [(name, down, int(at_ns)) for name, down, at_ns in event.get("edges", ())]
        details = [*self._details(event, edges), *self._contacts(edges)]
        owner = event.get("peripheral_name") or event.get("id")
        word = f"{event['gesture']} ({clean(owner)})" if owner else event["gesture"]
        return f"● {buttons:<12}  {word}  {', '.join(details)}"

    def _details(self, event: Fields, edges: Edges) -> Iterator[str]:
        window_ms, word = event.get("window_ms", 0), event["gesture"]
        if word == "turn":
            yield f"{event['steps']:+d}, {event['speed']:g} detents a second"
        elif word in ("chord", "simultaneous"):
            stamps = [at_ns for _, down, at_ns in edges if down]
            spread_ms = (max(stamps) - min(stamps)) / _NS_PER_MS if stamps else 0.0
            yield f"spread {_of_window(spread_ms, window_ms)}"
        elif word == "sequence":
            steps = [(b[2] - a[2]) / _NS_PER_MS for a, b in pairwise(edges)]
            yield f"longest step {_of_window(max(steps, default=0.0), window_ms)}"
        elif word in ("repeat", "multi"):
            yield f"{event['count']}"
        elif window_ms:
            yield f"window {window_ms} ms"

    def _contacts(self, edges: Edges) -> Iterator[str]:
        """How much the contacts bounced."""
        bounced: list[float] = []
        for name in dict.fromkeys(edge[0] for edge in edges):
            about = self._windows(name)
            mine = [int(edge[2]) for edge in edges if edge[0] == name]
            bounced += _bounces(mine, about.debounce_ms * _NS_PER_MS)
            self._of(name).bounces_ms += _bounces(mine, about.debounce_ms * _NS_PER_MS)
        if bounced:
            yield f"bounced {max(bounced):.1f} ms"

    def summary(self) -> list[str]:
        """What the hands and contacts of this box are like; nothing if none was seen."""
        return [
            line for name, seen in sorted(self._seen.items()) for line in self._told(name, seen)
        ]

    def _told(self, name: str, seen: _Seen) -> Iterator[str]:
        about = self._windows(name)
        told = ", ".join(f"{count} {word}" for word, count in seen.gestures.items())
        yield f"{clean(name)}: {told or 'no gestures'}"
        if seen.held_ms:
            yield f"  held     {_spread(seen.held_ms)}  hold_ms is {about.hold_ms}"
        if seen.gaps_ms:
            yield f"  gaps     {_spread(seen.gaps_ms)}  gap_ms is {about.gap_ms}"
        if seen.bounces_ms:
            yield f"  bounces  {_spread(seen.bounces_ms)}  debounce_ms is {about.debounce_ms}"


def _of_window(value_ms: float, window_ms: float) -> str:
    share = f" ({value_ms / window_ms:.0%} of {window_ms:g})" if window_ms else ""
    return f"{value_ms:.0f} ms{share}"


def _spread(values: Iterable[float]) -> str:
    least, middle, most = min(values), median(values), max(values)
    return f"{least:.1f} to {most:.1f} ms, half of them up to {middle:.1f};"


def _bounces(stamps: Sequence[int], calm_ns: int) -> list[float]:
    """How long each unrest lasted: edges that follow each other faster than ``calm_ns``."""
    found: list[float] = []
    begin = 0
    for index, stamp in enumerate(stamps):
        if index + 1 == len(stamps) or stamps[index + 1] - stamp >= calm_ns:
            if stamp > stamps[begin]:
                found.append((stamp - stamps[begin]) / _NS_PER_MS)
            begin = index + 1
    return found
