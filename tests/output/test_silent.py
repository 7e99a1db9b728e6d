from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.output.silent import SilentSink
from wkmp_pi.units import Hz

MS = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.ns = 7 * MS

    def __call__(self) -> int:
        return self.ns


def opened(clock: Clock) -> SilentSink:
    return SilentSink(Hz(48_000), 480, 1920, clock)


PERIOD = np.zeros(960, np.float32)


def test_it_drains_at_its_rate_from_the_first_frame_on() -> None:
    clock = Clock()
    sink = opened(clock)
    clock.ns += 500 * MS  # standing still before the first frame is no playing
    sink.write(PERIOD)
    sink.write(PERIOD)
    for ms, heard in ((0, 0), (1, 48), (4, 240), (15, 960), (1, 960)):
        clock.ns += ms * MS
        assert sink.position() == (heard, clock.ns)


def test_it_runs_dry_when_nothing_follows_in_time() -> None:
    clock = Clock()
    sink = opened(clock)
    assert sink.write(PERIOD)
    clock.ns += 9 * MS
    assert sink.write(PERIOD)
    clock.ns += 11 * MS + 1
    assert not sink.write(PERIOD)
    assert sink.position().heard == 960  # it starts again with that period
    clock.ns += 5 * MS
    assert sink.position().heard == 1200


def test_a_pause_is_no_underrun() -> None:
    clock = Clock()
    sink = opened(clock)
    sink.write(PERIOD)
    sink.pause()
    clock.ns += 100 * MS
    assert sink.position().heard == 480
    assert sink.write(PERIOD)
    assert sink.position().heard == 480


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=30))
def test_heard_frames_never_go_back_and_never_exceed_what_was_written(
    steps: list[tuple[int, bool]],
) -> None:
    clock = Clock()
    sink = opened(clock)
    written = heard = 0
    for wait_ms, pause in steps:
        clock.ns += wait_ms * MS
        now = sink.position().heard
        assert heard <= now <= written
        heard = now
        ran_dry = written > 0 and heard == written
        if pause:
            sink.pause()
            heard, ran_dry = written, False
        else:
            fresh = sink.write(PERIOD)
            assert fresh or ran_dry
            written += 480
