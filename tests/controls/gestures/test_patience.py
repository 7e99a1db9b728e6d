from __future__ import annotations

from wkmp_pi.controls.gestures.patience import MOST_NS, Patience

MS = 1_000_000


def test_it_waits_as_long_as_the_latest_edge_of_late() -> None:
    patience = Patience()
    assert patience.wait_ns == 0
    for at_ms, lag_ms in ((0, 3), (100, 40), (200, 7)):
        patience.seen(at_ms * MS, (at_ms + lag_ms) * MS)
    assert patience.wait_ns == 40 * MS
    assert patience.when(1000 * MS) == 1040 * MS


def test_what_was_late_long_ago_counts_no_more() -> None:
    patience = Patience()
    patience.seen(0, 40 * MS)
    patience.seen(1000 * MS, 1007 * MS)
    patience.seen(2100 * MS, 2101 * MS)
    assert patience.wait_ns == 7 * MS
    patience.seen(4000 * MS, 4001 * MS)
    assert patience.wait_ns == 1 * MS


def test_it_never_waits_too_long_and_never_for_the_future() -> None:
    patience = Patience()
    patience.seen(0, 10_000 * MS)
    assert patience.wait_ns == MOST_NS
    young = Patience()
    young.seen(5000 * MS, 0)
    assert young.wait_ns == 0


def test_it_judges_up_to_the_stamp_of_which_everything_has_come() -> None:
    patience = Patience()
    patience.seen(0, 10 * MS)
    assert patience.until(100 * MS, 109 * MS) is None
    assert patience.until(100 * MS, 110 * MS) == 100 * MS
    assert patience.until(100 * MS, 125 * MS) == 115 * MS


def test_a_late_question_is_answered_a_moment_later() -> None:
    patience = Patience()
    assert patience.until(100 * MS, 200 * MS) is None
    assert patience.when(100 * MS) == 220 * MS
    assert patience.until(100 * MS, 210 * MS) is None
    assert patience.until(100 * MS, 221 * MS) == 221 * MS
    assert patience.when(300 * MS) == 300 * MS
