from __future__ import annotations

from bench.startup import imported_us

REPORT = """\
import time: self [us] | cumulative | imported package
import time:       181 |        181 |   _io
import time:        37 |       1300 | site
♪ something else
"""


def test_the_time_of_each_import_itself_is_read() -> None:
    assert imported_us(REPORT) == [181, 37]
