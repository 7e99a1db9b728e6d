"""Which playlists run, what of them is due, and when to ask again.

Pure: no thread, clock or file. Owned by the conductor, which feeds every
event it gets and everything that is asked, calls ``due`` when ``deadline_ns``
has come and nothing else waits in its inbox, and does what is given back, in
that order. Nothing of a run comes out in the call that announces it, so that
who objects is heard first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import Event, PlaylistStopped, StopReason, payload
from wkmp_pi.events.told import MAX_HOPS, Told, hops_after
from wkmp_pi.playlists.book import EMPTY, Book
from wkmp_pi.playlists.brake import Brake
from wkmp_pi.playlists.definition import (
    MAX_DATA_BYTES,
    MAX_METADATA_BYTES,
    MAX_RUNS,
    On,
    Playlist,
    Retrigger,
)
from wkmp_pi.playlists.ensemble import Ensemble
from wkmp_pi.playlists.facts import Facts, described, kept
from wkmp_pi.playlists.index import Index
from wkmp_pi.playlists.meant import meant
from wkmp_pi.playlists.run import Run
from wkmp_pi.playlists.words import Answer, Asked, Join, MarkHeard, Out, Shutdown, Start, Stop

_REMEMBERED: Final = 64
"""Runs that are over and still known by their ids."""


class Runs:
    """All runs of all playlists.

    Args:
        book: the playlists.
        rate_hz: the working rate, which marks are counted in.
        lead_ms: sound that may be mixed and not heard yet: the card's latency and some periods.
        have: the parts of this box: ``light:NAME``, ``relay:NAME``; ``None`` if it has every part.
            Playlists that need others do not start, and commands for others are passed over.
        state: gives the state of the player as plain data, for triggers that look at it.
    """

    def __init__(
        self,
        book: Book = EMPTY,
        *,
        rate_hz: int = 44_100,
        lead_ms: int = 200,
        have: Collection[str] | None = None,
        state: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self.book = book
        self.left_out: dict[str, int] = {}
        """Triggers that started nothing, by playlist: too many runs, or something is missing."""
        self._have = None if have is None else frozenset(have)
        self._state = state
        self._index = Index(book.playlists.values())
        self._ensemble = Ensemble(rate_hz, lead_ms * 1_000_000, self._have, self._remember)
        self._brake = Brake()
        self._serial = 0
        self._over: deque[PlaylistStopped] = deque(maxlen=_REMEMBERED)
        self._closed = False

    @property
    def deadline_ns(self) -> int | None:
        """When ``due`` is to be called, if nothing else happens before."""
        times = (self._ensemble.next_ns, self._brake.next_ns)
        return min((at for at in times if at is not None), default=None)

    @property
    def in_flight(self) -> int:
        """How much is kept for later, of whatever kind: 0 when nothing runs."""
        ensemble = self._ensemble
        return len(ensemble) + len(ensemble.sets) + ensemble.entries + len(self._brake)

    def feed(self, message: Told | MarkHeard | Asked, now_ns: int) -> list[Out]:
        """What follows from an event, from a mark that was heard, or from what is asked.

        What can not be done is answered with an error and changes nothing.
        """
        match message:
            case Told():
                self._told(message, now_ns)
            case MarkHeard():
                self._ensemble.hear(message, now_ns)
            case Shutdown():
                self._closed = True
                self._ensemble.end(list(self._ensemble), StopReason.SHUTDOWN, now_ns)
            case _:
                try:
                    answers = self._asked(message, now_ns)
                except RequestError as error:
                    answers = [Answer(message.token, error=str(error))]
                return [*answers, *self._ensemble.take()]
        return self._ensemble.take()

    def due(self, now_ns: int) -> list[Out]:
        """What is due at ``now_ns``; not always all of it, so ask for ``deadline_ns`` again."""
        for held in self._brake.take(now_ns):
            runs = [run for run in self._ensemble if run.serial in held.runs]
            self._ensemble.end(runs, StopReason.INTERRUPTED, now_ns, held.interrupt, held.causes)
        self._ensemble.due(now_ns)
        return self._ensemble.take()

    def take(self, book: Book, now_ns: int) -> list[Out]:
        """Use another book: runs go on as they began, those of playlists that have gone stop."""
        gone = [run for run in self._ensemble if run.playlist.id not in book.entries]
        self.book, self._index = book, Index(book.playlists.values())
        self.left_out = {i: n for i, n in self.left_out.items() if i in book.entries}
        self._ensemble.end(gone, StopReason.CANCELLED, now_ns)
        return self._ensemble.take()

    def report(self, now_ns: int) -> list[dict[str, Any]]:
        """The runs there are, as plain data."""
        return [run.row(now_ns) for run in self._ensemble]

    # --- what happens ------------------------------------------------------------------------

    def _told(self, told: Told, now_ns: int) -> None:
        facts = Facts(told.event)
        self._ensemble.note(told, now_ns)
        self._ensemble.open_waits(told, facts, now_ns)
        stopped = self._interrupt(told, facts, now_ns)
        for playlist in self._index.of(facts.name):
            if playlist.id not in stopped and self._any_meant(playlist.triggers, facts):
                self._triggered(playlist, told, facts, now_ns)

    def _interrupt(self, told: Told, facts: Facts, now_ns: int) -> frozenset[str]:
        """Stop the runs that the event interrupts; the playlists whose runs these are."""
        stopped: set[str] = set()
        for playlist_id, runs in list(self._ensemble.sets.items()):
            versions = {id(run.playlist): run.playlist for run in runs}
            meant = {v for v, p in versions.items() if self._any_meant(p.interrupts, facts)}
            hit = [run for run in runs if id(run.playlist) in meant] if meant else []
            if not hit:
                continue
            stopped.add(playlist_id)
            why, serials = facts.described(), [run.serial for run in hit]
            if self._brake.allows(playlist_id, now_ns, serials, why, (told.id,)):
                self._ensemble.end(hit, StopReason.INTERRUPTED, now_ns, why, (told.id,))
        return frozenset(stopped)

    def _any_meant(self, ons: Collection[On], facts: Facts) -> bool:
        return any(
            on.names(facts.name)
            and meant(on, facts)
            and (not on.state.tests or on.state.holds(self._state()))
            for on in ons
        )

    def _triggered(self, playlist: Playlist, told: Told, facts: Facts, now_ns: int) -> None:
        if self._hindrance(playlist, (told.id,)):
            self.left_out[playlist.id] = self.left_out.get(playlist.id, 0) + 1
            return
        run = self._run(playlist, facts.described(), playlist.metadata, (told.id,), now_ns)
        self._enter(run, told.event, now_ns)

    # --- what is asked -----------------------------------------------------------------------

    def _asked(self, asked: Start | Stop | Join, now_ns: int) -> list[Out]:
        match asked:
            case Start():
                return [Answer(asked.token, {"run_id": self._start(asked, now_ns)})]
            case Stop():
                runs = self._chosen(asked)
                ids = self._ensemble.end(runs, StopReason.CANCELLED, now_ns, causes=asked.causes)
                return [Answer(asked.token, {"stopped": ids})]
            case Join():
                return self._join(asked)

    def _start(self, asked: Start, now_ns: int) -> str:
        playlist = self.book.get(asked.playlist)
        data = kept("data", asked.data, MAX_DATA_BYTES)
        both = kept("metadata", {**playlist.metadata, **asked.metadata}, MAX_METADATA_BYTES)
        if hindrance := self._hindrance(playlist, asked.causes):
            raise RequestError(f"playlist {playlist.id}: {hindrance}")
        trigger = described(asked.name, asked.source, data)
        run = self._run(playlist, trigger, both, asked.causes, now_ns)
        self._enter(run, None, now_ns)
        return run.id

    def _chosen(self, asked: Stop) -> list[Run]:
        if asked.run:
            known = any(stopped.run_id == asked.run for stopped in self._over)
            return [] if known else [self._find(asked.run)]
        if not asked.playlist:
            return list(self._ensemble)
        if asked.playlist not in self._ensemble.sets:
            self.book.get(asked.playlist)
        return list(self._ensemble.sets.get(asked.playlist, ()))

    def _join(self, asked: Join) -> list[Out]:
        over = next((stopped for stopped in self._over if stopped.run_id == asked.run), None)
        if over is not None:
            return [Answer(asked.token, payload(over))]
        self._find(asked.run).joined.append(asked.token)
        return []

    def _find(self, run_id: str) -> Run:
        if (run := self._ensemble.find(run_id)) is not None:
            return run
        raise RequestError(
            f"run {run_id[:60]}: not known; expected one of those that run now; "
            "see: wkmp-pi playlists runs"
        )

    # --- who may run -------------------------------------------------------------------------

    def _hindrance(self, playlist: Playlist, causes: tuple[int, ...]) -> str | None:
        """Why a run may not start now."""
        runs = self._ensemble.sets.get(playlist.id, ())
        missing = [n for n in playlist.needs if self._have is not None and n not in self._have]
        if self._closed:
            return "the box ends; expected one that goes on; start it later"
        if hops_after(causes) > MAX_HOPS:
            return (
                f"found more than {MAX_HOPS} causes before it; expected no loop; see its triggers"
            )
        if missing:
            return f"needs {', '.join(missing)}; expected it in box.toml; declare it there"
        if len(self._ensemble) >= MAX_RUNS:
            return f"found {MAX_RUNS} runs of all playlists; expected fewer; stop some"
        if runs and playlist.retrigger is Retrigger.IGNORE:
            return f"found {runs[0].id} at work; expected one run at a time; stop it first"
        bounded = playlist.retrigger is not Retrigger.RESTART
        if bounded and len(runs) >= playlist.max_runs:
            return f"found {len(runs)} runs; expected at most {playlist.max_runs}; stop some"
        return None

    def _run(
        self,
        playlist: Playlist,
        trigger: Mapping[str, Any],
        metadata: Mapping[str, Any],
        causes: tuple[int, ...],
        now_ns: int,
    ) -> Run:
        self._serial += 1
        return Run(self._serial, playlist, trigger, metadata, causes, now_ns)

    def _enter(self, run: Run, event: Event | None, now_ns: int) -> None:
        if run.playlist.retrigger is Retrigger.RESTART:
            before = self._ensemble.sets.get(run.playlist.id, ())
            self._ensemble.end(before, StopReason.SUPERSEDED, now_ns, causes=run.causes)
        self._ensemble.enter(run, event, now_ns)

    def _remember(self, stopped: PlaylistStopped) -> None:
        self._over.append(stopped)
