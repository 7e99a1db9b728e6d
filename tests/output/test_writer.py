"""The writer, stepped by hand on a virtual clock, with a card made of arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from support.voices import RATE, ArraySource, voice

from wkmp_pi.errors import DeviceError
from wkmp_pi.events.kinds import Event
from wkmp_pi.mix.mixer import Mixer
from wkmp_pi.mix.plan import SILENT_PLAN, Plan
from wkmp_pi.output.silent import SilentSink
from wkmp_pi.output.sink import Position, Sink, Stream
from wkmp_pi.output.writer import Writer

PERIOD, BUFFER = 882, 3528
SECOND = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.ns = 5 * SECOND

    def __call__(self) -> int:
        return self.ns


class Card(SilentSink):
    """Records what it plays, with the silence where it ran dry; can be unplugged or stall."""

    def __init__(self, clock: Clock, name: str = "card") -> None:
        super().__init__(RATE, PERIOD, BUFFER, clock)
        self.written: list[np.ndarray] = []
        self.unplugged = self.stalled = False
        self._clock = clock
        self._last: Position | None = None

    def write(self, stream: Stream) -> bool:
        if self.unplugged:
            raise DeviceError(19, "card: No such device")
        self.written.append(stream.copy())
        return super().write(stream)

    def position(self) -> Position:
        if self.unplugged:
            raise DeviceError(19, "card: No such device")
        seen = super().position()
        if self.stalled:
            self._last = self._last or seen
            return Position(self._last.heard, seen.at_ns)
        return seen

    def sound(self) -> np.ndarray:
        return np.concatenate(self.written) if self.written else np.zeros(0, np.float32)


class TickCard(Card):
    """Hands on what it plays in steps, like snd-aloop; what is left at a stop is lost."""

    TICK = 480
    handed_on = 0

    def position(self) -> Position:
        heard, at_ns = super().position()
        return Position(heard // self.TICK * self.TICK, at_ns)

    def pause(self) -> None:
        self.handed_on = self.position().heard
        super().pause()


class FilledCard(Card):
    """Stands for a while after it started, as a sound server does while it is filled."""

    FILLING_NS = 30_000_000

    def write(self, stream: Stream) -> bool:
        before_ns = self._started_ns
        whole = super().write(stream)
        if self._started_ns not in (None, before_ns):
            self._started_ns += self.FILLING_NS
        return whole

    def _heard(self, now_ns: int) -> int:
        return max(super()._heard(now_ns), self._heard_at_start)


class Rig:
    """A writer with its clock; ``run`` sleeps as long as it says."""

    def __init__(self, open_sink: Callable[[Sink | None], Sink] | None = None, **more: Any) -> None:
        self.clock = Clock()
        self.card = Card(self.clock)
        self.events: list[tuple[int, Event]] = []
        self.writer: Writer[Plan] = Writer(
            Mixer(RATE, dithered=False, patient=False),
            SILENT_PLAN,
            open_sink or (lambda current: current or self.card),
            lambda event: self.events.append((self.clock.ns, event)),
            rate_hz=RATE,
            kept_frames=RATE,
            clock_ns=self.clock,
            **more,
        )

    def run(self, ms: float, late_ns: int = 0) -> Rig:
        until = self.clock.ns + int(ms * 1e6)
        while self.clock.ns < until:
            wait = self.writer.step()
            if wait is None:
                self.clock.ns = until
            else:
                self.clock.ns = min(self.clock.ns + max(wait, 1000) + late_ns, until)
        return self

    def play(self, *voices: Any, **more: Any) -> None:
        self.writer.follow(Plan(playing=True, voices=voices, **more))

    def hold_up(self, ms: int) -> int:
        """The writer gets no processor; how many frames of silence that makes."""
        queued = self.card.sound().size // 2 - self.card.position().heard
        self.clock.ns += ms * 1_000_000
        return RATE * ms // 1000 - queued

    def named(self, *names: str) -> list[Any]:
        return [event for _, event in self.events if event.name in names]


def ramp(frames: int) -> np.ndarray:
    return (np.arange(frames * 2, dtype=np.float32) / 1e6).reshape(-1, 2)


def test_what_is_mixed_is_written_and_silence_follows_until_all_is_heard() -> None:
    rig = Rig()
    rig.play(voice(1, ramp(10_000)))
    rig.run(1000)
    sound = rig.card.sound()
    assert np.array_equal(sound[:20_000], ramp(10_000).reshape(-1))
    assert not sound[20_000:].any()
    assert rig.writer.quiet.is_set()


@pytest.mark.parametrize("frames", [10_000, 10_143, 10_583])
def test_the_last_frames_reach_even_a_card_that_is_late_to_hand_them_on(frames: int) -> None:
    rig = Rig()
    rig.card = card = TickCard(rig.clock)
    rig.play(voice(1, ramp(frames)))
    rig.run(1000)
    assert rig.writer.quiet.is_set()
    assert card.handed_on >= frames
    assert np.array_equal(card.sound()[: frames * 2], ramp(frames).reshape(-1))


def test_marks_are_published_when_their_frame_is_heard_and_never_before() -> None:
    rig = Rig()
    rig.play(voice(1, ramp(30_000)), voice(2, ramp(20_000)), position_frames=1000)
    start = rig.clock.ns
    rig.run(2000)
    marks = [(at, e) for at, e in rig.events if hasattr(e, "heard_ns")]
    assert len(marks) > 45
    for at, event in marks:
        true_ns = start + event.frame * SECOND // RATE
        assert 0 <= at - true_ns < 500_000
        assert abs(event.heard_ns - true_ns) < 100_000


def test_the_order_of_events_is_the_order_of_frames() -> None:
    rig = Rig()
    rig.play(voice(1, ramp(30_000)), voice(2, ramp(20_000), overlap=5000), position_frames=700)
    rig.run(2000)
    marks = [e for _, e in rig.events if hasattr(e, "heard_ns")]
    assert [m.frame for m in marks] == sorted(m.frame for m in marks)
    assert [m.heard_ns for m in marks] == sorted(m.heard_ns for m in marks)


def test_a_new_plan_is_heard_within_the_buffer() -> None:
    rig = Rig()
    rig.play(voice(1, np.full((90_000, 2), 0.5)), cut_frames=0)
    rig.run(500)
    asked = rig.clock.ns
    rig.writer.follow(Plan(playing=False))
    rig.run(300)
    silent = np.flatnonzero(rig.card.sound() < 0.5)[0] // 2
    heard_ns = 5 * SECOND + silent * SECOND // RATE
    assert 0 < heard_ns - asked <= 85_000_000


def test_events_after_a_pause_are_timed_from_where_the_card_goes_on() -> None:
    rig = Rig()
    rig.card = card = FilledCard(rig.clock)
    plan = Plan(playing=True, voices=(voice(1, ramp(90_000)),), position_frames=4410)
    rig.writer.follow(plan)
    rig.run(500)
    rig.writer.follow(replace(plan, playing=False))
    rig.run(500)
    rig.events.clear()
    rig.writer.follow(plan)
    rig.run(1000)
    assert card._started_ns is not None
    for event in rig.named("position.updated"):
        true_ns = card._started_ns + (event.frame - card._heard_at_start) * SECOND // RATE
        assert abs(event.heard_ns - true_ns) < 100_000
    assert len(rig.named("position.updated")) >= 5


def test_a_lost_card_costs_no_frame_and_no_mark() -> None:
    rig = Rig()
    second = Card(rig.clock)
    cards: list[Any] = [rig.card]

    def open_sink(current: Sink | None) -> Sink:
        if current is not None:
            return current
        if not cards:
            raise DeviceError(2, "card: not there")
        return cards.pop(0)

    rig.writer._open_sink = open_sink
    rig.play(voice(1, ramp(60_000)), position_frames=2000)
    rig.run(500)
    rig.card.unplugged = True
    rig.run(700)
    lost = rig.named("output.lost")[0]
    cards.append(second)
    rig.writer.reopen()
    rig.run(3000)

    first, rest = rig.card.sound(), second.sound()
    assert np.array_equal(first[: lost.frame * 2], ramp(60_000).reshape(-1)[: lost.frame * 2])
    left = ramp(60_000).reshape(-1)[lost.frame * 2 :]
    assert np.array_equal(rest[: len(left)], left)
    assert rig.named("output.restored")[0].frame == lost.frame
    frames = [e.frame for e in rig.named("position.updated")]
    assert frames == list(range(2000, 60_000, 2000))
    assert 500 <= rig.named("output.restored")[0].gap_ms <= 720


def test_a_missing_card_is_tried_at_growing_distances_however_often_somebody_rings() -> None:
    tries: list[int] = []

    def open_sink(_: Sink | None) -> Sink:
        tries.append(rig.clock.ns // 1_000_000)
        raise DeviceError(2, "card: not there")

    rig = Rig(open_sink)
    for _ in range(600):
        rig.play(voice(1, ramp(60_000)))
        rig.run(10)
    distances = [b - a for a, b in pairwise(tries)]
    assert distances == [250, 500, 1000, 2000, 2000]
    rig.writer.reopen()  # a card came: at once
    rig.run(10)
    assert tries[-1] == rig.clock.ns // 1_000_000 - 10


def test_a_loose_plug_is_tried_five_times_a_second_at_most() -> None:
    tries: list[int] = []

    def open_sink(_: Sink | None) -> Sink:
        tries.append(rig.clock.ns)
        raise DeviceError(2, "card: not there")

    rig = Rig(open_sink)
    for _ in range(100):
        rig.writer.reopen()
        rig.run(10)
    assert len(tries) == 5


@pytest.mark.parametrize(
    ("real", "rounds"), [({}, False), ({"rate_hz": 48_000}, True), ({"channels": 1}, True)]
)
def test_a_card_of_16_bits_that_changes_every_sample_gets_dither_in_every_sample(
    real: dict[str, int], rounds: bool
) -> None:
    rig = Rig()
    rig.card.format = replace(rig.card.format, format="S16", **real)
    asked: list[tuple[bool, bool]] = []
    rig.writer._mixer.use_dither = (  # type: ignore[method-assign]
        lambda on, *, rounds=False: asked.append((on, rounds))
    )
    rig.run(10)
    assert asked == [(True, rounds)]


def test_a_card_is_looked_for_while_silence_is_in_its_place_whether_it_plays_or_rests() -> None:
    """A card that is freed tells nobody."""
    looks: list[int] = []

    def open_sink(current: Sink | None) -> Sink:
        looks.append(rig.clock.ns // 1_000_000)
        if free:
            return rig.card
        return current or SilentSink(RATE, PERIOD, BUFFER, rig.clock, stand_in=True)

    free: list[bool] = []
    rig = Rig(open_sink)
    rig.run(4000)
    assert [b - a for a, b in pairwise(looks)] == [250, 500, 1000, 2000]
    rig.play(voice(1, ramp(400_000)), position_frames=2000)
    rig.run(4100)
    assert [b - a for a, b in pairwise(looks)][4:] == pytest.approx([2000, 2000], abs=20)
    free.append(True)
    rig.run(2100)
    heard = rig.card.sound()
    taken = len(looks)
    rig.run(5000)
    assert len(looks) == taken
    frames = [e.frame for e in rig.named("position.updated")]
    assert frames == list(range(2000, 400_000, 2000))[: len(frames)]
    first = round(float(heard[0]) * 1e6)
    assert np.array_equal(heard, ramp(400_000).reshape(-1)[first : first + len(heard)])


def test_a_card_that_comes_is_tried_at_once_though_silence_is_in_its_place() -> None:
    looks: list[int] = []

    def open_sink(current: Sink | None) -> Sink:
        looks.append(rig.clock.ns // 1_000_000)
        return current or SilentSink(RATE, PERIOD, BUFFER, rig.clock, stand_in=True)

    rig = Rig(open_sink)
    rig.run(6000)
    before = len(looks)
    for _ in range(100):
        rig.writer.reopen()  # a loose plug
        rig.run(10)
    assert len(looks) - before == 5


def test_a_lost_card_is_noticed_within_100_ms() -> None:
    rig = Rig()
    rig.play(voice(1, ramp(60_000)))
    rig.run(500)
    rig.card.unplugged = True
    asked = rig.clock.ns
    rig.run(200)
    at = next(ns for ns, event in rig.events if event.name == "output.lost")
    assert at - asked < 100_000_000


def test_a_card_that_stands_still_is_given_up_after_half_a_second() -> None:
    rig = Rig()
    rig.play(voice(1, ramp(200_000)))
    rig.run(500)
    rig.card.stalled = True
    rig.run(800)
    (lost,) = rig.named("output.lost")[:1]
    assert "no frame was heard for 500 ms" in lost.error
    assert lost.frame < 25_000


def test_a_card_that_stands_still_is_not_asked_to_stop_when_it_is_paused() -> None:
    """A sound server that hangs would never answer, and hold the interpreter meanwhile."""
    rig = Rig()
    stops: list[int] = []
    rig.card.pause = lambda: stops.append(rig.clock.ns)  # type: ignore[method-assign]
    rig.play(voice(1, ramp(200_000)))
    rig.run(500)
    rig.card.stalled = True
    rig.writer.follow(SILENT_PLAN)
    rig.run(600)
    assert stops == []
    assert rig.named("output.lost")


def test_a_file_that_can_not_be_finished_is_told_as_lost() -> None:
    rig = Rig()

    def close() -> None:
        raise DeviceError(2, "wav:/gone/x.wav: finishing the file failed")

    rig.card.close = close  # type: ignore[method-assign]
    rig.run(100)
    rig.writer._release(rig.card)
    assert "finishing" in rig.named("output.lost")[0].error


def test_a_card_that_should_still_move_is_not_waited_for_at_the_end() -> None:
    rig = Rig()
    calls: list[str] = []
    rig.card.close = lambda: calls.append("close")  # type: ignore[method-assign]
    rig.card.abandon = lambda: calls.append("abandon")  # type: ignore[method-assign]
    rig.play(voice(1, ramp(10_000)))
    rig.run(100)
    rig.writer._release(rig.card)
    rig.run(1000)
    rig.writer._release(rig.card)
    assert calls == ["abandon", "close"]


def test_a_loss_is_told_before_the_device_is_let_go() -> None:
    """Letting go may take half a minute, if the device is a sound server that hangs."""
    rig = Rig()
    told: list[str] = []
    rig.card.abandon = lambda: told.extend(e.name for _, e in rig.events)  # type: ignore[method-assign]
    rig.play(voice(1, ramp(200_000)))
    rig.run(500)
    rig.card.stalled = True
    rig.run(800)
    assert "output.lost" in told


def test_a_writer_that_is_held_up_tells_the_xrun_and_goes_on_with_the_right_frame() -> None:
    rig = Rig()
    rig.play(voice(1, ramp(60_000)), position_frames=2000)
    rig.run(300)
    silent = rig.hold_up(400)
    rig.run(3000)
    (xrun,) = rig.named("output.xrun")
    assert xrun.lost_frames == pytest.approx(silent, abs=2)
    assert np.array_equal(rig.card.sound()[:120_000], ramp(60_000).reshape(-1))
    assert [e.frame for e in rig.named("position.updated")] == list(range(2000, 60_000, 2000))


def test_a_silence_lasts_until_a_card_that_is_filled_first_is_seen_to_move() -> None:
    rig = Rig()
    rig.card = FilledCard(rig.clock)
    rig.play(voice(1, ramp(60_000)))
    rig.run(300)
    silent = rig.hold_up(400)
    rig.run(3000)
    (xrun,) = rig.named("output.xrun")
    assert xrun.lost_frames == pytest.approx(silent + 0.03 * RATE, abs=2)


def test_a_larger_buffer_comes_in_the_same_silence_and_nothing_is_lost_or_doubled() -> None:
    cards: list[Card] = []

    def opened(current: Sink | None) -> Sink:
        if len(cards) == 1:
            rig.clock.ns += 50_000_000  # it takes its time
        cards.append(Card(rig.clock))
        return cards[-1]

    rig = Rig(opened, on_xrun=lambda _: 160)
    rig.play(voice(1, ramp(60_000)), position_frames=2000)
    rig.run(300)
    rig.card = cards[0]
    silent = rig.hold_up(400)
    rig.run(3000)
    first, second = (card.sound() for card in cards)
    names = [e.name for _, e in rig.events if e.name.startswith("output.")]
    assert names == ["output.opened", "output.buffer_grown", "output.opened", "output.xrun"]
    (xrun,) = rig.named("output.xrun")
    whole = np.concatenate([first[: 2 * xrun.frame], second])
    assert np.array_equal(whole[:120_000], ramp(60_000).reshape(-1))
    assert xrun.lost_frames == pytest.approx(silent + 0.05 * RATE, abs=2)
    assert [e.frame for e in rig.named("position.updated")] == list(range(2000, 60_000, 2000))


@pytest.mark.parametrize("end", ["pause", "unplug"])
def test_a_silence_that_ends_otherwise_is_told_before_the_end(end: str) -> None:
    rig = Rig()
    rig.card = FilledCard(rig.clock)
    rig.play(voice(1, ramp(60_000)))
    rig.run(300)
    rig.hold_up(400)
    rig.writer.step()
    assert not rig.named("output.xrun")
    if end == "pause":
        rig.writer.follow(SILENT_PLAN)
    else:
        rig.card.unplugged = True
    rig.run(3000)
    names = [e.name for _, e in rig.events if e.name.startswith("output.")]
    assert names.count("output.xrun") == 1
    assert names.index("output.xrun") < names.index("output.lost") if end == "unplug" else True


def test_starving_writes_silence_and_tells_how_much() -> None:
    rig = Rig()
    source = ArraySource(ramp(40_000), ready=10_000)
    rig.play(voice(1, ramp(40_000), source=source))
    rig.run(600)
    source.ready = 40_000
    rig.run(2000)
    (starved,) = rig.named("output.starved")
    sound = rig.card.sound().reshape(-1, 2)
    assert starved.frame == 10_000
    gap = starved.lost_frames
    assert gap > 0
    assert not sound[10_000 : 10_000 + gap].any()
    assert np.array_equal(sound[10_000 + gap : 40_000 + gap], ramp(40_000)[10_000:])


def test_it_sleeps_until_somebody_rings_when_there_is_nothing_to_play() -> None:
    rig = Rig()
    rig.run(10)
    assert rig.writer.step() is None
    assert rig.writer.quiet.is_set()


def test_a_limit_ends_the_stream_at_its_frame() -> None:
    over: list[bool] = []
    rig = Rig(limit_frames=12_345, on_limit=lambda: over.append(True))
    rig.play(voice(1, ramp(60_000)))
    rig.run(1000)
    sound = rig.card.sound().reshape(-1, 2)
    assert np.array_equal(sound[:12_345], ramp(60_000)[:12_345])
    assert not sound[12_345:].any()
    assert over == [True]


def test_another_card_that_is_chosen_takes_over_at_the_frame_that_is_heard() -> None:
    rig = Rig()
    second = Card(rig.clock)
    chosen: list[Sink] = [rig.card]
    rig.writer._open_sink = lambda current: chosen[-1]
    rig.play(voice(1, ramp(60_000)))
    rig.run(500)
    chosen.append(second)
    rig.writer.reopen()
    rig.run(2000)
    first_frame = round(float(second.sound()[0]) * 1e6) // 2
    assert first_frame == pytest.approx(0.5 * RATE, abs=0.03 * RATE)
    left = ramp(60_000)[first_frame:].reshape(-1)
    assert np.array_equal(second.sound()[: len(left)], left)


@pytest.mark.parametrize("opening_ms", [0, 5, 60])
def test_a_card_that_is_closed_to_be_opened_again_plays_every_frame_once(opening_ms: int) -> None:
    rig = Rig()
    first, second = rig.card, Card(rig.clock)
    left_at: list[int] = []

    def open_sink(current: Sink | None) -> Sink:
        if current is not first or rig.clock.ns < 5 * SECOND + 500_000_000:
            return current or first
        left_at.append(first.position().heard)
        current.close()
        rig.clock.ns += opening_ms * 1_000_000
        return second

    rig.writer._open_sink = open_sink
    rig.play(voice(1, ramp(60_000)), position_frames=1000)
    rig.run(503)
    rig.writer.reopen()
    rig.run(2000)
    rest = ramp(60_000)[left_at[0] :].reshape(-1)
    assert np.array_equal(second.sound()[: len(rest)], rest)
    frames = [e.frame for e in rig.named("position.updated")]
    assert frames == list(range(1000, 60_000, 1000))


def test_a_card_that_went_while_nothing_played_is_noticed_when_hotplug_says_so() -> None:
    rig = Rig()
    rig.play(voice(1, ramp(5000)))
    rig.run(1000)
    assert rig.writer.quiet.is_set()
    rig.card.unplugged = True
    rig.run(100)
    assert not rig.named("output.lost")
    rig.writer.reopen()
    rig.run(1)
    (lost,) = rig.named("output.lost")
    assert lost.frame >= 5000


def test_a_card_that_rests_for_long_does_not_count_as_stalled() -> None:
    rig = Rig()
    rig.play(voice(1, ramp(5000)))
    rig.run(5000)
    rig.writer.reopen()
    rig.run(1)
    assert not rig.named("output.lost")
