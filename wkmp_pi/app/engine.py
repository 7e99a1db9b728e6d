"""The engine: decoder, mixer, writer, conductor and bus, built and wired once for all uses.

The service and the one-shot ``play`` differ in what they add to it, not in it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from wkmp_pi.app.keeper import Keeper
from wkmp_pi.conductor import Conductor, State
from wkmp_pi.conductor import effects as do
from wkmp_pi.conductor.decide import CardVolume as CardVolumeFound
from wkmp_pi.conductor.decide import Problem, Stuck
from wkmp_pi.conductor.report import status_report
from wkmp_pi.conductor.state import Take
from wkmp_pi.consumers.watchdog import Facts, Watchdog
from wkmp_pi.decode.messages import DecodeMessage, Failed, Opened, TakeId
from wkmp_pi.decode.worker import DecodeWorker
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import Event
from wkmp_pi.mix.mixer import Mixer
from wkmp_pi.mix.plan import SILENT_PLAN, Plan
from wkmp_pi.output.sink import Sink
from wkmp_pi.output.volume import CardVolume
from wkmp_pi.output.writer import Writer

_SWITCH_S = 0.0005
"""How long a thread may keep the interpreter from the writer; Python's default is 5 ms."""

_KEPT_MS = 2500
_HEARD = (
    "passage.*",
    "position.updated",
    "playback.progress",
    "output.opened",
    "output.lost",
    "output.restored",
)


class Outlet(Protocol):
    """Opens sinks; see ``outlet.py``."""

    def open(self, current: Sink | None) -> Sink:
        """The sink to use; ``current`` is the one in use."""
        ...

    def ran_dry(self, now_ns: int) -> int | None:
        """Told of an xrun; the ms of a larger buffer, if it is to be opened again with one."""
        ...


MakeOutlet = Callable[[Callable[[str | None], None], Callable[[int | None], None]], Outlet]
"""Makes an outlet, given what reports problems and what attaches a card's volume control."""


