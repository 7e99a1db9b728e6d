"""State → plan: what shall sound now, by all that is known. Pure."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from wkmp_pi.conductor.state import Armed, State, Take
from wkmp_pi.events.kinds import MarkReached
from wkmp_pi.mix.plan import Plan, Voice, VoiceMark, arranged, decision_point
from wkmp_pi.passage import EntryId
from wkmp_pi.settings import Settings
from wkmp_pi.sources.neighbours import album_neighbours
from wkmp_pi.sources.queue import Entry
from wkmp_pi.units import perceptual_gain

_VOLUME_RAMP_MS = 20


def line_up(state: State) -> tuple[Entry, ...]:
    """The current entry and those that follow, one more than are decoded ahead."""
    coming = state.queue.upcoming(state.settings.decode_ahead_entries)
    current = state.current
    return coming if current is None else (current, *coming)


def planned(state: State) -> Plan:
    """The plan that belongs to a state."""
    settings = state.settings
    line = line_up(state) if state.current else ()
    if state.sleep.at_end:
        line = line[:1]
    takes = _playable(state, line)
    voices = _with_armed(state, _arranged(state, takes))
    unknown_follows = bool(voices) and len(voices) < len(line)
    crossfade = state.frames(settings.crossfade_ms)
    return Plan(
        playing=state.playing,
        voices=voices,
        waiting=frozenset(slot.entry for slot in line[len(voices) :]),
        reasons=state.reasons,
        unplayed=tuple(state.unplayed.values()),
        gain=_gain(state),
        gain_frames=state.frames(_ramp_ms(state)),
        cut_frames=state.frames(settings.skip_fade_ms),
        resume_frames=state.frames(settings.resume_fade_ms),
        position_frames=state.frames(settings.position_event_interval_ms),
        progress_frames=state.frames(settings.playback_progress_interval_ms),
        hold_at=decision_point(voices[-1], crossfade) if unknown_follows else None,
    )


def _playable(state: State, line: tuple[Entry, ...]) -> list[Take]:
    """The takes that may be in the plan: an unbroken line from the current entry on.

    What is in the plan already stays, whatever the settings say now: it may sound.
    """
    found: list[Take] = []
    kept = {voice.take for voice in state.plan.voices}
    for index, slot in enumerate(line):
        take = state.takes.get(slot.entry)
        need_ms = _needed_ms(state.settings, index, slot.entry in state.sounding)
        if take is None or not (take.id in kept or take.holds(need_ms)):
            take = state.leaving if index == 0 else None
        if take is None or take.voice is None:
            break
        found.append(take)
    return found


def _needed_ms(settings: Settings, index: int, sounding: bool) -> int:
    if index == 0 or sounding:
        return settings.minimum_playback_buffer_ms
    return settings.minimum_next_buffer_ms


def _arranged(state: State, takes: list[Take]) -> tuple[Voice, ...]:
    settings = state.settings
    voices = [take.voice for take in takes if take.voice is not None]
    flows = [
        settings.album_gapless and album_neighbours(a.passage, b.passage)
        for a, b in pairwise(takes)
    ]
    crossfade = state.frames(settings.crossfade_ms)
    placed = arranged(voices, crossfade=crossfade, pair=settings.curve_pair, gapless=flows)
    if state.sleep.at_end and placed:
        fade = min(state.frames(settings.sleep_fade_ms), placed[0].length)
        return (replace(placed[0], fade_out=max(placed[0].fade_out, fade)),)
    return placed


def _with_armed(state: State, voices: tuple[Voice, ...]) -> tuple[Voice, ...]:
    """The voices, with the marks that somebody waits for among their own."""
    if not state.armed:
        return voices
    following = next((v.entry for v in voices if v.entry not in state.sounding), None)
    return tuple(_marked(voice, state.armed, following) for voice in voices)


def _marked(voice: Voice, armed: tuple[Armed, ...], following: EntryId | None) -> Voice:
    found = [
        VoiceMark(at, MarkReached(frame=0, key=mark.key, **voice.identity()))
        for mark in armed
        if (following if mark.entry is None else mark.entry) == voice.entry
        and voice.skip <= (at := mark.offset_frames + voice.length * mark.from_end) <= voice.length
    ]
    if not found:
        return voice
    return replace(voice, marks=tuple(sorted([*voice.marks, *found], key=lambda m: m.offset)))


def _gain(state: State) -> float:
    if state.muted or state.sleep.fading or state.volume == 0:
        return 0.0  # in the mix as well: not every card can be silent
    volume = 1.0 if state.card_volume else perceptual_gain(state.volume)
    return volume * perceptual_gain(state.duck.percent)


def _ramp_ms(state: State) -> int:
    if state.sleep.fading:
        return state.settings.sleep_fade_ms
    return max(state.duck.fade_ms, _VOLUME_RAMP_MS)
