"""What is right by itself but means nothing beside the rest of its file.

Pure. Each lint is one function, and ``check`` is the list of them. What
several playlists do to each other is looked at in ``company``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wkmp_pi.config.places import KeyPath
from wkmp_pi.config.tables import Reading
from wkmp_pi.playlists.definition import (
    MAX_IN_FLIGHT,
    MAX_OFFSET_S,
    NO_TIME,
    Anchor,
    Playlist,
    Step,
)
from wkmp_pi.playlists.outputs import Output, outputs
from wkmp_pi.units import NS_PER_SECOND

_RATE_HZ: Final = 44_100
"""To weigh frames against seconds where the working rate is not known yet."""


def check(reading: Reading, playlist: Playlist) -> None:
    """Pile up what is wrong with a playlist as a whole."""
    for lint in _LINTS:
        lint(reading, playlist)


def _steps(reading: Reading, playlist: Playlist) -> None:
    if not playlist.steps and ("step",) not in reading.spoilt:
        reading.problem(("step",), "found no step; expected at least one; write [[step]]")


def _repeats(reading: Reading, playlist: Playlist) -> None:
    for index, step in enumerate(playlist.steps):
        path, spaced = ("step", str(index)), step.interval != NO_TIME
        if step.repeat > 1 and not spaced:
            reading.question(
                (*path, "repeat"),
                "found repeats without an interval; expected their distance; write interval_s = 1",
            )
        elif step.repeat == 1 and spaced:
            reading.question(
                path, "found an interval but no repeat; expected both; write repeat = 2 or more"
            )


def _anchor(reading: Reading, playlist: Playlist) -> None:
    """Frames belong to a passage, waits to the clock, and each anchor has one side."""
    for index, step in enumerate(playlist.steps):
        path = ("step", str(index))
        if playlist.on_clock and (step.offset.frames or step.interval.frames):
            reading.question(
                path,
                "found frames with the anchor clock; expected seconds; write offset_s, or choose "
                'anchor = "passage start"',
            )
        if not playlist.on_clock and step.wait is not None:
            reading.question(
                (*path, "wait"),
                f"found a wait with the anchor {playlist.anchor}; expected none, for the passage "
                'goes on; choose anchor = "clock"',
            )
        _side(reading, playlist, path, step)


def _side(reading: Reading, playlist: Playlist, path: KeyPath, step: Step) -> None:
    first, last = (step.due(k).in_s(_RATE_HZ) for k in (0, step.repeat - 1))
    if playlist.anchor is Anchor.PASSAGE_END:
        if last > 0:
            reading.question(
                path,
                f"found {_s(last)} after the passage's end; expected before it; write a negative "
                "offset_s",
            )
    elif first < 0:
        reading.question(
            path,
            f"found {_s(-first)} before the start; expected 0 or later; write a positive offset_s, "
            'or choose anchor = "passage end"',
        )
    if max(abs(first), abs(last)) > MAX_OFFSET_S:
        reading.question(
            path,
            f"found {_s(max(abs(first), abs(last)))} with its repeats; expected at most "
            f"{MAX_OFFSET_S} s; lower offset_s, repeat or interval_s",
        )


def _deadline(reading: Reading, playlist: Playlist) -> None:
    if playlist.deadline_ns is None:
        if not playlist.on_clock:
            reading.question(
                ("deadline_s",),
                f"found the anchor {playlist.anchor} without a deadline, which may be waited for "
                "without end; expected deadline_s; write deadline_s = 3600",
            )
        return
    if not playlist.on_clock:
        return
    for index, step in enumerate(playlist.steps):
        first = _earliest_ns(playlist, step.gate) + step.due(0).ns
        last = _earliest_ns(playlist, step.gate) + step.last.ns
        if last >= playlist.deadline_ns:
            found = "a step" if first >= playlist.deadline_ns else "repeats"
            reading.question(
                ("step", str(index)),
                f"found {found} {_s(last / NS_PER_SECOND)} after the start, which can not be "
                "reached; expected it before the deadline of "
                f"{_s(playlist.deadline_ns / NS_PER_SECOND)}; raise deadline_s or lower the offset",
            )


def _earliest_ns(playlist: Playlist, gate: int | None) -> int:
    if gate is None:
        return 0
    about = playlist.gates[gate]
    return _earliest_ns(playlist, about.parent) + about.base.ns


def _in_flight(reading: Reading, playlist: Playlist) -> None:
    waiting = playlist.max_runs * playlist.in_flight
    if waiting > MAX_IN_FLIGHT:
        reading.question(
            ("max_runs",),
            f"found {playlist.in_flight} occurrences in each of {playlist.max_runs} runs; expected "
            f"at most {MAX_IN_FLIGHT} that wait at once; lower max_runs, or use fewer "
            f"{'steps' if playlist.on_clock else 'repeats'}",
        )


def _self_excitation(reading: Reading, playlist: Playlist) -> None:
    for index, trigger in enumerate(playlist.triggers):
        again = next((o for o in _endless(playlist) if o.may_be(trigger)), None)
        if again is not None:
            reading.question(
                ("trigger", str(index)),
                f"found {trigger.event}, which comes of this playlist itself ({again.name}); "
                "expected another event, for it would never end; narrow it by where",
            )


def _endless(playlist: Playlist) -> list[Output]:
    return [output for output in outputs(playlist) if output.own or output.at_once]


def _self_interruption(reading: Reading, playlist: Playlist) -> None:
    """An interrupt by the playlist's own doing leaves the steps behind it unreachable."""
    last = max((step.last.in_s(_RATE_HZ) for step in playlist.steps), default=0)
    for index, interrupt in enumerate(playlist.interrupts):
        for output in outputs(playlist):
            ends_there = output.offset.in_s(_RATE_HZ) >= last
            if output.path[0] == "step" and not ends_there and output.may_be(interrupt):
                step = int(output.path[1]) + 1
                reading.question(
                    ("interrupt", str(index)),
                    f"found {interrupt.event}, which step {step} itself brings about, so that no "
                    "step after it can be reached; expected another event; narrow it by where",
                )
                break


def _s(seconds: float) -> str:
    return f"{round(seconds, 3):.15g} s"


_LINTS: Final[tuple[Callable[[Reading, Playlist], None], ...]] = (
    _steps,
    _repeats,
    _anchor,
    _deadline,
    _in_flight,
    _self_excitation,
    _self_interruption,
)
