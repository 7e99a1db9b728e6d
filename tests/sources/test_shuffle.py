"""Random order: fair, foretold, and steady when entries come and go."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.passage import EntryId
from wkmp_pi.sources.shuffle import dealt_in, lot, shuffled

IDS = st.sets(st.integers(1, 500), max_size=20).map(lambda ids: tuple(map(EntryId, sorted(ids))))


@given(IDS, st.integers())
def test_a_shuffle_loses_and_doubles_nobody(ids: tuple[EntryId, ...], seed: int) -> None:
    assert sorted(shuffled(ids, seed)) == list(ids)


@given(IDS, st.integers(), st.integers(0, 19))
def test_who_leaves_does_not_disturb_the_others(
    ids: tuple[EntryId, ...], seed: int, n: int
) -> None:
    gone = ids[n : n + 1]
    rest = tuple(entry for entry in shuffled(ids, seed) if entry not in gone)
    assert rest == shuffled((entry for entry in ids if entry not in gone), seed)


@given(IDS, st.integers())
def test_nobody_comes_twice_in_a_row(ids: tuple[EntryId, ...], seed: int) -> None:
    for entry in ids:
        assert len(ids) < 2 or shuffled(ids, seed, not_first=entry)[0] != entry


@given(IDS, IDS, st.integers(0, 20), st.integers())
def test_newcomers_never_push_in_before_their_room(
    order: tuple[EntryId, ...], new: tuple[EntryId, ...], room: int, seed: int
) -> None:
    room = min(room, len(order))
    dealt = dealt_in(order, [EntryId(entry + 1000) for entry in new], room, seed)
    assert dealt[:room] == order[:room]
    assert tuple(entry for entry in dealt if entry < 1000) == order
    assert len(dealt) == len(order) + len(new)


def test_every_order_is_about_as_likely() -> None:
    orders = Counter(shuffled((EntryId(1), EntryId(2), EntryId(3)), seed) for seed in range(6000))
    assert len(orders) == 6
    assert all(850 < count < 1150 for count in orders.values())


def test_a_lot_is_the_same_on_every_machine() -> None:
    assert lot(EntryId(1), 0) == 8_829_055_359_606_111_300
    assert len({lot(EntryId(entry), seed) for entry in range(9) for seed in range(9)}) == 81
