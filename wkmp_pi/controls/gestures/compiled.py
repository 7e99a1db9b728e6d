"""All gestures that are wanted, compiled into what one recogniser needs. Pure.

For each button it is settled here what a press must wait for, so that no two
gestures are told of the same presses, and how long that is at worst.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, NamedTuple

from wkmp_pi.config.pins import Button, Encoder, Gpio, Mode
from wkmp_pi.controls.gestures.codes import Code
from wkmp_pi.controls.gestures.taps import TapPlan
from wkmp_pi.controls.gestures.together import Group
from wkmp_pi.controls.gestures.words import NS_PER_MS, Wanted
from wkmp_pi.events.kinds import GESTURES

TAPS: Final[Mapping[str, int]] = {"single": 1, "double": 2, "triple": 3, "multi": 0}
"""The gestures that are numbers of taps; a ``multi`` says its own."""

MOST_TAPS = 10
MOST_STEPS = 64
_TOGETHER = ("chord", "simultaneous")
_WORDS: Final = {1: "single", 2: "double", 3: "triple"}


class Delay(NamedTuple):
    """How long a gesture of a button waits after the hand is done, at worst, and why."""

    ms: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a recogniser needs; see ``compile_gestures``.

    Attributes:
        buttons: every button that there is.
        encoders: every encoder.
        plans: what is wanted of each button.
        groups: chords and the like.
        codes: sequences.
        owners: who wants what; the keys are those of ``key_of``.
        problems: what cannot be; it is left out.
        remarks: what can be, but is odd.
    """

    buttons: Mapping[str, Button]
    encoders: Mapping[str, Encoder]
    plans: Mapping[str, TapPlan]
    groups: tuple[Group, ...]
    codes: tuple[Code, ...]
    owners: Mapping[Hashable, tuple[Wanted, ...]]
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def worst_added_delay(self, button: str) -> Delay:
        """The longest wait of any gesture of this button, and why.

        Raises:
            KeyError: there is no such button.
        """
        about, plan = self.buttons[button], self.plans[button]
        delays = [Delay(about.glitch_ms, "a press counts when it is stable (glitch_ms)")]
        if plan.counts or plan.release:
            delays.append(Delay(about.debounce_ms, "a release is debounced (debounce_ms)"))
        if plan.eager:
            return max(delays)
        if len(plan.counts) > 1:
            first, more = _named(min(plan.counts)), _named(plan.most)
            delays.append(Delay(about.gap_ms, f"a {first} waits for a {more} (gap_ms)"))
        delays += self._together(button, plan.press)
        return max(delays)

    def _together(self, button: str, press: bool) -> Iterable[Delay]:
        """What waits for a group that this button belongs to."""
        mine = [group for group in self.groups if button in group.buttons]
        for group in mine:
            others = " and ".join(name for name in group.buttons if name != button)
            why = f"waits for a {group.word} with {others} ({group.word}_ms)"
            wait_ms = group.window_ns // NS_PER_MS
            if press:
                yield Delay(wait_ms, f"a press {why}")
            if any(set(one.buttons) < set(group.buttons) for one in mine):
                yield Delay(wait_ms, f"a smaller chord {why}")


def key_of(want: Wanted, gpio: Gpio) -> Hashable:
    """What the recogniser calls the thing that is wanted."""
    if want.gesture in _TOGETHER:
        return _group(want, gpio)
    if want.gesture == "sequence":
        return _code(want, gpio)
    if want.gesture in TAPS:
        return ("taps", want.buttons[0], _count(want))
    return (want.gesture, want.buttons[0])


def compile_gestures(
    buttons: Iterable[Button],
    wanted: Iterable[Wanted],
    encoders: Iterable[Encoder] = (),
    gpio: Gpio = Gpio(),  # noqa: B008 - frozen
) -> Compiled:
    """One recogniser's worth of gestures.

    Args:
        buttons: every button, with its windows.
        wanted: every gesture that somebody acts upon; those of the same thing may differ in
            metadata and owner.
        encoders: every encoder.
        gpio: windows of what belongs to no button alone.
    """
    known = {button.name: button for button in buttons}
    knobs = {encoder.name: encoder for encoder in encoders}
    sorting = _Sorting(known, knobs, gpio)
    for want in wanted:
        sorting.take(want)
    return Compiled(
        buttons=known,
        encoders=knobs,
        plans={name: sorting.plan(button) for name, button in known.items()},
        groups=tuple(sorting.groups()),
        codes=tuple(sorting.codes()),
        owners={key: tuple(wants) for key, wants in sorting.owners.items()},
        problems=tuple(sorting.problems),
        remarks=tuple(_remarks(tuple(sorting.codes()))),
    )


