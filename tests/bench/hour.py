"""Whether memory stays flat: an hour of music through our whole engine, as fast as it goes.

The queue holds the same files over and over, each crossfaded into the next;
only the sound card is missing. Run as a process of its own: ``python -m
bench.hour FILE...`` prints one JSON object: played seconds and bytes (PSS, the
decoder process included), in lists.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from itertools import cycle, islice

from bench import proc
from bench.nowhere import RATE, Nowhere, OneSink

from wkmp_pi.app.engine import Engine
from wkmp_pi.commands import Play
from wkmp_pi.conductor.effects import Ask
from wkmp_pi.conductor.state import State
from wkmp_pi.events.kinds import Event, PlaybackProgress
from wkmp_pi.passage import EntryId, PassageId
from wkmp_pi.settings import Settings
from wkmp_pi.sources.items import ephemeral
from wkmp_pi.sources.queue import Entry, Modes, PlayQueue

_HOUR_S = 3600
_LOOK_S = 60
_ENTRIES = 100  # of a minute each: some are left at the end


def main() -> None:
    """Play, look each minute, and print."""
    sink = Nowhere()
    engine = Engine(
        State(rate_hz=RATE, settings=Settings(), queue=_queue(sys.argv[1:])),
        lambda _report, _attach: OneSink(sink),
        dither=True,
        patient=True,
        limit_frames=_HOUR_S * RATE,
        on_limit=lambda: told.put(None),
    )
    told: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    progress = engine.bus.subscribe("playback.progress", wake=lambda: told.put(progress.get()))
    conducting = threading.Thread(target=engine.conductor.run)
    engine.start()
    conducting.start()
    engine.conductor.post(Ask(Play(), _nobody))
    looks = _looks(told)
    engine.conductor.stop()
    conducting.join()
    engine.stop(10)
    json.dump({"played_s": [s for s, _ in looks], "pss": [pss for _, pss in looks]}, sys.stdout)


def _looks(told: queue.SimpleQueue[Event | None]) -> list[tuple[float, int]]:
    family, looks = proc.tree(os.getpid()), list[tuple[float, int]]()
    while (event := told.get(timeout=_HOUR_S)) is not None:
        assert isinstance(event, PlaybackProgress)
        if event.played_ms % (_LOOK_S * 1000) == 0:
            looks.append((event.played_ms / 1000, proc.memory(family).pss))
    return looks


def _queue(files: list[str]) -> PlayQueue:
    passages = [ephemeral(PassageId(-n), file) for n, file in enumerate(files, 1)]
    entries = tuple(
        Entry(EntryId(n), passage) for n, passage in enumerate(islice(cycle(passages), _ENTRIES), 1)
    )
    return PlayQueue(entries=entries, modes=Modes(consume=True), next_id=EntryId(_ENTRIES + 1))


def _nobody(_: object, __: object) -> None:
    """Nobody waits for an answer."""


if __name__ == "__main__":
    main()
