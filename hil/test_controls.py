"""The tests of the rig fail when the product is broken: each control of ``controls/list.toml``.

Not run by default, because nobody who reads the table of promises wants to wait for it:
``make hil-controls``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hil.controls import Control, controls
from hil.promises import Figures

_ROOT = Path(__file__).parents[1]


@pytest.mark.controls
@pytest.mark.timeout(600)
@pytest.mark.parametrize("control", controls(), ids=lambda control: control.name)
def test_a_broken_product_is_noticed(
    pytestconfig: pytest.Config, tmp_path: Path, figures: Figures, control: Control
) -> None:
    """By a promise that is not kept, not by a rig that does not work."""
    rig = pytestconfig.getoption("rig")
    unnoticed = len(control.tests)
    for index, test in enumerate(control.tests):
        file = tmp_path / f"{index}.json"
        words = [test, f"--rig={rig}", f"--break={control.name}", f"--figures={file}"]
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
        subprocess.run(command, cwd=_ROOT, check=False, capture_output=True)
        promises = json.loads(file.read_text())["promises"]
        unnoticed -= any(p["test"] == test and p["met"] is False for p in promises)
    figures.check(
        f"{control.what}: noticed by {len(control.tests)} tests; not noticed",
        unnoticed,
        unit="tests",
        limit=0,
    )
