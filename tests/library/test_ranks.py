from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from wkmp_pi.library.ranks import GAP, reranked

lists = st.lists(st.integers(1, 60), unique=True, max_size=40)


@settings(deadline=None)
@given(st.lists(lists, min_size=1, max_size=6))
def test_ranks_ascend_after_any_history_of_changes(history: list[list[int]]) -> None:
    ranks: dict[int, int] = {}
    for wanted in history:
        ranks = reranked(ranks, wanted)
        assert list(ranks) == wanted
        assert sorted(wanted, key=ranks.__getitem__) == wanted
        assert len(set(ranks.values())) == len(wanted)


@settings(deadline=None)
@given(lists.filter(bool), st.data())
def test_moving_one_entry_changes_one_rank(wanted: list[int], data: st.DataObject) -> None:
    before = reranked({}, wanted)
    entry = data.draw(st.sampled_from(wanted))
    rest = [e for e in wanted if e != entry]
    rest.insert(data.draw(st.integers(0, len(rest))), entry)
    after = reranked(before, rest)
    # Neighbours that change places are one move, whichever of the two moved.
    assert sum(before[e] != after[e] for e in wanted) <= 1


def test_a_place_between_two_is_found_sixteen_times_before_all_are_renumbered() -> None:
    ranks = reranked({}, [1, 2])
    for n in range(3, 19):
        ranks = reranked(ranks, [1, *range(n, 2, -1), 2])
        assert ranks[2] == 2 * GAP - GAP
    ranks = reranked(ranks, [1, *range(19, 2, -1), 2])
    assert list(ranks.values()) == [n * GAP for n in range(19)]


def test_any_order_of_a_hundred_entries_is_ranked() -> None:
    chance = random.Random(4)
    ranks = reranked({}, range(100))
    for _ in range(50):
        wanted = chance.sample(range(100), 100)
        ranks = reranked(ranks, wanted)
        assert sorted(wanted, key=ranks.__getitem__) == wanted
