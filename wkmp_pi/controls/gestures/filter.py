"""Raw edges of one button to what a finger did: glitches and bouncing taken away. Pure.

A level counts once it is stable, a press sooner than a release. It is stamped
with the first edge of the unrest that led to it: contacts bounce after they
met, and after they parted.
"""

from __future__ import annotations

_LONG_AGO_NS = -(10**15)


class Filter:
    """The two levels of a button: the one that the pin has, and the one that counts.

    Args:
        glitch_ns: a press is stable after so long.
        debounce_ns: a release is stable after so long.
    """

    __slots__ = ("_debounce_ns", "_first_ns", "_glitch_ns", "_since_ns", "down", "raw", "restless")

    def __init__(self, glitch_ns: int, debounce_ns: int) -> None:
        self._glitch_ns = glitch_ns
        self._debounce_ns = debounce_ns
        self.down = False
        """The level that counts."""
        self.raw = False
        """The level after the last edge."""
        self.restless = False
        """Whether the pin came back just now, and may go again as part of the same unrest."""
        self._since_ns = self._first_ns = _LONG_AGO_NS

    @property
    def since_ns(self) -> int:
        """The stamp of the last edge that changed the pin."""
        return self._since_ns

    @property
    def touched_ns(self) -> int | None:
        """The stamp of a press that may soon count."""
        return self._first_ns if self.pending and not self.down else None

    @property
    def lifted_ns(self) -> int | None:
        """The stamp of a release that may soon count."""
        return self._stamp() if self.down and not self.raw else None

    @property
    def pending(self) -> bool:
        """Whether a level may soon count whose stamp is in the past."""
        return self.restless or self.raw != self.down

    @property
    def due_ns(self) -> int | None:
        """When to ``accept`` what the pin has, if nothing comes between."""
        if self.raw == self.down:
            return self._since_ns + self._glitch_ns if self.restless else None
        return self._since_ns + (self._glitch_ns if self.raw else self._debounce_ns)

    def edge(self, down: bool, at_ns: int) -> None:
        """The pin changed; what was due before ``at_ns`` has been accepted."""
        if down == self.raw:
            self._same_again(at_ns)
            return
        if self.raw == self.down and at_ns - self._since_ns >= self._glitch_ns:
            self._first_ns = at_ns
        self.raw = down
        self.restless = down == self.down
        self._since_ns = at_ns

    def _same_again(self, at_ns: int) -> None:
        """One edge was lost between the two: unrest; or a late edge of what a reading found."""
        if self.raw == self.down:
            return
        self._first_ns = min(self._first_ns, at_ns)
        self._since_ns = at_ns

    def accept(self) -> int | None:
        """Let the level of the pin count; its stamp, if it is another than before."""
        self.restless = False
        if self.raw == self.down:
            return None
        self.down = self.raw
        return self._stamp()

    def _stamp(self) -> int:
        return max(self._first_ns, self._since_ns - self._debounce_ns)

    def forget(self, down: bool, at_ns: int) -> None:
        """Begin anew with a level that has no history."""
        self.down = self.raw = down
        self.restless = False
        self._since_ns = self._first_ns = at_ns


class Leak:
    """Counts what comes, forgets at a steady rate: tells a burst from what never ends.

    Args:
        per_second: what may come for ever.
        burst: what may come at once.
    """

    __slots__ = ("_burst", "_count", "_filled", "_last_ns", "_per_ns", "_since_ns")

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_ns = per_second / 1e9
        self._burst = burst
        self._filled = 0.0
        self._count = 0
        self._last_ns = self._since_ns = _LONG_AGO_NS

    def overflows(self, at_ns: int) -> bool:
        """Count one more; whether that is too much."""
        filled = self._filled - (at_ns - self._last_ns) * self._per_ns
        if filled <= 0.0:
            filled, self._count, self._since_ns = 0.0, 0, at_ns
        self._last_ns = at_ns
        self._count += 1
        self._filled = min(filled + 1.0, self._burst + 1.0)
        return filled + 1.0 > self._burst

    def per_second(self) -> float:
        """How many came in a second, since it was last empty."""
        return self._count * 1e9 / max(self._last_ns - self._since_ns, 1)
