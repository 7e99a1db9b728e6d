from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from bench.capture import Capture
from bench.press import changed

PLAYED = "import sys; sys.stdout.buffer.write(bytes(range(8)) * 500)"


@pytest.mark.flow
def test_what_is_recorded_can_be_searched_and_cut() -> None:
    with subprocess.Popen([sys.executable, "-c", PLAYED], stdout=subprocess.PIPE) as recorder:
        capture = Capture(recorder)
        found = capture.find(100, lambda frames: np.arange(len(frames)) == 300, "frame 400")
    assert found == 400
    assert capture.since(490).tolist() == [0x03020100] * 10


def test_a_frame_that_does_not_follow_its_neighbour_is_a_change() -> None:
    numbers = np.array([5, 6, 7, 9, 10, 0], np.int32) << 8
    assert np.flatnonzero(changed(numbers)).tolist() == [3, 5]
