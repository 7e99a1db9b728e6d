"""First Light: strings wake up over D, a plucked figure joins, a celesta finds the tune."""

from __future__ import annotations

from wkmp_pi.demo.piece import Part, Piece, Room
from wkmp_pi.demo.score import arpeggio, held, swelling, tune, voiced
from wkmp_pi.demo.voices import bass, music_box, pad, pluck

CHORDS = "Dmaj9 Bm7 Gmaj7 Asus4 Dmaj9 F#m7 Gadd9 A Bm9 Gmaj7 Asus4 Dmaj9"

MELODY = """
    F#5:1.5 A5:.5 B5:1 A5:1   | C#6:1.5 B5:.5 A5:2 | B5:1 A5:.5 G5:.5 F#5:1 D5:1 | E5:4
    F#5:1.5 A5:.5 D6:1! C#6:1 | B5:1.5 A5:.5 F#5:2 | G5:1 F#5:1 E5:2             | D5+F#5:4
"""

ROOTS = """
    G2:3 D3:1  | A2:4      | D2:3 A2:1 | F#2:4 | G2:3 D3:1 | A2:3 E2:1
    B1:3 F#2:1 | G2:3 D2:1 | A2:3 A1:1 | D2:4
"""

_wide = voiced(CHORDS, 50, 69)

PIECE = Piece(
    title="First Light",
    tempo=72,
    beats=48,
    ring_s=2.6,
    parts=(
        Part(
            voice=pad,
            notes=swelling(held(_wide, 4), (0, 0.85), (20, 0.95), (36, 1.0), (47, 0.7)),
            gain_db=-9.5,
            room_db=-9,
        ),
        Part(
            voice=pluck,
            notes=swelling(
                arpeggio(voiced(CHORDS, 54, 74)[2:11], (0, 2, 1, 3, 2, 4, 3, 1), 0.5, at=8),
                (8, 0.55),
                (20, 0.9),
                (36, 1.0),
                (43, 0.6),
            ),
            gain_db=-4,
            pan=-0.35,
            room_db=-10,
            echo_beats=0.75,
        ),
        Part(
            voice=music_box,
            notes=tune(MELODY, at=16, strength=0.6),
            gain_db=-11,
            pan=0.3,
            room_db=-5,
            echo_beats=1.5,
        ),
        Part(voice=bass, notes=tune(ROOTS, at=8, strength=0.6), gain_db=-6, room_db=-24),
    ),
    room=Room(seconds=3.0, highs_hz=5000),
)
