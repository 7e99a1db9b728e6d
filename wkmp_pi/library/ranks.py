"""Keep a list in order by numbers with gaps, so that a change of one entry writes one row."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence

GAP = 1 << 16
"""Distance of neighbours at first; sixteen times one entry fits between two, then all are moved."""


def reranked(stored: Mapping[int, int], wanted: Sequence[int]) -> dict[int, int]:
    """Ranks for ``wanted``, ascending, with as many as possible kept from ``stored``.

    Args:
        stored: entry → its rank now, all different; may hold entries that are not wanted.
        wanted: the entries in their new order, all different.
    """
    kept = _longest_ascending([(stored[e], e) for e in wanted if e in stored])
    ranks: dict[int, int] = {}
    waiting: list[int] = []
    last: int | None = None
    for entry in wanted:
        if entry not in kept:
            waiting.append(entry)
            continue
        if not _fill(ranks, waiting, last, kept[entry]):
            return {e: n * GAP for n, e in enumerate(wanted)}
        waiting = []
        ranks[entry] = last = kept[entry]
    _fill(ranks, waiting, last, None)
    return ranks


def _fill(ranks: dict[int, int], entries: list[int], low: int | None, high: int | None) -> bool:
    """Spread ``entries`` evenly between two ranks; False if there is no room."""
    if high is None:
        low, step = (-GAP if low is None else low), GAP
    else:
        low = high - GAP * (len(entries) + 1) if low is None else low
        step = (high - low) // (len(entries) + 1)
    ranks.update({entry: low + step * n for n, entry in enumerate(entries, 1)})
    return step > 0


def _longest_ascending(pairs: list[tuple[int, int]]) -> dict[int, int]:
    """Entry → rank of the longest subsequence that ascends already (patience sorting)."""
    ends: list[tuple[int, int]] = []  # the lowest last pair of a run of each length
    before: dict[int, tuple[int, int] | None] = {}
    for pair in pairs:
        place = bisect.bisect_left(ends, pair)
        before[pair[1]] = ends[place - 1] if place else None
        ends[place : place + 1] = [pair]
    run: dict[int, int] = {}
    link = ends[-1] if ends else None
    while link:
        run[link[1]] = link[0]
        link = before[link[1]]
    return run
