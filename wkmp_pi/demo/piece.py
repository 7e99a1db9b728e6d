"""What a piece is: parts, a tempo and a room. Words only; ``desk`` lets them sound."""

from __future__ import annotations

from dataclasses import dataclass, field

from wkmp_pi.demo.score import Note
from wkmp_pi.demo.voices import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one player plays, and how it stands in the room.

    Attributes:
        pan: -1 left … 1 right.
        room_db: how much of it the room hears.
        echo_beats: distance of its echoes, which go from side to side; 0 for none.
        swing: by how much of a half beat the off-beats come late.
    """

    voice: Voice
    notes: tuple[Note, ...]
    gain_db: float = 0.0
    pan: float = 0.0
    room_db: float = -12.0
    echo_beats: float = 0.0
    swing: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A reverberant room: how long it rings, and above which frequency that dies sooner."""

    seconds: float = 2.4
    highs_hz: float = 4500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of music.

    Attributes:
        title: also what every chance in the performance grows from.
        tempo: beats per minute.
        beats: how long it is written.
        ring_s: how long the room sounds after the last beat.
    """

    title: str
    tempo: float
    beats: float
    parts: tuple[Part, ...]
    room: Room = field(default_factory=Room)
    ring_s: float = 2.5

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return self.seconds_at(self.beats) + self.ring_s

    def seconds_at(self, beat: float) -> float:
        """Where a beat lies."""
        return beat * 60 / self.tempo
