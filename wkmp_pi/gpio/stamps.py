"""The kernel's time stamp of an edge, whatever clock it is of, on CLOCK_MONOTONIC. Pure."""

from __future__ import annotations

from typing import Final

_OLDEST_NS: Final = 10_000_000_000
_AHEAD_NS: Final = 1_000_000


def on_monotonic_ns(ticks_s: float, monotonic_ns: int, real_ns: int) -> int:
    """When the edge was, CLOCK_MONOTONIC in ns; now, if its stamp cannot be of either clock.

    The character device stamps edges with CLOCK_MONOTONIC since Linux 5.7, with CLOCK_REALTIME
    before. A calendar that is set anew between edge and call makes the stamp useless, not wrong.

    Args:
        ticks_s: the stamp in seconds.
        monotonic_ns: CLOCK_MONOTONIC now.
        real_ns: CLOCK_REALTIME now.
    """
    stamp_ns = round(ticks_s * 1e9)
    for now_ns in (monotonic_ns, real_ns):
        age_ns = now_ns - stamp_ns
        if -_AHEAD_NS <= age_ns <= _OLDEST_NS:
            return monotonic_ns - max(age_ns, 0)
    return monotonic_ns
