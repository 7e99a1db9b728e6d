"""What the presses of one button mean: taps, holds and repeats. Pure.

Judged by stamps alone. Presses whose gaps are within the window are a *run*,
whenever they are told of: a press that comes late still finds its run, though
the verdict on the shorter one may have gone out already.

A run is judged when it can grow no more: at its longest wanted number, when
the window has closed, or when its last press turns out to be something else.
Presses beyond the longest number begin to count anew, and a rest that is no
whole number of it means nothing: three taps are one double, four are two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

LONGEST_NS: Final = 30_000_000_000
"""Nothing is repeated beyond that: it is a book that lies on the button, not a finger."""


class Found(NamedTuple):
    """A gesture of one button, before its owners are known.

    Attributes:
        word: ``taps`` for single, double and so on; else the gesture's own.
        number: how many taps, or which repeat.
        at_ns: when it was decided, by the stamps.
        held_ns: how long the last press has lasted.
        window_ns: the time limit that decided.
    """

    word: str
    number: int
    at_ns: int
    held_ns: int
    window_ns: int


class _Before(NamedTuple):
    """A press as it was before its release."""

    released_ns: int
    pressed_ns: int
    taps: int
    closed: bool
    repeat_due_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TapPlan:
    """What is wanted of one button; times in nanoseconds.

    Attributes:
        counts: numbers of taps that mean something.
        press: whether the press itself is wanted; ``release``: its end.
        hold_ns: when a press is a long one; 0 if none is wanted.
        repeat_ns: from press, or from the long press, to the first repeat; 0 if none is wanted.
        interval_ns: distance of the first two repeats.
        fastest_ns: the shortest distance.
        gap_ns: a tap this long after a release still belongs to the run.
        shortest_ns: a shorter press is no tap.
        debounce_ns: what comes sooner after a release has never been released.
        together_ns: a press waits so long for the rest of a chord.
        eager: nothing waits.
    """

    counts: frozenset[int] = frozenset()
    press: bool = False
    release: bool = False
    hold_ns: int = 0
    repeat_ns: int = 0
    interval_ns: int = 0
    fastest_ns: int = 0
    gap_ns: int = 0
    shortest_ns: int = 0
    debounce_ns: int = 0
    together_ns: int = 0
    eager: bool = False

    @property
    def most(self) -> int:
        """The longest run that means something."""
        return max(self.counts, default=0)


class Taps:
    """The presses of one button.

    Every method gives what is decided by it, in order. ``tick`` must have been called for
    everything that is due before the stamp of a press or a release.
    """

    __slots__ = (
        "_before", "_closed", "_held", "_repeats", "_spoken_for", "begun_ns", "count", "held_ns",
        "plan", "pressed_ns", "released_ns", "repeat_due_ns", "waiting_ns",
    )  # fmt: skip

    def __init__(self, plan: TapPlan) -> None:
        self.plan = plan
        self.pressed_ns: int | None = None
        """Since when it is down."""
        self.waiting_ns: int | None = None
        """Until when the press waits for a chord."""
        self.repeat_due_ns: int | None = None
        self.count = 0
        """Taps of the run."""
        self.begun_ns = 0
        """When the run began: its first press."""
        self.released_ns = 0
        self.held_ns = 0
        self._closed = True
        self._held = False
        self._repeats = 0
        self._spoken_for = False
        self._before: _Before | None = None

    @property
    def due_ns(self) -> int | None:
        """When ``tick`` has something to decide, if nothing comes between."""
        if self.pressed_ns is None:
            return None if self._closed else self.released_ns + self.plan.gap_ns + 1
        dues = (self.waiting_ns, self._hold_due(), self.repeat_due_ns)
        return min((due for due in dues if due is not None), default=None)

    def _hold_due(self) -> int | None:
        if self.pressed_ns is None or not self.plan.hold_ns or self._held or self._spoken_for:
            return None
        return self.pressed_ns + self.plan.hold_ns

    def goes_on(self, at_ns: int) -> bool:
        """Whether a press at ``at_ns`` is the last one still, as only a late edge can tell.

        Its release was bouncing; what was told of it stays told.
        """
        before = self._before
        if before is None or at_ns - before.released_ns >= self.plan.debounce_ns:
            return False
        self._spoken_for = self._spoken_for or (self._closed and not before.closed)
        self.pressed_ns, self.count, self._closed = before.pressed_ns, before.taps, before.closed
        self.repeat_due_ns = None if self._spoken_for else before.repeat_due_ns
        return True

    def press(self, at_ns: int) -> list[Found]:
        """It went down."""
        if at_ns - self.released_ns > self.plan.gap_ns:
            self.count = 0
        if not self.count:
            self.begun_ns = at_ns
        self.pressed_ns = at_ns
        self._spoken_for = self._held = False
        self._repeats = 0
        if self.plan.repeat_ns:
            self.repeat_due_ns = at_ns + self.plan.hold_ns + self.plan.repeat_ns
        if not self.plan.press:
            return []
        if self.plan.together_ns and not self.plan.eager:
            self.waiting_ns = at_ns + self.plan.together_ns + 1
            return []
        return [self._pressed(at_ns)]

    def release(self, at_ns: int) -> list[Found]:
        """It came up."""
        pressed_ns = at_ns if self.pressed_ns is None else self.pressed_ns
        self._before = _Before(at_ns, pressed_ns, self.count, self._closed, self.repeat_due_ns)
        found = self._let_go(at_ns)
        self.held_ns = at_ns - pressed_ns
        self.pressed_ns = self.repeat_due_ns = None
        if self._spoken_for:
            self._end_run()
            return []
        if self.plan.release:
            found.append(Found("release", 1, at_ns, self.held_ns, 0))
        if self._is_hold():
            self._end_run()
        elif self.held_ns >= self.plan.shortest_ns:
            found += self._tapped(at_ns)
        return found

    def _is_hold(self) -> bool:
        limit_ns = self.plan.hold_ns or self.plan.repeat_ns
        return bool(limit_ns) and self.held_ns >= limit_ns

    def _let_go(self, at_ns: int) -> list[Found]:
        """A chord can come no more: the press stands for itself."""
        waiting, self.waiting_ns = self.waiting_ns, None
        return [self._pressed(at_ns)] if waiting else []

    def _pressed(self, at_ns: int) -> Found:
        return Found("press", 1, at_ns, at_ns - (self.pressed_ns or at_ns), self._wait_ns())

    def _wait_ns(self) -> int:
        return 0 if self.plan.eager else self.plan.together_ns

    def _tapped(self, at_ns: int) -> list[Found]:
        self.released_ns = at_ns
        self.count += 1
        most = self.plan.most
        self._closed = not most
        if not most:
            return []
        if self.count % most == 0:
            self._closed = True
            return [self._taps(most, at_ns)]
        if self.plan.eager:
            self._closed = True
            return [self._taps(self.count, at_ns)] if self.count in self.plan.counts else []
        self._closed = self.count > most
        return []

    def _taps(self, count: int, at_ns: int) -> Found:
        return Found("taps", count, at_ns, self.held_ns, self.plan.gap_ns)

    def _judge(self, at_ns: int) -> list[Found]:
        """The run is what it is."""
        open_run, self._closed = not self._closed, True
        if open_run and self.count in self.plan.counts:
            return [self._taps(self.count, at_ns)]
        return []

    def _end_run(self) -> None:
        self.count, self._closed = 0, True

    def tick(self, at_ns: int) -> list[Found]:
        """What ``due_ns`` said, if it is due at ``at_ns``; call it until nothing is."""
        due_ns = self.due_ns
        if due_ns is None or due_ns > at_ns:
            return []
        if self.pressed_ns is None:
            return self._judge(self.released_ns + self.plan.gap_ns)
        if due_ns == self.waiting_ns:
            return self._let_go(due_ns - 1)
        if due_ns == self._hold_due():
            return self._hold(due_ns)
        return self._repeat(due_ns)

    def _hold(self, at_ns: int) -> list[Found]:
        self._held = True
        found = self._judge(at_ns)
        return [*found, Found("long", 1, at_ns, self.plan.hold_ns, self.plan.hold_ns)]

    def _repeat(self, at_ns: int) -> list[Found]:
        found = self._judge(at_ns)
        self._repeats += 1
        interval_ns = self._interval_ns()
        held_ns = at_ns - (self.pressed_ns or at_ns)
        self.repeat_due_ns = at_ns + interval_ns if held_ns < LONGEST_NS else None
        return [*found, Found("repeat", self._repeats, at_ns, held_ns, interval_ns)]

    def _interval_ns(self) -> int:
        """To the next repeat: each is a tenth shorter than the one before, down to the fastest."""
        shorter = int(self.plan.interval_ns * 0.9 ** (self._repeats - 1))
        return max(shorter, self.plan.fastest_ns)

    def speak_for(self, at_ns: int) -> list[Found]:
        """The press that lasts belongs to something larger; what came before it is judged."""
        found = self._judge(at_ns)
        self._end_run()
        self._spoken_for = True
        self.waiting_ns = self.repeat_due_ns = None
        return found

    def forget(self) -> None:
        """Begin anew; a press that lasts means nothing more."""
        self._end_run()
        self._spoken_for = True
        self._before = None
        self.pressed_ns = self.waiting_ns = self.repeat_due_ns = None
