"""Random order that can be foretold: each entry draws its lot from a seed and its own id.

Because a lot depends on nothing else, adding or removing entries leaves the
others in their order, and what was decoded ahead stays useful. An entry has
another id at each performance, and so another lot in each round. Reproducible
on purpose; nothing secret may be made from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from wkmp_pi.passage import EntryId


def lot(entry: EntryId, seed: int) -> int:
    """What ``entry`` draws: a number from 0 to 2**64 - 1, evenly distributed over the ids."""
    return int.from_bytes(blake2b(f"{seed} {entry}".encode(), digest_size=8).digest())


def shuffled(
    entries: Iterable[EntryId], seed: int, not_first: EntryId | None = None
) -> tuple[EntryId, ...]:
    """``entries`` in random order; ``not_first`` does not come first if there is another."""
    order = sorted(entries, key=lambda entry: lot(entry, seed))
    if len(order) > 1 and order[0] == not_first:
        order[:2] = order[1], order[0]
    return tuple(order)


def dealt_in(
    order: tuple[EntryId, ...], entries: Iterable[EntryId], room: int, seed: int
) -> tuple[EntryId, ...]:
    """``order`` with ``entries`` put at random places, none of them before index ``room``."""
    dealt = list(order)
    for entry in entries:
        dealt.insert(room + lot(entry, seed) % (len(dealt) - room + 1), entry)
    return tuple(dealt)
