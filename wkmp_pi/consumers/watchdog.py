"""The watchdog: a few comparisons that prove that events alone keep the box going.

Pure. Everything works without it; what it finds is a mistake somewhere else.
It looks at what the parts really do, not at what the conductor believes.
"""

from __future__ import annotations

from dataclasses import dataclass

MISSING_CURRENT = "missing_current_buffer"
NOT_STARTED = "mixer_not_started"
MISSING_NEXT = "missing_next_buffer"
MISSING_QUEUED = "missing_queued_buffer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What can be seen at one moment.

    Attributes:
        wanted: takes that should be decoded now, each with its place in line; 0 is the current.
        current: the take of the current entry; 0 if it has none.
        decoding: takes that the decode worker knows.
        ready: the current entry has enough sound buffered, the output takes sound, and yet
            nothing of that entry has been heard.
        sounding: the mixer plays something.
    """

    wanted: tuple[tuple[int, int], ...]
    current: int
    decoding: frozenset[int]
    ready: bool
    sounding: bool


class Watchdog:
    """Looks at facts, and barks when the same thing is stuck at several looks in a row.

    One look is no proof: a request may just be on its way, on a busy machine for a while, and
    the writer asks for sound only once a period, which may be half a second.
    """

    LOOKS = 3
    PATIENCE_NS = 600_000_000

    def __init__(self) -> None:
        self._suspected: tuple[tuple[str, int] | None, int] = (None, 0)
        self._looks = self._since_ns = 0

    def look(self, facts: Facts, now_ns: int) -> tuple[str, int] | None:
        """The kind of stuck state and the take, or ``None``."""
        found = stuck(facts)
        if (found, facts.current) != self._suspected:
            self._suspected = (found, facts.current)
            self._looks, self._since_ns = 0, now_ns
        self._looks += 1
        lasts = self._looks >= self.LOOKS and now_ns - self._since_ns >= self.PATIENCE_NS
        if found is None or not lasts:
            return None
        self._looks, self._since_ns = 0, now_ns
        return found


def stuck(facts: Facts) -> tuple[str, int] | None:
    """The first thing that does not go on by itself."""
    missing = (MISSING_CURRENT, MISSING_NEXT)
    for place, take in facts.wanted:
        if take not in facts.decoding:
            return (missing[place] if place < len(missing) else MISSING_QUEUED), take
    if facts.ready and not facts.sounding:
        return NOT_STARTED, 0
    return None
