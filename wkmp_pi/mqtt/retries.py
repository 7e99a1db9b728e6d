"""When a broker is tried again: pure arithmetic, time and chance come in as arguments."""

from __future__ import annotations

from wkmp_pi.units import NS_PER_SECOND

FIRST_MS = 500
MOST_MS = 30_000
"""Between two tries; with chance added, never more."""

_STEADY_NS = 10 * NS_PER_SECOND
_SHORT_LIVES = 3
_MS = 1_000_000


class Retries:
    """Growing distances, each made a little uneven, so that many boxes do not come at once.

    A broker that ends a connection soon, takes the next one at the first try and ends that too,
    is not ill: another client uses our name, and each of the two throws the other out. MQTT 5
    brokers may say so. Then short distances would only keep the quarrel alive.

    Args:
        first_ms: the first distance; each further one is twice as long.
        most_ms: the longest.
    """

    def __init__(self, first_ms: int = FIRST_MS, most_ms: int = MOST_MS) -> None:
        self._first_ms = first_ms
        self._most_ms = most_ms
        self._failures = 0
        self._short_lives = 0
        self._failed_since_loss = False
        self._up_ns: int | None = None
        self.next_ns = 0
        """Not before this moment."""

    @property
    def flapping(self) -> bool:
        """Whether another client seems to use our name."""
        return self._short_lives >= _SHORT_LIVES

    @property
    def steady_ns(self) -> int | None:
        """When the connection will have lasted so long that all is forgiven."""
        return None if self._up_ns is None else self._up_ns + _STEADY_NS

    def up(self, now_ns: int) -> None:
        """The broker let us in."""
        self._up_ns = now_ns
        if self._failed_since_loss:
            self._short_lives = 0
        self._failed_since_loss = False

    def steady(self, now_ns: int) -> bool:
        """Forgive all if the connection has lasted long enough; whether it has."""
        if self.steady_ns is None or now_ns < self.steady_ns:
            return False
        self._failures = self._short_lives = 0
        return True

    def failed(self, now_ns: int, chance: float) -> None:
        """A try failed; ``chance`` is 0 to 1."""
        self._failed_since_loss = True
        self._wait(now_ns, chance)

    def lost(self, now_ns: int, chance: float, *, taken_over: bool = False) -> None:
        """The connection ended."""
        if self._up_ns is None:
            self.failed(now_ns, chance)
            return
        if not self.steady(now_ns):
            self._short_lives += 1
        if taken_over:
            self._short_lives = max(self._short_lives, _SHORT_LIVES)
            self._failures = max(self._failures, 4)
        self._up_ns = None
        self._wait(now_ns, chance)

    def _wait(self, now_ns: int, chance: float) -> None:
        longest_ms = min(self._first_ms * 2 ** min(self._failures, 16), self._most_ms)
        self._failures += 1
        self.next_ns = now_ns + round(longest_ms * (0.5 + 0.5 * chance)) * _MS
