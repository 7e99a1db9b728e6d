"""How fast our engine reacts: from a message to what follows from it, inside of one process.

The whole engine runs as it does in the service, with its threads and its
decoder process, into silence that lasts as long as sound does. Run as a
process of its own: ``python -m bench.reactions FILE`` prints one JSON object,
seconds in lists.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bench.nowhere import RATE, OneSink

from wkmp_pi.app.engine import Engine
from wkmp_pi.commands import Clear, Enqueue
from wkmp_pi.conductor.effects import Ask
from wkmp_pi.conductor.state import State
from wkmp_pi.decode.messages import ThresholdReached
from wkmp_pi.mix.mixer import Mixed
from wkmp_pi.output.silent import SilentSink
from wkmp_pi.passage import PassageId
from wkmp_pi.settings import Settings
from wkmp_pi.sources.items import ephemeral

_TRIALS = 150
_PERIOD_FRAMES, _BUFFER_FRAMES = RATE // 100, RATE // 25
_LIMIT_S = 10.0


def main() -> None:
    """Measure, and print."""
    trial = _Trial(sys.argv[1])
    try:
        took = [trial.run() for _ in range(_TRIALS)]
    finally:
        trial.end()
    json.dump({"request": [a for a, _ in took], "start": [b for _, b in took]}, sys.stdout)


class _Trial:
    """An engine whose joints are tapped; a tap notes the time and changes nothing."""

    def __init__(self, file: str) -> None:
        settings = replace(Settings(), skip_fade_ms=0, crossfade_ms=0)
        sink = SilentSink(RATE, _PERIOD_FRAMES, _BUFFER_FRAMES)
        self._engine = engine = Engine(
            State(rate_hz=RATE, settings=settings, playing=True),
            lambda _report, _attach: OneSink(sink),
            dither=True,
            patient=False,
        )
        self._file = file
        self._at_ns: dict[str, int] = {}
        self._sounding, self._idle = threading.Event(), threading.Event()
        _tap(engine.worker, "request", before=lambda _: self._note("requested"))
        _tap(engine.conductor, "post", before=self._posted)
        _tap(engine.mixer, "mix", after=self._mixed)
        self._conducting = threading.Thread(target=engine.conductor.run)
        engine.start()
        self._conducting.start()

    def run(self) -> tuple[float, float]:
        """Enqueue to request, and threshold to the first mixed frame, in seconds."""
        post = self._engine.conductor.post
        self._sounding.clear()
        self._at_ns.clear()
        self._note("enqueued")
        passage = ephemeral(PassageId(-1), self._file)
        post(Ask(Enqueue(items=(self._file,)), _nobody, (passage,)))
        assert self._sounding.wait(_LIMIT_S), "nothing was mixed"
        at_ns = dict(self._at_ns)
        self._idle.clear()
        post(Ask(Clear(), _nobody))
        assert self._idle.wait(_LIMIT_S), "it did not end"
        assert self._engine.writer.quiet.wait(_LIMIT_S), "it was not heard to the end"
        requested_ns = at_ns["requested"] - at_ns["enqueued"]
        return requested_ns / 1e9, (at_ns["mixed"] - at_ns["threshold"]) / 1e9

    def end(self) -> None:
        """Stop all threads."""
        self._engine.conductor.stop()
        self._conducting.join(_LIMIT_S)
        self._engine.stop(_LIMIT_S)

    def _note(self, what: str) -> None:
        self._at_ns.setdefault(what, time.monotonic_ns())

    def _posted(self, message: object) -> None:
        if isinstance(message, ThresholdReached):
            self._note("threshold")

    def _mixed(self, mixed: Mixed) -> None:
        if mixed.idle:
            self._idle.set()
        elif mixed.frames:
            self._note("mixed")
            self._sounding.set()


def _tap(
    part: Any,
    name: str,
    before: Callable[[Any], None] = lambda _: None,
    after: Callable[[Any], None] = lambda _: None,
) -> None:
    """Have a method of one object tell its first argument before, its result after each call."""
    call = getattr(part, name)

    def tapped(*args: Any) -> Any:
        before(args[0])
        result = call(*args)
        after(result)
        return result

    setattr(part, name, tapped)


def _nobody(_: object, __: object) -> None:
    """Nobody waits for an answer."""


if __name__ == "__main__":
    main()
