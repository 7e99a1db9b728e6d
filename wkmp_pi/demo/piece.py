"""What a piece is: parts, a tempo, a room, and how its ends meet the neighbours."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

from wkmp_pi.demo.desk import Part, Room, mastered, perform
from wkmp_pi.demo.waves import Sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of music.

    Attributes:
        tempo: beats per minute.
        beats: how long it is written.
        ring_s: how long the room sounds after the last beat.
        lead_in_beats: length of the beginning over which a neighbour may still sound.
    """

    title: str
    tempo: float
    beats: float
    parts: tuple[Part, ...]
    room: Room = field(default_factory=Room)
    ring_s: float = 2.5
    lead_in_beats: float = 0.0

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return self.seconds_at(self.beats) + self.ring_s

    def seconds_at(self, beat: float) -> float:
        """Where a beat lies."""
        return beat * 60 / self.tempo


def played(piece: Piece, rate_hz: int) -> Sound:
    """The finished sound, float32 (2, frames): the same for the same piece, every time."""
    seed = zlib.crc32(piece.title.encode())
    sound = perform(
        piece.parts,
        tempo=piece.tempo,
        seconds=piece.seconds,
        rate_hz=rate_hz,
        room=piece.room,
        seed=seed,
    )
    return mastered(sound * _closing(piece, sound.shape[1]), rate_hz)


def _closing(piece: Piece, frames: int) -> Sound:
    """The room's last breath: level 1 while it rings, a half cosine to silence at the very end."""
    last = int(frames * 0.8 * piece.ring_s / piece.seconds)
    level = np.ones(frames, np.float32)
    level[-last:] = np.cos(np.linspace(0, np.pi / 2, last)) ** 2
    return level
