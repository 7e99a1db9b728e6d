"""From a command, or a press, to the first frame that is heard of it; in real time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import partial

import pytest

from hil.bench import Bench
from hil.drivers.boxside import Event
from hil.drivers.clocks import SAME, ClockMap, measured
from hil.drivers.protocols import Pull
from hil.limits import LIMITS
from hil.material import noise
from hil.measures.latency import spread
from hil.promises import Figures
from hil.quiet import calm
from hil.reactions import Act, Effect, Heard
from hil.recording import Recording, Samples

_ROUNDS = 20
_PRESSES = 8
_HELD_MS = 40.0
_SECONDS = 6.0
_SEEK_MS = (500, 2000)
_BUTTON = """
[[button]]
name = "{0}"
pin = {1}
active_low = {2}
[[bind]]
on = "gesture.press"
where = {{ buttons = ["{0}"] }}
do = "{3}"
"""
_LIGHT = """
[[light]]
name = "{0}"
pin = {1}
"""
_NO_FADES = ("skip_fade_ms", "resume_fade_ms", "skip_throttle_ms")
"""A fade begins at once, but a wire hides how it begins."""


@pytest.mark.timeout(300)
def test_every_command_is_heard_within_its_time(box: Bench, figures: Figures) -> None:
    recording, acts = calm(box.cpu_s, partial(_commanded, box))
    for kind, times_ms in Heard(recording.only, box.rig).by_kind(acts).items():
        figures.promise(
            f"{kind}: command to sound, p95 of {len(times_ms)}",
            spread(times_ms).p95,
            unit="ms",
            limit=_limit(box, "command_to_sound_ms"),
            note=_underruns(box),
        )
    figures.check_all()


@pytest.mark.timeout(300)
def test_every_press_is_heard_within_its_time(real_time: Bench, figures: Figures) -> None:
    """By the box's own buttons, bound to commands at the press."""
    box = real_time
    recording, acts, presses = calm(box.cpu_s, partial(_pressed, box))
    heard = Heard(recording.only, box.rig)
    _promise_steps(figures, presses)
    figures.promise(
        f"press to sound, p95 of {len(acts)}",
        spread(heard.ms(act) for act in acts).p95,
        unit="ms",
        limit=_limit(box, "press_to_sound_ms"),
        note=_underruns(box),
    )
    figures.check_all()


def test_a_lamp_of_the_box_is_seen_to_go_on_and_off(real_time: Bench, figures: Figures) -> None:
    lamps = list(real_time.rig.lines.outputs)
    if not lamps:
        pytest.skip(f"{real_time.rig.name}: no output is wired; expected one in [lines.outputs]")
    real_time.fresh(further=_hands(real_time))
    wrong = 0
    for lamp in lamps:
        for on in (True, False, True, False):
            real_time.ask("light", light=lamp, on=on)
            wrong += not _comes_to(real_time, lamp, on)
    figures.check(f"levels of lamps read back wrong, of {4 * len(lamps)}", wrong, limit=0)


def _comes_to(box: Bench, lamp: str, on: bool) -> bool:
    """Whether a lamp gets that level within a second."""
    for _ in range(20):
        if box.lines.level(lamp) is on:
            return True
        box.wait(0.05)
    return False


def _playing_by_turns(box: Bench, files: int, further: str = "") -> tuple[Samples, Samples]:
    """A queue of two sounds by turns, paused within the first one."""
    box.fresh(further=further)
    sounds = noise(81, _SECONDS), noise(82, _SECONDS)
    paths = [box.put(f"{number}.wav", sound) for number, sound in enumerate(sounds)]
    for key in _NO_FADES:
        box.ask("settings.set", key=key, value=0)
    box.ask("enqueue", items=[paths[number % 2] for number in range(files)])
    box.event("passage.started")
    box.ask("pause")
    return sounds


def _begin(box: Bench, dice: random.Random) -> None:
    """From the start of the first sound on, whose whole length is now ahead."""
    box.ask("seek", position_ms=0)
    box.ask("play")
    _settle(box, dice)


