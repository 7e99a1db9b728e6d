"""Buttons that go down together: chords, and what happens at once. Pure.

Judged by the stamps of the presses, in whatever order they come. A smaller
group waits for a larger one that may still come of it; a press belongs to one
group at most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Group(NamedTuple):
    """Buttons that mean something together.

    Attributes:
        word: ``chord`` (all are down within the window) or ``simultaneous`` (all went down).
        buttons: which, sorted.
        window_ns: between the first press and the last.
    """

    word: str
    buttons: tuple[str, ...]
    window_ns: int


class Press(NamedTuple):
    """The last press of a button; ``released_ns`` is ``None`` while it lasts."""

    at_ns: int
    released_ns: int | None = None


class Joined(NamedTuple):
    """A group came together; the buttons in the order of their going down."""

    group: Group
    buttons: tuple[str, ...]
    first_ns: int
    at_ns: int


class _Waiting(NamedTuple):
    due_ns: int
    joined: Joined


class Together:
    """Finds groups among presses.

    Args:
        groups: those that are wanted.
    """

    def __init__(self, groups: Sequence[Group]) -> None:
        # The largest first, and of two with the same buttons the one that asks for more.
        self._groups = sorted(groups, key=lambda g: (-len(g.buttons), g.window_ns, g.word))
        self._presses: dict[str, Press] = {}
        self._waiting: list[_Waiting] = []

    @property
    def due_ns(self) -> int | None:
        """When a smaller group has waited long enough."""
        return min((waiting.due_ns for waiting in self._waiting), default=None)

    @property
    def may_join(self) -> frozenset[str]:
        """The buttons that could still make a larger group of one that waits."""
        larger = (g for waiting in self._waiting for g in self._larger(waiting.joined.group))
        return frozenset(name for group in larger for name in group.buttons)

    def press(self, button: str, at_ns: int) -> list[Joined]:
        """A button went down; the group that is complete by that, if it need not wait."""
        self._presses[button] = Press(at_ns)
        for group in self._groups:
            if button in group.buttons and (joined := self._complete(group)):
                return self._found(joined)
        return []

    def lift(self, button: str, at_ns: int) -> None:
        """A button may have come up, which is not yet sure."""
        if press := self._presses.get(button):
            self._presses[button] = Press(press.at_ns, at_ns)

    def back(self, button: str) -> list[Joined]:
        """It had not; the group that is complete by that."""
        press = self._presses.get(button)
        return self.press(button, press.at_ns) if press and press.released_ns else []

    def release(self, button: str, at_ns: int) -> list[Joined]:
        """A button came up: what waits for more of its kind waits no longer."""
        self.lift(button, at_ns)
        return self._settle(lambda waiting: button in waiting.joined.buttons)

    def tick(self, at_ns: int) -> list[Joined]:
        """The groups that have waited long enough at ``at_ns``."""
        return self._settle(lambda waiting: waiting.due_ns <= at_ns)

    def drop(self, button: str) -> None:
        """The last press of this button belongs to something else, or was none."""
        self._presses.pop(button, None)
        self._waiting = [w for w in self._waiting if button not in w.joined.buttons]

    def _complete(self, group: Group) -> Joined | None:
        known = {name: self._presses[name] for name in group.buttons if name in self._presses}
        if len(known) < len(group.buttons) or self._is_taken(group):
            return None
        first_ns = min(press.at_ns for press in known.values())
        last_ns = max(press.at_ns for press in known.values())
        apart = group.word == "chord" and not all(_down_at(p, last_ns) for p in known.values())
        if apart or last_ns - first_ns > group.window_ns:
            return None
        in_order = tuple(sorted(known, key=lambda name: (known[name].at_ns, name)))
        return Joined(group, in_order, first_ns, last_ns)

    def _is_taken(self, group: Group) -> bool:
        """Whether a press of it belongs to a group that is no part of it."""
        mine = set(group.buttons)
        return any(
            mine & set(w.joined.buttons) and not mine > set(w.joined.buttons) for w in self._waiting
        )

    def _found(self, joined: Joined) -> list[Joined]:
        """Wait if more may come of it, else take its presses out of the game."""
        self._waiting = [
            w for w in self._waiting if not set(w.joined.buttons) & set(joined.buttons)
        ]
        windows = [group.window_ns for group in self._larger(joined.group)]
        due_ns = joined.first_ns + max(windows, default=-1) + 1
        if windows and due_ns > joined.at_ns:
            self._waiting.append(_Waiting(due_ns, joined))
            return []
        self._take(joined)
        return [joined]

    def _larger(self, group: Group) -> list[Group]:
        return [g for g in self._groups if set(g.buttons) > set(group.buttons)]

    def _take(self, joined: Joined) -> None:
        for name in joined.buttons:
            self._presses.pop(name, None)

    def _settle(self, ready: Callable[[_Waiting], bool]) -> list[Joined]:
        settled = [waiting.joined for waiting in self._waiting if ready(waiting)]
        if settled:
            self._waiting = [waiting for waiting in self._waiting if not ready(waiting)]
        for joined in settled:
            self._take(joined)
        return settled


def _down_at(press: Press, at_ns: int) -> bool:
    return press.released_ns is None or press.released_ns >= at_ns
