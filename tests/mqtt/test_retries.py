"""When the broker is tried again, and what a person is told meanwhile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.mqtt.retries import MOST_MS, Retries
from wkmp_pi.mqtt.standing import PATIENCE_NS, Standing

S = 1_000_000_000


def distances(retries: Retries, times: int, chance: float = 1.0) -> list[float]:
    """Seconds between so many failures in a row."""
    now_ns, waits = 0, []
    for _ in range(times):
        retries.failed(now_ns, chance)
        waits.append((retries.next_ns - now_ns) / S)
        now_ns = retries.next_ns
    return waits


def quarrel(retries: Retries, rounds: int, lasts_ns: int = S) -> None:
    """Another client throws us out again and again."""
    now_ns = 0
    for _ in range(rounds):
        now_ns = max(now_ns, retries.next_ns)
        retries.up(now_ns)
        now_ns += lasts_ns
        retries.lost(now_ns, 1.0)


# retries


def test_the_first_try_is_at_once() -> None:
    assert Retries().next_ns == 0


def test_distances_double_up_to_half_a_minute() -> None:
    assert distances(Retries(), 9) == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


@given(st.floats(0, 1), st.integers(1, 200))
def test_no_distance_is_ever_longer_than_half_a_minute_or_shorter_than_a_quarter_second(
    chance: float, times: int
) -> None:
    waits = distances(Retries(), times, chance)
    assert max(waits) <= MOST_MS / 1000
    assert min(waits) >= 0.25


def test_chance_spreads_many_boxes_over_half_of_the_distance() -> None:
    early, late = (distances(Retries(), 7, chance)[-1] for chance in (0.0, 1.0))
    assert (early, late) == (15.0, 30.0)


def test_a_connection_that_lasted_is_forgiven_all() -> None:
    retries = Retries()
    distances(retries, 9)
    up_ns = retries.next_ns
    retries.up(up_ns)
    retries.lost(up_ns + 10 * S, 1.0)
    assert retries.next_ns == up_ns + 10 * S + S // 2


def test_a_connection_that_did_not_last_is_not_forgiven() -> None:
    retries = Retries()
    distances(retries, 9)
    up_ns = retries.next_ns
    retries.up(up_ns)
    retries.lost(up_ns + S, 1.0)
    assert retries.next_ns == up_ns + 31 * S


def test_three_short_lives_without_a_failure_between_are_a_quarrel() -> None:
    retries = Retries()
    quarrel(retries, 2)
    assert not retries.flapping
    quarrel(retries, 1)
    assert retries.flapping


def test_a_broker_that_is_restarted_again_and_again_is_no_quarrel() -> None:
    retries, now_ns = Retries(), 0
    for _ in range(20):
        retries.failed(now_ns, 1.0)
        now_ns = retries.next_ns
        retries.up(now_ns)
        now_ns += S
        retries.lost(now_ns, 1.0)
        now_ns = retries.next_ns
    assert not retries.flapping


def test_a_quarrel_is_over_when_a_connection_lasts() -> None:
    retries = Retries()
    quarrel(retries, 5)
    up_ns = retries.next_ns
    retries.up(up_ns)
    assert not retries.steady(up_ns + 9 * S)
    assert retries.flapping
    assert retries.steady_ns == up_ns + 10 * S
    assert retries.steady(up_ns + 10 * S)
    assert not retries.flapping


def test_a_broker_that_tells_of_the_other_client_is_believed_at_once() -> None:
    retries = Retries()
    retries.up(0)
    retries.lost(S, 1.0, taken_over=True)
    assert retries.flapping
    assert retries.next_ns == 9 * S


def test_a_quarrel_slows_down() -> None:
    retries = Retries()
    quarrel(retries, 8)
    last_ns = retries.next_ns
    retries.up(last_ns)
    retries.lost(last_ns + S, 1.0)
    assert retries.next_ns - last_ns == 31 * S


# standing


def test_a_start_without_a_broker_is_a_problem_only_after_a_while() -> None:
    standing = Standing("b:1", Retries(), 0)
    standing.failed("mqtt b:1: Connection refused", 0, 1.0)
    assert standing.problem(PATIENCE_NS - 1) is None
    assert standing.deadline_ns(0) == S // 2
    assert standing.problem(PATIENCE_NS) == "mqtt b:1: Connection refused"


def test_what_is_told_is_looked_at_in_time_even_during_a_try() -> None:
    standing = Standing("b:1", Retries(), 0)
    standing.opening()
    assert not standing.wants_to_connect(S)
    assert standing.deadline_ns(S) == PATIENCE_NS
    assert standing.deadline_ns(PATIENCE_NS) is None


def test_a_connection_is_no_problem_and_nothing_is_due() -> None:
    standing = Standing("b:1", Retries(), 0)
    standing.opening()
    standing.up(S)
    assert standing.problem(99 * S) is None
    assert standing.deadline_ns(99 * S) is None
    assert standing.connections == 1


def test_a_lost_connection_names_the_broker_and_the_reason() -> None:
    standing = Standing("b:1", Retries(), 0)
    standing.up(0)
    assert standing.down("the connection ended (Keep alive timeout)", 20 * S, 1.0, taken_over=False)
    assert standing.problem(25 * S) == "mqtt b:1: the connection ended (Keep alive timeout)"
    assert not standing.down("again", 26 * S, 1.0, taken_over=False)


def test_topics_that_are_denied_are_told_until_the_next_connection() -> None:
    standing = Standing("b:1", Retries(), 0)
    standing.up(0)
    standing.denied("wkmp/b/cmd/#")
    assert "may not listen to wkmp/b/cmd/#" in (standing.problem(S) or "")
    standing.down("gone", 20 * S, 1.0, taken_over=False)
    standing.up(21 * S)
    assert standing.problem(22 * S) is None


def test_a_quarrel_about_the_name_is_told_with_the_remedy_and_ends_by_itself() -> None:
    retries = Retries()
    standing = Standing("b:1", retries, 0)
    quarrel(retries, 4)
    now_ns = retries.next_ns
    standing.up(now_ns)
    assert "give each box a mqtt.box of its own" in (standing.problem(now_ns) or "")
    assert standing.deadline_ns(now_ns) == now_ns + 10 * S
    assert standing.problem(now_ns + 10 * S) is None