def _commanded(box: Bench) -> tuple[Recording, list[Act]]:
    """Every command so many times."""
    sounds = _playing_by_turns(box, _ROUNDS + 1)
    dice = random.Random(1)
    with box.recording() as recording:
        _begin(box, dice)
        acts = [act for number in range(_ROUNDS) for act in _round(box, dice, sounds, number)]
    return recording, acts


def _round(box: Bench, dice: random.Random, sounds: Sequence[Samples], number: int) -> list[Act]:
    """Every command once, in an order in which each is heard."""
    to_recorder = box.clock().back
    now, coming = sounds[number % 2], sounds[(number + 1) % 2]

    def done(command: str, effect: Effect, playing: Samples, **fields: int) -> Act:
        answer = box.asked(command, **fields)
        _settle(box, dice)
        return Act(command, to_recorder(answer.sent_ns), effect, playing)

    return [
        done("seek", Effect.CHANGE, now, position_ms=dice.randint(*_SEEK_MS)),
        done("pause", Effect.SILENCE, now),
        done("play", Effect.SOUND, now),
        done("next", Effect.CHANGE, now),
        done("volume", Effect.CHANGE, coming, percent=100 if number % 2 else 50),
    ]


def _pressed(box: Bench) -> tuple[Recording, list[Act], list[tuple[int, Event]]]:
    """Both buttons so many times; each press with the moment of its pull, by the box's clock."""
    sounds = _playing_by_turns(box, _PRESSES + 1, _hands(box))
    dice = random.Random(2)
    with box.recording() as recording:
        _begin(box, dice)
        to_box, to_recorder = _puller_to_box(box), box.clock().back
        presses, acts = [], []
        for name, effect, playing in _presses(sounds):
            pulled_ns, _ = box.lines.pull(Pull(0, name, True), Pull(_HELD_MS, name, False))
            press = box.event("button.pressed", partial(_is_of, name))
            presses.append((to_box(pulled_ns), press))
            acts.append(Act(name, to_recorder(to_box(pulled_ns)), effect, playing))
            _settle(box, dice)
    return recording, acts, presses


def _is_of(button: str, event: Event) -> bool:
    return bool(event.body["button"] == button)


def _presses(sounds: Sequence[Samples]) -> Iterator[tuple[str, Effect, Samples]]:
    """Which button is pressed, what is heard of it, and what played before."""
    for number in range(_PRESSES):
        now = sounds[number % 2]
        yield "play", Effect.SILENCE, now
        yield "play", Effect.SOUND, now
        yield "next", Effect.CHANGE, now


def _settle(box: Bench, dice: random.Random) -> None:
    """Until what was done is heard; never so long twice, so that no period shows in the times."""
    box.wait(dice.uniform(0.18, 0.26))


def _hands(box: Bench) -> str:
    """The box's own buttons and lamps, as they are wired here."""
    wires = box.rig.lines
    tables = [
        _BUTTON.format(name, wires.buttons[name], str(wires.active_low).lower(), command)
        for name, command in (("play", "toggle"), ("next", "next"))
    ]
    tables += [_LIGHT.format(name, pin) for name, pin in wires.outputs.items()]
    return "".join(tables)


def _puller_to_box(box: Bench) -> ClockMap:
    """From the clock of the machine that pulls to the box's."""
    if box.rig.virtual:
        return SAME
    return measured(box.lines.now_ns).then(box.clock())


def _promise_steps(figures: Figures, presses: Sequence[tuple[int, Event]]) -> None:
    """Where the time of a press goes, for whoever wants to know; nothing is promised of that."""
    seen = spread((press.body["at_ns"] - pulled_ns) / 1e6 for pulled_ns, press in presses)
    told = spread((press.came_ns - press.body["at_ns"]) / 1e6 for _, press in presses)
    figures.promise(f"pull to edge seen, p95 of {seen.count}", seen.p95, unit="ms")
    figures.promise(f"edge to press told, p95 of {seen.count}", told.p95, unit="ms")


def _underruns(box: Bench) -> str:
    """Their number, if there were some: each of them makes the box more patient."""
    found = len(box.events("output.xrun"))
    return f"with {found} underruns" if found else ""


def _limit(box: Bench, name: str) -> float:
    return box.rig.limit(name, LIMITS[name])
