"""The parts of the benchmark: what each measures, and what is promised about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import cost, driven, heard, material, press, startup
from bench.capture import OWN_BLOCKS_MS
from bench.figures import digits, mebibytes, median, percent, percentile, seconds
from bench.mpd import MPD
from bench.ours import OURS
from bench.players import Output, Peer
from bench.rows import Row, compared, limited, told
from mqtt import measures

_PEERS = (OURS, MPD)
_CHILD_LIMIT_S = 120


@dataclass(frozen=True, slots=True)
class Bench:
    """What every part needs.

    Attributes:
        folder: for everything that is made; gone at the end.
        output: the device, with our default latency.
        files: what is played.
    """

    folder: Path
    output: Output
    files: material.Material

    def room(self, peer: Peer, name: str) -> Path:
        """A new folder for one program in one part."""
        room = self.folder / f"{name}-{peer.name}"
        room.mkdir()
        return room


def playing(bench: Bench) -> Iterator[Row]:
    """Processor time and memory of steady playing."""
    comfortable = replace(bench.output, latency_ms=500, period_ms=125)
    yield from _played(bench, bench.output, 15)
    yield from _played(bench, comfortable, 6)


def _played(bench: Bench, output: Output, length_s: float) -> Iterator[Row]:
    files = bench.files.music
    costs: dict[str, list[cost.Costs]] = {peer.name: [] for peer in _PEERS}
    for turn in range(2):
        for peer in _PEERS:
            room = bench.room(peer, f"playing-{output.latency_ms}-{turn}")
            costs[peer.name].append(cost.playing(room, output, peer, files, length_s))
    ours, mpd = costs[OURS.name], costs[MPD.name]
    for name in files:
        mine, theirs = (median([spent[name].cpu_s for spent in turns]) for turns in (ours, mpd))
        yield compared(f"CPU per played minute, {name}, {output.name}", mine, theirs, seconds)
    for kind in ("pss", "rss"):
        mine, theirs = (_most(turns, kind) for turns in (ours, mpd))
        yield compared(f"memory ({kind.upper()}), {output.name}", mine, theirs, mebibytes)


def _most(turns: Sequence[cost.Costs], kind: str) -> float:
    return max(float(getattr(s.memory, kind)) for turn in turns for s in turn.values())


def starting(bench: Bench) -> Iterator[Row]:
    """From the start of the process to sound."""
    took = [
        median(startup.first_frame_s(bench.room(p, "start"), bench.output, p, _flac(bench), 5))
        for p in _PEERS
    ]
    yield limited("process start → first frame", took[0], 1.0, seconds, took[1])
    room = bench.room(OURS, "import")
    command = OURS.prepare(room, bench.output)
    yield told(
        "of it importing Python modules",
        startup.import_s(command, bench.output, room / "said"),
        seconds,
    )


def pressing(bench: Bench) -> Iterator[Row]:
    """From command to change."""
    ours, mpd = (
        press.measure(bench.room(p, "press"), bench.output, p, bench.files.counter, rounds)
        for p, rounds in zip(_PEERS, (10, 5), strict=True)
    )
    for kind, took in ours.items():
        what = f"{kind} over the socket → first changed frame, p95"
        yield limited(what, percentile(took, 95), 0.1, seconds, percentile(mpd[kind], 95))


def hearing(bench: Bench) -> Iterator[Row]:
    """How true the times of events are: with a card's short blocks, then with the server's own."""
    yield from _heard(bench, 1, "blocks of 1 ms")
    yield from _heard(bench, OWN_BLOCKS_MS, "PulseAudio's own blocks")


def _heard(bench: Bench, block_ms: int, blocks: str) -> Iterator[Row]:
    room = bench.room(OURS, f"heard-{block_ms}")
    errors = heard.measure(room, bench.output, bench.files.counter, 16, block_ms)
    calm, what = errors.undisturbed(), f"event's time against the recording, {blocks}, p99"
    if calm:
        count = f" ({len(calm)} events, 3 s after a gap left out)"
        yield limited(what + count, _p99([abs(e) for e in calm]), 0.002, seconds)
    everything = f" (all {len(errors.stamped)} events, {errors.gaps} gaps)"
    yield limited(what + everything, _p99([abs(e) for e in errors.stamped]), 0.002, seconds)
    late = [came - stamped for came, stamped in zip(errors.came, errors.stamped, strict=True)]
    yield limited(f"event at a follower after its time, {blocks}, p99", _p99(late), 0.002, seconds)


def reacting(bench: Bench) -> Iterator[Row]:
    """From a message to what follows."""
    took = _child("reactions", _flac(bench))
    yield limited("enqueue → decode request, p99", _p99(took["request"]), 0.001, seconds)
    yield limited("threshold → mixer start, p99", _p99(took["start"]), 0.001, seconds)


def driving(bench: Bench) -> Iterator[Row]:
    """From hands, event playlists and dashboards to what they want."""
    found = driven.measure(bench.room(OURS, "driven"), _flac(bench))
    yield limited("gesture → command, beyond its window, p99", _p99(found.commands), 0.005, seconds)
    what = f"event playlists, {len(found.lateness)} steps of 200 runs: late, p99"
    yield limited(what, _p99(found.lateness), 0.002, seconds)
    yield limited("threads that 200 runs add", found.threads, 0, str)
    yield limited(
        "interrupt → stopped, beside a client that reads nothing, p99",
        _p99(found.interrupts),
        0.005,
        seconds,
    )


def mirroring(bench: Bench) -> Iterator[Row]:
    """The box at a broker."""
    took = measures.state_latencies_ms(bench.room(OURS, "mirror"), 100)
    yield limited(
        "state change → at another client of the broker, p95",
        percentile([ms / 1000 for ms in took], 95),
        0.02,
        seconds,
    )
    grown = float(measures.outage_growth_bytes())
    yield limited("an hour without a broker, 10 changes a second: growth", grown, 2**20, mebibytes)
    each_s = measures.steady_messages(600) / 600
    yield limited("messages each second while it plays on", each_s, 1.0, digits)


def stepping(_: Bench) -> Iterator[Row]:
    """Single steps."""
    took = _child("inside")
    yield told("mixer and writer, one period of 20 ms", median(took["period"]), seconds)
    yield told("the same while crossfading", median(took["crossfade"]), seconds)
    yield limited(
        "publishing an event, for each subscriber", median(took["publish"]), 5e-6, seconds
    )
    yield limited("song lookup of a period, 100 songs, p99", _p99(took["songs"]), 10e-6, seconds)


def idling(bench: Bench) -> Iterator[Row]:
    """Nothing to play."""
    rooms = [bench.room(peer, "idle") for peer in _PEERS]
    ours, mpd = cost.idle(rooms, bench.output, _PEERS, 15)
    yield limited("CPU with an empty queue, of one core", ours, 0.001, percent, mpd)


def lasting(bench: Bench) -> Iterator[Row]:
    """An hour, as fast as it goes."""
    found = _child("hour", *bench.files.music.values())
    settled = [pss for at, pss in zip(found["played_s"], found["pss"], strict=True) if at > 600]
    yield told("memory (PSS) after an hour played at full speed", settled[-1], mebibytes)
    third = len(settled) // 3
    growth = median(settled[-third:]) - median(settled[:third])
    yield limited("its growth from minutes 10 to 27 to minutes 43 to 60", growth, 2**20, mebibytes)


def _flac(bench: Bench) -> Path:
    return bench.files.music["FLAC"]


def _p99(values: Sequence[float]) -> float:
    return percentile(values, 99)


def _child(module: str, *arguments: Path) -> dict[str, list[float]]:
    """What a module prints that measures in a process of its own."""
    tests = str(Path(__file__).parents[1])
    path = os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    said = subprocess.run(
        [sys.executable, "-m", f"bench.{module}", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        timeout=_CHILD_LIMIT_S,
        check=True,
    )
    found: dict[str, list[float]] = json.loads(said.stdout)
    return found


PARTS: Mapping[str, Callable[[Bench], Iterator[Row]]] = {
    "playing": playing,
    "idling": idling,
    "starting": starting,
    "pressing": pressing,
    "hearing": hearing,
    "reacting": reacting,
    "driving": driving,
    "mirroring": mirroring,
    "stepping": stepping,
    "lasting": lasting,
}
