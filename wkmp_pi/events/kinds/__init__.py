"""Every event, one class each: facts in the past tense.

``name`` is an event's identity everywhere: on the bus, in files, over the
socket. ``source`` tells apart what has the same name: two buttons, two lights.
Payloads are frozen: what one subscriber does with them no other can see.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Any

from wkmp_pi.events.kinds.around import (
    HopLimitReached,
    LightChanged,
    MachinesStepped,
    MqttChanged,
)
from wkmp_pi.events.kinds.controls import (
    ButtonPressed,
    ButtonReleased,
    Gesture,
    GestureChord,
    GestureDouble,
    GestureFlapping,
    GestureLong,
    GestureMulti,
    GesturePress,
    GestureRelease,
    GestureRepeat,
    GestureSequence,
    GestureSimultaneous,
    GestureSingle,
    GestureTriple,
    GestureTurn,
    PeripheralsChanged,
    PeripheralValue,
)
from wkmp_pi.events.kinds.custom import Custom, may_be_custom
from wkmp_pi.events.kinds.event import Event, frozen, thawed
from wkmp_pi.events.kinds.player import (
    BufferStateChanged,
    CommandRefused,
    DecodeFailed,
    PassageCorrected,
    ProblemChanged,
    QueueChanged,
    QueueEmptied,
    SettingsChanged,
    SleepChanged,
    StateChanged,
    VolumeChanged,
    WatchdogIntervened,
)
from wkmp_pi.events.kinds.playlists import (
    OfRun,
    PlaylistCreated,
    PlaylistEmitted,
    PlaylistOverdue,
    PlaylistStopped,
    StopReason,
)
from wkmp_pi.events.kinds.sound import (
    UNHEARD_NS,
    CrossfadeClipped,
    CrossfadeCompleted,
    CrossfadeStarted,
    CueReached,
    Heard,
    MarkReached,
    OutputBufferGrown,
    OutputLost,
    OutputOpened,
    OutputRestored,
    OutputStarved,
    OutputXrun,
    PassageCompleted,
    PassageStarted,
    PlaybackProgress,
    PositionUpdated,
    Reason,
    SongChanged,
)
from wkmp_pi.events.kinds.table import GESTURES, KINDS, KnownEvent

__all__ = [
    # the words
    "Event", "KnownEvent", "AnyEvent", "KINDS", "GESTURES", "frozen", "thawed", "as_dict",
    "payload", "may_be_custom",
    # the sound
    "Heard", "UNHEARD_NS", "Reason", "PassageStarted", "PassageCompleted", "CrossfadeStarted",
    "CrossfadeCompleted", "CrossfadeClipped", "SongChanged", "CueReached", "MarkReached",
    "PositionUpdated",
    "PlaybackProgress", "OutputOpened", "OutputXrun", "OutputStarved", "OutputLost",
    "OutputRestored", "OutputBufferGrown",
    # the player
    "StateChanged", "VolumeChanged", "QueueChanged", "QueueEmptied", "BufferStateChanged",
    "DecodeFailed", "PassageCorrected", "WatchdogIntervened", "SettingsChanged", "SleepChanged",
    "ProblemChanged", "CommandRefused",
    # the controls
    "ButtonPressed", "ButtonReleased", "Gesture", "GesturePress", "GestureRelease",
    "GestureSingle", "GestureDouble", "GestureTriple", "GestureMulti", "GestureLong",
    "GestureRepeat", "GestureChord", "GestureSimultaneous", "GestureSequence", "GestureTurn",
    "GestureFlapping", "PeripheralValue", "PeripheralsChanged",
    # the playlists
    "OfRun", "StopReason", "PlaylistCreated", "PlaylistEmitted", "PlaylistStopped",
    "PlaylistOverdue", "Custom",
    # what is around
    "LightChanged", "MqttChanged", "HopLimitReached", "MachinesStepped",
]  # fmt: skip

AnyEvent = KnownEvent | Custom
"""Every event there can be."""


def as_dict(event: Event) -> dict[str, Any]:
    """An event as plain data: ``name`` first, then its fields in the order of their definition."""
    return {"name": event.name, **_fields(event, {})}


def payload(event: Event) -> dict[str, Any]:
    """The fields alone, by the names that they have where the event's own name stands elsewhere."""
    named = {f.name: f.metadata["payload"] for f in dataclasses.fields(event) if f.metadata}
    return _fields(event, named)


def _fields(event: Event, named: dict[str, str]) -> dict[str, Any]:
    own = isinstance(event, Custom)
    return {
        named.get(f.name, f.name): _plain(getattr(event, f.name))
        for f in dataclasses.fields(event)
        if not (own and f.name == "event")  # it is the ``name``
    }


def _plain(value: Any) -> Any:
    return thawed(value) if isinstance(value, MappingProxyType) else value
