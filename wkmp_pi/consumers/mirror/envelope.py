"""One event as it travels: in an envelope that says what, where and exactly when."""

from __future__ import annotations

from typing import Any, NamedTuple

from wkmp_pi.consumers.mirror.encoding import encoded
from wkmp_pi.consumers.mirror.inventory import Box
from wkmp_pi.consumers.mirror.state import utc
from wkmp_pi.events.bus import Told
from wkmp_pi.events.kinds import Heard, payload

_OUTSIDE = ("frame", "heard_ns")
"""Fields that stand in the envelope itself."""


class Moment(NamedTuple):
    """The same moment on two clocks: CLOCK_MONOTONIC and the calendar's, both in ns."""

    now_ns: int
    utc_ns: int

    def utc_of(self, at_ns: int) -> str:
        """The calendar time of another monotonic one."""
        return utc(self.utc_ns - (self.now_ns - at_ns))


def sealed(box: Box, told: Told, event_type: str, seq: int, moment: Moment) -> bytes:
    """An event in its envelope, as JSON.

    ``id`` is the event's own, the same wherever it is told; ``seq`` counts messages, so that a
    gap shows what was lost. Both begin anew with each session.
    """
    event = told.event
    data = payload(event)
    frame = data.get("frame")
    at_ns = event.heard_ns if isinstance(event, Heard) and event.heard_ns >= 0 else told.at_ns
    outside: dict[str, Any] = {} if frame is None else {"frame": frame, "rate": box.rate_hz}
    if told.causes:
        outside["causes"] = [_id(box, cause) for cause in told.causes]
    return encoded(
        {
            "v": 1,
            "id": _id(box, told.id),
            "event_type": event_type,
            "box": box.id,
            "seq": seq,
            "utc": moment.utc_of(at_ns),
            "mono_ns": at_ns,
            **outside,
            "data": {key: value for key, value in data.items() if key not in _OUTSIDE},
        },
        "data",
    )


def _id(box: Box, number: int) -> str:
    return f"{box.session}-{number}"
