"""Which passages sound, which of them a run's marks belong to, and which marks are wanted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wkmp_pi.events.kinds import Event, Heard, PassageCompleted, PassageStarted
from wkmp_pi.playlists.definition import Anchor
from wkmp_pi.playlists.run import Run
from wkmp_pi.playlists.words import Arm, Mark
from wkmp_pi.units import ns_from_frames


class Passages:
    """The passages that are heard now, and the marks of all runs that are anchored to audio.

    Args:
        rate_hz: the working rate.
        lead_ns: sound that is mixed but not heard; a mark in it would come too late.
    """

    def __init__(self, rate_hz: int, lead_ns: int) -> None:
        self.rate_hz = rate_hz
        self._lead_ns = lead_ns
        self._sounding: list[int] = []
        self._marks: dict[int, tuple[Mark, ...]] = {}
        self._changed = False

    def join(self, run: Run, event: Event | None) -> None:
        """Give a run its passage and its marks.

        The passage is that of the event which started it, if that still sounds; else the next
        one for a start, the newest that sounds for an end, and if none does, the next.
        """
        run.entry = self._entry(run.playlist.anchor, event)
        run.unheard = dict.fromkeys((m.step, m.repeat) for m in run.marks(self.rate_hz))
        self._arm(run)

    def near(self, run: Run, event: Event | None, now_ns: int) -> Iterator[tuple[Mark, int]]:
        """Marks that are mixed already, or heard, when their run begins, and when that is.

        Only the beginning of a passage that starts a run itself is so near; its time is known.
        """
        if run.playlist.anchor is not Anchor.PASSAGE_START or not isinstance(event, PassageStarted):
            return
        begun_ns = event.heard_ns - event.position_ms * 1_000_000
        for mark in self._marks[run.serial] if run.entry == event.entry else ():
            at_ns = begun_ns + ns_from_frames(mark.offset_frames, self.rate_hz)
            if at_ns <= now_ns + self._lead_ns:
                yield mark, at_ns

    def leave(self, runs: Iterable[Run]) -> None:
        """These runs want no marks any more."""
        for run in runs:
            self._changed = self._marks.pop(run.serial, None) is not None or self._changed

    def note(self, event: Event, runs: Iterable[Run]) -> Iterator[Run]:
        """Keep up with what is heard; the runs of ``runs`` whose passage is over."""
        if isinstance(event, PassageStarted):
            self._sounding.append(event.entry)
            for run in self._anchored(runs):
                if run.entry is None:
                    run.entry = event.entry
                    self._arm(run)
        elif isinstance(event, PassageCompleted):
            self._sounding = [entry for entry in self._sounding if entry != event.entry]
            yield from [run for run in self._anchored(runs) if run.entry == event.entry]

    def take(self) -> list[Arm]:
        """The marks that are wanted now, if they are others than at the last call."""
        if not self._changed:
            return []
        self._changed = False
        return [Arm(tuple(mark for marks in self._marks.values() for mark in marks))]

    def _anchored(self, runs: Iterable[Run]) -> list[Run]:
        return [run for run in runs if run.serial in self._marks]

    def _arm(self, run: Run) -> None:
        self._marks[run.serial] = tuple(run.marks(self.rate_hz))
        self._changed = True

    def _entry(self, anchor: Anchor, event: Event | None) -> int | None:
        own = event.entry if isinstance(event, Heard) and event.entry in self._sounding else None
        if anchor is Anchor.PASSAGE_START:
            return own if isinstance(event, PassageStarted) else None
        newest = self._sounding[-1] if self._sounding else None
        return newest if own is None else own
