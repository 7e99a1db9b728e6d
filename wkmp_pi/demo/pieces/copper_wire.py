"""Copper Wire: a steel guitar picked with thumb and fingers; a second one sings above it."""

from __future__ import annotations

from wkmp_pi.demo.piece import Part, Piece, Room
from wkmp_pi.demo.score import Note, pitch, swelling, tune
from wkmp_pi.demo.voices import pluck

SHAPES = {
    "G": "G2 D3 G3 B3 G4",
    "D/F#": "F#2 D3 A3 D4 F#4",
    "Em": "E2 B2 G3 B3 E4",
    "C": "C3 E3 G3 C4 E4",
    "D": "D3 A2 A3 D4 F#4",
}
"""How the hand lies: the thumb's two strings, then the fingers' three."""

BARS = ("G", "D/F#", "Em", "C", "G", "D/F#", "Em", "C", "Em", "C", "D", "G")

MELODY = """
    D5:1.5 B4:.5 G4:2 | A4:1 D5:1 F#5:2 | E5:1.5 G5:.5 B5:2! | A5:1 G5:1 E5:2
    G5:1.5 F#5:.5 E5:1 B4:1 | C5:1 E5:1 G5:2 | F#5:1 E5:.5 F#5:.5 A5:2 | G5:4
"""


def _picked(shape: str, at: float) -> list[Note]:
    """One bar: the thumb keeps the beat, the fingers roll between."""
    strings = [pitch(name) for name in SHAPES[shape].split()]
    order = ((0, 0), (4, 0), (2, 0.5), (1, 1), (3, 1.5), (0, 2), (2, 2.5), (1, 3), (4, 3.5))
    return [
        Note(at + beat, 1.6, strings[string], 0.72 if string < 2 else 0.6) for string, beat in order
    ]


_guitar = [note for bar, shape in enumerate(BARS) for note in _picked(shape, 4 * bar)]
_ending = [Note(48 + 0.04 * i, 4, pitch(n), 0.6) for i, n in enumerate(SHAPES["G"].split())]

PIECE = Piece(
    title="Copper Wire",
    tempo=104,
    beats=50,
    ring_s=3.0,
    parts=(
        Part(
            voice=pluck,
            notes=swelling([*_guitar, *_ending], (0, 0.75), (16, 1.0), (40, 1.0), (48, 0.8)),
            pan=-0.3,
            room_db=-13,
        ),
        Part(
            voice=pluck,
            notes=tune(MELODY, at=16, strength=0.8),
            gain_db=1.5,
            pan=0.4,
            room_db=-7,
            echo_beats=1.5,
        ),
    ),
    room=Room(seconds=1.8, highs_hz=6000),
)
