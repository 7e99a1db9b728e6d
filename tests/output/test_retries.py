"""When a device that is not there is tried again."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.output.retries import Retries

MS = 1_000_000


def test_distances_grow_to_two_seconds_and_begin_anew_after_a_success() -> None:
    retries = Retries()
    assert retries.wait_ns(0) == 0
    assert [retries.failed(0) // MS for _ in range(5)] == [250, 500, 1000, 2000, 2000]
    retries.succeeded()
    assert retries.failed(0) // MS == 250


def test_a_card_that_came_is_tried_soon() -> None:
    retries = Retries()
    for _ in range(5):
        retries.failed(0)
    retries.hasten()
    assert retries.wait_ns(0) == 200 * MS
    assert retries.wait_ns(300 * MS) == 0


@given(st.lists(st.tuples(st.integers(0, 500), st.booleans()), max_size=200))
def test_two_tries_are_never_closer_than_a_fifth_of_a_second(
    asked: list[tuple[int, bool]],
) -> None:
    retries, now_ns, tries = Retries(), 0, []
    for later_ms, card_came in asked:
        now_ns += later_ms * MS
        if card_came:
            retries.hasten()
        if retries.wait_ns(now_ns) == 0:
            tries.append(now_ns)
            retries.failed(now_ns)
    assert all(b - a >= 200 * MS for a, b in pairwise(tries))
