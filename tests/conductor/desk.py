"""A conductor without threads: messages go in, effects are kept, decoders are played by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from support.voices import RATE, ArraySource

from wkmp_pi import commands
from wkmp_pi.conductor import effects as do
from wkmp_pi.conductor.asked import modes_of
from wkmp_pi.conductor.decide import Message, decide
from wkmp_pi.conductor.state import State, Take
from wkmp_pi.decode.messages import Failed, Finished, Media, Opened, ThresholdReached
from wkmp_pi.errors import MediaError
from wkmp_pi.events import kinds
from wkmp_pi.mix.plan import Plan
from wkmp_pi.passage import Passage, PassageId
from wkmp_pi.settings import Settings
from wkmp_pi.sources.queue import PlayQueue

MS = 1_000_000
BEGIN = 1000 * MS


def passage(number: int, **more: Any) -> Passage:
    return Passage(
        id=PassageId(number), file=f"/music/{number}.flac", title=f"Title {number}", **more
    )


class Desk:
    """Decides message by message at a time that tests move."""

    def __init__(self, **settings: Any) -> None:
        values = replace(Settings(), **{"skip_throttle_ms": 0, "crossfade_ms": 2000, **settings})
        queue = PlayQueue(modes=modes_of(values))
        self.state = State(rate_hz=RATE, settings=values, queue=queue)
        self.now = BEGIN
        self.effects: list[do.Effect] = []
        self.answers: list[tuple[Any, Any]] = []

    def tell(self, message: Message) -> list[do.Effect]:
        self.state, effects = decide(self.state, message, self.now)
        for effect in effects:
            if isinstance(effect, do.Reply):
                effect.answer(effect.result, effect.error)
        self.effects += effects
        return effects

    def ask(self, command: commands.AnyCommand, *passages: Passage) -> Any:
        self.tell(do.Ask(command, lambda *answer: self.answers.append(answer), passages))
        result, error = self.answers[-1]
        return error or result

    def enqueue(self, *numbers: int, place: str = "end", reference: int | None = None) -> Any:
        command = commands.Enqueue(
            items=tuple(f"passage:{n}" for n in numbers),
            place=commands.Place(place),
            reference=reference,
        )
        return self.ask(command, *(passage(n) for n in numbers))

    # the decoder

    def take(self, entry: int) -> Take:
        return self.state.takes[entry]  # type: ignore[index]

    def opens(self, entry: int, seconds: float = 10.0, **more: Any) -> None:
        frames = round(seconds * RATE)
        media = Media(
            codec="flac", container="flac", rate_hz=RATE, channels=2, bits=16, frames=frames
        )
        self.tell(
            Opened(
                take=self.take(entry).id,
                media=replace(media, **more),
                length_frames=frames,
                exact16=True,
                buffer=ArraySource(np.zeros((1, 2))),  # type: ignore[arg-type]
            )
        )

    def buffers(self, entry: int, ms: int = 3000) -> None:
        for threshold in (500, 3000):
            if threshold <= ms:
                self.tell(ThresholdReached(take=self.take(entry).id, threshold_ms=threshold))

    def ready(self, *entries: int, seconds: float = 10.0) -> None:
        for entry in entries:
            self.opens(entry, seconds)
            self.buffers(entry)

    def finishes(self, entry: int, seconds: float) -> None:
        self.tell(Finished(take=self.take(entry).id, frames=round(seconds * RATE)))

    def fails(self, entry: int, *, timing: bool = False, seconds: float = 0.0) -> list[do.Effect]:
        error = MediaError(f"/music/{entry}.flac: no sound in it")
        return self.tell(
            Failed(
                take=self.take(entry).id,
                error=error,
                frames=round(seconds * RATE),
                invalid_timing=timing,
            )
        )

    # the writer

    def starts(self, entry: int, position_ms: int = 0) -> None:
        self.tell(
            kinds.PassageStarted(**self._heard(entry), position_ms=position_ms, duration_ms=10_000)
        )

    def at(self, entry: int, position_ms: int) -> None:
        self.tell(
            kinds.PositionUpdated(**self._heard(entry), position_ms=position_ms, duration_ms=10_000)
        )

    def completes(self, entry: int, reason: str = "natural") -> list[do.Effect]:
        return self.tell(
            kinds.PassageCompleted(
                **self._heard(entry), reason=kinds.Reason(reason), played_ms=10_000
            )
        )

    def _heard(self, entry: int) -> dict[str, Any]:
        return {
            "frame": (self.now - BEGIN) * RATE // (1000 * MS),
            "heard_ns": self.now,
            "entry": entry,
            "passage": 1,
            "file": "/m",
        }

    # what came out

    def of(self, kind: type) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def decodes(self) -> list[tuple[str, str]]:
        """Requests so far: file and priority."""
        return [
            (effect.request.file.removeprefix("/music/"), effect.request.priority.name)
            for effect in self.of(do.Decode)
        ]

    @property
    def plan(self) -> Plan:
        return self.state.plan

    def planned(self) -> list[int]:
        """Entries of the newest plan."""
        return [voice.entry for voice in self.plan.voices]

    def events(self, name: str) -> list[Any]:
        return [e.event for e in self.of(do.Publish) if e.event.name == name]
