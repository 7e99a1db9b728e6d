"""The sound card is away for long, or is a loose plug: little is done, and nothing is forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from hil.bench import Bench
from hil.drivers.boxside import Event
from hil.drivers.card import CARDS, NODE, Opens, Storm, opens
from hil.material import noise
from hil.plugging import BACK_S, BUFFER_FRAMES, Cycle, card_of, cycle, heard_between, if_calm, told
from hil.promises import Figures
from hil.quiet import Others
from hil.recording import Recording, Samples

_AWAY_S = 10
_STORM = 1000
_STORM_S = 10.0
_RIGHT_MS = 2000.0
_TOLD_MS = 20.0
_RATE = 44_100
_TRIES = 3
_SPAN_S = 5.0
_T = TypeVar("_T")


def test_while_the_card_is_away_playback_stands_still_and_next_to_nothing_is_done(
    box: Bench, figures: Figures
) -> None:
    sound = noise(41, 20)
    items = [box.put("a.wav", sound), box.put("b.wav", noise(42, 5))]
    with card_of(box) as card:
        box.ask("enqueue", items=items)
        started = box.event("passage.started")
        lines = _lines(box)
        card.unplug(1.0)
        lost = told(box, "output.lost", 2)
        before, problems = box.ask("queue"), box.status()["problems"]
        _, share = _cost(box, lambda: box.wait(_AWAY_S))
        after, lines = box.ask("queue"), _lines(box) - lines
        with box.recording(patient=True) as recording:
            plugged_ns = card.plug()
            told(box, "output.restored", BACK_S)
            box.wait(0.3)
            end_ns = box.side.now_ns()
    heard = heard_between(recording, sound, plugged_ns, end_ns, _RATE)
    moved_ms = after.pop("position_ms") - (stood_ms := before.pop("position_ms"))
    figures.promise("queue changed while the card was away", int(before != after), limit=0)
    figures.promise("position moved while the card was away", moved_ms, unit="ms", limit=0)
    figures.promise("problems in the status", len(problems), limit=1, at_least=True)
    figures.promise("CPU while the card is away", share * 100, unit="%", limit=5)
    figures.promise(f"lines of log in {_AWAY_S} s without a card", lines, limit=1)
    off = off_ms = None
    if heard is not None and lost is not None:
        off = abs(lost.body["frame"] - started.body["frame"] - heard.piece.first)
        off_ms = abs(stood_ms - heard.piece.first / _RATE * 1000)
    limit = 0 if heard is None or heard.whole else BUFFER_FRAMES  # the recorder came late
    what = "where it was told to have stopped and where it goes on differ by"
    figures.promise(what, off, unit="frames", limit=limit)
    what = "position while it was away and where it goes on differ by"
    figures.promise(what, off_ms, unit="ms", limit=_TOLD_MS)
    figures.check_all()


def test_a_loose_plug_costs_little_and_the_sound_is_back_when_it_holds(
    box: Bench, figures: Figures
) -> None:
    """What the plugging itself costs is measured without the service, and left out."""
    sound = noise(43, 60)
    box.put("long.wav", sound)
    with card_of(box) as card:
        others = Others(box.cpu_s or (lambda: 0.0))
        box.ask("enqueue", items=["long.wav"])
        started = box.event("passage.started")
        box.wait(0.5)
        with opens(box.shell, box.python) as opened:
            storm, share = _cost(box, lambda: card.storm(_STORM, _STORM_S))
            back_ms = _back_ms(box, storm)
        with box.recording() as recording:
            cycles = [cycle(box, card, 0.3, 0.4) for _ in range(_TRIES)]
            box.wait(0.3)
            end_ns = box.side.now_ns()
        problems = box.status()["problems"]
        events = box.events("output.lost", "output.restored")
        box.stop()
        _, plain = _cost(box, lambda: card.storm(_STORM // 5, _STORM_S / 5))
        limit = if_calm(20, others.share())
    figures.promise("loose plug holds → right state", back_ms, unit="ms", limit=_RIGHT_MS)
    figures.promise("problems told after it", len(problems), limit=0)
    _promise_few_opens(figures, opened)
    note = f"{share:.0%} less {plain:.0%} of the plugging itself"
    percent = (share - plain) * 100
    figures.promise("CPU with a loose plug", percent, unit="%", limit=limit, note=note)
    losses = sum(event.name == "output.lost" for event in events)
    figures.promise("losses told in the storm", losses, limit=3, at_least=True)
    figures.promise("frames skipped or doubled by its own account", _account(events), limit=0)
    off = _off_frames(recording, sound, cycles, started, end_ns)
    figures.promise("its account and what is heard differ by", off, unit="frames", limit=0)
    figures.check_all()


def _off_frames(
    recording: Recording, sound: Samples, cycles: Sequence[Cycle], started: Event, end_ns: int
) -> int | None:
    """By how much an account differs from the sound; of the first plug that was heard whole."""
    ends_ns = [*(done.pulled.at_ns for done in cycles[1:]), end_ns]
    for done, until_ns in zip(cycles, ends_ns, strict=True):
        heard = heard_between(recording, sound, done.plugged_ns, until_ns, 0)
        if heard is not None and heard.whole and done.restored is not None:
            told_frame = done.restored.body["frame"] - started.body["frame"]
            return abs(int(told_frame) - heard.piece.first)
    return None


def _promise_few_opens(figures: Figures, opened: Opens) -> None:
    """Each try begins with a look at the cards; what is there, is opened."""
    for what, path in (("opens", NODE), ("looks for cards", CARDS)):
        most = opened.most_in(_SPAN_S, path) / _SPAN_S
        note = f"{len(opened.at_ns.get(path, []))} in all"
        figures.promise(f"{what} with a loose plug", most, unit="1/s", limit=5, note=note)


def _back_ms(box: Bench, storm: Storm) -> float | None:
    """From the last event of a storm until the sound was told to be back."""
    while (restored := told(box, "output.restored", BACK_S)) is not None:
        if restored.came_ns > storm.last_ns:
            return (restored.came_ns - storm.last_ns) / 1e6
    return None


def _account(events: Sequence[Event]) -> int:
    """By how many frames what is restored differs from what was lost, in all."""
    frames = [event.body["frame"] for event in events]
    pairs = zip(frames[::2], frames[1::2], strict=False)
    return sum(abs(restored - lost) for lost, restored in pairs)


def _cost(box: Bench, act: Callable[[], _T]) -> tuple[_T, float]:
    """What an act gives, and the share of a processor that the box takes meanwhile."""
    assert box.cpu_s is not None
    begin, begin_s = time.monotonic(), box.cpu_s()
    done = act()
    return done, (box.cpu_s() - begin_s) / (time.monotonic() - begin)


def _lines(box: Bench) -> int:
    """So many lines are in the journal."""
    return int(box.shell.run(["sh", "-c", "wc -l </run/bench/journal"]).out)
