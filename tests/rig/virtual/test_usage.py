from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hil.errors import RigError
from hil.virtual.usage import cpu_s

BURN = """
import time
while time.process_time() < 0.2:
    pass
print("burnt", flush=True)
input()
"""


def test_what_a_session_has_taken_is_added_up_and_what_is_off_is_told(tmp_path: Path) -> None:
    (tmp_path / "uml/first").mkdir(parents=True)
    burning = subprocess.Popen(
        [sys.executable, "-c", BURN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    (tmp_path / "uml/first/pid").write_text(f"{burning.pid}\n")
    assert burning.stdout is not None
    burning.stdout.readline()
    assert 0.2 <= cpu_s(tmp_path) < 5
    burning.communicate(b"\n")
    with pytest.raises(RigError, match="no virtual Pi runs there"):
        cpu_s(tmp_path)
