"""What comes of a playlist, and whom that starts or stops: found by looking, not by running.

Pure. An event of a playlist's own that starts the same playlist again, at
once or by way of others, is an error whatever its delay. What a command
brings about is one only if no time passes: to skip on after half a minute is
a wish, to skip for ever is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wkmp_pi.commands import AnyCommand
from wkmp_pi.config.places import KeyPath
from wkmp_pi.playlists import filling
from wkmp_pi.playlists.definition import NO_TIME, Ending, On, Playlist, Span, Step
from wkmp_pi.units import NS_PER_SECOND

LIFECYCLE: Final = ("event.playlist.created", "event.playlist.emitted", "event.playlist.stopped")

_SKIP = ("passage.completed", "passage.started", "song.changed", "crossfade.*", "queue.changed")
_QUEUE = ("queue.changed", "queue.emptied")
_CONSEQUENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "play": ("playback.state_changed", "playback.progress"),
    "pause": ("playback.state_changed", "playback.progress", "sleep.changed"),
    "toggle": ("playback.state_changed", "playback.progress", "sleep.changed"),
    "next": _SKIP,
    "previous": _SKIP,
    "seek": ("position.updated",),
    "enqueue": _QUEUE,
    "remove": _QUEUE,
    "move": _QUEUE,
    "clear": (*_QUEUE, "passage.completed"),
    "volume": ("volume.changed",),
    "mute": ("volume.changed",),
    "sleep": ("sleep.changed",),
    "settings.set": ("settings.changed",),
    "light": ("light.changed",),
    "sample": ("peripheral.value",),
    "gesture.simulate": ("button.pressed", "button.released", "gesture.*"),
}
_STATES: Final = {"play": {"state": "playing"}, "pause": {"state": "paused"}}
_LONG_NS: Final = NS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One thing that comes of a playlist.

    Attributes:
        name: of the event, or the beginning of one and a ``*``.
        known: fields of its data that are known.
        whole: whether these are all.
        path: where in the file it is asked for.
        offset: from the start of a run at the earliest.
        own: an event of the playlist's own, and no consequence of a command.
    """

    name: str
    known: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = False
    path: KeyPath
    offset: Span = NO_TIME
    own: bool = True

    def may_be(self, on: On) -> bool:
        """Whether ``on`` may mean it."""
        if self.name.endswith("*"):
            return on.event.startswith(self.name[:-1]) or on.names(self.name[:-1])
        if not on.names(self.name):
            return False
        return on.where.holds(self.known) if self.whole else on.where.may_hold(self.known)

    @property
    def at_once(self) -> bool:
        """Whether nearly no time passes before it."""
        return self.offset.ns < _LONG_NS and self.offset.frames == 0


def outputs(playlist: Playlist) -> Iterator[Output]:
    """Everything that may come of a run."""
    about = {"playlist_id": playlist.id, "playlist_name": playlist.name}
    for name in LIFECYCLE:
        yield Output(name=name, known=about, path=("name",))
    if playlist.completion:
        yield Output(name=playlist.completion, known=about, path=("completion",))
    for index, step in enumerate(playlist.steps):
        path = ("step", str(index))
        yield from _of_deed(step.name, step.data, step.command, path, step.due(0))
    for index, ending in enumerate(playlist.endings):
        yield from _of_deed(ending.name, ending.data, ending.command, ("ending", str(index)))


def starts(playlist: Playlist) -> Iterator[tuple[str, Output]]:
    """The playlists that its own commands start, by their ids."""
    deeds: list[tuple[KeyPath, Step | Ending, Span]] = [
        *((("step", str(i)), step, step.due(0)) for i, step in enumerate(playlist.steps)),
        *((("ending", str(i)), ending, NO_TIME) for i, ending in enumerate(playlist.endings)),
    ]
    for path, deed, offset in deeds:
        if deed.command is not None and deed.name == "playlist.start":
            target = str(deed.data.get("playlist", ""))
            yield target, Output(name="", path=path, offset=offset, own=False)


def _of_deed(
    name: str,
    data: Mapping[str, Any],
    command: AnyCommand | None,
    path: KeyPath,
    offset: Span = NO_TIME,
) -> Iterator[Output]:
    if name == "event.publish" and command is not None:
        name, data, command = str(data.get("event", "")), data.get("data", {}), None
    if command is None:
        known = {key: value for key, value in data.items() if not any(filling.roots(value))}
        whole = len(known) == len(data)
        yield Output(name=name, known=known, whole=whole, path=path, offset=offset)
        return
    for event in _CONSEQUENCES.get(name, ()):
        known = _STATES.get(name, {}) if event == "playback.state_changed" else {}
        yield Output(name=event, known=known, path=path, offset=offset, own=False)
