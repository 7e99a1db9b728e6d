"""What the decoder and the writer tell → decisions. Pure.

The queue advances here, and only here: when the last frame of the current
passage was heard, or when its file cannot be played.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from wkmp_pi.conductor.asked import remembered
from wkmp_pi.conductor.state import Heard, SleepTimer, State, Take
from wkmp_pi.decode.messages import Failed, Finished, Opened, TakeId, ThresholdReached
from wkmp_pi.events import kinds
from wkmp_pi.events.kinds import Event, Reason
from wkmp_pi.mix.plan import Voice, lengths_of, marks_of
from wkmp_pi.passage import EntryId, Passage
from wkmp_pi.units import ms_from_frames, ticks_from_frames

Told = tuple[State, tuple[Event, ...]]


def happened(state: State, message: Any, now_ns: int) -> Told:
    """What follows from a message of the decoder or an event of the writer."""
    handler = _HANDLERS.get(type(message))
    return (state, ()) if handler is None else handler(state, message, now_ns)


# --- the decoder ------------------------------------------------------------------------------


def _opened(state: State, message: Opened, _: int) -> Told:
    take = _take(state, message.take)
    if take is None:
        return state, ()
    media = message.media
    duration = ticks_from_frames(media.frames, media.rate_hz)
    points, corrections = take.passage.points.repaired(duration)
    passage = _described(replace(take.passage, points=points), message)
    voice = Voice(
        take=take.id,
        entry=take.entry,
        passage=passage,
        source=message.buffer,
        length=message.length_frames,
        lengths=lengths_of(passage, message.length_frames, state.rate_hz),
        skip=take.skip_frames,
        exact16=message.exact16,
    )
    voice = replace(voice, marks=marks_of(voice, state.rate_hz))
    told = tuple(
        kinds.PassageCorrected(
            entry=take.entry, passage=passage.id, file=passage.file, correction=correction
        )
        for correction in corrections
        if take.entry not in state.sounding  # else it is a seek, and they have been told
    )
    return _with(state, replace(take, voice=voice, passage=passage)), told


def _described(passage: Passage, message: Opened) -> Passage:
    """An ephemeral passage takes its words from the file's own tags."""
    media = message.media
    if passage.id > 0:
        return passage
    return replace(
        passage,
        title=passage.title or media.title,
        artist=passage.artist or media.artist,
        album=passage.album or media.album,
        disc=media.disc if passage.disc is None else passage.disc,
        track=media.track if passage.track is None else passage.track,
    )


def _threshold(state: State, message: ThresholdReached, _: int) -> Told:
    take = _take(state, message.take)
    if take is None:
        return state, ()
    return _with(state, replace(take, ready_ms=max(take.ready_ms, message.threshold_ms))), ()


def _finished(state: State, message: Finished, _: int) -> Told:
    """All is decoded; a damaged file that gave less ends where its sound ends."""
    take = _take(state, message.take)
    if take is None:
        return state, ()
    return _with(state, _complete(state, take, message.frames)), ()


def _complete(state: State, take: Take, frames: int) -> Take:
    """A take of which nothing more will come than the ``frames`` that it gave."""
    voice, end = take.voice, take.skip_frames + frames
    if voice is not None and end < voice.length:
        lengths = lengths_of(take.passage, end, state.rate_hz)
        voice = replace(voice, length=end, lengths=lengths)
        voice = replace(voice, marks=marks_of(voice, state.rate_hz))
    return replace(take, finished=True, voice=voice)


def _failed(state: State, message: Failed, _: int) -> Told:
    """A file gave up: what is decoded of a passage that sounds is still played, no other is."""
    if state.leaving is not None and state.leaving.id == message.take:
        return replace(state, leaving=None), ()  # the take that replaces it is what counts
    take = _take(state, message.take)
    if take is None:
        return state, ()
    sounds = take.entry in state.sounding and take.voice is not None
    if message.away and not sounds:
        return _with(state, replace(take, voice=None, ready_ms=0, away=True)), ()
    reason = Reason.INVALID_TIMING if message.invalid_timing else Reason.PLAYBACK_ERROR
    state = replace(state, reasons={**state.reasons, take.entry: reason})
    identity: dict[str, Any] = {
        "entry": take.entry,
        "passage": take.passage.id,
        "file": take.passage.file,
    }
    told = (kinds.DecodeFailed(error=str(message.error), **identity),)
    if sounds:
        return _with(state, _complete(state, take, message.frames)), told
    ended = kinds.PassageCompleted(frame=0, reason=reason, played_ms=0, **identity)
    return _without(state, take.entry, ended), told


def _without(state: State, entry: EntryId, ended: kinds.PassageCompleted) -> State:
    """The queue without an entry that cannot be played."""
    current = entry == state.queue.current
    return replace(
        state,
        queue=state.queue.remove((entry,)),
        trigger="unplayable",
        unplayed={**state.unplayed, entry: ended},
        sounding=tuple(other for other in state.sounding if other != entry),
        heard=None if current else state.heard,
        leaving=None if current else state.leaving,
    )


def _take(state: State, take: TakeId) -> Take | None:
    """The take of that number, unless it is no longer wanted."""
    return next((t for t in state.takes.values() if t.id == take), None)


