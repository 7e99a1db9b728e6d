"""The player is stopped for longer than the card's buffer: the card runs dry, the music goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from hil.bench import Bench
from hil.drivers.boxside import Event
from hil.material import noise
from hil.measures.alignment import onset
from hil.measures.gap import jumps
from hil.promises import Figures
from hil.quiet import calm
from hil.stalls import Gap, Stall, gaps, stall, stalls

_RATE_HZ = 44_100
_SEED = 40
_SECONDS = 20.0
_CUE_MS = 170
_FIRST_CUE_MS = 80
_LATENCY_MS = 80
_TICK_MS = 10.0
_PERIOD_MS = 20.0


def test_a_player_that_stands_still_in_real_time_loses_and_doubles_nothing(
    box: Bench, figures: Figures
) -> None:
    def attempt() -> _Run:
        box.fresh()  # its buffer may have grown
        return _stalled(box, 10)

    _promise_all(figures, calm(box.cpu_s, attempt), "real time")


def test_a_player_that_stands_still_again_and_again_loses_and_doubles_nothing(
    swift: Bench, figures: Figures
) -> None:
    _promise_all(figures, _stalled(swift, 60), "simulated time")


@dataclass(frozen=True, slots=True)
class _Run:
    """What happened, by the recording and by the player's own events.

    Attributes:
        begin_ns: when the recording begins.
        onset: its first frame that sounds.
        gaps: of it.
        planned: how often and for how long the player was stopped.
        xruns: told by the player.
        grown: likewise.
        origin: the frame of the player's stream with which the first file begins.
        cues: told by the player.
    """

    begin_ns: int
    onset: int
    gaps: Sequence[Gap]
    planned: Sequence[Stall]
    xruns: Sequence[Event]
    grown: Sequence[Event]
    origin: int
    cues: Sequence[Event]

    def heard_ns(self, frame: int) -> int:
        """When ``frame`` of the music was reached, by the recording."""
        silent = sum(gap.frames for gap in self.gaps if gap.expected < frame)
        return self.begin_ns + round((self.onset + frame + silent) * 1e9 / _RATE_HZ)


def _stalled(bench: Bench, count: int) -> _Run:
    """Play, and be stopped so many times."""
    if not bench.rig.line_in.exact:
        pytest.skip(f"{bench.rig.name}: its recording is analog; expected one that counts frames")
    random = np.random.default_rng(_SEED)
    planned = stalls(count, _LATENCY_MS, random.uniform(0.05, 0.3, count).tolist())
    seconds = sum(play + stand for play, stand in planned)
    sounds = [noise(_SEED + n, _SECONDS) for n in range(int(seconds // _SECONDS) + 1)]
    documents = [
        {"file": bench.put(f"stall-{n}.wav", sound), "cue": _cues()}
        for n, sound in enumerate(sounds)
    ]
    passages = bench.ask("library.add", documents=documents)["passages"]
    with bench.recording() as recording:
        bench.ask("enqueue", items=[f"passage:{number}" for number in passages])
        started = bench.event("passage.started")
        stall(bench, planned)
        bench.wait(1)
    return _Run(
        begin_ns=recording.only.at_ns(0),
        onset=onset(recording.only.samples),
        gaps=gaps(jumps(recording.only.samples, np.concatenate(sounds))),
        planned=planned,
        xruns=bench.events("output.xrun"),
        grown=bench.events("output.buffer_grown"),
        origin=started.body["frame"],
        cues=bench.events("cue.reached"),
    )


def _cues() -> list[dict[str, object]]:
    times = range(_FIRST_CUE_MS, round(_SECONDS * 1000), _CUE_MS)
    return [{"name": f"{at_ms}", "at_ms": at_ms} for at_ms in times]


def _promise_all(figures: Figures, run: _Run, when: str) -> None:
    what = f"{when}: player stopped {len(run.planned)} times"
    _promise_gaps(figures, run, what)
    _promise_told(figures, run, what)
    _promise_cues(figures, run, what)
    figures.check_all()


def _promise_gaps(figures: Figures, run: _Run, what: str) -> None:
    lost = [gap.lost for gap in run.gaps]
    known = [abs(frames) for frames in lost if frames is not None]
    wrong = sum(known) if len(known) == len(lost) else None
    stale_ms = max((gap.stale for gap in run.gaps), default=0) / _RATE_HZ * 1000
    times = len(run.planned)
    figures.promise(f"{what}: silences", len(run.gaps), limit=times, at_least=True, note=_note())
    figures.promise(f"{what}: frames lost or doubled", wrong, unit="frames", limit=0)
    figures.promise(
        f"{what}: old sound before the silence, worst",
        stale_ms,
        unit="ms",
        limit=_TICK_MS,
        note="the driver's own, until it notices",
    )


def _promise_told(figures: Figures, run: _Run, what: str) -> None:
    """Each silence by one event, with its frame and its length."""
    told = {event.body["frame"] - run.origin: event.body["lost_frames"] for event in run.xruns}
    heard = {gap.expected: gap.frames for gap in run.gaps}
    apart = [abs(told[frame] - heard[frame]) for frame in told.keys() & heard.keys()]
    untold = len(heard.keys() - told.keys())
    false = len(told.keys() - heard.keys()) + len(run.xruns) - len(told)
    worst_ms = max(apart) / _RATE_HZ * 1000 if apart else None
    grown = sum(len(run.planned[:n]) % 3 == 0 for n in range(3, len(run.planned) + 1))
    figures.promise(f"{what}: silences that no output.xrun tells", untold, limit=0)
    figures.promise(f"{what}: output.xrun without a silence", false, limit=0)
    figures.promise(
        f"{what}: lost_frames against the silence, worst",
        worst_ms,
        unit="ms",
        limit=2 * _TICK_MS,
        note="a tick at both ends",
    )
    figures.promise(
        f"{what}: output.buffer_grown", len(run.grown), limit=min(grown, 5), at_least=True
    )


def _promise_cues(figures: Figures, run: _Run, what: str) -> None:
    """Every one that must have been heard, once, in order, at its frame, with its time."""
    entries = sorted({event.body["entry"] for event in run.cues})
    told = [
        (entries.index(event.body["entry"]), int(event.body["cue"]), event) for event in run.cues
    ]
    names = [(file, at_ms) for file, at_ms, _ in told]
    every = [(n, int(str(cue["name"]))) for n in range(len(entries)) for cue in _cues()]
    missed = sum(a != b for a, b in zip(names, every, strict=False)) + max(
        len(names) - len(every), 0
    )
    frames = [
        (round(file * _SECONDS * _RATE_HZ) + at_ms * _RATE_HZ // 1000, event)
        for file, at_ms, event in told
    ]
    off = [abs(event.body["frame"] - run.origin - frame) for frame, event in frames]
    stamps = [abs(event.body["heard_ns"] - run.heard_ns(frame)) / 1e6 for frame, event in frames]
    count = f"{what}: of {len(told)} cues"
    figures.promise(f"{count} not once or not in order", missed if told else None, limit=0)
    figures.promise(f"{count} frame off, worst", max(off, default=None), unit="frames", limit=0)
    figures.promise(
        f"{count} time off, worst", max(stamps, default=None), unit="ms", limit=_PERIOD_MS
    )


def _note() -> str:
    return f"seed {_SEED}"
