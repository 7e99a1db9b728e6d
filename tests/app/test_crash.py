"""A bug in a thread ends the whole process."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import threading, time
from wkmp_pi.app.crash import end_on_any_bug
{guard}
thread = threading.Thread(target=lambda: 1 / 0, name="wkmp-test")
thread.start()
thread.join()
print("half a box goes on")
"""


def run(guard: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(guard=guard)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_bug_in_a_thread_ends_the_process_with_70() -> None:
    done = run("end_on_any_bug()")
    assert done.returncode == 70
    assert "ZeroDivisionError" in done.stderr
    assert "bug in wkmp-test" in done.stderr


def test_without_the_guard_half_a_box_would_go_on() -> None:
    assert "half a box goes on" in run("").stdout
