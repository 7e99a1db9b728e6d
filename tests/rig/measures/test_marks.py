from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rig.measures.wires import LEAD_FRAMES, analog

from hil.material import noise
from hil.measures.marks import MarkError, boundary, errors
from hil.measures.samples import MeasureError
from hil.recording import Samples, Stamp, Stretch

RATE_HZ = 44_100
FIRST, SECOND = noise(51, 1.0), noise(52, 1.0)
BEGIN_NS = 5_000_000_000


def stretch(*parts: Samples) -> Stretch:
    samples = np.concatenate(parts)
    return Stretch(samples, RATE_HZ, (Stamp(0, BEGIN_NS), Stamp(RATE_HZ, BEGIN_NS + 10**9)))


def event(frame: int, heard_ns: int, came_ns: int, name: str = "passage.started") -> dict[str, Any]:
    return {"name": name, "frame": frame, "heard_ns": heard_ns, "came_ns": came_ns, "entry": 1}


HEARD = stretch(np.zeros((500, 2), np.int32), FIRST, SECOND)
MEETING = 500 + RATE_HZ
MEETING_NS = HEARD.at_ns(MEETING)


def test_an_event_that_is_right_has_no_error() -> None:
    right = event(RATE_HZ, MEETING_NS, MEETING_NS)
    at = boundary(HEARD, FIRST, SECOND)
    expected = [MarkError("passage.started", MEETING, 0, 0, 0)]
    assert errors([right], HEARD, -500, [at]) == errors([right], HEARD, -500) == expected


def test_one_frame_one_microsecond_and_one_millisecond_are_seen() -> None:
    wrong = event(RATE_HZ + 1, MEETING_NS - 1000, MEETING_NS + 1_000_000)
    assert errors([wrong], HEARD, -500, [boundary(HEARD, FIRST, SECOND)]) == [
        MarkError("passage.started", MEETING, 1, -1000, 1_000_000)
    ]


def test_without_boundaries_the_frame_is_believed_and_the_times_are_measured() -> None:
    (found,) = errors([event(RATE_HZ + 441, MEETING_NS, MEETING_NS)], HEARD, -500)
    assert (found.frame, found.frame_error) == (MEETING + 441, 0)
    assert found.heard_error_ns == pytest.approx(-10_000_000, abs=2)


def test_an_event_that_belongs_to_no_frame_or_was_never_heard_is_refused() -> None:
    with pytest.raises(MeasureError, match=r"playback.state_changed: frame is None"):
        errors([{"name": "playback.state_changed", "came_ns": 1}], HEARD, 0)
    with pytest.raises(MeasureError, match="heard_ns is -1; expected a number from 0 on"):
        errors([event(5, -1, 1)], HEARD, 0)
    with pytest.raises(MeasureError, match="an event: frame is None"):
        errors([{}], HEARD, 0)


def test_an_event_outside_of_the_recording_and_a_missing_boundary_are_refused() -> None:
    with pytest.raises(MeasureError, match="heard at frame 88701 of the stretch"):
        errors([event(88_701, 1, 1)], HEARD, 0)
    with pytest.raises(MeasureError, match="boundaries: 0 for 1 events"):
        errors([event(1, 1, 1)], HEARD, 0, [])
    assert errors([], HEARD, 0) == []


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 5000), st.integers(100, RATE_HZ), st.integers(100, RATE_HZ))
def test_a_boundary_without_a_gap_is_found_to_the_frame(lead: int, first: int, second: int) -> None:
    before, after = FIRST[-first:], SECOND[:second]
    heard = stretch(np.zeros((lead, 2), np.int32), before, after)
    assert boundary(heard, before, after) == lead + first


@pytest.mark.parametrize("fraction", [-0.4, 0.0, 0.3])
def test_a_boundary_is_found_behind_a_wire(fraction: float) -> None:
    heard = stretch(analog(np.concatenate([FIRST, SECOND]), fraction=fraction, ppm=50))
    assert boundary(heard, FIRST, SECOND) == pytest.approx(LEAD_FRAMES + RATE_HZ + 2, abs=1)


@pytest.mark.parametrize("gap", [-1, 1, 300])
def test_one_frame_too_many_or_too_few_is_no_meeting(gap: int) -> None:
    first = FIRST[:gap] if gap < 0 else np.pad(FIRST, ((0, gap), (0, 0)))
    with pytest.raises(MeasureError, match="expected the same frame; do they cross-fade"):
        boundary(stretch(first, SECOND), FIRST, SECOND)
    assert boundary(stretch(FIRST, SECOND), FIRST, SECOND) == RATE_HZ


def test_material_that_was_not_played_is_named() -> None:
    with pytest.raises(MeasureError, match="the beginning of what comes after: window: its like"):
        boundary(HEARD, FIRST, noise(53, 1.0))
    with pytest.raises(MeasureError, match="the end of what comes before: window: its like"):
        boundary(HEARD, noise(53, 1.0), SECOND)
    with pytest.raises(MeasureError, match="before: 3 frames; expected at least 16"):
        boundary(HEARD, FIRST[:3], SECOND)
