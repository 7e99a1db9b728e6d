"""The steps of our sound's way, one at a time, in a loop and without a device.

Run as a process of its own: ``python -m bench.inside`` prints one JSON
object, seconds in lists.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace

import numpy as np
from bench.nowhere import PERIOD_FRAMES, RATE, Nowhere
from support.voices import voice

from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import PositionUpdated
from wkmp_pi.mix.mixer import Mixer
from wkmp_pi.mix.plan import Plan, Voice, marks_of
from wkmp_pi.mix.strand import Strand
from wkmp_pi.mix.teller import strand_marks
from wkmp_pi.output.writer import Writer
from wkmp_pi.passage import EntryId, Passage, PassageId, Song, SongSpan
from wkmp_pi.units import ticks_from_ms

_PERIODS = 1500
_WARM = 100
_SUBSCRIBERS = 8
_EVENTS = 100
_SONGS = 100


def main() -> None:
    """Measure everything."""
    json.dump(
        {
            "period": period_s(crossfading=False),
            "crossfade": period_s(crossfading=True),
            "publish": publish_s(),
            "songs": songs_s(),
        },
        sys.stdout,
    )


def period_s(*, crossfading: bool) -> list[float]:
    """Each period's mixing, accounting and conversion, as the writer's thread does it."""
    frames = (_PERIODS + _WARM) * PERIOD_FRAMES
    sound = np.random.default_rng(1).uniform(-0.4, 0.4, (frames, 2)).astype(np.float32)
    voices: tuple[Voice, ...] = (voice(1, sound),)
    if crossfading:
        out, into = replace(voices[0], fade_out=frames), voice(2, sound)
        voices = (out, replace(into, overlap=frames, fade_in=frames))
    mixer = Mixer(RATE, dithered=True, patient=False)
    sink, plan = Nowhere(), Plan(playing=True, voices=voices)
    writer: Writer[Plan] = Writer(
        mixer, plan, lambda _: sink, lambda _: None, rate_hz=RATE, kept_frames=RATE * 5 // 2
    )
    took = [_took_s(writer) for _ in range(_PERIODS + _WARM)]
    return took[_WARM:]


def _took_s(writer: Writer[Plan]) -> float:
    begin_ns = time.perf_counter_ns()
    writer.step()
    return (time.perf_counter_ns() - begin_ns) / 1e9


def publish_s() -> list[float]:
    """Handing one event to the bus, for each subscriber that wants it."""
    bus = Bus()
    inboxes = [bus.subscribe("position.*") for _ in range(_SUBSCRIBERS)]
    event = PositionUpdated(
        frame=0,
        heard_ns=0,
        entry=EntryId(1),
        passage=PassageId(-1),
        file="/a",
        position_ms=0,
        duration_ms=0,
    )
    took = []
    for _ in range(_EVENTS):
        begin_ns = time.perf_counter_ns()
        bus.publish(event)
        took.append((time.perf_counter_ns() - begin_ns) / 1e9 / _SUBSCRIBERS)
        for inbox in inboxes:
            inbox.get()
    return took


def songs_s() -> list[float]:
    """Finding the song boundaries of each period of a passage with a hundred songs."""
    strand = Strand(_medley(), 0)
    took = []
    while not strand.over:
        begin_ns = time.perf_counter_ns()
        list(strand_marks(strand, strand.position, PERIOD_FRAMES))
        took.append((time.perf_counter_ns() - begin_ns) / 1e9)
        strand.advance(PERIOD_FRAMES)
    return took


def _medley() -> Voice:
    spans = tuple(
        SongSpan(
            song=Song(id=n, title=f"Song {n}"),
            start=ticks_from_ms(n * 300),
            end=ticks_from_ms(n * 300 + 200),
        )
        for n in range(_SONGS)
    )
    passage = Passage(id=PassageId(1), file="/medley.flac", songs=spans)
    silence = np.zeros((RATE * _SONGS * 3 // 10, 2), np.float32)
    whole = voice(1, silence, passage=passage)
    return replace(whole, marks=marks_of(whole, RATE))


if __name__ == "__main__":
    main()
