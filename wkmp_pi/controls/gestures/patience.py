"""How long a verdict waits for edges that may still be on their way. Pure.

Edges are judged by their stamps, but they travel: through a thread, a pipe and
an inbox. As long as they arrive at once nothing waits. When edges arrive late,
verdicts wait as long; when the one who asks comes late himself, because the
whole machine stood still, they wait a moment for what stood still with it.
"""

from __future__ import annotations

from collections import deque
from typing import Final

MOST_NS: Final = 500_000_000
"""A verdict never waits longer: what is later than that is judged anew when it comes."""

_REMEMBERED_NS: Final = 2_000_000_000
_STALL_NS: Final = 20_000_000
_SETTLE_NS: Final = 20_000_000


class Patience:
    """Knows how late edges have been lately."""

    def __init__(self) -> None:
        self._lags: deque[tuple[int, int]] = deque()  # when seen, how late; falling
        self._settled_ns: int | None = None

    def seen(self, at_ns: int, now_ns: int) -> None:
        """An edge of ``at_ns`` was handed over at ``now_ns``."""
        lag_ns = min(max(now_ns - at_ns, 0), MOST_NS)
        lags = self._lags
        while lags and (lags[0][0] < now_ns - _REMEMBERED_NS):
            lags.popleft()
        while lags and lags[-1][1] <= lag_ns:
            lags.pop()
        lags.append((now_ns, lag_ns))

    @property
    def wait_ns(self) -> int:
        """How much later than its window a verdict is given."""
        return self._lags[0][1] if self._lags else 0

    def when(self, due_ns: int) -> int:
        """The moment to ask for a verdict that is due at ``due_ns`` of the stamps' time."""
        at_ns = due_ns + self.wait_ns
        return at_ns if self._settled_ns is None else max(at_ns, self._settled_ns)

    def until(self, due_ns: int, now_ns: int) -> int | None:
        """Up to which stamp one may judge at ``now_ns``; ``None``: not yet.

        Args:
            due_ns: what is due next, by the stamps.
            now_ns: the moment at which somebody asks.
        """
        if now_ns < self.when(due_ns):
            return None
        if self._settled_ns is None and now_ns - self.when(due_ns) > _STALL_NS:
            self._settled_ns = now_ns + _SETTLE_NS
            return None
        self._settled_ns = None
        return now_ns - self.wait_ns
