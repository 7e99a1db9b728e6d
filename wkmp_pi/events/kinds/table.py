"""The list of all events of the product; the table of names is made from it."""

from __future__ import annotations

import typing
from collections.abc import Mapping

from wkmp_pi.events.kinds import around, controls, player, playlists, sound
from wkmp_pi.events.kinds.event import Event

KnownEvent = (
    sound.PassageStarted
    | sound.PassageCompleted
    | sound.CrossfadeStarted
    | sound.CrossfadeCompleted
    | sound.CrossfadeClipped
    | sound.SongChanged
    | sound.CueReached
    | sound.MarkReached
    | sound.PositionUpdated
    | sound.PlaybackProgress
    | player.StateChanged
    | player.VolumeChanged
    | player.QueueChanged
    | player.QueueEmptied
    | player.BufferStateChanged
    | player.DecodeFailed
    | player.PassageCorrected
    | sound.OutputOpened
    | sound.OutputXrun
    | sound.OutputStarved
    | sound.OutputLost
    | sound.OutputRestored
    | sound.OutputBufferGrown
    | player.WatchdogIntervened
    | player.SettingsChanged
    | player.SleepChanged
    | player.ProblemChanged
    | player.CommandRefused
    | controls.ButtonPressed
    | controls.ButtonReleased
    | controls.GesturePress
    | controls.GestureRelease
    | controls.GestureSingle
    | controls.GestureDouble
    | controls.GestureTriple
    | controls.GestureMulti
    | controls.GestureLong
    | controls.GestureRepeat
    | controls.GestureChord
    | controls.GestureSimultaneous
    | controls.GestureSequence
    | controls.GestureTurn
    | controls.GestureFlapping
    | controls.PeripheralValue
    | controls.PeripheralsChanged
    | playlists.PlaylistCreated
    | playlists.PlaylistEmitted
    | playlists.PlaylistStopped
    | playlists.PlaylistOverdue
    | around.LightChanged
    | around.MqttChanged
    | around.HopLimitReached
    | around.MachinesStepped
)
"""Every event that has a name of its own; the README's table is made from it."""

KINDS: Mapping[str, type[Event]] = {kind.name: kind for kind in typing.get_args(KnownEvent)}

GESTURES: Mapping[str, type[controls.Gesture]] = {
    name.removeprefix("gesture."): kind
    for name, kind in KINDS.items()
    if issubclass(kind, controls.Gesture)
}
"""The classes of gestures by their words: ``GESTURES["double"]``."""
