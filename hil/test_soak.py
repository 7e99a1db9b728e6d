"""Hours of playing: nothing is lost, nothing drifts, nothing grows, and the card is spared.

Without ``--hours`` a short form. Everything that is played is recorded and compared, piece by
piece; everything that must be told is computed apart from the player.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from hil.appetite import Look, look, slope_mib, wear
from hil.bench import Bench
from hil.promises import Figures
from hil.soaking import NAMES, RATE_HZ, Listener, Programme, differences, told

_SHORT_H = 0.3
_PIECE_S = 120.0
_PERIOD_MS = 250.0
_PATIENT = {"latency_ms": 400, "period_ms": 100}
"""Of a long soak: a day of it takes an hour, and two and a half as the box is shipped."""

_SECONDS = (150.0, 211.3, 188.7)
_CROSSFADE_MS = 4000
_WITHIN = 1 << 8
"""Two tracks together: one step of 24 bits."""

_TROUBLE = ("output.xrun", "output.starved", "output.lost", "watchdog.intervened", "decode.failed")
_SETTLED_S = 480.0
_REST_S = 120.0
_IDLE_S = 3600.0
_NAMES = ("service", "decoder")
_GROWTH_MIB = 1.0
_GROWTH_SHARE = 0.05


@pytest.mark.timeout(24 * 3600)
def test_hours_of_music_are_heard_and_told_to_the_last_frame_and_nothing_grows(
    any_time: Bench, figures: Figures, pytestconfig: pytest.Config
) -> None:
    hours = pytestconfig.getoption("hours") or _SHORT_H
    settings = {"crossfade_ms": _CROSSFADE_MS, "repeat": True, "consume": False}
    any_time.fresh(_PATIENT if hours > _SHORT_H else None, settings)
    programme = Programme(any_time, _SECONDS, _CROSSFADE_MS, seed=90)
    listener, looks = Listener(programme), list[Look]()
    with any_time.recording(period_ms=_PERIOD_MS) as recording:
        origin = programme.begin()
        any_time.wait(1)
    pieces = round(hours * 3600 / _PIECE_S)
    for number in range(pieces):
        if number * _PIECE_S % 3600 == 0 and pieces * _PIECE_S > 3600:
            _say(pytestconfig, f"{number * _PIECE_S / 3600:.0f} of {hours:g} h have been played")
        listener.listen(recording, _WITHIN)
        with any_time.recording(period_ms=_PERIOD_MS) as recording:
            any_time.wait(_PIECE_S)
        looks.append(look(any_time))
    listener.listen(recording, _WITHIN)
    what = f"{hours:g} h of playing"
    _promise_sound(figures, what, listener, hours)
    _promise_told(figures, what, any_time, programme, origin)
    settled = looks[round(_SETTLED_S / _PIECE_S) :]
    for number, name in enumerate(_NAMES):
        _promise_size(figures, f"{what}: {name}", settled, number)
    _promise_wear(figures, what, settled, mib=3, commits=150)
    _promise_idle(figures, any_time)
    figures.check_all()


def _say(config: pytest.Config, text: str) -> None:
    """At once, on the terminal: nobody waits for hours without a word."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\nhil: {text}", flush=True)


def _promise_sound(figures: Figures, what: str, listener: Listener, hours: float) -> None:
    expected = hours * 3600 * RATE_HZ * 0.99
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
    late = sum(a.frame > b.frame for a, b in pairwise(found))
    figures.promise(f"{what}: marks missed of {len(expected)}", len(apart.missed), limit=0)
    figures.promise(f"{what}: marks told that are none, or twice", len(apart.added), limit=0)
    figures.promise(f"{what}: marks not in order", late, limit=0)


def _promise_size(figures: Figures, what: str, looks: Sequence[Look], number: int) -> None:
    """From the time on when every buffer and cache has been used."""
    hours = (looks[-1].at_ns - looks[0].at_ns) / 3.6e12
    sizes: dict[str, Callable[[Look], int]] = {
        "RSS": lambda each: each.processes[number].rss_kib,
        "PSS": lambda each: each.processes[number].pss_kib,
    }
    for name, kib in sizes.items():
        first, most = kib(looks[0]), max(map(kib, looks))
        figures.promise(
            f"{what}, {name} grew from {first / 1024:.0f} MiB by at most",
            (most - first) / 1024,
            unit="MiB",
            limit=min(max(hours * _GROWTH_MIB, _GROWTH_MIB), first / 1024 * _GROWTH_SHARE),
        )
        if hours >= 1:
            slope = slope_mib(looks, kib)
            figures.promise(
                f"{what}, {name} grows each hour by", slope, unit="MiB", limit=_GROWTH_MIB
            )
    files = [each.processes[number].files for each in looks]
    threads = [each.processes[number].threads for each in looks]
    figures.promise(f"{what}, files: most less fewest", max(files) - min(files), limit=2)
    figures.promise(f"{what}, threads: most less fewest", max(threads) - min(threads), limit=0)


def _promise_wear(
    figures: Figures, what: str, looks: Sequence[Look], *, mib: float, commits: float
) -> None:
    found = wear(looks)
    figures.promise(f"{what}: written by the player each hour", found.mib, unit="MiB", limit=mib)
    figures.promise(f"{what}: transactions each hour", found.commits, limit=commits)
    figures.promise(
        f"{what}: written to the card each hour, with its file system's own",
        found.card_mib,
        unit="MiB",
        note=f"{found.card_commits:.0f} commits",
    )


def _promise_idle(figures: Figures, bench: Bench) -> None:
    if not bench.simulated:
        return  # nobody waits an hour for it
    bench.ask("pause")
    bench.wait(_REST_S)
    before = look(bench)
    bench.wait(_IDLE_S)
    _promise_wear(figures, "paused", [before, look(bench)], mib=0.1, commits=2)
