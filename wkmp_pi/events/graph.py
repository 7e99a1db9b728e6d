"""Who listens to what, as data and as a drawing in Graphviz's language. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple


class Listener(NamedTuple):
    """One subscriber at one moment.

    Attributes:
        label: who it is.
        patterns: the names, beginnings and classes that it asked for.
        depth: events that wait for it.
        dropped: events that it lost so far because its inbox was full.
        priority: who has a higher one gets each event earlier.
        failed: events that it could not handle.
        slow: events for which it took too long.
        late_ms: the longest way of an event from being published to being taken.
    """

    label: str
    patterns: tuple[str, ...]
    depth: int
    dropped: int
    priority: int
    failed: int
    slow: int
    late_ms: float


def dot(listeners: Sequence[Listener]) -> str:
    """A drawing: events on the left, who listens on the right; troubled ones in red."""
    patterns = sorted({pattern for listener in listeners for pattern in listener.patterns})
    lines = ["digraph bus {", "  rankdir=LR;", "  node [fontname=sans];"]
    lines += [f"  {_event(pattern)} [label={_text(pattern)}, shape=box];" for pattern in patterns]
    for number, listener in enumerate(listeners):
        troubled = listener.dropped or listener.failed or listener.slow
        colour = ", color=red" if troubled else ""
        lines.append(f"  listener{number} [label={_text(_told(listener))}{colour}];")
        lines += [f"  {_event(pattern)} -> listener{number};" for pattern in listener.patterns]
    return "\n".join([*lines, "}"])


def _told(listener: Listener) -> str:
    """What stands in a listener's node."""
    facts = [
        f"priority {listener.priority}" if listener.priority else "",
        f"{listener.depth} waiting",
        f"{listener.dropped} dropped" if listener.dropped else "",
        f"{listener.failed} failed" if listener.failed else "",
        f"{listener.slow} slow" if listener.slow else "",
        f"at most {listener.late_ms:g} ms late",
    ]
    return "\n".join([listener.label, *filter(None, facts)])


def _event(pattern: str) -> str:
    return _text(f"event {pattern}")


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
