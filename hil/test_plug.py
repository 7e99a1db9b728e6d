"""The sound card is pulled out while it plays, and plugged in again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from hil.bench import Bench
from hil.drivers.boxside import Event
from hil.drivers.card import PluggedCard
from hil.limits import LIMITS
from hil.material import noise
from hil.measures.latency import spread
from hil.plugging import (
    BUFFER_FRAMES,
    Cycle,
    Heard,
    card_of,
    cycle,
    heard_between,
    if_calm,
    milliseconds,
)
from hil.promises import Figures
from hil.quiet import Others
from hil.recording import Recording, Samples

_CYCLES = 100
_ENOUGH = 40
_LATEST_MS = 3000.0
_LONGEST_S = 150.0


def test_a_card_that_is_pulled_a_hundred_times_is_missed_at_once_and_goes_on_where_it_stopped(
    box: Bench, figures: Figures
) -> None:
    """The kernel's own count of the frames that left the card is what is believed."""
    sound = noise(31, 120)
    box.put("long.wav", sound)
    pid = box.service.main_pid()
    with card_of(box) as card, box.recording() as recording:
        others = Others(box.cpu_s or (lambda: 0.0))
        box.ask("enqueue", items=["long.wav"])
        started = box.event("passage.started")
        cycles = list(_cycles(box, card))
        box.wait(0.3)
        end_ns, share = box.side.now_ns(), others.share()
        alive = box.service.main_pid() == pid
        dry = box.events("output.xrun", "output.buffer_grown")
        sizes = [event.body["buffer_frames"] for event in box.events("output.opened")]
    figures.promise("service ended while its card was pulled", int(not alive), limit=0)
    _promise_loss_told(box, figures, cycles, share)
    heard = _heard(recording, sound, cycles, end_ns)
    _promise_sound_back(box, figures, cycles, heard)
    buffer_frames = max(sizes, default=BUFFER_FRAMES)
    _promise_right_frame(figures, _undisturbed(cycles, heard, dry), started, buffer_frames)
    figures.check_all()


def _cycles(box: Bench, card: PluggedCard) -> Iterator[Cycle]:
    """Until the sound stays away, or there were so many, or it has taken too long."""
    times, begin_ns = np.random.default_rng(31), box.side.now_ns()
    for _ in range(_CYCLES):
        done = cycle(box, card, times.uniform(0.15, 0.35), times.uniform(0.02, 0.3))
        yield done
        if done.restored is None or done.plugged_ns - begin_ns > _LONGEST_S * 1e9:
            return


def _promise_loss_told(
    box: Bench, figures: Figures, cycles: Sequence[Cycle], others_share: float
) -> None:
    limit_ms = box.rig.limit("unplug_seen_ms", LIMITS["unplug_seen_ms"])
    for what, times in (
        ("output.lost", [(c.pulled.at_ns, c.lost and c.lost.came_ns) for c in cycles]),
        ("status", [(c.pulled.at_ns, c.problem and c.problem.came_ns) for c in cycles]),
    ):
        row = spread(milliseconds(times))
        figures.promise(f"card pulled → {what}, p95", row.p95, unit="ms", limit=limit_ms)
        figures.promise(
            f"card pulled → {what}, worst of {row.count}",
            row.worst,
            unit="ms",
            limit=if_calm(limit_ms, others_share),
            note=f"other programs took {others_share:.0%} of the machine",
        )


def _promise_sound_back(
    box: Bench, figures: Figures, cycles: Sequence[Cycle], heard: Sequence[Heard | None]
) -> None:
    times = [(c.plugged_ns, h and h.at_ns) for c, h in zip(cycles, heard[1:], strict=True)]
    row = spread(milliseconds(times))
    back = sum(h is not None for h in heard[1:])
    figures.promise("plugs after which it sounded again", back, limit=_CYCLES, at_least=True)
    limit_ms = box.rig.limit("replug_sound_ms", LIMITS["replug_sound_ms"])
    figures.promise("card plugged → sound, p95", row.p95, unit="ms", limit=limit_ms)
    figures.promise("card plugged → sound, worst", row.worst, unit="ms", limit=_LATEST_MS)


class _Place(NamedTuple):
    """Frames of the file: behind the last one that left the card, the next heard, and as told."""

    left: int
    next: int
    told: int


def _undisturbed(
    cycles: Sequence[Cycle], heard: Sequence[Heard | None], dry: Sequence[Event]
) -> list[_Place]:
    """Those of which all was heard, and in which the card did not run dry.

    Where it does, the kernel's count begins anew, and what is left in the card sounds once more.
    """
    begin_ns, found = 0, []
    for done, (before, after) in zip(cycles, pairwise(heard), strict=True):
        end_ns = done.pulled.at_ns if done.lost is None else done.lost.came_ns
        ran_dry = any(begin_ns <= event.came_ns <= end_ns for event in dry)
        begin_ns, frames = done.plugged_ns, done.pulled.heard_frames
        if not before or not after or not done.restored or frames is None or ran_dry:
            continue
        if before.whole and after.whole:
            told = done.restored.body["frame"]
            found.append(_Place(before.piece.first + frames, after.piece.first, told))
    return found


def _promise_right_frame(
    figures: Figures, places: Sequence[_Place], started: Event, buffer_frames: int
) -> None:
    enough = len(places) >= _ENOUGH
    lost = sum(max(place.next - place.left, 0) for place in places) if enough else None
    again = max(place.left - place.next for place in places) if enough else None
    begin = started.body["frame"]
    off = sum(abs(place.told - begin - place.next) for place in places) if enough else None
    note = f"{len(places)} plugs"
    figures.promise("frames never heard", lost, unit="frames", limit=0, note=note)
    figures.promise("frames heard again, at most", again, unit="frames", limit=buffer_frames)
    figures.promise("output.restored is wrong by", off, unit="frames", limit=0)


def _heard(
    recording: Recording, sound: Samples, cycles: Sequence[Cycle], end_ns: int
) -> list[Heard | None]:
    """The sound before the first pull, and after each plug; before the next, nothing can sound."""
    found: list[Heard | None] = []
    near = 0
    for begin_ns, until_ns in pairwise([0, *(done.plugged_ns for done in cycles), end_ns]):
        heard = heard_between(recording, sound, begin_ns, until_ns, near)
        near = heard.piece.first if heard is not None else near
        found.append(heard)
    return found
