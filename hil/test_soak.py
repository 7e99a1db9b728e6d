"""Hours of playing in simulated time: nothing is lost, nothing drifts, nothing grows.

Without ``--hours`` a short form. Everything that is played is recorded and compared, piece by
piece; everything that must be told is computed apart from the player.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from hil.bench import Bench
from hil.promises import Figures
from hil.soaking import NAMES, RATE_HZ, Listener, Programme, differences, told

_SHORT_H = 0.25
_PIECE_S = 60.0
_SECONDS = (95.0, 101.3, 88.7, 110.9)
_CROSSFADE_MS = 4000
_WITHIN = 1 << 8
"""Two tracks together: one step of 24 bits."""

_TROUBLE = ("output.xrun", "output.starved", "output.lost", "watchdog.intervened", "decode.failed")
_SETTLED_H = 1.0
_LOOK = """
import json, os, pathlib, sys
def of(pid):
    lines = open(f"/proc/{pid}/status").read().splitlines()
    status = dict(line.split(":", 1) for line in lines if ":" in line)
    files = len(os.listdir(f"/proc/{pid}/fd"))
    return int(status["VmRSS"].split()[0]), int(status["Threads"]), files
main = int(sys.argv[1])
family = [main] + [int(p) for t in os.listdir(f"/proc/{main}/task")
                   for p in open(f"/proc/{main}/task/{t}/children").read().split()]
stat = open("/sys/block/ubda/stat").read().split()
each = [of(pid) for pid in family]
print(json.dumps({"rss_kib": sum(e[0] for e in each), "threads": sum(e[1] for e in each),
                  "files": sum(e[2] for e in each), "written": int(stat[6]) * 512,
                  "flushes": int(stat[15])}))
"""


class Look(NamedTuple):
    """How the player's processes and the box's card stand."""

    rss_kib: int
    threads: int
    files: int
    written: int
    flushes: int


@pytest.mark.timeout(6 * 3600)
def test_hours_of_music_are_heard_and_told_to_the_last_frame(
    simulated_time: Bench, figures: Figures, pytestconfig: pytest.Config
) -> None:
    hours = pytestconfig.getoption("hours") or _SHORT_H
    bench = simulated_time
    bench.fresh(
        settings={"crossfade_ms": _CROSSFADE_MS, "repeat": True, "consume": False},
    )
    programme = Programme(bench, _SECONDS, _CROSSFADE_MS, seed=90)
    listener, looks = Listener(programme), [_looked(bench)]
    origin = None
    for _ in range(round(hours * 3600 / _PIECE_S)):
        with bench.recording() as recording:
            if origin is None:
                origin = programme.begin()
            bench.wait(_PIECE_S)
        listener.listen(recording, _WITHIN)
        looks.append(_looked(bench))
    assert origin is not None
    what = f"{hours:g} h simulated"
    _promise_sound(figures, what, listener, hours)
    _promise_told(figures, what, bench, programme, origin)
    _promise_size(figures, what, looks, hours)
    figures.check_all()


def _promise_sound(figures: Figures, what: str, listener: Listener, hours: float) -> None:
    expected = hours * 3600 * RATE_HZ * 0.95
    figures.promise(f"{what}: frames heard that are others", listener.wrong, unit="frames", limit=0)
    figures.promise(
        f"{what}: frames compared", listener.frames, unit="frames", limit=expected, at_least=True
    )


def _promise_told(
    figures: Figures, what: str, bench: Bench, programme: Programme, origin: int
) -> None:
    for name in _TROUBLE:
        figures.promise(f"{what}: {name}", len(bench.events(name)), unit="events", limit=0)
    events = bench.events(*NAMES)
    frames = events[-1].body["frame"] - origin
    found = [mark for mark in told(events, origin) if mark.frame < frames]
    expected = [mark for mark in programme.marks(frames) if mark.frame < frames]
    apart = differences(expected, found)
    figures.promise(f"{what}: marks missed of {len(expected)}", len(apart.missed), limit=0)
    figures.promise(f"{what}: marks told that are none", len(apart.added), limit=0)


def _promise_size(figures: Figures, what: str, looks: list[Look], hours: float) -> None:
    """Memory counts from the time when every buffer and cache has been used."""
    settled = looks[min(round(_SETTLED_H * 3600 / _PIECE_S), len(looks) // 2) :]
    grown_mib = (settled[-1].rss_kib - settled[0].rss_kib) / 1024
    figures.promise(
        f"{what}: memory grown after the first {'hour' if hours > 2 else 'half'}",
        grown_mib,
        unit="MiB",
        limit=max(1.0 * hours, 1.0) if hours <= 2 else settled[0].rss_kib / 1024 * 0.05,
        note=f"{settled[0].rss_kib // 1024} MiB then",
    )
    for name in ("threads", "files"):
        values = [getattr(look, name) for look in settled]
        figures.promise(f"{what}: {name}, most less fewest", max(values) - min(values), limit=2)
    first, last = looks[1], looks[-1]
    played_h = (len(looks) - 2) * _PIECE_S / 3600
    written = (last.written - first.written) / played_h / 2**20
    figures.promise(f"{what}: written to the card, each hour", written, unit="MiB", limit=3)
    flushes = (last.flushes - first.flushes) / played_h
    figures.promise(f"{what}: commits, each hour", flushes, unit="times", limit=150)


def _looked(bench: Bench) -> Look:
    pid = str(bench.service.main_pid())
    return Look(**json.loads(bench.shell.run([bench.python, "-c", _LOOK, pid]).out))
