"""Night Bus: an electric piano, a bass and brushes on the way home; a flute looks out."""

from __future__ import annotations

from wkmp_pi.demo.piece import Part, Piece, Room
from wkmp_pi.demo.score import Note, tune, voiced
from wkmp_pi.demo.voices import bass, brush, flute, keys, kick, shaker

CHORDS = "Em9 A13 Dmaj9 Bm7"
ROUNDS = 3
BARS = len(CHORDS.split()) * ROUNDS

MELODY = """
    -:.5 B4:.5 D5:.5 E5:.5 G5:1.5! F#5:.5 | E5:1 C#5:.5 E5:.5 F#5:2
    -:.5 A4:.5 D5:.5 F#5:.5 A5:1.5! F#5:.5 | E5:.5 D5:1.5 B4:2
    -:1 G5:.5 A5:.5 B5:1! A5:.5 G5:.5 | F#5:1.5 E5:.5 C#5:2
    -:.5 D5:.5 E5:.5 F#5:.5 A5:1 F#5:1 | E5:1 D5:3
"""

BASS = """
    E2:1.5 B2:.5 E2:1 G2:.5 G#2:.5   | A2:1.5 E2:.5 A2:1 E2:.5 C#2:.5
    D2:1.5 A2:.5 D3:1 A2:.5 C#3:.5   | B2:1.5 F#2:.5 B2:1 D2:1
"""

_chords = voiced(CHORDS, 54, 71) * ROUNDS


def _comping() -> tuple[Note, ...]:
    """Each chord on the first beat and, shorter, just before the third; the hand rolls a little."""
    hits = ((0.0, 1.9, 0.62), (2.5, 1.2, 0.48))
    return tuple(
        Note(4 * bar + beat + 0.02 * finger, beats, p, strength)
        for bar, voicing in enumerate(_chords)
        for beat, beats, strength in hits
        for finger, p in enumerate(voicing)
    )


def _drums(beats: tuple[float, ...], pitch: float, strength: float) -> tuple[Note, ...]:
    """The same beats in every bar from the second to the last but one, every other one softer."""
    return tuple(
        Note(4 * bar + beat, 0.2, pitch, strength * (1 - 0.3 * (i % 2)))
        for bar in range(1, BARS - 1)
        for i, beat in enumerate(beats)
    )


PIECE = Piece(
    title="Night Bus",
    tempo=84,
    beats=4 * BARS,
    ring_s=2.2,
    parts=(
        Part(voice=keys, notes=_comping(), gain_db=-10, pan=-0.1, room_db=-13),
        Part(voice=bass, notes=tune(BASS * ROUNDS)[:-4], gain_db=-4, room_db=-30, swing=0.25),
        Part(
            voice=flute,
            notes=tune(MELODY, at=16, strength=0.62),
            gain_db=-9,
            pan=0.25,
            room_db=-6,
            echo_beats=1.5,
            swing=0.25,
        ),
        Part(voice=kick, notes=_drums((0, 2.5), 31, 0.8), gain_db=-5, room_db=-30, swing=0.25),
        Part(voice=brush, notes=_drums((1, 3), 55, 0.6), gain_db=-3, pan=0.1, room_db=-14),
        Part(
            voice=shaker,
            notes=_drums((0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), 113, 0.6),
            gain_db=-4,
            pan=-0.3,
            room_db=-18,
            swing=0.25,
        ),
    ),
    room=Room(seconds=1.5, highs_hz=4000),
)
