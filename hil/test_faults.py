"""The player is stopped, killed, cut off from power, shut down, and hangs; the music goes on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hil.bench import Bench
from hil.errors import RigError
from hil.outages import RATE_HZ, Heard, Memory, Programme, damage, kill, sounds_in
from hil.promises import Figures
from hil.recording import Recording
from hil.strategy import Status

_SEED = 20
_NOTE = f"seed {_SEED}"
_KILLS = 20
_CUTS = 10
_LOST_S = 30.0
_AHEAD_S = 0.5
_WELL_S = 25.0
_HANGS_S = 16.0
_AWAY_S = 15.0


def test_a_player_that_is_killed_goes_on_by_itself_and_remembers_all_it_acknowledged(
    swift: Bench, figures: Figures
) -> None:
    random = np.random.default_rng(_SEED)
    programme = Programme(swift, files=2, seconds=75, seed=_SEED)
    with swift.recording(patient=True, period_ms=50) as recording:
        programme.begin()
        memory = Memory(swift, random, programme.names[0])
        for play in _plays(random, _KILLS):
            play(swift, memory)
            kill(swift)
            memory.look()
        swift.wait(1)
    _promise_position(figures, programme, programme.heard(recording), _KILLS, "kill -9")
    _promise_memory(figures, memory, "kill -9")
    figures.promise("kill -9: faults in the library", damage(swift), limit=0)
    figures.check_all()


def test_a_power_cut_costs_half_a_minute_of_position_and_nothing_that_was_acknowledged(
    swift: Bench, figures: Figures
) -> None:
    random = np.random.default_rng(_SEED)
    programme = Programme(swift, files=2, seconds=75, seed=_SEED + 10)
    programme.begin()
    memory = Memory(swift, random, programme.names[0])
    heard: list[Heard] = []
    faults = 0
    for play in _plays(random, _CUTS):
        heard += programme.heard(_recorded_to_the_end(swift, memory, play))
        swift.strategy.to(Status.BOOTED)
        memory.look()
        faults += damage(swift)
    with swift.recording(patient=True) as recording:
        swift.wait(1)
    heard += programme.heard(recording)
    _promise_position(figures, programme, heard, _CUTS, "power cut")
    _promise_memory(figures, memory, "power cut")
    figures.promise("power cut: faults in the library", faults, limit=0)
    figures.check_all()


def test_a_player_that_hangs_is_ended_by_its_manager_and_goes_on(
    swift: Bench, figures: Figures
) -> None:
    """In simulated time, in which its start takes none."""
    programme = Programme(swift, files=2, seconds=40, seed=_SEED + 20)
    with swift.recording(patient=True) as recording:
        programme.begin()
        pid = swift.service.main_pid()
        swift.wait(_WELL_S)
        kept = swift.service.main_pid() == pid
        swift.service.kill("STOP")
        swift.wait(_HANGS_S)
        swift.connect()
        swift.wait(1)
    figures.promise(f"ended by the watchdog within {_WELL_S:g} s of play", int(not kept), limit=0)
    heard = programme.heard(recording)
    away_s = _silence_s(recording)
    figures.promise("player hangs: silence until it goes on", away_s, unit="s", limit=_AWAY_S)
    _promise_position(figures, programme, heard, 1, "player hangs")
    figures.check_all()


def _silence_s(recording: Recording) -> float | None:
    """The one between two pieces of sound."""
    samples = recording.only.samples
    (_, ends), (begins, _) = [*sounds_in(samples, RATE_HZ), (0, 0), (0, 0)][:2]
    return (begins - ends) / RATE_HZ if begins else None


def _recorded_to_the_end(bench: Bench, memory: Memory, play: _Play) -> Recording:
    """A recorder of the box's own goes with its power, and leaves what it had by then."""
    recordings = []
    with suppress(RigError), bench.recording(patient=True, period_ms=50) as recording:
        recordings.append(recording)
        play(bench, memory)
        bench.off()
    return recordings[0] if recordings else Recording()


@dataclass(frozen=True, slots=True)
class _Play:
    """So long the music plays, and something is changed at the end of that, or before it."""

    seconds: float
    change_last: bool

    def __call__(self, bench: Bench, memory: Memory) -> None:
        if not self.change_last:
            memory.change()
        bench.wait(self.seconds)
        if self.change_last:
            memory.change()


def _plays(random: np.random.Generator, count: int) -> list[_Play]:
    """Two thirds are short, and end with a change just acknowledged.

    In the others nothing but the time has the position saved.
    """
    long = count // 3
    plays = [_Play(seconds, True) for seconds in random.uniform(2, 8, count - long)]
    plays += [_Play(seconds, False) for seconds in random.uniform(20, 58, long)]
    return [plays[index] for index in random.permutation(count)]


def _promise_position(
    figures: Figures, programme: Programme, heard: Sequence[Heard], times: int, what: str
) -> None:
    lost = [programme.back_s(before.end, after.begin) for before, after in pairwise(heard)]
    whole = len(lost) == times
    figures.promise(f"{what}: it went on", len(lost), limit=times, at_least=True, unit="times")
    for name, worst, limit in (
        ("heard again", max(lost, default=0.0), _LOST_S),
        ("not heard", -min(lost, default=0.0), _AHEAD_S),
    ):
        figures.promise(
            f"{what}: {name}, worst", worst if whole else None, unit="s", limit=limit, note=_NOTE
        )


def _promise_memory(figures: Figures, memory: Memory, what: str) -> None:
    figures.promise(
        f"{what}: of {memory.changes} acknowledged changes not remembered",
        len(memory.lost),
        limit=0,
        note="; ".join(memory.lost[:3]),
    )
