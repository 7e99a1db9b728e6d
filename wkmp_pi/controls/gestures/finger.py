"""One button: from raw edges to presses that may be believed. Pure.

A button that is down when the box starts is stuck until it comes up. One that
tells more than a hand can do is left alone until it is quiet, and is told of.
While it is down it wants to be looked at from time to time, because the last
edge of a bouncing contact may be lost on the way.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from wkmp_pi.config.pins import Button
from wkmp_pi.controls.gestures.filter import Filter, Leak
from wkmp_pi.controls.gestures.taps import TapPlan, Taps
from wkmp_pi.controls.gestures.words import NS_PER_MS

LOOK_NS: Final = 100 * NS_PER_MS
"""Between two looks at a button that is down."""

SURE_NS: Final = 50 * NS_PER_MS
"""From a look that finds it up to the one that is believed: the edge may be on its way.

A lost release is found within ``LOOK_NS + SURE_NS`` so.
"""

CALM_NS: Final = 500 * NS_PER_MS
"""A button that told nonsense is believed again when it has been up and quiet for so long."""

EDGES_A_SECOND, EDGES_AT_ONCE = 100, 100
"""A worn contact bounces twenty times; noise never ends."""

PRESSES_A_SECOND, PRESSES_AT_ONCE = 10, 20
"""The fastest fingers get to twelve, and not for long."""

KEPT_EDGES = 64


class Finger:
    """What is known of one button.

    Args:
        button: its windows.
        plan: what is wanted of it.

    Attributes:
        filter: its levels.
        taps: its presses.
        edges: the last raw edges.
        ignored: whether its presses mean nothing, until it is up and quiet.
        look_ns: when it wants to be looked at; ``None`` while it is up.
    """

    __slots__ = (
        "_asked", "_calm_ns", "_presses", "_rush", "_seen_up_ns", "button", "edges", "filter",
        "ignored", "look_ns", "quiet_ns", "taps",
    )  # fmt: skip

    def __init__(self, button: Button, plan: TapPlan) -> None:
        self.button = button
        self.filter = Filter(button.glitch_ms * NS_PER_MS, button.debounce_ms * NS_PER_MS)
        self.taps = Taps(plan)
        self.edges: deque[tuple[str, bool, int]] = deque(maxlen=KEPT_EDGES)
        self.ignored = False
        self.look_ns: int | None = None
        self.quiet_ns: int | None = None
        """When an ignored button may be believed again."""
        self._asked = False
        self._seen_up_ns: int | None = None
        self._calm_ns = 0
        self._rush = Leak(EDGES_A_SECOND, EDGES_AT_ONCE)
        self._presses = Leak(PRESSES_A_SECOND, PRESSES_AT_ONCE)

    @property
    def due_ns(self) -> int | None:
        """When something is to be done about it; a pending level is decided before all else."""
        if self.ignored:
            return self.quiet_ns
        due_ns = self.filter.due_ns
        if due_ns is None:
            due_ns = self.taps.due_ns
        if self.look_ns is None or (due_ns is not None and due_ns < self.look_ns):
            return due_ns
        return self.look_ns

    @property
    def at_rest(self) -> bool:
        """Whether it is up, and nothing is to be decided."""
        return self.due_ns is None and not self.filter.raw

    def edge(self, down: bool, at_ns: int) -> float | None:
        """The pin changed; if that was one time too many: how often it does so in a second."""
        if self.ignored:
            self.filter.forget(down, at_ns)
            self.quiet_ns = None if down else at_ns + self._calm_ns
            return None
        self.filter.edge(down, at_ns)
        self.edges.append((self.button.name, down, at_ns))
        return self._rush.per_second() if self._rush.overflows(at_ns) else None

    def look(self, until_ns: int) -> None:
        """It is looked at; the next time is counted from ``until_ns`` on."""
        self._asked = True
        self.look_ns = until_ns + LOOK_NS

    def seen(self, down: bool, at_ns: int) -> int | None:
        """What a look found; the stamp of a release that was lost, once that is sure."""
        if down or self.look_ns is None or not self.filter.raw:
            self._seen_up_ns = None
        elif self._seen_up_ns is None:
            self._seen_up_ns = at_ns
            self.look_ns = at_ns + SURE_NS
        else:
            return self._seen_up_ns
        return None

    def was_asked(self) -> bool:
        """Whether a level that comes now is the answer to a look; true once for each look."""
        asked, self._asked = self._asked, False
        return asked

    def presses_too_often(self, at_ns: int) -> float | None:
        """Count a press; if it is one too many: how many there are in a second."""
        return self._presses.per_second() if self._presses.overflows(at_ns) else None

    def ignore(self, down: bool, at_ns: int, calm_ns: int) -> int | None:
        """Believe it no more until it has been up for ``calm_ns``.

        Returns:
            Since when it was down, if somebody was told so.
        """
        pressed_ns = self.taps.pressed_ns
        self.taps.forget()
        self.filter.forget(down, at_ns)
        self.ignored, self._calm_ns, self.look_ns = True, calm_ns, None
        self._seen_up_ns, self._asked = None, False
        self.quiet_ns = None if down else at_ns + calm_ns
        return pressed_ns

    def believe(self) -> None:
        """It is up, and has been quiet."""
        self.ignored, self.quiet_ns = False, None
        self.edges.clear()
        self._rush = Leak(EDGES_A_SECOND, EDGES_AT_ONCE)

    def since(self, at_ns: int) -> tuple[tuple[str, bool, int], ...]:
        """The raw edges from ``at_ns`` on."""
        return tuple(edge for edge in self.edges if edge[2] >= at_ns)
