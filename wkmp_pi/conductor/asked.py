"""Commands → decisions: (state, command, now) → state and result. Pure.

A command that cannot be done raises ``RequestError``; nothing has changed then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from wkmp_pi import commands, settings
from wkmp_pi.conductor.report import queue_report, settings_report, status_report
from wkmp_pi.conductor.state import Duck, Heard, SleepTimer, State
from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import Reason
from wkmp_pi.passage import EntryId, Passage
from wkmp_pi.sources.queue import Modes, PlayQueue

_MS = 1_000_000
_MODES = frozenset({"repeat", "random", "single", "consume"})
_NEAR_MS = 500
"""A seek this close to the next passage's beginning prepares that passage anew as well."""

Answered = tuple[State, dict[str, Any]]


def modes_of(values: settings.Settings) -> Modes:
    """The settings that are the queue's modes."""
    return Modes(
        repeat=values.repeat,
        random=values.random,
        single=values.single,
        consume=values.consume,
    )


def answered(state: State, command: commands.AnyCommand, now_ns: int) -> Answered:
    """Obey a command that needs nothing but the state.

    Raises:
        RequestError: it cannot be done.
    """
    return _OBEY[type(command)](state, command, now_ns)


def enqueued(
    state: State, command: commands.Enqueue, passages: tuple[Passage, ...]
) -> tuple[State, dict[str, Any]]:
    """Put passages into the queue."""
    queue, entries = state.queue.enqueue(passages, command.place, command.reference)
    return replace(state, queue=queue, trigger="enqueue"), {"entries": list(entries)}


def skipped(state: State, queue: PlayQueue, trigger: str, reason: Reason) -> State:
    """Another entry is current now, or none: what still sounds ends for ``reason``."""
    ended = dict.fromkeys(_ending(state), reason)
    return replace(
        state,
        queue=queue,
        trigger=trigger,
        reasons=ended,
        sounding=(),
        heard=None,
        leaving=None,
        sleep=SleepTimer(due_ns=state.sleep.due_ns),
    )


def _ending(state: State) -> tuple[EntryId, ...]:
    current = state.queue.current
    return (*state.sounding, *(() if current is None else (current,)))


def _play(state: State, _: commands.Play, now_ns: int) -> Answered:
    queue = state.queue
    if state.playing:
        return state, {"state": "playing"}
    if queue.current is None and not queue.upcoming(1):
        queue = queue.rewind()
    heard = state.heard and replace(state.heard, at_ns=now_ns)
    after = replace(state, playing=True, queue=queue, heard=heard, trigger="play")
    return after, {"state": "playing"}


def _pause(state: State, _: commands.Pause, now_ns: int) -> Answered:
    if not state.playing:
        return state, {"state": "paused"}
    position, current = state.position_ms(now_ns), state.queue.current
    heard = state.heard
    if position is not None and current is not None and current in state.sounding:
        heard = Heard(entry=current, position_ms=position, at_ns=now_ns)
    return replace(state, playing=False, heard=heard, sleep=SleepTimer()), {"state": "paused"}


def _toggle(state: State, _: commands.Toggle, now_ns: int) -> Answered:
    if state.playing:
        return _pause(state, commands.Pause(), now_ns)
    return _play(state, commands.Play(), now_ns)


def _next(state: State, _: commands.Next, now_ns: int) -> Answered:
    throttle_ns = state.settings.skip_throttle_ms * _MS
    if state.skipped_ns is not None and now_ns - state.skipped_ns < throttle_ns:
        return state, {"entry": state.queue.current, "throttled": True}
    if state.queue.current is None and not state.queue.upcoming(1):
        return state, {"entry": None}
    queue = state.queue.skip()
    if state.incoming is not None and queue.current == state.incoming:
        queue = queue.skip()
    after = skipped(state, queue, "skip", Reason.USER_SKIP)
    after = replace(after, skipped_ns=now_ns, history=remembered(state))
    return after, {"entry": queue.current}