def _with(state: State, take: Take) -> State:
    return replace(state, takes={**state.takes, take.entry: take})


# --- the writer -------------------------------------------------------------------------------


def _started(state: State, event: kinds.PassageStarted, _: int) -> Told:
    """Another entry sounds; if the queue was rearranged too late, it follows what is heard."""
    entry = EntryId(event.entry)
    if entry not in state.queue:
        return state, ()
    after = replace(state, sounding=(*(e for e in state.sounding if e != entry), entry))
    if entry != state.queue.current:
        begun = Heard(
            entry=entry,
            position_ms=event.position_ms,
            at_ns=event.heard_ns,
            frame=event.frame,
        )
        return _expect(replace(after, begun=begun), entry), ()
    return _at_position(after, event, event.position_ms), ()


def _expect(state: State, entry: EntryId) -> State:
    """Have ``entry`` follow the current one, as it does already for the listener."""
    following = state.queue.upcoming(1)
    ids, current = state.queue.ids, state.queue.current
    as_expected = bool(following) and following[0].entry == entry
    if as_expected or state.queue.modes.random or current is None or entry not in ids:
        return state
    index = ids.index(current) + (ids.index(entry) > ids.index(current))
    return replace(state, queue=state.queue.move(entry, index), trigger="move")


def _position(state: State, event: kinds.PositionUpdated, _: int) -> Told:
    return _at_position(state, event, event.position_ms), ()


def _at_position(state: State, event: kinds.Heard, position_ms: int) -> State:
    """Take note of a position, but not of one that was mixed before a seek or a pause."""
    entry = EntryId(event.entry)
    newer = state.heard is None or state.heard.entry != entry or event.heard_ns >= state.heard.at_ns
    if entry != state.queue.current or not newer or state.leaving is not None:
        return state
    heard = Heard(entry=entry, position_ms=position_ms, at_ns=event.heard_ns, frame=event.frame)
    return replace(state, heard=heard)


def _completed(state: State, event: kinds.PassageCompleted, _: int) -> Told:
    entry = EntryId(event.entry)
    sounding = tuple(e for e in state.sounding if e != entry)
    unplayed = {e: mark for e, mark in state.unplayed.items() if e != entry}
    after = replace(state, sounding=sounding, unplayed=unplayed)
    if entry != state.queue.current:
        return replace(after, queue=state.queue.renewed(entry), trigger="renew"), ()
    queue = state.queue.advance()
    heir = sounding[-1] if sounding else None
    if heir is not None and queue.current != heir and heir in queue:
        queue = queue.jump(heir)
    stops = queue.current is None and bool(queue.upcoming(1))  # single mode
    after = replace(
        after,
        queue=queue,
        trigger="advance",
        heard=_of_heir(state, event, queue.current),
        begun=None,
        reasons={},
        history=remembered(state),
        playing=state.playing and not state.sleep.at_end and not stops,
        sleep=SleepTimer(due_ns=state.sleep.due_ns, fading=state.sleep.fading),
    )
    return after, ()


def _of_heir(state: State, event: kinds.PassageCompleted, current: EntryId | None) -> Heard | None:
    """Where the entry that took over is now, if it was crossfaded in: by the frames since then."""
    begun = state.begun
    if begun is None or begun.frame is None or begun.entry != current:
        return None
    played_ms = ms_from_frames(max(event.frame - begun.frame, 0), state.rate_hz)
    return replace(
        begun,
        position_ms=begun.position_ms + played_ms,
        at_ns=event.heard_ns,
        frame=event.frame,
    )


def _output_opened(state: State, event: kinds.OutputOpened, _: int) -> Told:
    return replace(state, device=event.device), ()


def _output_lost(state: State, event: kinds.OutputLost, now_ns: int) -> Told:
    """The sound stands still where it is, and so does the position."""
    problems = {**state.problems, "output": event.error}
    return replace(_noted(state, event.frame, now_ns), output_lost=True, problems=problems), ()


def _output_restored(state: State, event: kinds.OutputRestored, now_ns: int) -> Told:
    problems = {key: text for key, text in state.problems.items() if key != "output"}
    return replace(_noted(state, event.frame, now_ns), output_lost=False, problems=problems), ()


def _noted(state: State, frame: int, now_ns: int) -> State:
    """The position as of ``frame``, which is heard now; it may stand or move from here on."""
    heard, position = state.heard, state.position_ms(now_ns)
    if heard is None or position is None or heard.entry != state.queue.current:
        return state
    if heard.frame is not None:  # by the clock it may have passed a silence of the device
        played_ms = ms_from_frames(max(frame - heard.frame, 0), state.rate_hz)
        position = min(position, heard.position_ms + played_ms)
    heard = replace(heard, position_ms=position, at_ns=now_ns, frame=frame)
    return replace(state, heard=heard)


_HANDLERS: Mapping[type, Callable[[State, Any, int], Told]] = {
    Opened: _opened,
    ThresholdReached: _threshold,
    Finished: _finished,
    Failed: _failed,
    kinds.PassageStarted: _started,
    kinds.PositionUpdated: _position,
    kinds.PlaybackProgress: _position,
    kinds.PassageCompleted: _completed,
    kinds.OutputOpened: _output_opened,
    kinds.OutputLost: _output_lost,
    kinds.OutputRestored: _output_restored,
}
