"""Edges in, gestures out. Pure; the clock of the edges is the only one that counts.

``deadline_ns`` tells when to ask ``due``, if no edge comes before. Everything
that was due before the stamp of an edge is decided before that edge is looked
at, so that it does not matter when it is handed over. A pending level blocks
the verdicts that depend on it: they are given when it counts, or is none.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from typing import Final

from wkmp_pi.controls.gestures import telling
from wkmp_pi.controls.gestures.codes import Codes
from wkmp_pi.controls.gestures.compiled import Compiled
from wkmp_pi.controls.gestures.finger import CALM_NS, LOOK_NS, Finger
from wkmp_pi.controls.gestures.knobs import Knobs
from wkmp_pi.controls.gestures.patience import Patience
from wkmp_pi.controls.gestures.taps import Found
from wkmp_pi.controls.gestures.together import Joined, Together
from wkmp_pi.controls.gestures.words import (
    NS_PER_MS,
    Edge,
    Input,
    Level,
    Out,
    ReadLevel,
    Storm,
)
from wkmp_pi.events.kinds import ButtonPressed, ButtonReleased, GestureFlapping
from wkmp_pi.events.machines import Publish

ALERT_NS: Final = 10_000_000_000
"""The least distance of two alerts about one button."""


class Recogniser:
    """The state of all buttons and knobs.

    Args:
        compiled: what is wanted of them.
    """

    _knobs: Knobs
    _together: Together
    _codes: Codes
    _entering: list[tuple[int, str]]

    def __init__(self, compiled: Compiled) -> None:
        self._alerted_ns: dict[str, int] = {}
        self._patience = Patience()
        self._next_ns: int | None = None
        self._begin(compiled)

    def adopt(self, compiled: Compiled, now_ns: int) -> list[Out]:
        """Recognise other gestures from now on.

        A button of which the same is wanted as before goes on with what it is at. The press of
        another that lasts means nothing more; if it was told, its end is told now.
        """
        outs, down = self._advance(now_ns - self._patience.wait_ns), []
        kept = {name: self._fingers[name] for name in self._unchanged(compiled)}
        for name, finger in self._fingers.items():
            if name not in kept and (finger.filter.raw or finger.filter.down):
                down += [name] if finger.filter.raw else []
                outs += self._ignore(finger, True, now_ns, CALM_NS)
        before, knobs, together = self._compiled, self._knobs, self._together
        codes, entering = self._codes, self._entering
        self._begin(compiled)
        self._fingers.update(kept)
        if compiled.encoders == before.encoders:
            self._knobs = knobs
        if set(compiled.groups) == set(before.groups):
            self._together = together
        if set(compiled.codes) == set(before.codes):
            self._codes, self._entering = codes, [step for step in entering if step[1] in kept]
        if kept:
            self._touch(*kept)
        for name in down:
            outs += self._level(name, True, now_ns)
        return outs

    def _unchanged(self, compiled: Compiled) -> list[str]:
        """The buttons of which the same is wanted as before, alone and with others."""
        before = self._compiled
        regrouped = {n for g in set(before.groups) ^ set(compiled.groups) for n in g.buttons}
        return [
            name
            for name, button in before.buttons.items()
            if name not in regrouped
            and compiled.buttons.get(name) == button
            and compiled.plans.get(name) == before.plans[name]
        ]

    def _begin(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._fingers = {
            name: Finger(button, compiled.plans[name]) for name, button in compiled.buttons.items()
        }
        self._knobs = Knobs(compiled.encoders.values())
        self._together = Together(compiled.groups)
        self._codes = Codes(compiled.codes)
        self._entering = []
        self._partners = {name: self._with(name) for name in self._fingers}
        self._dues: dict[str, int] = {}
        self._next_ns = None

    def _with(self, name: str) -> frozenset[str]:
        """The buttons that stand in a group with this one, and itself."""
        groups = [g.buttons for g in self._compiled.groups if name in g.buttons]
        return frozenset({name}.union(*groups))

    @property
    def at_rest(self) -> bool:
        """Whether all buttons are up, and nothing is to be decided."""
        return self._next_ns is None and all(f.at_rest for f in self._fingers.values())

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``due``, CLOCK_MONOTONIC."""
        return None if self._next_ns is None else self._patience.when(self._next_ns)

    def feed(self, message: Input, now_ns: int) -> list[Out]:
        """Take what came from the pins, handed over at ``now_ns``."""
        match message:
            case Edge(name, down, at_ns):
                self._patience.seen(at_ns, now_ns)
                return self._edge(name, down, at_ns)
            case Level(name, down, at_ns):
                return self._level(name, down, at_ns)
            case Storm(name, per_second, at_ns):
                return self._storm(name, per_second, at_ns)

    def due(self, now_ns: int) -> list[Out]:
        """Decide what can be decided at ``now_ns``."""
        if self._next_ns is None:
            return []
        until_ns = self._patience.until(self._next_ns, now_ns)
        return [] if until_ns is None else self._advance(until_ns)

    def _edge(self, name: str, down: bool, at_ns: int) -> list[Out]:
        outs = self._advance(at_ns)
        finger = self._fingers.get(name)
        if finger is None:
            return [*outs, *self._knob_edge(name, down, at_ns)]
        rate = finger.edge(down, at_ns)
        if rate is not None:
            outs += self._left_alone(finger, down, at_ns, rate)
        self._touch(name)
        return outs + self._enter()

    def _level(self, name: str, down: bool, at_ns: int) -> list[Out]:
        finger = self._fingers.get(name)
        if finger is None:
            self._knobs.level(name, down)
            return []
        asked = finger.was_asked()
        if at_ns < finger.filter.since_ns:
            return []  # it was read before the last edge
        if asked:
            return self._seen(finger, down, at_ns)
        if down == finger.filter.raw:
            return []
        if not down:
            return self._edge(name, down, at_ns)
        outs = self._advance(at_ns)  # down without an edge: nobody knows since when
        outs += self._ignore(finger, down, at_ns, finger.button.debounce_ms * NS_PER_MS)
        self._touch(name)
        return outs

    def _seen(self, finger: Finger, down: bool, at_ns: int) -> list[Out]:
        """What a look found."""
        released_ns = finger.seen(down, at_ns)
        self._touch(finger.button.name)
        if released_ns is None:
            return []
        return self._edge(finger.button.name, False, released_ns)

    def _storm(self, name: str, per_second: float, at_ns: int) -> list[Out]:
        outs = self._advance(at_ns)
        finger = self._fingers.get(name)
        if finger is None:
            return [*outs, *self._alert(name.rpartition(".")[0] or name, per_second, at_ns)]
        outs += self._left_alone(finger, True, at_ns, per_second)
        self._touch(name)
        return outs

    def _advance(self, until_ns: int) -> list[Out]:
        """Decide what is due up to a stamp, in the order in which it became due."""
        outs: list[Out] = []
        while (next_ns := self._next_ns) is not None and next_ns <= until_ns:
            if next_ns == self._together_due():
                outs += self._joined(self._together.tick(next_ns))
                self._touch(*self._fingers)
                continue
            name = min(self._dues, key=self._dues.__getitem__)
            outs += self._step(self._fingers[name], until_ns)
            self._touch(name)
            outs += self._enter()
        return outs

    def _step(self, finger: Finger, until_ns: int) -> list[Out]:
        """The one thing that is due for a button."""
        due_ns = self._dues[finger.button.name]
        if finger.ignored:
            finger.believe()
            return []
        if finger.filter.due_ns == due_ns:
            at_ns = finger.filter.accept()
            if at_ns is None:
                back = finger.filter.down  # else it was a glitch
                return self._joined(self._together.back(finger.button.name)) if back else []
            return self._down(finger, at_ns) if finger.filter.down else self._up(finger, at_ns)
        if finger.look_ns == due_ns:
            finger.look(until_ns)
            return [ReadLevel(finger.button.name)]
        return self._tell(finger, finger.taps.tick(due_ns))

    def _down(self, finger: Finger, at_ns: int) -> list[Out]:
        """A press counts."""
        name = finger.button.name
        rate = finger.presses_too_often(at_ns)
        if rate is not None:
            return self._left_alone(finger, True, at_ns, rate, finger.button.debounce_ms)
        finger.look_ns = at_ns + LOOK_NS
        outs: list[Out] = [Publish(ButtonPressed(button=name, at_ns=at_ns))]
        if finger.taps.goes_on(at_ns):
            return outs
        outs += self._tell(finger, finger.taps.press(at_ns))
        for partner in self._partners[name]:
            lifted_ns = self._fingers[partner].filter.lifted_ns
            if lifted_ns is not None:
                self._together.lift(partner, lifted_ns)
        outs += self._joined(self._together.press(name, at_ns))
        if self._compiled.codes:
            bisect.insort(self._entering, (at_ns, name))
        return outs

    def _enter(self) -> list[Out]:
        """Presses become steps of codes in the order of their stamps: none may be pending."""
        outs: list[Out] = []
        while self._entering and not self._any_before(self._entering[0]):
            at_ns, name = self._entering.pop(0)
            for entered in self._codes.press(name, at_ns):
                last = self._fingers[entered.code.buttons[-1]]
                if last.taps.pressed_ns == entered.presses[-1]:
                    outs += self._speak_for(last, at_ns)
                    self._touch(last.button.name)
                outs += telling.of_code(self._compiled.owners, entered)
        return outs

    def _any_before(self, step: tuple[int, str]) -> bool:
        touched = ((f.filter.touched_ns, name) for name, f in self._fingers.items())
        return any((at_ns, name) < step for at_ns, name in touched if at_ns is not None)

    def _up(self, finger: Finger, at_ns: int) -> list[Out]:
        """A release counts."""
        name = finger.button.name
        finger.look_ns = None
        outs = self._joined(self._together.release(name, at_ns))
        found = finger.taps.release(at_ns)
        if finger.taps.held_ns < finger.button.shortest_ms * NS_PER_MS:
            self._together.drop(name)
        held_ms = finger.taps.held_ns // NS_PER_MS
        outs.append(Publish(ButtonReleased(button=name, at_ns=at_ns, held_ms=held_ms)))
        return outs + self._tell(finger, found)

    def _joined(self, groups: Iterable[Joined]) -> list[Out]:
        """Groups came together: what their buttons were about to mean by themselves is void."""
        outs: list[Out] = []
        for joined in groups:
            for name in joined.buttons:
                outs += self._speak_for(self._fingers[name], joined.at_ns)
                self._touch(name)
            outs += telling.of_group(self._compiled.owners, joined, self._fingers)
        return outs

    def _speak_for(self, finger: Finger, at_ns: int) -> list[Out]:
        if finger.taps.plan.eager or finger.taps.pressed_ns is None:
            return []
        return self._tell(finger, finger.taps.speak_for(at_ns))

    def _tell(self, finger: Finger, found: Iterable[Found]) -> list[Out]:
        return [*telling.of_finger(self._compiled.owners, finger, found)]

    def _knob_edge(self, name: str, down: bool, at_ns: int) -> list[Out]:
        turn = self._knobs.edge(name, down, at_ns)
        if turn.per_second is not None:
            return self._alert(turn.knob, turn.per_second, at_ns)
        return [*telling.of_knob(self._compiled.owners, turn.knob, turn.turned)]

    def _left_alone(
        self, finger: Finger, down: bool, at_ns: int, per_second: float, calm_ms: int = 0
    ) -> list[Out]:
        """No hand does that."""
        outs = self._ignore(finger, down, at_ns, calm_ms * NS_PER_MS or CALM_NS)
        return outs + self._alert(finger.button.name, per_second, at_ns)

    def _ignore(self, finger: Finger, down: bool, at_ns: int, calm_ns: int) -> list[Out]:
        name = finger.button.name
        self._together.drop(name)
        pressed_ns = finger.ignore(down, at_ns, calm_ns)
        if pressed_ns is None:
            return []
        held_ms = max(at_ns - pressed_ns, 0) // NS_PER_MS
        return [Publish(ButtonReleased(button=name, at_ns=at_ns, held_ms=held_ms))]

    def _alert(self, name: str, per_second: float, at_ns: int) -> list[Out]:
        last_ns = self._alerted_ns.get(name)
        if last_ns is not None and at_ns - last_ns < ALERT_NS:
            return []
        self._alerted_ns[name] = at_ns
        return [Publish(GestureFlapping(button=name, per_second=round(per_second, 1)))]

    def _touch(self, *names: str) -> None:
        """Find out anew what is due next; a pending press holds up those of its groups."""
        for name in frozenset().union(*(self._partners[name] for name in names)):
            due_ns = self._due_of(self._fingers[name])
            if due_ns is None:
                self._dues.pop(name, None)
            else:
                self._dues[name] = due_ns
        dues = [*self._dues.values()]
        together_ns = self._together_due()
        if together_ns is not None:
            dues.append(together_ns)
        self._next_ns = min(dues, default=None)

    def _due_of(self, finger: Finger) -> int | None:
        due_ns, taps = finger.due_ns, finger.taps
        waits = due_ns is not None and due_ns == taps.waiting_ns and not finger.filter.pending
        if waits and self._any_pending(self._partners[finger.button.name]):
            return finger.look_ns
        return due_ns

    def _together_due(self) -> int | None:
        due_ns = self._together.due_ns
        if due_ns is None or self._any_pending(self._together.may_join):
            return None
        return due_ns

    def _any_pending(self, names: Iterable[str]) -> bool:
        """Whether one of these has a press that may soon count."""
        filters = (self._fingers[name].filter for name in names)
        return any(levels.pending and not levels.down for levels in filters)
