"""The drawing of who listens to what."""

import re
import shutil
import subprocess

import pytest

from wkmp_pi.events.graph import Listener, dot

WELL = Listener("history", ("passage.*", "queue.emptied"), 0, 0, 0, 0, 0, 0.25)
ILL = Listener('a "slow"\\one', ("passage.*",), 256, 1000, 5, 1, 2, 1500.0)


def test_an_event_that_several_listen_to_is_drawn_once() -> None:
    drawn = dot([WELL, ILL])
    assert drawn.count('[label="passage.*", shape=box]') == 1
    assert re.findall(r'"event (\S+)" -> (\w+);', drawn) == [
        ("passage.*", "listener0"), ("queue.emptied", "listener0"), ("passage.*", "listener1"),
    ]  # fmt: skip


def test_who_is_in_trouble_is_red() -> None:
    lines = {line.split()[0]: line for line in dot([WELL, ILL]).splitlines()}
    assert "history\\n0 waiting\\nat most 0.25 ms late" in lines["listener0"]
    assert "color=red" not in lines["listener0"]
    assert "priority 5\\n256 waiting\\n1000 dropped\\n1 failed\\n2 slow" in lines["listener1"]
    assert "color=red" in lines["listener1"]


def test_nobody_is_a_drawing_too() -> None:
    assert dot([]).splitlines()[0] == "digraph bus {"
    assert dot([]).endswith("}")


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_can_draw_it() -> None:
    drawn = subprocess.run(
        ["dot", "-Tplain"], input=dot([WELL, ILL]), capture_output=True, text=True, check=True
    )
    assert drawn.stdout.count("edge ") == 3