def remembered(state: State) -> tuple[Passage, ...]:
    """The history with the current passage as its newest."""
    current = state.current
    return state.history if current is None else (*state.history, current.passage)[-_HISTORY:]


_HISTORY = 100


def _previous(state: State, _: commands.Previous, now_ns: int) -> Answered:
    position = state.position_ms(now_ns)
    if position is not None and position >= state.settings.previous_restart_ms:
        return _to(state, 0, now_ns)
    queue, history = _one_back(state)
    if queue is None:
        return _to(state, 0, now_ns) if position else (state, {"entry": state.queue.current})
    after = skipped(state, queue, "previous", Reason.USER_SKIP)
    return replace(after, history=history), {"entry": queue.current}


def _one_back(state: State) -> tuple[PlayQueue | None, tuple[Passage, ...]]:
    """The queue at the entry before, which consume mode has taken out and history remembers."""
    queue, history = state.queue, state.history
    if not queue.modes.consume and queue.preceding is not None:
        return queue.jump(queue.preceding), history[:-1]
    if not history:
        return None, history
    queue, entry = queue.insert_previous(history[-1])
    return queue.jump(entry), history[:-1]


def _seek(state: State, command: commands.Seek, now_ns: int) -> Answered:
    if (command.position_ms is None) == (command.delta_ms is None):
        raise RequestError("seek: expected either position_ms or delta_ms; give one of the two")
    position = state.position_ms(now_ns)
    if position is None:
        raise RequestError("seek: nothing is playing; expected a current passage; play one first")
    target = position + command.delta_ms if command.delta_ms is not None else command.position_ms
    return _to(state, target or 0, now_ns)


def _to(state: State, target_ms: int, now_ns: int) -> Answered:
    """Go on at a place of the current passage; at or after its end is a skip."""
    current, duration_ms = state.current, state.duration_ms()
    if current is None:
        return state, {"position_ms": None}
    target_ms = max(target_ms, 0)
    if duration_ms is not None and target_ms >= duration_ms:
        after, _ = _next(replace(state, skipped_ns=None), commands.Next(), now_ns)
        return after, {"position_ms": duration_ms}
    again = {current.entry: target_ms, **dict.fromkeys(_begun_or_near(state, now_ns), 0)}
    takes = {entry: take for entry, take in state.takes.items() if entry not in again}
    take = state.current_take
    may_sound = take is not None and any(voice.take == take.id for voice in state.plan.voices)
    seeked = replace(
        state,
        takes=takes,
        leaving=take if may_sound else state.leaving,
        resume={**state.resume, **again},
        heard=Heard(entry=current.entry, position_ms=target_ms, at_ns=now_ns),
        sounding=tuple(entry for entry in state.sounding if entry == current.entry),
    )
    return seeked, {"position_ms": target_ms}


