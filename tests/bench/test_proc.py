from __future__ import annotations

import os
import time

import pytest
from bench import proc

ROLLUP = """\
55e0c0a00000-7ffd1c5f2000 ---p 00000000 00:00 0                          [rollup]
Rss:              109232 kB
Pss:               72004 kB
Pss_Anon:          60112 kB
Shared_Clean:      40000 kB
"""


def test_the_parent_is_found_behind_a_name_that_holds_anything() -> None:
    assert proc.parent_of("812 (a) R 7 (b c) S 41 812 812 0 -1 4194560 1 0") == 41


def test_descendants_are_found_over_generations_and_nobody_else() -> None:
    parents = {2: 1, 3: 2, 4: 3, 5: 1, 6: 5}
    assert proc.descendants(2, parents) == {2, 3, 4}
    assert proc.descendants(9, parents) == {9}


def test_the_sums_of_a_rollup_are_bytes() -> None:
    assert proc.parse_rollup(ROLLUP) == proc.Memory(rss=109_232 * 1024, pss=72_004 * 1024)


def test_a_process_has_itself_in_its_tree_and_some_memory() -> None:
    family = proc.tree(os.getpid())
    memory = proc.memory([os.getpid()])
    assert os.getpid() in family
    assert memory.rss >= memory.pss > 2**20


def test_a_process_that_is_gone_has_no_memory() -> None:
    assert proc.memory([2**22 + 1]) == proc.Memory(rss=0, pss=0)


def test_the_clock_of_a_process_is_the_one_that_it_reads_itself() -> None:
    before_ns = time.process_time_ns()
    told_ns = proc.cpu_ns([os.getpid()])
    assert before_ns <= told_ns <= time.process_time_ns()
    assert proc.cpu_ns([os.getpid(), os.getpid()]) == pytest.approx(2 * told_ns, rel=0.2)
