"""(state, message, now) → (state, effects): every decision of the box passes here. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wkmp_pi import commands
from wkmp_pi.conductor import effects
from wkmp_pi.conductor.asked import answered, enqueued
from wkmp_pi.conductor.consequences import consequences, next_save_ns, save_due, saved_state
from wkmp_pi.conductor.happened import happened
from wkmp_pi.conductor.settled import settled
from wkmp_pi.conductor.state import Armed, SleepTimer, State
from wkmp_pi.decode.messages import DecodeMessage
from wkmp_pi.errors import RequestError
from wkmp_pi.events import kinds
from wkmp_pi.events.kinds import Event

MUSIC = "music"
"""The problem that the folder of the music is not there; when it is over, its files are tried."""

_MS = 1_000_000
_SAVES = (effects.SaveQueue, effects.SaveState, effects.SaveSetting)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should see to, or ``None`` when it is over."""

    key: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A deadline of ``next_deadline_ns`` has come."""


@dataclass(frozen=True, slots=True)
class CardVolume:
    """Whether the card in use sets the volume itself."""

    available: bool


@dataclass(frozen=True, slots=True)
class Stuck:
    """The watchdog found something that does not go on by itself; ``take`` 0 if none is meant."""

    kind: str
    take: int


@dataclass(frozen=True, slots=True)
class Arm:
    """From now on these are all the marks that somebody waits for."""

    marks: tuple[Armed, ...]


Message = effects.Ask | Arm | DecodeMessage | Event | Problem | Tick | Stuck | CardVolume
Decided = tuple[State, list[effects.Effect]]


def decide(state: State, message: Message, now_ns: int) -> Decided:
    """What the box does about a message."""
    first: list[effects.Effect] = []
    last: list[effects.Effect] = []
    match message:
        case effects.Ask():
            after = _obey(state, message, now_ns, last)
        case Tick():
            after = _on_time(state, now_ns, last)
        case Problem():
            after = _with_problem(state, message)
        case Stuck():
            after = _repaired(state, message, last)
        case Arm(marks):
            after = replace(state, armed=marks)
        case CardVolume(available):
            after = replace(state, card_volume=available)
            if available:
                last.append(effects.SetCardVolume(state.volume, state.muted))
        case _:
            after, told = happened(state, message, now_ns)
            first += [effects.Publish(event) for event in told]
    after = settled(state, after)
    found = [*first, *consequences(state, after, now_ns), *last]
    asked = isinstance(message, effects.Ask)
    if any(isinstance(each, effects.SaveState) and (asked or each.at_once) for each in found):
        after = replace(after, saved_ns=now_ns)
    if any(isinstance(effect, _SAVES) for effect in found):
        found = [_when_kept(effect) for effect in found]
    return after, found


def _with_problem(state: State, problem: Problem) -> State:
    others = {key: text for key, text in state.problems.items() if key != problem.key}
    if problem.text is not None:
        return replace(state, problems={**others, problem.key: problem.text})
    if problem.key == MUSIC:
        takes = {entry: take for entry, take in state.takes.items() if not take.away}
        state = replace(state, takes=takes)
    return replace(state, problems=others)


def _when_kept(effect: effects.Effect) -> effects.Effect:
    """What is answered is kept: nobody is told that a change was made which is then undone."""
    return replace(effect, when_kept=True) if isinstance(effect, effects.Reply) else effect


def next_deadline_ns(state: State) -> int | None:
    """When a ``Tick`` is due, if nothing else happens before."""
    deadlines = (next_save_ns(state), _sleep_ns(state))
    return min((at for at in deadlines if at is not None), default=None)


def _obey(state: State, ask: effects.Ask, now_ns: int, last: list[effects.Effect]) -> State:
    """Carry out a command; what cannot be done changes nothing and is told to all."""
    command = ask.command
    try:
        if isinstance(command, commands.AddPassages):
            last.append(effects.AddToLibrary(command.documents, ask.answer))
            return state
        if isinstance(command, commands.Enqueue):
            after, result = enqueued(state, command, ask.passages)
        else:
            after, result = answered(state, command, now_ns)
    except RequestError as error:
        name = str(type(command).__struct_config__.tag)
        last.append(effects.Publish(kinds.CommandRefused(command=name, error=str(error))))
        last.append(effects.Reply(ask.answer, None, str(error)))
        return state
    last.append(effects.Reply(ask.answer, result, None))
    return after


def _repaired(state: State, stuck: Stuck, last: list[effects.Effect]) -> State:
    """Ask again for what is missing: another take of the entry, or the plan once more."""
    total = state.interventions.get(stuck.kind, 0) + 1
    entry = next((take.entry for take in state.takes.values() if take.id == stuck.take), None)
    event = kinds.WatchdogIntervened(kind=stuck.kind, entry=entry, total=total)
    last.append(effects.Publish(event))
    if entry is None:
        last.append(effects.Follow(state.plan))
    takes = {key: take for key, take in state.takes.items() if key != entry}
    return replace(state, takes=takes, interventions={**state.interventions, stuck.kind: total})


def _on_time(state: State, now_ns: int, last: list[effects.Effect]) -> State:
    if save_due(state, now_ns):
        last.append(saved_state(state, now_ns, at_once=True))
    due_ns = _sleep_ns(state)
    if due_ns is None or now_ns < due_ns:
        return state
    if not state.sleep.fading and state.playing and state.settings.sleep_fade_ms:
        return replace(state, sleep=replace(state.sleep, fading=True))
    paused, _ = answered(state, commands.Pause(), now_ns)
    return replace(paused, sleep=SleepTimer())


def _sleep_ns(state: State) -> int | None:
    """When the sleep timer has its next step: to begin its fade, or to pause after it."""
    if state.sleep.due_ns is None:
        return None
    fade_ns = state.settings.sleep_fade_ms * _MS if state.sleep.fading else 0
    return state.sleep.due_ns + fade_ns