class Engine:
    """All that is needed to turn a queue into sound and events.

    Args:
        state: what the conductor knows at first; its rate is the working rate.
        outlet: makes what opens the sinks.
        dither: whether 16 bit output is dithered.
        patient: a render: wait for the decoder rather than write silence.
        keeper: keeps queue, state and settings; ``None`` keeps nothing.
        card_volume: the card's own volume control; ``None`` never uses it.
        limit_frames: the output ends after so many frames.
        on_limit: called on the writer's thread when that is so; must not wait.
        music_lost: whether a file cannot be opened because its disk is away; may wait.
    """

    def __init__(
        self,
        state: State,
        outlet: MakeOutlet,
        *,
        dither: bool,
        patient: bool,
        keeper: Keeper | None = None,
        card_volume: CardVolume | None = None,
        limit_frames: int | None = None,
        on_limit: Callable[[], None] = lambda: None,
        music_lost: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._music_lost = music_lost
        self.bus = Bus()
        self.conductor = Conductor(state, self.perform, watch=self._look)
        self._watchdog = Watchdog()
        self.mixer = Mixer(state.rate_hz, dithered=dither, patient=patient)
        self._outlet = outlet(self._report_output, self._attach_card)
        self.writer: Writer[Plan] = Writer(
            self.mixer,
            SILENT_PLAN,
            self._outlet.open,
            self.bus.publish,
            rate_hz=state.rate_hz,
            kept_frames=state.rate_hz * _KEPT_MS // 1000,
            on_xrun=self._outlet.ran_dry,
            limit_frames=limit_frames,
            on_limit=on_limit,
        )
        self.worker = DecodeWorker(
            state.rate_hz, self._decoded, buffer_ms=state.settings.decode_ahead_ms
        )
        self._keeper = keeper
        self._card_volume = card_volume
        self._has_card_volume = False
        self._output_problem: str | None = None
        self._do = self._doings()
        heard = self.bus.subscribe(
            *_HEARD, label="conductor", wake=lambda: self._relay(heard.get())
        )

    def start(self) -> None:
        """From the DAC upward: the writer first, the decoder after it."""
        sys.setswitchinterval(_SWITCH_S)
        gc.collect()
        gc.freeze()  # what lives for ever need not be looked at again
        self.writer.start()
        self.worker.start()

    def stop(self, timeout_s: float) -> list[str]:
        """Stop decoding, then the output; the names of threads that stayed."""
        stayed = [] if self.worker.stop(timeout_s) else ["wkmp-decode"]
        return stayed if self.writer.stop(timeout_s) else [*stayed, "wkmp-writer"]

    def status(self) -> dict[str, Any]:
        """The player state as plain data; from any thread."""
        return status_report(self.conductor.state, self.conductor.now_ns())

    def perform(self, effect: do.Effect) -> None:
        """Do what the conductor wants done; must not wait."""
        self._do[type(effect)](effect)

    def _doings(self) -> Mapping[type, Callable[[Any], object]]:
        """Who does what."""
        keep = self._keep
        return {
            do.Publish: lambda effect: self.bus.publish(effect.event, self.conductor.causes),
            do.Follow: lambda effect: self.writer.follow(effect.plan),
            do.Decode: lambda effect: self.worker.request(effect.request),
            do.Reprioritise: lambda e: self.worker.reprioritise(e.take, e.priority),
            do.Release: lambda effect: self.worker.release(effect.take),
            do.Reply: self._reply,
            do.SetCardVolume: self._set_card_volume,
            do.AddToLibrary: lambda e: self._add_to_library(e.documents, e.answer),
            do.SaveQueue: keep,
            do.SaveState: keep,
            do.SaveSetting: keep,
        }

    def _keep(self, effect: do.SaveQueue | do.SaveState | do.SaveSetting) -> None:
        if self._keeper is not None:
            self._keeper.keep(effect)

    def _reply(self, effect: do.Reply) -> None:
        answer = partial(effect.answer, effect.result, effect.error)
        if effect.when_kept and self._keeper is not None:
            self._keeper.when_kept(answer)
        else:
            answer()

    def _set_card_volume(self, effect: do.SetCardVolume) -> None:
        if self._card_volume is not None:
            self._card_volume.set(effect.percent, muted=effect.muted)

    def _add_to_library(self, documents: tuple[dict[str, Any], ...], answer: do.Answer) -> None:
        if self._keeper is None:
            answer(None, "library.add: no library is open; expected the service; start it")
            return

        def done(future: Future[list[int]]) -> None:
            error = future.exception()
            answer(None, str(error)) if error else answer({"passages": future.result()}, None)

        self._keeper.add(documents).add_done_callback(done)

    def _relay(self, event: Event | None) -> None:
        if event is not None:
            self.conductor.post(event)

    def _decoded(self, message: DecodeMessage) -> None:
        """On the decode thread: tell the conductor; a render waits for the frames as well."""
        match message:
            case Opened():
                message.buffer.on_filled = self.writer.poke
            case Failed():
                message = replace(message, away=self._is_away(message.take))
        self.conductor.post(message)

    def _is_away(self, take: TakeId) -> bool:
        takes = self.conductor.state.takes.values()
        return any(self._music_lost(t.passage.file) for t in takes if t.id == take)

    def _look(self, state: State) -> Stuck | None:
        """Compare what the parts do with what the state wants."""
        found = self._watchdog.look(
            facts(state, self.worker.known, self.writer.problem, self.mixer.sounding),
            self.conductor.now_ns(),
        )
        return None if found is None else Stuck(*found)

    def _report_output(self, problem: str | None) -> None:
        if problem != self._output_problem:
            self._output_problem = problem
            self.conductor.post(Problem("output", problem))

    def _attach_card(self, card: int | None) -> None:
        has = self._card_volume is not None and self._card_volume.attach(card)
        if has != self._has_card_volume:
            self._has_card_volume = has
            self.conductor.post(CardVolumeFound(has))


def _awaited(take: Take) -> bool:
    """Whether the decoder should be at work on it."""
    return not (take.finished or take.away)


def facts(
    state: State, decoding: frozenset[TakeId], output_problem: str | None, sounding: int | None
) -> Facts:
    """What the watchdog is told."""
    takes = list(state.takes.values())
    unheard = state.queue.current is not None and state.queue.current not in state.sounding
    take = state.current_take
    ready = take is not None and take.holds(state.settings.minimum_playback_buffer_ms)
    return Facts(
        wanted=tuple((i, take.id) for i, take in enumerate(takes) if _awaited(take)),
        current=0 if take is None else take.id,
        decoding=frozenset(decoding),
        ready=ready and unheard and output_problem is None,
        sounding=sounding is not None,
    )
