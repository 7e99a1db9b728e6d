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
from _pytest.mark import ParameterSet

from hil.controls import Control, controls
from hil.promises import Figures

_ROOT = Path(__file__).parents[1]


ALWAYS = frozenset({"wrong_gain", "frame_dropped", "stamp_early", "no_reopen"})
"""The rest takes longer than a change can wait for."""


def _each() -> list[ParameterSet]:
    return [
        pytest.param(
            control, id=control.name, marks=() if control.name in ALWAYS else pytest.mark.long
        )
        for control in controls()
    ]


@pytest.mark.controls
@pytest.mark.timeout(900)
@pytest.mark.parametrize("control", _each())
def test_a_broken_product_is_noticed(
    pytestconfig: pytest.Config, tmp_path: Path, figures: Figures, control: Control
) -> None:
    """By a promise that is not kept, not by a rig that does not work."""
    rig = pytestconfig.getoption("rig")
    unnoticed, skipped = len(control.tests), []
    for index, test in enumerate(control.tests):
        file = tmp_path / f"{index}.json"
        words = [test, f"--rig={rig}", f"--break={control.name}", f"--figures={file}"]
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
        subprocess.run(command, cwd=_ROOT, check=False, capture_output=True)
        figures_of = json.loads(file.read_text())
        skipped += [one["reason"] for one in figures_of["skipped"]]
        unnoticed -= any(p["test"] == test and p["met"] is False for p in figures_of["promises"])
    if skipped and unnoticed == len(skipped):
        pytest.skip(f"{len(skipped)} of {len(control.tests)} tests were: {skipped[0]}")
    figures.check(
        f"{control.what}: noticed by {len(control.tests)} tests; not noticed",
        unnoticed,
        unit="tests",
        limit=0,
    )
