"""A whole life on a virtual clock: whatever is pressed when, nothing is stuck or told twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.simulation import RATE, Simulation

from wkmp_pi import commands
from wkmp_pi.conductor import effects as do


def playing(*durations_ms: int, **more: Any) -> Simulation:
    box = Simulation(**more)
    box.ask(commands.Play())
    box.enqueue(*durations_ms)
    return box


def test_tc_e2e_001_three_passages_play_to_their_end() -> None:
    box = playing(2000, 3000, 1500).run(10_000)
    assert box.entries("passage.started") == box.entries("passage.completed")
    ends = [event.frame for event in box.named("passage.completed")]
    first = box.named("passage.started")[0].frame
    laps = [event.overlap_frames for event in box.named("crossfade.started")]
    assert laps == [300 * RATE // 1000] * 2
    assert ends[-1] - first == (2000 + 3000 + 1500 - 600) * RATE // 1000
    assert len(box.named("queue.emptied")) == 1


def test_tc_e2e_002_skip_seek_and_removal_on_the_way() -> None:
    box = playing(5000, 5000, 5000, 5000).run(1000)
    box.ask(commands.Seek(position_ms=4000))
    box.run(500)
    box.ask(commands.Next())
    box.run(700)
    box.ask(commands.Remove(entries=(3,)))
    box.run(20_000)
    ends = [(event.entry, event.reason) for event in box.named("passage.completed")]
    assert ends == [(1, "user_skip"), (2, "natural"), (4, "natural")]
    assert box.entries("passage.started") == [1, 2, 4]


def test_tc_wd_disabled_001_all_of_it_without_the_watchdog() -> None:
    box = playing(2000, 3000, 1500, watchdog_enabled=False).run(10_000)
    assert box.entries("passage.completed") == box.entries("passage.started")
    assert len(box.entries("passage.completed")) == 3


def test_a_lost_request_would_be_seen_as_silence() -> None:
    box = Simulation()
    box.lost.add(do.Decode)
    box.ask(commands.Play())
    box.enqueue(2000)
    assert box.run(10_000).entries("passage.started") == []


def test_a_slow_decoder_delays_the_start_and_loses_nothing() -> None:
    box = playing(1000, 1000, decode_ms=700).run(6000)
    assert len(box.entries("passage.completed")) == 2


presses = st.one_of(
    st.builds(commands.Next),
    st.builds(commands.Previous),
    st.builds(commands.Toggle),
    st.builds(commands.Pause),
    st.builds(commands.Play),
    st.builds(commands.Clear),
    st.builds(commands.Seek, position_ms=st.integers(0, 3000)),
    st.builds(commands.Seek, delta_ms=st.integers(-3000, 3000)),
    st.builds(commands.Remove, entries=st.tuples(st.integers(1, 12))),
    st.builds(commands.Move, entry=st.integers(1, 8), index=st.integers(0, 4)),
    st.builds(commands.SetVolume, percent=st.integers(0, 100)),
    st.builds(commands.Sleep, at_end=st.booleans()),
    st.builds(commands.SetSetting, key=st.just("repeat"), value=st.booleans()),
    st.builds(commands.SetSetting, key=st.just("consume"), value=st.booleans()),
    st.builds(commands.SetSetting, key=st.just("random"), value=st.booleans()),
    st.builds(commands.SetSetting, key=st.just("single"), value=st.booleans()),
    st.builds(commands.SetSetting, key=st.just("crossfade_ms"), value=st.integers(0, 900)),
    st.lists(st.sampled_from([-1, 400, 900, 2000]), min_size=1, max_size=3),
)
lives = st.lists(st.tuples(st.integers(0, 1200), presses), max_size=14)


@settings(max_examples=150, deadline=None)
@given(lives, st.sampled_from([0, 0, 30, 400]))
def test_after_any_presses_each_entry_starts_and_ends_once_and_music_goes_on(
    life: list[tuple[int, Any]], decode_ms: int
) -> None:
    box = playing(900, 2000, 700, decode_ms=decode_ms)
    for pause_ms, press in life:
        box.run(pause_ms)
        if isinstance(press, list):
            box.enqueue(*press)
        else:
            box.ask(press)
    box.ask(commands.SetSetting(key="repeat", value=False))
    box.ask(commands.SetSetting(key="single", value=False))
    box.ask(commands.SetSetting(key="consume", value=True))
    box.ask(commands.Sleep())
    box.ask(commands.Play())
    box.run(100_000)

    started, completed = box.entries("passage.started"), box.entries("passage.completed")
    assert [e for e, n in Counter(started).items() if n > 1] == []
    assert [e for e, n in Counter(completed).items() if n > 1] == []
    failed = {event.entry for event in box.named("decode.failed")}
    assert set(started) == set(completed) - failed | (set(started) & failed)
    assert box.conductor.state.queue.current is None, "the music stopped before the queue's end"
    assert box.conductor.state.queue.upcoming(1) == ()
    assert box.conductor.state.sounding == ()
    assert box.mixer.sounding is None
    frames = [event.frame for event in box.events if hasattr(event, "heard_ns")]
    assert frames == sorted(frames) or failed