def _begun_or_near(state: State, now_ns: int) -> list[EntryId]:
    """Entries after the current one whose beginning has been mixed, or may have been."""
    following = state.queue.upcoming(1)
    position, duration = state.position_ms(now_ns), state.duration_ms()
    if not following or position is None or duration is None:
        return []
    overlap_ms = state.settings.crossfade_ms
    take = state.current_take
    if take is not None and take.voice is not None and take.voice.lengths.lead_out is not None:
        overlap_ms = max(overlap_ms, take.voice.lengths.lead_out * 1000 // state.rate_hz)
    near = duration - position <= overlap_ms + _NEAR_MS
    return [following[0].entry] if near or state.incoming is not None else []


def _remove(state: State, command: commands.Remove, _: int) -> Answered:
    gone = {EntryId(entry) for entry in command.entries}
    queue = state.queue.remove(gone)
    removed = sorted(gone & set(state.queue.ids))
    if state.queue.current in gone:
        after = skipped(state, queue, "remove", Reason.QUEUE_REMOVED)
        kept = {entry: Reason.USER_SKIP for entry in state.sounding if entry not in gone}
        return replace(after, reasons={**after.reasons, **kept}), {"removed": removed}
    reasons = dict.fromkeys(gone, Reason.QUEUE_REMOVED)
    sounding = tuple(entry for entry in state.sounding if entry not in gone)
    after = replace(state, queue=queue, trigger="remove", sounding=sounding, reasons=reasons)
    return after, {"removed": removed}


def _move(state: State, command: commands.Move, _: int) -> Answered:
    queue = state.queue.move(EntryId(command.entry), command.index)
    return replace(state, queue=queue, trigger="move"), {"entries": list(queue.ids)}


def _clear(state: State, _: commands.Clear, __: int) -> Answered:
    removed = len(state.queue.entries)
    after = skipped(state, state.queue.clear(), "clear", Reason.QUEUE_REMOVED)
    return after, {"removed": removed}


def _volume(state: State, command: commands.SetVolume, _: int) -> Answered:
    if (command.percent is None) == (command.delta is None):
        raise RequestError("volume: expected either percent or delta; give one of the two")
    wanted = state.volume + command.delta if command.delta is not None else command.percent or 0
    volume = min(max(wanted, 0), state.settings.volume_max_percent)
    muted = state.muted and command.percent is None and (command.delta or 0) < 0
    duck = replace(state.duck, fade_ms=0)  # its fade is over, and not this one's
    after = replace(state, volume=volume, muted=muted, duck=duck)
    return after, {"percent": volume, "muted": muted}


def _mute(state: State, command: commands.Mute, _: int) -> Answered:
    muted = not state.muted if command.on is None else command.on
    duck = replace(state.duck, fade_ms=0)
    return replace(state, muted=muted, duck=duck), {"percent": state.volume, "muted": muted}


def _duck(state: State, command: commands.Duck, _: int) -> Answered:
    duck = Duck(command.percent, command.fade_ms)
    return replace(state, duck=duck), {"percent": command.percent}


def _sleep(state: State, command: commands.Sleep, now_ns: int) -> Answered:
    if command.minutes is not None and command.at_end:
        raise RequestError("sleep: expected either minutes or at_end; give one of the two")
    if not state.playing and (command.minutes or command.at_end):
        raise RequestError("sleep: nothing is playing; expected playing; play first")
    due_ns = None if command.minutes is None else now_ns + round(command.minutes * 60_000) * _MS
    timer = SleepTimer(due_ns=due_ns, at_end=command.at_end)
    remaining = None if due_ns is None else (due_ns - now_ns) // _MS
    return replace(state, sleep=timer), {"remaining_ms": remaining, "at_end": command.at_end}


def _set_setting(state: State, command: commands.SetSetting, now_ns: int) -> Answered:
    values = settings.changed(state.settings, command.key, command.value)
    queue = state.queue
    if command.key in _MODES:
        queue = queue.with_modes(modes_of(values), seed=now_ns)
    volume = min(state.volume, values.volume_max_percent)
    after = replace(state, settings=values, queue=queue, volume=volume, trigger="modes")
    return after, {command.key: getattr(values, command.key)}


def _get_settings(state: State, _: commands.GetSettings, __: int) -> Answered:
    return state, settings_report(state.settings)


def _get_status(state: State, _: commands.GetStatus, now_ns: int) -> Answered:
    return state, status_report(state, now_ns)


def _get_queue(state: State, _: commands.GetQueue, now_ns: int) -> Answered:
    return state, queue_report(state, now_ns)


_OBEY: Mapping[type, Callable[[State, Any, int], Answered]] = {
    commands.Play: _play,
    commands.Pause: _pause,
    commands.Toggle: _toggle,
    commands.Next: _next,
    commands.Previous: _previous,
    commands.Seek: _seek,
    commands.Remove: _remove,
    commands.Move: _move,
    commands.Clear: _clear,
    commands.SetVolume: _volume,
    commands.Mute: _mute,
    commands.Duck: _duck,
    commands.Sleep: _sleep,
    commands.SetSetting: _set_setting,
    commands.GetSettings: _get_settings,
    commands.GetStatus: _get_status,
    commands.GetQueue: _get_queue,
}
