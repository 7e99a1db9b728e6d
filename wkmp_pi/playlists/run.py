"""One performance of a playlist, and how its life is told. Pure; owned by ``Runs``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from wkmp_pi.commands import AnyCommand
from wkmp_pi.events.kinds import (
    Custom,
    PlaylistCreated,
    PlaylistEmitted,
    PlaylistOverdue,
    PlaylistStopped,
    StopReason,
)
from wkmp_pi.events.machines import Publish
from wkmp_pi.playlists.definition import Playlist
from wkmp_pi.playlists.filling import filled
from wkmp_pi.playlists.words import Do, Mark

NS_PER_MS: Final = 1_000_000
OVERDUE_NS: Final = 5_000_000_000
"""So long after its expected end a run is told to be overdue."""


class Run:
    """One performance.

    Attributes:
        serial: in the order of creation, never used again.
        playlist: the definition as it was then; a later one does not change it.
        trigger: what started it, as ``{name, source, data}``; frozen.
        metadata: the playlist's own with that of who started it; frozen.
        causes: the ids of the events that started it.
        began_ns: when its turn came; ``None`` while it waits for others.
        start_ns: what the offsets of its steps count from.
        listening: steps whose waits are open, and since when.
        steps_left: steps that have occurrences left.
        entry: of the queue, which its marks belong to; ``None`` is the next.
        unheard: occurrences that are marks and have not been heard.
        emitted: occurrences that came out.
        lost: those that could not.
        joined: the tokens of those who wait for its end.
    """

    __slots__ = (
        "began_ns", "causes", "created_ns", "emitted", "entry", "id", "joined", "listening",
        "lost", "metadata", "playlist", "serial", "start_ns", "steps_left", "trigger", "unheard",
    )  # fmt: skip

    def __init__(
        self,
        serial: int,
        playlist: Playlist,
        trigger: Mapping[str, Any],
        metadata: Mapping[str, Any],
        causes: tuple[int, ...],
        now_ns: int,
    ) -> None:
        self.serial = serial
        self.id = f"{playlist.id}-{serial}"
        self.playlist = playlist
        self.trigger = trigger
        self.metadata = metadata
        self.causes = causes
        self.created_ns = now_ns
        self.began_ns: int | None = None
        self.start_ns = now_ns + playlist.veto_ns
        self.listening: dict[int, int] = {}
        self.steps_left = len(playlist.steps)
        self.entry: int | None = None
        self.unheard: dict[tuple[int, int], None] = {}
        self.emitted = 0
        self.lost = 0
        self.joined: list[int] = []

    def marks(self, rate_hz: int) -> Iterator[Mark]:
        """All its occurrences as marks, those that were heard included."""
        for index, step in enumerate(self.playlist.steps):
            for repeat in range(step.repeat):
                yield Mark(
                    run_id=self.id,
                    step=index,
                    repeat=repeat,
                    anchor=self.playlist.anchor,
                    entry=self.entry,
                    offset_frames=step.due(repeat).in_frames(rate_hz),
                )

    def created(self) -> PlaylistCreated:
        """It is there, and may be stopped before anything comes of it."""
        return PlaylistCreated(
            **self._about(),
            steps=len(self.playlist.steps),
            metadata=self.metadata,
            trigger=self.trigger,
        )

    def deed(self, index: int) -> Publish | Do:
        """What a step does.

        Raises:
            ValueError: its data, filled, is none that an event can carry.
        """
        step = self.playlist.steps[index]
        return self._deed(step.name, step.data, step.command, step.producer)

    def emitted_event(
        self, index: int, repeat: int, scheduled_ns: int, now_ns: int, rate_hz: int
    ) -> PlaylistEmitted:
        """A step came out."""
        step = self.playlist.steps[index]
        return PlaylistEmitted(
            **self._about(),
            step_index=index,
            repeat_index=repeat,
            emitted=step.name,
            offset_s=step.written(repeat).in_s(rate_hz),
            scheduled_ns=scheduled_ns,
            actual_ns=now_ns,
            late_ms=round(max(now_ns - scheduled_ns, 0) / NS_PER_MS, 3),
            data=step.data if step.command is not None else self._filled(step.data),
            metadata=self.metadata,
            trigger=self.trigger,
        )

    def endings(self, reason: StopReason) -> Iterator[Publish | Do]:
        """What is done when it ends so; nothing if nothing came of it."""
        for ending in self.playlist.endings if self.emitted else ():
            if reason in ending.reasons:
                try:
                    yield self._deed(ending.name, ending.data, ending.command, "")
                except ValueError:  # filled with what an event can not carry
                    continue

    def stopped(
        self, reason: StopReason, interrupt: Mapping[str, Any] | None, now_ns: int
    ) -> PlaylistStopped:
        """It is over."""
        began_ns = now_ns if self.began_ns is None else self.began_ns
        return PlaylistStopped(
            **self._about(),
            reason=reason,
            interrupt=interrupt,
            emitted_count=self.emitted,
            duration_ms=(now_ns - began_ns) // NS_PER_MS,
            metadata=self.metadata,
            trigger=self.trigger,
        )

    def completion(self) -> Custom | None:
        """The event that tells that it came to its end, if its owner wants one."""
        if not self.playlist.completion:
            return None
        data = {**self._about(), "metadata": self.metadata, "emitted_count": self.emitted}
        return Custom(event=self.playlist.completion, producer=self._producer(), data=data)

    def overdue(self, late_ns: int) -> PlaylistOverdue:
        """It should have been over."""
        return PlaylistOverdue(**self._about(), overdue_ms=late_ns // NS_PER_MS)

    def row(self, now_ns: int) -> dict[str, Any]:
        """What is told of it in a list."""
        return {
            **self._about(),
            "state": "waiting" if self.began_ns is None else "running",
            "age_ms": (now_ns - self.created_ns) // NS_PER_MS,
            "emitted_count": self.emitted,
            "steps_left": self.steps_left,
            "trigger": self.trigger["name"],
        }

    def _about(self) -> dict[str, Any]:
        about = self.playlist
        return {"run_id": self.id, "playlist_id": about.id, "playlist_name": about.name}

    def _deed(
        self, name: str, data: Mapping[str, Any], command: AnyCommand | None, producer: str
    ) -> Publish | Do:
        if command is not None:
            return Do(command, self.causes)
        event = Custom(event=name, producer=producer or self._producer(), data=self._filled(data))
        return Publish(event, self.causes)

    def _filled(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        known = {"trigger": self.trigger, "metadata": self.metadata}
        filled_data: Mapping[str, Any] = filled(data, known)
        return filled_data

    def _producer(self) -> str:
        return f"playlist.{self.playlist.id}"
