"""Pulling and plugging the card of a bench, and what a recording then says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import pytest

from hil.bench import Bench
from hil.drivers.boxside import Event
from hil.drivers.card import PluggedCard, Pulled
from hil.errors import RigError
from hil.measures.piece import Piece, piece
from hil.measures.samples import MeasureError
from hil.recording import Recording, Samples, Stretch
from hil.strategy import Status

BACK_S = 10.0
"""So long we wait for the sound to come back; the promise is shorter."""

CALM_SHARE = 0.25
"""What other programs may take of the bench's machine before single times of a virtual Pi mean
nothing: it stands still while they have the processor."""

BUFFER_FRAMES = 3528
"""Of a card that nobody has configured: 80 ms at 44.1 kHz. So much may be heard again."""


@contextmanager
def card_of(bench: Bench) -> Iterator[PluggedCard]:
    """The bench's card; plugged in again at the end, whatever happened.

    A bench whose card takes a hand is left out, with that reason.
    """
    if not bench.rig.virtual:
        pytest.skip(f"{bench.rig.name}: its card takes a hand to be pulled; expected a virtual Pi")
    card = PluggedCard(bench.shell, bench.python)
    try:
        yield card
    finally:
        try:
            card.close()
        except RigError:
            bench.strategy.changed(Status.UNKNOWN)  # it is still held: only a reboot frees it
            raise


@dataclass(frozen=True, slots=True)
class Cycle:
    """The card was pulled and plugged once.

    Attributes:
        pulled: when, and where it stood.
        lost: the event that told it; ``None``: nothing was told in time.
        problem: the event that told that the status has it.
        plugged_ns: CLOCK_MONOTONIC of the box.
        restored: the event that told that the sound is back; ``None``: it was not told in time.
    """

    pulled: Pulled
    lost: Event | None
    problem: Event | None
    plugged_ns: int
    restored: Event | None


def cycle(bench: Bench, card: PluggedCard, playing_s: float, absent_s: float) -> Cycle:
    """Pull the card after ``playing_s`` and plug it in ``absent_s`` after that was told."""
    pulled = card.unplug(playing_s)
    lost = told(bench, "output.lost", 2)
    problem = told(bench, "problem.changed", 2) if lost else None
    plugged_ns = card.plug(absent_s)
    return Cycle(pulled, lost, problem, plugged_ns, told(bench, "output.restored", BACK_S))


def if_calm(limit: float, others_share: float) -> float | None:
    """A limit to which only a machine that is left alone is held; ``None`` promises nothing."""
    return limit if others_share <= CALM_SHARE else None


def told(bench: Bench, name: str, timeout_s: float) -> Event | None:
    """The next event of that name; ``None`` if it does not come in time.

    Args:
        bench: whose service.
        name: of the event.
        timeout_s: on the clock of the bench, longer than the box may take.
    """
    try:
        return bench.event(name, timeout_s=timeout_s)
    except TimeoutError:
        return None


class Heard(NamedTuple):
    """The sound between a plug and the next pull.

    Attributes:
        at_ns: when its first frame was heard, CLOCK_MONOTONIC of the recorder.
        piece: what it is.
        whole: whether the recorder was there before it, so that its first frame is the first.
    """

    at_ns: int
    piece: Piece
    whole: bool


def heard_between(
    recording: Recording, played: Samples, from_ns: int, until_ns: int, near: int
) -> Heard | None:
    """The first sound between two moments; ``None`` if there was none.

    Args:
        recording: of the same clock.
        played: what it is compared with, bit by bit.
        from_ns: from when on.
        until_ns: until when.
        near: the frame of ``played`` with which it is likely to begin.
    """
    for stretch in stretches_between(recording, from_ns, until_ns):
        found = _heard(stretch, played, near)
        if found is not None and from_ns <= found.at_ns < until_ns:
            return found
    return None


def stretches_between(recording: Recording, from_ns: int, until_ns: int) -> list[Stretch]:
    """Those of which a part was recorded between two moments."""
    return [
        stretch
        for stretch in recording.stretches
        if from_ns <= stretch.at_ns(len(stretch.samples)) and stretch.at_ns(0) < until_ns
    ]


def _heard(stretch: Stretch, played: Samples, near: int) -> Heard | None:
    try:
        found = piece(stretch.samples, played, near)
    except MeasureError:  # silence, or nothing that was played
        return None
    return Heard(stretch.at_ns(found.onset), found, whole=found.onset > 0)


def milliseconds(times: Iterable[tuple[int, int | None]]) -> list[float]:
    """From the first to the second of each pair, in ms; infinite where there is no second."""
    return [inf if end is None else (end - begin) / 1e6 for begin, end in times]
