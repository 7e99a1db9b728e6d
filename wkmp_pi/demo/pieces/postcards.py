"""Three Postcards: short greetings in one file, with silence between them."""

from __future__ import annotations

from wkmp_pi.demo.piece import Part, Piece, Room
from wkmp_pi.demo.score import Note, arpeggio, held, swelling, tune, voiced
from wkmp_pi.demo.voices import bass, bell, flute, kick, marimba, pad, pluck, shaker

GAP_S = 1.5
"""Silence between two postcards."""

_harbour_chords = "D A Bm F#m G A D D"

HARBOUR = Piece(
    title="From the Harbour",
    tempo=132,
    beats=32,
    ring_s=1.6,
    parts=(
        Part(
            voice=flute,
            notes=tune(
                """A4:1 D5:1 F#5:1 A5:1 | G5:1.5 F#5:.5 E5:2 | F#5:1 D5:1 B4:2 | C#5:1 E5:1 A4:2
                   B4:1 D5:1 G5:1 B5:1! | A5:1.5 G5:.5 E5:1 C#5:1 | D5:3 A4:1 | D5:4""",
                strength=0.7,
            ),
            gain_db=-7,
            pan=0.2,
            room_db=-7,
        ),
        Part(
            voice=pluck,
            notes=arpeggio(voiced(_harbour_chords, 50, 66), (0, 2, 1, 2, 3, 2, 1, 2), 0.5),
            gain_db=-2,
            pan=-0.3,
            room_db=-11,
        ),
    ),
)

_mountain = voiced("Gadd9 Em7 C Gadd9", 48, 67)

MOUNTAIN = Piece(
    title="From the Mountain",
    tempo=72,
    beats=14,
    ring_s=2.6,
    parts=(
        Part(voice=pad, notes=held(_mountain, 3.5), gain_db=-14, room_db=-6),
        Part(
            voice=bell,
            notes=tune("D5:1.75 G4:1.75 B4:1.75 E4:1.75 C5:1.75 G4:1.75 D5+G4:3", strength=0.6),
            gain_db=-4,
            pan=-0.25,
            room_db=-4,
            echo_beats=1,
        ),
    ),
    room=Room(seconds=3.6, highs_hz=4500),
)

_pattern = (0, 2, 4, 1, 2, 5, 3, 2)
_wheels = tuple(Note(b / 2, 0.1, 113, 0.7 - 0.3 * (b % 2)) for b in range(8, 56))

STATION = Piece(
    title="From the Station",
    tempo=126,
    beats=29,
    ring_s=1.8,
    parts=(
        Part(
            voice=marimba,
            notes=swelling(
                arpeggio(voiced("D Bm7 G6 Asus4 D F#m7 Gadd9", 55, 71), _pattern, 0.5),
                (0, 0.6),
                (12, 1.0),
                (24, 0.9),
            )
            + tune("D4+A4+D5:1", at=28, strength=0.9),
            gain_db=-3,
            pan=-0.15,
            room_db=-11,
            echo_beats=0.75,
        ),
        Part(
            voice=bass,
            notes=tune(
                """B1:3 F#2:1 | G2:3 D2:1 | A2:3 E2:1 | D2:1.5 A2:1.5 D2:1
                   F#2:3 C#2:1 | G2:2 A2:2 | D2:1""",
                at=4,
                strength=0.7,
            ),
            gain_db=-4,
            room_db=-28,
        ),
        Part(
            voice=kick,
            notes=tuple(Note(b, 0.2, 31, 0.6) for b in range(4, 28, 2)),
            gain_db=-7,
            room_db=-30,
        ),
        Part(voice=shaker, notes=_wheels, gain_db=-5, pan=0.35, room_db=-16),
    ),
    room=Room(seconds=1.4, highs_hz=5000),
)
