from __future__ import annotations

import pytest
from bench.figures import seconds
from bench.rows import compared, failed, limited, markdown, plain, renewed, told


def test_a_cost_above_the_peers_is_missed_and_one_at_it_is_met() -> None:
    assert compared("CPU", 2.0, 1.0, seconds).cells() == (
        "CPU",
        "2 s",
        "1 s",
        "2 (≤ 1)",
        "**missed**",
    )
    assert compared("CPU", 1.0, 1.0, seconds).cells()[-1] == "met"


def test_a_limit_belongs_to_what_is_allowed() -> None:
    assert limited("start", 1.0, 1.0, seconds).met
    assert not limited("start", 1.001, 1.0, seconds, peer=0.1).met


def test_what_was_not_measured_is_missed() -> None:
    row = failed("idling", AssertionError("a|b\nc"))
    assert row.cells() == ("idling", "not measured: a/b c", "", "", "**missed**")


def test_a_value_without_a_promise_has_no_verdict() -> None:
    assert told("period", 2e-5, seconds).cells()[-1] == ""


def test_both_tables_hold_every_cell() -> None:
    rows = [told("one", 1, seconds), limited("two", 2, 1, seconds)]
    assert markdown(rows).splitlines()[2:] == [
        "| one | 1 s |  |  |  |",
        "| two | 2 s |  | ≤ 1 s | **missed** |",
    ]
    assert plain(rows).splitlines()[-1].split() == ["two", "2", "s", "≤", "1", "s", "missed"]


def test_only_its_own_block_of_the_readme_is_renewed() -> None:
    readme = "a\n<!-- table: x -->\n1\n<!-- end -->\n<!-- table: bench -->\n2\n<!-- end -->\nb\n"
    assert renewed(readme, r"\1") == readme.replace("\n2\n", "\n\\1\n")
    with pytest.raises(ValueError, match="no block"):
        renewed("nothing", "x")
