"""The whole box without threads: conductor, mixer and writer on one virtual clock.

Decoding is instantaneous or takes as long as the test says; the card is made of
arithmetic. What is decided and heard is real.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
from support.voices import RATE, ArraySource

from wkmp_pi import commands
from wkmp_pi.conductor import Conductor
from wkmp_pi.conductor import effects as do
from wkmp_pi.conductor.asked import modes_of
from wkmp_pi.conductor.decide import Tick, next_deadline_ns
from wkmp_pi.conductor.state import State
from wkmp_pi.decode.messages import Failed, Finished, Media, Opened, ThresholdReached
from wkmp_pi.errors import MediaError
from wkmp_pi.events.kinds import Event
from wkmp_pi.mix.mixer import Mixer
from wkmp_pi.mix.plan import SILENT_PLAN, Plan
from wkmp_pi.output.silent import SilentSink
from wkmp_pi.output.writer import Writer
from wkmp_pi.passage import Passage, PassageId
from wkmp_pi.settings import Settings
from wkmp_pi.sources.queue import PlayQueue

MS = 1_000_000
HEARD = ("passage.started", "passage.completed", "position.updated", "playback.progress")


class Simulation:
    """A box whose time only moves when ``run`` says so."""

    def __init__(self, decode_ms: int = 0, **settings: Any) -> None:
        values = replace(
            Settings(),
            **{"skip_throttle_ms": 0, "crossfade_ms": 300, "skip_fade_ms": 50, **settings},
        )
        self.now = 1000 * MS
        self.decode_ms = decode_ms
        self.events: list[Event] = []
        self.lost: set[type] = set()
        self.conductor = Conductor(
            State(rate_hz=RATE, settings=values, queue=PlayQueue(modes=modes_of(values))),
            self._perform,
            clock_ns=lambda: self.now,
        )
        self.sink = SilentSink(RATE, 882, 3528, lambda: self.now)
        self.mixer = Mixer(RATE, dithered=False, patient=False)
        self.writer: Writer[Plan] = Writer(
            self.mixer,
            SILENT_PLAN,
            lambda current: current or self.sink,
            self._publish,
            rate_hz=RATE,
            kept_frames=RATE,
            clock_ns=lambda: self.now,
        )
        self.durations_ms: dict[str, int] = {}
        self.decoding: set[int] = set()
        self._later: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._writer_ns: int | None = self.now

    # asking

    def ask(self, command: commands.AnyCommand, *passages: Passage) -> Any:
        answers: list[Any] = []
        self.conductor.step(do.Ask(command, lambda *answer: answers.append(answer), passages))
        result, error = answers[0]
        return error or result

    def enqueue(self, *durations_ms: int, place: str = "end") -> list[int]:
        """Passages of that length; negative ones can not be decoded."""
        passages = []
        for duration in durations_ms:
            file = f"/music/{len(self.durations_ms)}.flac"
            self.durations_ms[file] = duration
            passages.append(Passage(id=PassageId(len(self.durations_ms)), file=file))
        items = tuple(f"passage:{p.id}" for p in passages)
        result = self.ask(commands.Enqueue(items=items, place=commands.Place(place)), *passages)
        return result["entries"] if isinstance(result, dict) else []

    # time

    def run(self, ms: float) -> Simulation:
        until = self.now + int(ms * MS)
        while (due := self._next_ns()) <= until:
            self.now = max(self.now, due)
            self._do_what_is_due()
        self.now = until
        return self

    def _next_ns(self) -> int:
        times = [self._later[0][0]] if self._later else []
        if self._writer_ns is not None:
            times.append(self._writer_ns)
        deadline = next_deadline_ns(self.conductor.state)
        return min([*times, *([deadline] if deadline is not None else [])], default=1 << 62)

    def _do_what_is_due(self) -> None:
        if self._later and self._later[0][0] <= self.now:
            heapq.heappop(self._later)[2]()
        elif self._writer_ns is not None and self._writer_ns <= self.now:
            wait = self.writer.step()
            self._writer_ns = None if wait is None else self.now + max(wait, 1000)
        else:
            self.conductor.step(Tick())

    def _after(self, ms: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._later, (self.now + int(ms * MS), next(self._order), action))

    # wiring

    def _publish(self, event: Event) -> None:
        self.events.append(event)
        if event.name in HEARD:
            self._after(0.2, lambda: self.conductor.step(event))  # type: ignore[arg-type]

    def _perform(self, effect: do.Effect) -> None:
        if type(effect) in self.lost:
            return
        match effect:
            case do.Publish(event):
                self.events.append(event)
            case do.Follow(plan):
                self.writer.follow(plan)
                self._writer_ns = self.now
            case do.Decode(request):
                self.decoding.add(request.take)
                self._after(self.decode_ms, lambda: self._decode(request))
            case do.Release(take):
                self.decoding.discard(take)
            case do.Reply(answer, result, error):
                answer(result, error)

    def _decode(self, request: Any) -> None:
        if request.take not in self.decoding:
            return
        duration = self.durations_ms[request.file]
        if duration < 0:
            error = MediaError(f"{request.file}: no sound in it")
            self.conductor.step(Failed(take=request.take, error=error))
            return
        frames = duration * RATE // 1000
        samples = np.full((frames, 2), 0.25, np.float32)
        media = Media(codec="x", container="x", rate_hz=RATE, channels=2, bits=16, frames=frames)
        source: Any = ArraySource(samples, request.skip_frames)
        step = self.conductor.step
        step(
            Opened(
                take=request.take,
                media=media,
                length_frames=frames,
                exact16=True,
                buffer=source,
            )
        )
        for threshold in request.thresholds_ms:
            step(ThresholdReached(take=request.take, threshold_ms=threshold))
        step(Finished(take=request.take, frames=frames - request.skip_frames))

    # what came out

    def named(self, *names: str) -> list[Any]:
        return [event for event in self.events if event.name in names]

    def entries(self, name: str) -> list[int]:
        return [event.entry for event in self.named(name)]
