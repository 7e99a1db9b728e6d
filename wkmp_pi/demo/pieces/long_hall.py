"""The Long Hall: a drone on D, far bells, and somebody rubbing glasses."""

from __future__ import annotations

from wkmp_pi.demo.piece import Part, Piece, Room
from wkmp_pi.demo.score import held, swelling, tune, voiced
from wkmp_pi.demo.voices import bass, bell, glass, pad

CHORDS = "Dsus2 Gadd9 Bm7 Dsus2"

PIECE = Piece(
    title="The Long Hall",
    tempo=60,
    beats=32,
    ring_s=4.0,
    parts=(
        Part(
            voice=pad,
            notes=swelling(held(voiced(CHORDS, 45, 64), 8), (0, 0.7), (16, 1.0), (31, 0.8)),
            gain_db=-14,
            room_db=-6,
        ),
        Part(
            voice=bass,
            notes=tune("D2:4 D2:4 G1:4 D2:4 B1:4 B1:4 D2:4 D2:4", strength=0.45),
            gain_db=-7,
            room_db=-16,
        ),
        Part(
            voice=bell,
            notes=tune(
                """-:2.5 A4:3 D5:4 E5:2.5 -:.5 B4:3.5 G4:3 D5:2.5 F#5:3 E5:2.5 A4:2 D4+A4:3""",
                strength=0.55,
            ),
            gain_db=-2,
            pan=0.3,
            room_db=-2,
            echo_beats=1.5,
        ),
        Part(
            voice=glass,
            notes=tune(
                """-:8 B5:3 A5:3 G5:2 | F#5:3 D5:2 E5:1 F#5:2 | E5:2 D5:4""",
                strength=0.5,
            ),
            gain_db=-12,
            pan=-0.35,
            room_db=-3,
        ),
    ),
    room=Room(seconds=5.0, highs_hz=3500),
)
