"""The shell on this machine, where it is not like the others."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from hil.drivers import popen
from hil.drivers.local import LocalShell
from hil.errors import RigError


def test_the_environment_of_the_bench_is_kept_and_added_to():
    done = LocalShell({"COLOUR": "green"}).run(["sh", "-c", 'echo "$COLOUR $HOME"'])
    assert done.out == f"green {os.environ['HOME']}\n"


def test_what_a_command_that_took_too_long_has_started_ends_with_it(tmp_path):
    with pytest.raises(RigError, match="did not end"):
        LocalShell().run(["sh", "-c", f"sleep 60 & echo $! >{tmp_path}/pid; wait"], timeout_s=0.5)
    child = int((tmp_path / "pid").read_text())
    try:
        state = Path(f"/proc/{child}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return
    assert state == "Z"


def test_a_daemon_that_holds_the_pipes_does_not_hold_the_bench(monkeypatch):
    monkeypatch.setattr(popen, "_SETTLE_S", 0.1)
    process = LocalShell().start(["sh", "-c", "sleep 5 & echo started $!"])
    assert process.hear().startswith("started")
    assert process.end().code == 0


@pytest.mark.parametrize(("counted", "left"), [(True, b"old"), (False, b"the new on")])
def test_a_transfer_that_breaks_off_leaves_the_old_file(tmp_path, monkeypatch, counted, left):
    target = tmp_path / "file"
    target.write_bytes(b"old")
    run = LocalShell.run

    def cut(self, argv, *, stdin=b"", **more):
        return run(self, argv, stdin=stdin[:-1], **more)

    monkeypatch.setattr(LocalShell, "run", cut)
    if not counted:
        monkeypatch.setattr(popen, "_STORE", popen._STORE.replace(' -eq "$4"', " -gt 0"))
    with pytest.raises(RigError) if counted else contextlib.nullcontext():
        LocalShell().write(str(target), b"the new one")
    assert target.read_bytes() == left
