from __future__ import annotations

import numpy as np
from bench.heard import gaps


def test_counting_that_begins_again_after_silence_is_found() -> None:
    numbers = np.array([0, 0, 1, 2, 0, 0, 3, 4, 0], np.int32)
    assert gaps(numbers) == [2, 6]
