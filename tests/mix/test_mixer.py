"""The mixer against an independent reference, and its marks against what it played."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mix import reference
from support.voices import RATE, ArraySource, voice

from wkmp_pi.events.kinds import Heard, PassageCompleted, Reason
from wkmp_pi.mix.mixer import Mixer
from wkmp_pi.mix.plan import Lengths, Plan, Voice, arranged, marks_of
from wkmp_pi.passage import Cue, Curve, CurvePair, Passage, PassageId, Song, SongSpan
from wkmp_pi.units import ticks_from_frames

LSB = 1 / 32768


def noise(frames: int, seed: int = 0, level: float = 0.4) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-level, level, (frames, 2)).astype(np.float32)


def laid_out(voices: list[Voice], crossfade: int = 0, **more: Any) -> tuple[Voice, ...]:
    gapless = more.pop("gapless", [False] * len(voices))
    pair = CurvePair.EXPONENTIAL_LOGARITHMIC
    placed = arranged(voices, crossfade=crossfade, pair=pair, gapless=gapless)
    return tuple(replace(v, marks=marks_of(v, RATE)) for v in placed)


class Desk:
    """A mixer with a stream that grows; plans may change between calls."""

    def __init__(self, plan: Plan, **more: Any) -> None:
        self.mixer = Mixer(RATE, dithered=more.pop("dithered", False), patient=True)
        self.plan = plan
        self.stream = np.zeros(0, np.float32)
        self.marks: list[Heard] = []

    @property
    def frame(self) -> int:
        return len(self.stream) // 2

    def run(self, frames: int, period: int = 1024) -> Desk:
        until = self.frame + frames
        while self.frame < until:
            out = np.zeros(min(period, until - self.frame) * 2, np.float32)
            mixed = self.mixer.mix(self.plan, out, self.frame)
            self.stream = np.concatenate([self.stream, out[: mixed.frames * 2]])
            self.marks += self.mixer.take_marks()
            if mixed.idle or mixed.starving is not None:
                break
        return self

    def told(self, *names: str) -> list[tuple[Any, ...]]:
        return [(m.name, m.frame, m.entry) for m in self.marks if not names or m.name in names]


def play_all(voices: tuple[Voice, ...], period: int = 1024) -> Desk:
    return Desk(Plan(playing=True, voices=voices)).run(10_000_000, period)


lead = st.one_of(st.none(), st.integers(0, 600))
parts = st.builds(
    reference.Part,
    samples=st.builds(
        noise, st.integers(1, 1500), st.integers(0, 99), st.sampled_from([0.4, 0.95])
    ),
    lead_in=lead,
    lead_out=lead,
    fade_in=lead,
    fade_out=lead,
    curve_in=st.sampled_from([c.value for c in Curve]),
    curve_out=st.sampled_from([c.value for c in Curve]),
)


def clamped(part: reference.Part) -> reference.Part:
    """Both chains in order, as valid points are."""
    n = len(part.samples)
    lead_in, fade_in = (None if x is None else min(x, n // 2) for x in (part.lead_in, part.fade_in))
    lead_out, fade_out = (
        None if x is None else min(x, n - n // 2) for x in (part.lead_out, part.fade_out)
    )
    return replace(part, lead_in=lead_in, lead_out=lead_out, fade_in=fade_in, fade_out=fade_out)


def as_voice(take: int, part: reference.Part) -> Voice:
    about = Passage(
        id=PassageId(take),
        file=f"/music/{take}.flac",
        fade_in_curve=Curve(part.curve_in),
        fade_out_curve=Curve(part.curve_out),
    )
    lengths = Lengths(part.lead_in, part.fade_in, part.fade_out, part.lead_out)
    return voice(take, part.samples, passage=about, lengths=lengths)


@settings(max_examples=60, deadline=None)
@given(st.lists(parts.map(clamped), min_size=1, max_size=4), st.integers(0, 800))
def test_the_stream_equals_the_independent_reference(
    chain: list[reference.Part], crossfade: int
) -> None:
    voices = laid_out([as_voice(i, p) for i, p in enumerate(chain, 1)], crossfade)

    stream = play_all(voices).stream.reshape(-1, 2)

    expected = reference.render(chain, crossfade)
    assert stream.shape == expected.shape
    assert np.max(np.abs(stream - expected), initial=0) < LSB / 4


@settings(max_examples=25, deadline=None)
@given(
    st.lists(parts.map(clamped), min_size=1, max_size=3),
    st.integers(0, 800),
    st.sampled_from([1, 63, 64, 441, 1000, 4096, 16384]),
)
def test_the_period_size_can_not_be_heard_nor_seen_in_the_events(
    chain: list[reference.Part], crossfade: int, period: int
) -> None:
    def run(size: int) -> Desk:
        voices = laid_out([as_voice(i, p) for i, p in enumerate(chain, 1)], crossfade)
        plan = Plan(playing=True, voices=voices, position_frames=100, progress_frames=170)
        return Desk(plan, dithered=True).run(10_000_000, size)

    small, large = run(period), run(1024)

    assert np.array_equal(small.stream, large.stream)
    assert small.marks == large.marks


def test_gapless_neighbours_pass_bit_exactly() -> None:
    a, b = noise(1000, 1), noise(777, 2)
    desk = play_all(laid_out([voice(1, a), voice(2, b)]))
    assert np.array_equal(desk.stream.reshape(-1, 2), np.concatenate([a, b]))
    assert desk.told() == [
        ("passage.started", 0, 1),
        ("passage.completed", 1000, 1),
        ("passage.started", 1000, 2),
        ("passage.completed", 1777, 2),
    ]


def test_a_crossfade_is_told_at_its_first_and_after_its_last_frame() -> None:
    desk = play_all(laid_out([voice(1, noise(1000)), voice(2, noise(800))], crossfade=300))
    assert desk.told() == [
        ("passage.started", 0, 1),
        ("crossfade.started", 700, 1),
        ("passage.started", 700, 2),
        ("crossfade.completed", 1000, 1),
        ("passage.completed", 1000, 1),
        ("passage.completed", 1500, 2),
    ]


def test_sixteen_bit_sound_at_unity_gain_is_left_alone_and_all_else_is_dithered() -> None:
    grid = (np.round(noise(500) * 32768) / 32768).astype(np.float32)
    plain = Desk(Plan(playing=True, voices=(voice(1, grid, exact16=True),)), dithered=True)
    softer = Desk(
        Plan(playing=True, gain=0.5, voices=(voice(1, grid, exact16=True),)), dithered=True
    )

    assert np.array_equal(plain.run(500).stream.reshape(-1, 2), grid)
    difference = softer.run(500).stream.reshape(-1, 2) - grid * np.float32(0.5)
    assert 0 < np.max(np.abs(difference)) <= LSB


def test_where_the_output_rounds_everything_sixteen_bit_sound_is_dithered_too() -> None:
    grid = (np.round(noise(500) * 32768) / 32768).astype(np.float32)
    desk = Desk(Plan(playing=True, voices=(voice(1, grid, exact16=True),)), dithered=True)
    desk.mixer.use_dither(True, rounds=True)
    difference = desk.run(500).stream.reshape(-1, 2) - grid
    assert 0 < np.max(np.abs(difference)) <= LSB


def tone(frames: int, skip: int = 0) -> np.ndarray:
    t = np.arange(skip, skip + frames) / RATE
    return np.repeat(0.8 * np.sin(2 * np.pi * 440 * t), 2).reshape(-1, 2).astype(np.float32)


STEP = float(np.max(np.abs(np.diff(tone(1000)[:, 0]))))


def largest_step(desk: Desk) -> float:
    left = desk.stream.reshape(-1, 2)[:, 0]
    return float(np.max(np.abs(np.diff(left))))


def test_a_pause_falls_silent_within_7_ms_and_resumes_where_it_was_without_a_click() -> None:
    source = ArraySource(tone(44_100))
    plan = Plan(playing=True, voices=(voice(1, tone(44_100), source=source),))
    desk = Desk(plan).run(5000)
    desk.plan = replace(plan, playing=False)
    desk.run(5000)
    silent_from = desk.frame
    desk.plan = replace(plan, playing=True)
    desk.run(60_000)

    assert silent_from - 5000 == 272
    assert desk.frame == 44_100
    assert largest_step(desk) < STEP * 1.2


def test_a_cut_without_fades_is_a_click_and_so_the_control_of_the_test_above() -> None:
    voices = (voice(1, tone(44_100)), voice(2, tone(2000, skip=25)))
    plan = Plan(playing=True, voices=voices, cut_frames=0)
    desk = Desk(plan).run(5000)
    desk.plan = replace(plan, voices=(voice(2, tone(2000, skip=25)),))
    assert largest_step(desk.run(1000)) > STEP * 2


def test_a_skip_fades_the_old_and_starts_the_new_at_once_without_a_click() -> None:
    plan = Plan(playing=True, voices=(voice(1, tone(44_100)), voice(2, tone(30_000, skip=25))))
    desk = Desk(plan).run(5000)
    desk.plan = replace(plan, voices=plan.voices[1:], reasons={1: Reason.USER_SKIP})
    desk.run(50_000)

    assert desk.told("passage.completed", "passage.started") == [
        ("passage.started", 0, 1),
        ("passage.completed", 5000, 1),
        ("passage.started", 5000, 2),
        ("passage.completed", 35_000, 2),
    ]
    assert largest_step(desk) < STEP * 2.2  # two tones at once


def test_a_seek_is_another_take_of_the_same_entry_and_neither_ends_nor_starts_it() -> None:
    plan = Plan(playing=True, voices=(voice(1, tone(44_100)),))
    desk = Desk(plan).run(5000)
    later = voice(7, tone(44_100), entry=1, skip=22_050)
    desk.plan = replace(plan, voices=(later,))
    desk.run(50_000)

    assert desk.told("passage.started", "passage.completed") == [
        ("passage.started", 0, 1),
        ("passage.completed", 5000 + 22_050, 1),
    ]
    positions = [(m.frame, m.position_ms) for m in desk.marks if m.name == "position.updated"]
    assert positions[0] == (5000, 500)


def test_a_new_neighbour_in_the_last_moment_does_not_step_the_level() -> None:
    plan = Plan(playing=True, voices=laid_out([voice(1, tone(20_000))]))
    desk = Desk(plan).run(15_000)
    pair = [*plan.voices, voice(2, tone(20_000, skip=20_000))]
    desk.plan = replace(plan, voices=laid_out(pair, crossfade=9_000))
    desk.run(50_000)

    assert largest_step(desk) < STEP * 2.2
    assert desk.told("crossfade.started") == [("crossfade.started", 15_000, 1)]


def test_songs_and_cues_are_marks_on_their_frames() -> None:
    def ticks(frames: int) -> Any:
        return ticks_from_frames(frames, RATE)

    one, two = Song(id=11, title="One"), Song(id=12, title="Two")
    passage = Passage(
        id=PassageId(5),
        file="/music/medley.flac",
        songs=(
            SongSpan(song=one, start=ticks(100), end=ticks(400)),
            SongSpan(song=two, start=ticks(600), end=ticks(1000)),
        ),
        cues=(Cue(name="end", at=ticks(50), from_end=True), Cue(name="bell", at=ticks(333))),
    )
    desk = play_all(laid_out([voice(1, noise(1000), passage=passage)]), period=64)

    songs = [(m.frame, m.song) for m in desk.marks if m.name == "song.changed"]
    cues = [(m.frame, m.cue) for m in desk.marks if m.name == "cue.reached"]
    assert songs == [(0, None), (100, 11), (400, None), (600, 12)]
    assert cues == [(333, "bell"), (950, "end")]


def test_a_take_that_begins_inside_a_song_tells_that_song_first() -> None:
    song = Song(id=3, title="Three")
    passage = Passage(
        id=PassageId(5),
        file="/m.flac",
        songs=(SongSpan(song=song, start=0, end=ticks_from_frames(900, RATE)),),
    )
    desk = play_all(laid_out([voice(1, noise(1000), passage=passage, skip=500)]))
    songs = [(m.frame, m.song, m.position_ms) for m in desk.marks if m.name == "song.changed"]
    assert songs == [(0, 3, 11), (400, None, 20)]


def test_a_file_that_gives_less_than_it_promised_ends_early_and_the_next_follows() -> None:
    short = ArraySource(noise(300))
    voices = (voice(1, noise(1000), source=short), voice(2, noise(100)))
    desk = Desk(Plan(playing=True, voices=voices, reasons={1: Reason.PLAYBACK_ERROR}))
    desk.run(2000)
    ends = [(m.frame, m.entry, m.reason) for m in desk.marks if m.name == "passage.completed"]
    assert ends == [(300, 1, "playback_error"), (400, 2, "natural")]


def test_a_pause_does_not_wait_for_frames_that_are_not_decoded() -> None:
    late = ArraySource(noise(5000), ready=700)
    desk = Desk(Plan(playing=True, voices=(voice(1, noise(5000), source=late),)))
    desk.run(1000)
    desk.plan = replace(desk.plan, playing=False)
    assert desk.mixer.mix(desk.plan, np.zeros(200, np.float32), desk.frame).idle
    assert [m.frame for m in desk.mixer.take_marks()] == [700]

    late.ready = 5000
    desk.plan = replace(desk.plan, playing=True, resume_frames=0)
    desk.run(5000)
    assert np.array_equal(desk.stream, noise(5000).reshape(-1))


def test_a_skip_does_not_wait_for_frames_that_are_not_decoded() -> None:
    late = ArraySource(noise(5000), ready=700)
    desk = Desk(Plan(playing=True, voices=(voice(1, noise(5000), source=late),), cut_frames=400))
    desk.run(1000)
    desk.plan = replace(desk.plan, voices=(voice(2, noise(300)),))
    desk.run(1000)
    assert desk.told("passage.started", "passage.completed") == [
        ("passage.started", 0, 1),
        ("passage.completed", 700, 1),
        ("passage.started", 700, 2),
        ("passage.completed", 1000, 2),
    ]


def unplayed(entry: int) -> PassageCompleted:
    about = {"entry": entry, "passage": -entry, "file": f"/music/{entry}.flac"}
    return PassageCompleted(frame=0, reason=Reason.PLAYBACK_ERROR, played_ms=0, **about)


def test_an_entry_that_ended_before_it_began_is_told_once_in_its_place() -> None:
    playing = Plan(playing=True, voices=(voice(1, noise(1000)),))
    desk = Desk(playing).run(400)
    desk.plan = replace(playing, unplayed=(unplayed(2),))
    desk.run(100)
    desk.plan = replace(playing, unplayed=(unplayed(2), unplayed(3)))
    desk.run(1000)
    assert desk.told("passage.completed") == [
        ("passage.completed", 400, 2),
        ("passage.completed", 500, 3),
        ("passage.completed", 1000, 1),
    ]


def test_an_entry_that_is_called_unplayed_when_it_has_begun_ends_once() -> None:
    """Its file broke between the mixing of its first frame and the hearing of it."""
    reasons = {2: Reason.PLAYBACK_ERROR}
    both = (voice(1, noise(300)), voice(2, noise(900)))
    desk = Desk(Plan(playing=True, voices=both)).run(400)
    desk.plan = Plan(playing=True, waiting=frozenset({3}), reasons=reasons, unplayed=(unplayed(2),))
    desk.run(100)
    ends = [(m.entry, m.reason) for m in desk.marks if m.name == "passage.completed"]
    assert ends == [(1, "natural"), (2, "playback_error")]


def test_it_waits_for_a_successor_that_is_not_known_yet() -> None:
    plan = Plan(playing=True, voices=laid_out([voice(1, noise(1000))]), hold_at=700)
    desk = Desk(plan).run(5000)
    assert desk.frame == 700
    both = laid_out([*plan.voices, voice(2, noise(1000))], crossfade=300)
    desk.plan = Plan(playing=True, voices=both)
    assert desk.run(5000).frame == 1700


def test_played_time_leaves_pauses_out() -> None:
    plan = Plan(playing=True, voices=(voice(1, noise(44_100)),))
    desk = Desk(plan).run(22_050)
    desk.plan = replace(plan, playing=False)
    desk.run(9_000)
    desk.plan = plan
    desk.run(60_000)
    (end,) = [m for m in desk.marks if m.name == "passage.completed"]
    assert end.played_ms == 1000


@pytest.mark.parametrize("position_frames", [100, 250])
def test_positions_come_at_multiples_of_their_interval(position_frames: int) -> None:
    plan = Plan(playing=True, voices=(voice(1, noise(1000)),), position_frames=position_frames)
    desk = Desk(plan).run(5000)
    frames = [m.frame for m in desk.marks if m.name == "position.updated"]
    assert frames == list(range(position_frames, 1000, position_frames))


def test_a_mix_beyond_full_scale_is_told_once() -> None:
    loud = [voice(i, noise(3000, i, 0.99), lengths=Lengths(900, 0, 0, 900)) for i in (1, 2)]
    desk = play_all(laid_out(loud), period=64)
    (told,) = [m for m in desk.marks if m.name == "crossfade.clipped"]
    assert (told.entry, told.frame) == (2, 3000)
    overlap = noise(3000, 1, 0.99)[2100:] + noise(3000, 2, 0.99)[:900]
    assert told.peak_db == round(20 * np.log10(np.abs(overlap).max()), 2)


def test_a_volume_change_is_a_ramp() -> None:
    plan = Plan(playing=True, voices=(voice(1, tone(44_100)),))
    desk = Desk(plan).run(5000)
    desk.plan = replace(plan, gain=0.1)
    desk.run(5000)
    assert largest_step(desk) < STEP * 1.1
    assert np.allclose(desk.stream[-2000:], tone(10_000).reshape(-1)[-2000:] * 0.1, atol=1e-6)
