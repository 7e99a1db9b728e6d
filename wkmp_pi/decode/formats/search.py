"""Finding a place in a file whose landmarks carry growing positions, by halving."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Landmark(NamedTuple):
    """Something in a file that knows its position: a byte offset, and frames."""

    offset: int
    position: int


def last_before(
    probe: Callable[[int], Landmark | None], begin: int, end: int, target: int, precision: int
) -> int:
    """An offset at most about ``precision`` bytes before the last landmark up to ``target``.

    Args:
        probe: the first landmark at or after an offset; ``None`` if there is none.
        begin: the offset of the first landmark; given back if nothing later will do.
        end: where the landmarks end.
        target: a position.
        precision: where halving stops, as reading on is cheaper.
    """
    low, high = begin, end
    while high - low > precision:
        middle = (low + high) // 2
        found = probe(middle)
        if found is not None and found.position <= target and found.offset < high:
            low = found.offset
        else:
            high = middle
    return low
