"""When a device that is not there is tried again: pure arithmetic, time comes in as an argument."""

from __future__ import annotations

from wkmp_pi.units import NS_PER_SECOND

_BACK_OFF_NS = (NS_PER_SECOND // 4, NS_PER_SECOND // 2, NS_PER_SECOND, 2 * NS_PER_SECOND)
_LEAST_NS = NS_PER_SECOND // 5


class Retries:
    """Growing distances, however often somebody asks; short ones again once a card has come.

    Even then two tries have a distance: a loose plug tells a new card a hundred times a second.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._failed_ns = self._next_ns = 0

    def wait_ns(self, now_ns: int) -> int:
        """How long not to try; 0 when a try is due."""
        return max(self._next_ns - now_ns, 0)

    def failed(self, now_ns: int) -> int:
        """A try failed, or the device was lost; how long not to try."""
        wait_ns = _BACK_OFF_NS[min(self._failures, len(_BACK_OFF_NS) - 1)]
        self._failures += 1
        self._failed_ns, self._next_ns = now_ns, now_ns + wait_ns
        return wait_ns

    def hasten(self) -> None:
        """A card came or went: the next try may be the one."""
        self._failures = 0
        self._next_ns = min(self._next_ns, self._failed_ns + _LEAST_NS)

    def succeeded(self) -> None:
        """The device is there."""
        self._failures = 0
