"""What can be asked of the box: imperative, one owner (the conductor), may be refused.

The same classes serve the command line, the socket and, later, every other
door; decoding checks types and ranges, so the conductor sees only well-formed
requests. On the wire a command is a JSON object with its name under
``command``: ``{"command": "seek", "position_ms": 61000}``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec

_MONTH_MS = 30 * 24 * 3600 * 1000

Ms = Annotated[int, msgspec.Meta(ge=0, le=_MONTH_MS)]
DeltaMs = Annotated[int, msgspec.Meta(ge=-_MONTH_MS, le=_MONTH_MS)]
LONGEST_SCRIPT_MS = 600_000
SoonMs = Annotated[float, msgspec.Meta(ge=0, le=LONGEST_SCRIPT_MS)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Entry = Annotated[int, msgspec.Meta(ge=1)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]


class Command(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="command"
):
    """Base of all commands."""


class Play(Command, frozen=True, kw_only=True, tag="play"):
    """Go on; harmless while playing."""


class Pause(Command, frozen=True, kw_only=True, tag="pause"):
    """Stand still; harmless while paused."""


class Toggle(Command, frozen=True, kw_only=True, tag="toggle"):
    """Play if paused, pause if playing."""


class Next(Command, frozen=True, kw_only=True, tag="next"):
    """Skip to the following entry; during a crossfade, to the one after the incoming."""


class Previous(Command, frozen=True, kw_only=True, tag="previous"):
    """Restart the current passage, or go to the one before within its first seconds."""


class Seek(Command, frozen=True, kw_only=True, tag="seek"):
    """Move to ``position_ms`` of the current passage, or by ``delta_ms``; give one of the two."""

    position_ms: Ms | None = None
    delta_ms: DeltaMs | None = None


class Place(StrEnum):
    """Where new entries go in the play queue."""

    END = "end"
    NEXT = "next"
    BEFORE = "before"
    AFTER = "after"
    AT = "at"


class Enqueue(Command, frozen=True, kw_only=True, tag="enqueue"):
    """Put items into the play queue.

    Items are ``passage:ID``, an absolute or root-relative path, or a path with
    a span (``path.flac#t=10.5,70``). ``reference`` is the entry for before and
    after, the index from 0 for at.
    """

    items: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1, max_length=100)]
    place: Place = Place.END
    reference: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Remove(Command, frozen=True, kw_only=True, tag="remove"):
    """Take entries out of the queue; removing the one that plays is a skip."""

    entries: Annotated[tuple[Entry, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Move(Command, frozen=True, kw_only=True, tag="move"):
    """Move an entry to an index from 0 in the queue."""

    entry: Entry
    index: Annotated[int, msgspec.Meta(ge=0)]


class Clear(Command, frozen=True, kw_only=True, tag="clear"):
    """Empty the queue; what plays stops with a short fade."""


class SetVolume(Command, frozen=True, kw_only=True, tag="volume"):
    """Set the volume, or change it by ``delta``; give one of the two."""

    percent: Percent | None = None
    delta: Annotated[int, msgspec.Meta(ge=-100, le=100)] | None = None


class Mute(Command, frozen=True, kw_only=True, tag="mute"):
    """Mute, unmute, or (without ``on``) the other of the two."""

    on: bool | None = None


class Sleep(Command, frozen=True, kw_only=True, tag="sleep"):
    """Fade out and pause after ``minutes``, or at the end of the passage; with neither, cancel."""

    minutes: Annotated[float, msgspec.Meta(gt=0, le=24 * 60)] | None = None
    at_end: bool = False


class SetSetting(Command, frozen=True, kw_only=True, tag="settings.set"):
    """Change one setting; ``wkmp_pi.settings`` tells which values are taken."""

    key: Text
    value: Any


class GetSettings(Command, frozen=True, kw_only=True, tag="settings.get"):
    """All settings with their values."""


class GetStatus(Command, frozen=True, kw_only=True, tag="status"):
    """The whole player state."""


class GetQueue(Command, frozen=True, kw_only=True, tag="queue"):
    """The play queue."""


class AddPassages(Command, frozen=True, kw_only=True, tag="library.add"):
    """Store passages (documents as ``library show --json`` prints them); all or nothing."""

    documents: Annotated[tuple[dict[str, Any], ...], msgspec.Meta(min_length=1, max_length=10_000)]


class Duck(Command, frozen=True, kw_only=True, tag="duck"):
    """Lower what plays to ``percent`` of its level for a while, or (100) let it come back."""

    percent: Percent
    fade_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 300


class SetLight(Command, frozen=True, kw_only=True, tag="light"):
    """Switch a light; what is not given stays as it is."""

    light: Text
    on: bool | None = None
    level: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    colour: Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{6}$")] | None = None
    fade_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0


class SetRelay(Command, frozen=True, kw_only=True, tag="relay"):
    """Switch a relay."""

    relay: Text
    on: bool


class Sample(Command, frozen=True, kw_only=True, tag="sample"):
    """Measure something of the machine: it comes as ``peripheral.value`` of that name."""

    what: Annotated[str, msgspec.Meta(pattern="^(cpu_temperature|load|disk)$")]


class PublishEvent(Command, frozen=True, kw_only=True, tag="event.publish"):
    """Tell everybody of an event of one's own."""

    event: Text
    data: dict[str, Any] = msgspec.field(default_factory=dict)


class SimulateGesture(Command, frozen=True, kw_only=True, tag="gesture.simulate"):
    """Press buttons that nobody presses: ``[button, down, at_ms]`` each, counted from now."""

    edges: Annotated[
        tuple[tuple[str, bool, SoonMs], ...], msgspec.Meta(min_length=1, max_length=1000)
    ]


class AddPeripheral(Command, frozen=True, kw_only=True, tag="peripheral.add"):
    """One more virtual peripheral until the service ends: a ``[[peripheral]]`` of ``box.toml``."""

    definition: dict[str, Any]


class UpdatePeripheral(Command, frozen=True, kw_only=True, tag="peripheral.update"):
    """Put another definition in the place of the one that has its id."""

    definition: dict[str, Any]


class RemovePeripheral(Command, frozen=True, kw_only=True, tag="peripheral.remove"):
    """Take a virtual peripheral away until the next start, with all that it waits for."""

    peripheral: Text


class ListPeripherals(Command, frozen=True, kw_only=True, tag="peripheral.list"):
    """The virtual peripherals that there are."""


class StartPlaylist(Command, frozen=True, kw_only=True, tag="playlist.start"):
    """Start an event playlist; ``data`` is what its steps may refer to."""

    playlist: Text
    data: dict[str, Any] = msgspec.field(default_factory=dict)
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class StopPlaylist(Command, frozen=True, kw_only=True, tag="playlist.stop"):
    """Stop one run, all runs of a playlist, or (with neither) all."""

    run: Text | None = None
    playlist: Text | None = None


class ListPlaylists(Command, frozen=True, kw_only=True, tag="playlist.list"):
    """Every event playlist that was read."""


class ShowPlaylist(Command, frozen=True, kw_only=True, tag="playlist.show"):
    """One event playlist, whole."""

    playlist: Text


class ListRuns(Command, frozen=True, kw_only=True, tag="playlist.runs"):
    """The event playlists that are at it."""


Control = (
    Duck
    | SetLight
    | SetRelay
    | Sample
    | PublishEvent
    | SimulateGesture
    | AddPeripheral
    | UpdatePeripheral
    | RemovePeripheral
    | ListPeripherals
    | StartPlaylist
    | StopPlaylist
    | ListPlaylists
    | ShowPlaylist
    | ListRuns
)
"""What is asked of something else than the player."""

AnyCommand = (
    Play
    | Pause
    | Toggle
    | Next
    | Previous
    | Seek
    | Enqueue
    | Remove
    | Move
    | Clear
    | SetVolume
    | Mute
    | Sleep
    | SetSetting
    | GetSettings
    | GetStatus
    | GetQueue
    | AddPassages
    | Control
)


def decode(request: Any) -> AnyCommand:
    """A command from plain data.

    Raises:
        msgspec.ValidationError: unknown name, unknown field, wrong type or range; says where.
    """
    command: AnyCommand = msgspec.convert(request, AnyCommand)
    return command