@dataclass(slots=True)
class _Sorting:
    """Wants go in; what is wanted of each button comes out."""

    buttons: Mapping[str, Button]
    knobs: Mapping[str, Encoder]
    gpio: Gpio
    owners: dict[Hashable, list[Wanted]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def take(self, want: Wanted) -> None:
        problem = self._problem(want)
        if problem:
            self.problems.append(f"gesture {want.gesture} of {'+'.join(want.buttons)}: {problem}")
            return
        owners = self.owners.setdefault(key_of(want, self.gpio), [])
        if want not in owners:
            owners.append(want)

    def _problem(self, want: Wanted) -> str | None:
        if want.gesture not in GESTURES:
            return f"not known; expected one of {', '.join(sorted(GESTURES))}; correct the word"
        there = self.knobs if want.gesture == "turn" else self.buttons
        what = "an encoder" if want.gesture == "turn" else "a button"
        for name in want.buttons:
            if name not in there:
                names = ", ".join(sorted(there)) or "none"
                return f"found {name}; expected {what} of box.toml ({names}); correct the name"
        return _miscounted(want)

    def groups(self) -> list[Group]:
        return [key for key in self.owners if isinstance(key, Group)]

    def codes(self) -> list[Code]:
        return [key for key in self.owners if isinstance(key, Code)]

    def plan(self, button: Button) -> TapPlan:
        name = button.name
        counts = [n for n in range(1, MOST_TAPS + 1) if ("taps", name, n) in self.owners]
        windows = [group.window_ns for group in self.groups() if name in group.buttons]
        repeat = ("repeat", name) in self.owners
        return TapPlan(
            counts=frozenset(counts),
            press=("press", name) in self.owners,
            release=("release", name) in self.owners,
            hold_ns=button.hold_ms * NS_PER_MS if ("long", name) in self.owners else 0,
            repeat_ns=button.repeat_after_ms * NS_PER_MS if repeat else 0,
            interval_ns=button.repeat_ms * NS_PER_MS,
            fastest_ns=button.fastest_ms * NS_PER_MS,
            gap_ns=button.gap_ms * NS_PER_MS,
            shortest_ns=button.shortest_ms * NS_PER_MS,
            debounce_ns=button.debounce_ms * NS_PER_MS,
            together_ns=max(windows, default=0),
            eager=button.mode is Mode.EAGER,
        )


def _miscounted(want: Wanted) -> str | None:
    """What is wrong with how many there are."""
    many = len(want.buttons)
    if want.gesture in _TOGETHER and len(set(want.buttons)) < max(many, 2):
        return "expected at least two different buttons; name them"
    if want.gesture == "sequence" and not 2 <= many <= MOST_STEPS:
        return f"found {many} steps; expected 2 to {MOST_STEPS}; change them"
    if want.gesture == "sequence" or want.gesture in _TOGETHER:
        return None
    if many != 1:
        return f"found {many} buttons; expected one; name one"
    if want.gesture == "multi" and not 1 <= want.count <= MOST_TAPS:
        return f"found a count of {want.count}; expected 1 to {MOST_TAPS}; change it"
    return None


def _count(want: Wanted) -> int:
    return TAPS[want.gesture] or want.count


def _group(want: Wanted, gpio: Gpio) -> Group:
    usual_ms = gpio.chord_ms if want.gesture == "chord" else gpio.simultaneous_ms
    window_ns = (want.window_ms or usual_ms) * NS_PER_MS
    return Group(want.gesture, tuple(sorted(want.buttons)), window_ns)


def _code(want: Wanted, gpio: Gpio) -> Code:
    step_ns = (want.window_ms or gpio.step_gap_ms) * NS_PER_MS
    whole_ns = (want.whole_ms or gpio.sequence_ms) * NS_PER_MS
    return Code(want.id, want.buttons, step_ns, whole_ns)


def _remarks(codes: Sequence[Code]) -> Iterable[str]:
    for one, other in combinations(sorted(codes, key=lambda code: len(code.buttons)), 2):
        if other.buttons[: len(one.buttons)] == one.buttons:
            yield (
                f"sequence {other.id}: begins with the whole of sequence {one.id}; "
                "both are told; let them differ from the first press on"
            )


def _named(count: int) -> str:
    return _WORDS.get(count, f"{count}-fold press")
