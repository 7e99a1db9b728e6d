"""Events against what was recorded: the frame they name, the time they bear, and when they came.

All times are CLOCK_MONOTONIC of one machine; map those of another before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hil.measures.alignment import SHORTEST_FRAMES, Place, locate
from hil.measures.samples import MeasureError, checked
from hil.recording import Samples, Stretch

Event = Mapping[str, Any]
"""As ``events.follow`` gives it, and with ``came_ns``, when it had come."""

_EDGE_FRAMES = 4096
_MEANT = ("frame", "heard_ns", "came_ns")


class MarkError(NamedTuple):
    """How exact one event is; each figure is positive if it is later than the sound.

    Attributes:
        name: of the event.
        frame: of the stretch, where the sound has the boundary that the event tells of.
        frame_error: by how many frames the event's own frame is behind that.
        heard_error_ns: by how much the time that it bears is behind that.
        late_ns: how much later it came.
    """

    name: str
    frame: int
    frame_error: int
    heard_error_ns: int
    late_ns: int


def errors(
    events: Sequence[Event],
    stretch: Stretch,
    offset: int,
    boundaries: Sequence[int] | None = None,
) -> list[MarkError]:
    """Each event against the recording.

    Args:
        events: each has ``name``, ``frame``, ``heard_ns`` and ``came_ns``.
        stretch: what was recorded.
        offset: frame ``k`` of the stretch is frame ``k + offset`` of the box's stream.
        boundaries: for each event the frame of the stretch at which it happened to the ear (see
            ``boundary``); ``None`` takes the events' word for it.

    Returns:
        One for each event, in their order.

    Raises:
        MeasureError: an event lacks one of these, or was not heard within the stretch.
    """
    if boundaries is not None and len(boundaries) != len(events):
        raise MeasureError(
            f"boundaries: {len(boundaries)} for {len(events)} events; expected one for each; "
            "did an event fail to come?"
        )
    named = [_numbers(event) for event in events]
    if boundaries is None:
        boundaries = [frame - offset for frame, _, _ in named]
    found = []
    for event, numbers, at in zip(events, named, boundaries, strict=True):
        if not 0 <= at <= len(stretch.samples):
            raise MeasureError(
                f"{event['name']}: heard at frame {at} of the stretch; expected 0 to "
                f"{len(stretch.samples)}; record longer, or is the offset of another stream?"
            )
        frame, heard_ns, came_ns = numbers
        true_ns = stretch.at_ns(at)
        found.append(
            MarkError(event["name"], at, frame - offset - at, heard_ns - true_ns, came_ns - true_ns)
        )
    return found


def boundary(
    stretch: Stretch, before: Samples, after: Samples, edge_frames: int = _EDGE_FRAMES
) -> int:
    """Where one material ends and the next begins without a gap.

    Args:
        stretch: what was recorded; both sides of the boundary are in it.
        before: shape (frames, channels), up to its last frame.
        after: of the same channels, from its first frame on.
        edge_frames: so many of both are looked for; fewer if the material is shorter.

    Returns:
        The frame of the stretch that is the first of ``after``.

    Raises:
        MeasureError: one of them is not in the stretch, or they do not meet.
    """
    checked(before, "before", SHORTEST_FRAMES)
    checked(after, "after", SHORTEST_FRAMES)
    last, first = before[-edge_frames:], after[:edge_frames]
    ends = _place(stretch, last, "the end of what comes before").at + len(last)
    begins = _place(stretch, first, "the beginning of what comes after").at
    if round(begins - ends):
        raise MeasureError(
            f"boundary: the sound before ends at frame {ends:.1f}, the one after begins at "
            f"{begins:.1f}; expected the same frame; do they cross-fade, or were frames lost?"
        )
    return round(begins)


def _place(stretch: Stretch, material: Samples, name: str) -> Place:
    try:
        return locate(material, stretch.samples)
    except MeasureError as error:
        raise MeasureError(f"{name}: {error}") from error


def _numbers(event: Event) -> tuple[int, int, int]:
    name = event.get("name", "an event")
    for key in _MEANT:
        value = event.get(key)
        if not isinstance(value, int) or value < 0:
            raise MeasureError(
                f"{name}: {key} is {value!r}; expected a number from 0 on; only events that "
                "belong to a frame can be measured, after they came"
            )
    return event["frame"], event["heard_ns"], event["came_ns"]
