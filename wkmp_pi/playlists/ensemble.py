"""All runs that go on: they begin, bring out what is due, and end. Pure.

What follows is collected and taken by ``take``: in the order in which it is
to be done. ``Runs`` decides who may begin, and why somebody ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from wkmp_pi.commands import AnyCommand
from wkmp_pi.events.kinds import Event, PlaylistStopped, StopReason, payload
from wkmp_pi.events.machines import Publish
from wkmp_pi.events.told import Told
from wkmp_pi.playlists.agenda import Agenda, Due, What
from wkmp_pi.playlists.definition import Retrigger, part_of
from wkmp_pi.playlists.facts import Facts
from wkmp_pi.playlists.meant import meant
from wkmp_pi.playlists.passages import Passages
from wkmp_pi.playlists.run import OVERDUE_NS, Run
from wkmp_pi.playlists.words import Answer, MarkHeard, Out

AT_ONCE: Final = 100
"""So much comes out in one call after a stall: an interrupt need not wait for all of it."""


class Ensemble:
    """All runs that have been created and are not over.

    Args:
        rate_hz: the working rate.
        lead_ns: sound that is mixed but not heard.
        have: the parts of the box, as ``part_of`` names them; ``None`` if it has every part.
        ended: told of each end, by the last event of the run.
    """

    def __init__(
        self,
        rate_hz: int,
        lead_ns: int,
        have: frozenset[str] | None,
        ended: Callable[[PlaylistStopped], None],
    ) -> None:
        self.rate_hz = rate_hz
        self.sets: dict[str, list[Run]] = {}
        self._have = have
        self._ended = ended
        self._runs: dict[int, Run] = {}
        self._agenda = Agenda()
        self._overdue = Agenda()
        self._passages = Passages(rate_hz, lead_ns)
        self._outs: list[Out] = []
        self._gone: set[int] = set()

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(tuple(self._runs.values()))

    @property
    def entries(self) -> int:
        """How much is noted for later."""
        return len(self._agenda) + len(self._overdue)

    @property
    def next_ns(self) -> int | None:
        """When ``due`` has something to do."""
        times = (self._agenda.next_ns, self._overdue.next_ns)
        return min((at for at in times if at is not None), default=None)

    def take(self) -> list[Out]:
        """What is to be done since the last call, in order."""
        if self._gone:
            self._agenda.forget(self._gone)
            self._overdue.forget(self._gone)
            self._gone = set()
        outs, self._outs = self._outs, []
        return [*outs, *self._passages.take()]

    def enter(self, run: Run, event: Event | None, now_ns: int) -> None:
        """Announce a run; it begins, unless it has to wait for its turn."""
        others = self.sets.setdefault(run.playlist.id, [])
        waits = bool(others) and run.playlist.retrigger is Retrigger.QUEUE
        others.append(run)
        self._runs[run.serial] = run
        self._outs.append(Publish(run.created(), run.causes))
        if not waits:
            self._begin(run, event, now_ns)

    def end(
        self,
        runs: Iterable[Run],
        reason: StopReason,
        now_ns: int,
        interrupt: Mapping[str, Any] | None = None,
        causes: tuple[int, ...] = (),
    ) -> list[str]:
        """End these runs, those that are over already excepted; gives the ids of the others."""
        ending = [run for run in runs if run.serial in self._runs]
        for run in ending:
            del self._runs[run.serial]
            self._gone.add(run.serial)
        self._passages.leave(ending)
        touched = dict.fromkeys(run.playlist.id for run in ending)
        for set_id in touched:
            self.sets[set_id] = [run for run in self.sets[set_id] if run.serial in self._runs]
        for run in ending:
            self._tell_end(run, reason, now_ns, interrupt, (*run.causes, *causes))
        for set_id in touched:
            self._call_next(set_id, now_ns)
        return [run.id for run in ending]

    def find(self, run_id: str) -> Run | None:
        """The run of that id, if it is not over."""
        return next((run for run in self._runs.values() if run.id == run_id), None)

    def due(self, now_ns: int) -> None:
        """Bring out what is due, in the order of time, but not more than a little at once."""
        while late := self._overdue.take(now_ns):
            run = self._runs.get(late.run)
            if run is not None:
                overdue_ns = now_ns - late.at_ns + OVERDUE_NS
                self._outs.append(Publish(run.overdue(overdue_ns), run.causes))
        for _ in range(AT_ONCE):
            due = self._agenda.take(now_ns)
            if due is None:
                return
            if due.run in self._runs:
                self._do(due, self._runs[due.run], now_ns)

    def hear(self, heard: MarkHeard, now_ns: int) -> None:
        """A mark was heard: its occurrence comes out, if it has not yet."""
        run = self.find(heard.mark.run_id)
        if run is not None:
            self._heard(run, heard.mark.step, heard.mark.repeat, heard.heard_ns, now_ns)

    def note(self, told: Told, now_ns: int) -> None:
        """Keep up with an event: passages that begin and end, and what runs wait for."""
        for run in self._passages.note(told.event, self._runs.values()):
            run.lost += len(run.unheard)
            self._complete(run, now_ns)

    def open_waits(self, told: Told, facts: Facts, now_ns: int) -> None:
        """Let runs go on that have waited for this event."""
        at_ns = min(told.at_ns, now_ns)
        for run in [run for run in self._runs.values() if run.listening]:
            for index, since_ns in list(run.listening.items()):
                on = run.playlist.gates[index].wait.on
                if at_ns >= since_ns and on.names(told.event.name) and meant(on, facts):
                    del run.listening[index]
                    self._open(run, index, at_ns)

    def _begin(self, run: Run, event: Event | None, now_ns: int) -> None:
        playlist = run.playlist
        run.began_ns, run.start_ns = now_ns, max(run.start_ns, now_ns)
        if playlist.deadline_ns is not None:
            self._agenda.add(Due(run.start_ns + playlist.deadline_ns, run.serial, What.DEADLINE))
        longest_ns = playlist.longest_ns
        if longest_ns is None:
            self._passages.join(run, event)
            for mark, at_ns in self._passages.near(run, event, now_ns):
                self._agenda.add(Due(at_ns, run.serial, What.MARK, mark.step, mark.repeat))
            return
        self._overdue.add(Due(run.start_ns + longest_ns + OVERDUE_NS, run.serial, What.OVERDUE))
        self._open(run, None, run.start_ns)

    def _open(self, run: Run, gate: int | None, at_ns: int) -> None:
        """Everything that counts from the start of a run, or from the end of one of its waits."""
        for index, step in enumerate(run.playlist.steps):
            if step.gate == gate:
                self._agenda.add(Due(at_ns + step.due(0).ns, run.serial, What.STEP, index))
        for index, about in run.playlist.gates.items():
            if about.parent == gate:
                run.listening[index] = since_ns = at_ns + about.base.ns
                ends_ns = since_ns + about.wait.deadline_ns
                self._agenda.add(Due(ends_ns, run.serial, What.WAIT_ENDS, index))

    def _do(self, due: Due, run: Run, now_ns: int) -> None:
        if due.what is What.STEP:
            self._step(due, run, now_ns)
        elif due.what is What.MARK:
            self._heard(run, due.step, due.repeat, due.at_ns, now_ns)
        elif due.what is What.DEADLINE or due.step in run.listening:
            self.end((run,), StopReason.TIMEOUT, now_ns)

    def _heard(self, run: Run, step: int, repeat: int, heard_ns: int, now_ns: int) -> None:
        """A mark's moment has come, by the frame or by the clock, whichever is first."""
        if (step, repeat) not in run.unheard:
            return
        del run.unheard[step, repeat]
        self._emit(run, step, repeat, heard_ns, now_ns)
        if not run.unheard:
            self._complete(run, now_ns)

    def _step(self, due: Due, run: Run, now_ns: int) -> None:
        step = run.playlist.steps[due.step]
        following = due.repeat + 1
        if following < step.repeat:
            at_ns = due.at_ns + step.interval.ns
            self._agenda.add(due._replace(at_ns=at_ns, repeat=following))
        else:
            run.steps_left -= 1
        self._emit(run, due.step, due.repeat, due.at_ns, now_ns)
        if not run.steps_left:
            self._complete(run, now_ns)

    def _emit(self, run: Run, index: int, repeat: int, scheduled_ns: int, now_ns: int) -> None:
        """Bring out one occurrence: the event or command first, what is told of it after it."""
        step = run.playlist.steps[index]
        late = step.drop_after_ns is not None and now_ns - scheduled_ns > step.drop_after_ns
        if late or not self._has_part(step.command):
            return
        try:
            deed = run.deed(index)
            told = run.emitted_event(index, repeat, scheduled_ns, now_ns, self.rate_hz)
        except ValueError:  # filled with what an event can not carry
            run.lost += 1
            return
        run.emitted += 1
        self._outs += [deed, Publish(told, run.causes)]

    def _complete(self, run: Run, now_ns: int) -> None:
        reason = StopReason.FAILED if run.lost else StopReason.COMPLETED
        self.end((run,), reason, now_ns)

    def _tell_end(
        self,
        run: Run,
        reason: StopReason,
        now_ns: int,
        interrupt: Mapping[str, Any] | None,
        causes: tuple[int, ...],
    ) -> None:
        stopped = run.stopped(reason, interrupt, now_ns)
        for deed in run.endings(reason):
            if isinstance(deed, Publish) or self._has_part(deed.command):
                self._outs.append(deed)
        self._outs.append(Publish(stopped, causes))
        completion = run.completion() if reason is StopReason.COMPLETED else None
        if completion is not None:
            self._outs.append(Publish(completion, causes))
        self._outs += [Answer(token, payload(stopped)) for token in run.joined]
        self._ended(stopped)

    def _has_part(self, command: AnyCommand | None) -> bool:
        """Whether the box has what a command is for; if not, it is passed over."""
        part = part_of(command)
        return self._have is None or part == "" or part in self._have

    def _call_next(self, set_id: str, now_ns: int) -> None:
        """Whose turn it is after an end; a set that is empty leaves nothing behind."""
        runs = self.sets[set_id]
        if not runs:
            del self.sets[set_id]
        waiting = next((run for run in runs if run.began_ns is None), None)
        if waiting is not None and not any(_holds_others_up(run) for run in runs):
            self._begin(waiting, None, now_ns)


def _holds_others_up(run: Run) -> bool:
    return run.began_ns is not None and run.playlist.retrigger is Retrigger.QUEUE
