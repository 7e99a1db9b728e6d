"""Old state, new state → what has to be done and told. Pure.

Effects are found by comparison, so that no handler can forget one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from wkmp_pi.conductor import effects
from wkmp_pi.conductor.state import State, Take
from wkmp_pi.decode.messages import DecodeRequest, Priority
from wkmp_pi.events import kinds
from wkmp_pi.passage import Points
from wkmp_pi.settings import Settings
from wkmp_pi.sources.queue import PlayQueue
from wkmp_pi.units import Ticks

_SAVE_EACH_NS = 29 * 1_000_000_000
"""A power cut may cost 30 s of position; a slow card takes its time to write."""


def consequences(old: State, new: State, now_ns: int) -> Iterator[effects.Effect]:
    """Everything that follows from the difference."""
    yield from _decoding(old, new)
    if old.plan is not new.plan:
        yield effects.Follow(new.plan)
    if (old.volume, old.muted) != (new.volume, new.muted):
        if new.card_volume:
            yield effects.SetCardVolume(new.volume, new.muted)
        yield effects.Publish(kinds.VolumeChanged(percent=new.volume, muted=new.muted))
    yield from _queue(old, new)
    yield from _playing(old, new, now_ns)
    yield from _settings(old.settings, new.settings)
    yield from _sleep(old, new, now_ns)
    yield from _problems(old, new)


def saved_state(state: State, now_ns: int, *, at_once: bool = False) -> effects.SaveState:
    """What of the player survives a power cut besides queue and settings."""
    return effects.SaveState(
        {
            "entry": state.queue.current,
            "position_ms": state.position_ms(now_ns),
            "playing": state.playing,
            "volume": state.volume,
            "muted": state.muted,
        },
        at_once,
    )


def save_due(state: State, now_ns: int) -> bool:
    """Whether the position is to be saved, because it moved long enough."""
    return state.playing and bool(state.sounding) and now_ns - state.saved_ns >= _SAVE_EACH_NS


def next_save_ns(state: State) -> int | None:
    """When ``save_due`` will be true."""
    return state.saved_ns + _SAVE_EACH_NS if state.playing and state.sounding else None


def _decoding(old: State, new: State) -> Iterator[effects.Effect]:
    if old.takes is new.takes and old.leaving is new.leaving:
        return
    before = {take.id: take for take in _all_takes(old)}
    order = {take.id: _priority(i) for i, take in enumerate(old.takes.values())}
    kept = {take.id for take in _all_takes(new)}
    for gone in sorted(before.keys() - kept):
        yield effects.Release(gone)
    for index, take in enumerate(new.takes.values()):
        priority = _priority(index)
        if take.id not in before:
            yield effects.Decode(_request(take, priority))
        elif order.get(take.id) is not priority:
            yield effects.Reprioritise(take.id, priority)
        yield from _buffer_events(before.get(take.id), take)


def _all_takes(state: State) -> list[Take]:
    return [*state.takes.values(), *([state.leaving] if state.leaving else [])]


def _priority(index: int) -> Priority:
    return Priority(min(index, Priority.PREFETCH))


def _request(take: Take, priority: Priority) -> DecodeRequest:
    span, _ = Points(start=take.passage.points.start, end=take.passage.points.end).repaired(
        Ticks(1 << 62)
    )
    return DecodeRequest(
        take=take.id,
        file=take.passage.file,
        start=span.start or Ticks(0),
        end=span.end,
        skip_frames=take.skip_frames,
        priority=priority,
        thresholds_ms=take.thresholds_ms,
    )


def _buffer_events(before: Take | None, take: Take) -> Iterator[effects.Publish]:
    states = {
        "requested": before is None,
        "filling": take.voice is not None and (before is None or before.voice is None),
        "ready": take.ready_ms > (before.ready_ms if before else 0),
        "finished": take.finished and not (before and before.finished),
    }
    for state, reached in states.items():
        if reached:
            event = kinds.BufferStateChanged(
                entry=take.entry, state=state, buffered_ms=take.ready_ms
            )
            yield effects.Publish(event)


def _queue(old: State, new: State) -> Iterator[effects.Effect]:
    if old.queue is new.queue:
        return
    if (old.queue.ids, old.queue.current) != (new.queue.ids, new.queue.current):
        event = kinds.QueueChanged(
            trigger=new.trigger,
            length=len(new.queue.entries),
            entries=new.queue.ids,
            current=new.queue.current,
        )
        yield effects.Publish(event)
    if _has_more(old.queue) and not _has_more(new.queue):
        yield effects.Publish(kinds.QueueEmptied())
    yield effects.SaveQueue(new.queue)


def _has_more(queue: PlayQueue) -> bool:
    return queue.current is not None or bool(queue.upcoming(1))


def _playing(old: State, new: State, now_ns: int) -> Iterator[effects.Effect]:
    if old.playing != new.playing:
        state = "playing" if new.playing else "paused"
        event = kinds.StateChanged(
            state=state, entry=new.queue.current, position_ms=new.position_ms(now_ns)
        )
        yield effects.Publish(event)
    if _to_be_saved(old) != _to_be_saved(new):
        yield saved_state(new, now_ns)


def _to_be_saved(state: State) -> tuple[object, ...]:
    """What is saved as soon as it changes; the place of the last seek stands for the position."""
    current = state.queue.current
    place = None if current is None else state.resume.get(current)
    return current, place, state.playing, state.volume, state.muted


def _settings(old: Settings, new: Settings) -> Iterator[effects.Effect]:
    if old is new:
        return
    for field in dataclasses.fields(new):
        value = getattr(new, field.name)
        if getattr(old, field.name) != value:
            yield effects.SaveSetting(field.name, value)
            yield effects.Publish(kinds.SettingsChanged(key=field.name, value=value))


def _sleep(old: State, new: State, now_ns: int) -> Iterator[effects.Effect]:
    if (old.sleep.due_ns, old.sleep.at_end) == (new.sleep.due_ns, new.sleep.at_end):
        return
    due_ns = new.sleep.due_ns
    remaining = None if due_ns is None else max(due_ns - now_ns, 0) // 1_000_000
    yield effects.Publish(kinds.SleepChanged(remaining_ms=remaining, at_end=new.sleep.at_end))


def _problems(old: State, new: State) -> Iterator[effects.Effect]:
    for key in sorted(old.problems.keys() | new.problems.keys()):
        text = new.problems.get(key)
        if old.problems.get(key) != text:
            yield effects.Publish(kinds.ProblemChanged(key=key, text=text))
