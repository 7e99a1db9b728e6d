"""Brings a state into order after any change: what is current, and what is decoded ahead. Pure.

The one place where takes are begun and dropped, whatever the change was: the
buffers follow from the queue, they are not managed beside it.
"""

from __future__ import annotations

from dataclasses import replace

from wkmp_pi.conductor.planned import line_up, planned
from wkmp_pi.conductor.state import State, Take
from wkmp_pi.decode.messages import TakeId
from wkmp_pi.passage import EntryId
from wkmp_pi.sources.queue import Entry

_OF_THE_PLAN = (
    "queue",
    "playing",
    "takes",
    "leaving",
    "settings",
    "volume",
    "muted",
    "duck",
    "armed",
    "sleep",
    "sounding",
    "card_volume",
    "reasons",
    "unplayed",
)


def settled(before: State, state: State) -> State:
    """The state with a current entry if one is due, a take for each entry near it, and a plan."""
    if state.playing and state.queue.current is None and state.queue.upcoming(1):
        state = replace(state, queue=state.queue.advance())
    wanted = line_up(state)[: state.settings.decode_ahead_entries]
    state = _with_takes(state, wanted)
    take = state.current_take
    if state.leaving and take and take.holds(state.settings.minimum_playback_buffer_ms):
        state = replace(state, leaving=None)
    if all(getattr(before, name) is getattr(state, name) for name in _OF_THE_PLAN):
        return state
    plan = planned(state)
    return state if plan == state.plan else replace(state, plan=plan)


def _with_takes(state: State, wanted: tuple[Entry, ...]) -> State:
    takes: dict[EntryId, Take] = {}
    number = state.next_take
    for slot in wanted:
        take = state.takes.get(slot.entry)
        if take is None:
            take = _new_take(state, slot, number)
            number += 1
        takes[slot.entry] = take
    if takes == state.takes and list(takes) == list(state.takes):
        return state
    known = {*state.queue.ids, *takes}
    resume = {entry: ms for entry, ms in state.resume.items() if entry in known}
    return replace(state, takes=takes, next_take=number, resume=resume)


def _new_take(state: State, slot: Entry, number: int) -> Take:
    settings = state.settings
    thresholds = {settings.minimum_playback_buffer_ms, settings.minimum_next_buffer_ms}
    return Take(
        id=TakeId(number),
        entry=slot.entry,
        passage=slot.passage,
        skip_frames=state.frames(state.resume.get(slot.entry, 0)),
        thresholds_ms=tuple(sorted(thresholds)),
    )
