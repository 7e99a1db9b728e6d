from __future__ import annotations

from hil.quiet import Others, busy_ticks


def test_idle_waiting_and_stolen_time_are_not_busy() -> None:
    assert busy_ticks("cpu  100 20 3 9999 888 4 5 777 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n") == 132


def test_the_share_of_others_is_a_share() -> None:
    assert 0 <= Others().share() <= 1.5
