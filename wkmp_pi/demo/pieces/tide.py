"""Tide: one long wave, cut in two where it turns; the album that must play without a gap."""

from __future__ import annotations

from wkmp_pi.demo.piece import Part, Piece, Room
from wkmp_pi.demo.score import arpeggio, held, swelling, tune, voiced
from wkmp_pi.demo.voices import bass, bell, glass, keys, pad

CHORDS = "Bm9 Gmaj7 Dmaj7 A Bm9 Gmaj7 Em9 F#m7 Bm9 Gmaj7 Dmaj7 A Em9 Gmaj7 Dadd9"

ROOTS = """
    G2:4 | D2:4 | A2:4 | B1:4 | G2:4 | E2:4 | F#2:4
    B1:4 | G2:4 | D2:4 | A2:4 | E2:4 | G2:4 | D2:4
"""

MELODY = """
    F#5:3 E5:1 | D5:2 B4:2 | A4:3 D5:1 | E5:2 C#5:2 | G5:3 F#5:1 | E5:2 D5:2 | D5+F#5:5
"""

TURN_BEAT = 31.5
"""Where part one ends and part two begins: in the middle of a rising figure."""

_wide = voiced(CHORDS, 57, 76)
_waves = ((0, 0.35), (28, 0.95), (32, 1.0), (44, 0.8), (52, 0.7), (59, 0.3))

PIECE = Piece(
    title="Tide",
    tempo=76,
    beats=60,
    ring_s=3.2,
    parts=(
        Part(
            voice=keys,
            notes=swelling(arpeggio(_wide, (0, 1, 2, 3, 2, 1) * 2, 1 / 3), *_waves),
            gain_db=-8,
            room_db=-9,
            echo_beats=1.0,
        ),
        Part(
            voice=pad,
            notes=swelling(held(voiced(CHORDS, 45, 62), 4), *_waves),
            gain_db=-15,
            room_db=-8,
        ),
        Part(voice=bass, notes=tune(ROOTS, at=4, strength=0.55), gain_db=-6, room_db=-22),
        Part(
            voice=bell,
            notes=tune("B4:16 B4:16 D5:12 A4:12 D5:4", strength=0.5),
            gain_db=-9,
            pan=-0.4,
            room_db=-5,
        ),
        Part(
            voice=glass,
            notes=tune(MELODY, at=32, strength=0.6),
            gain_db=-13,
            pan=0.3,
            room_db=-4,
        ),
    ),
    room=Room(seconds=3.4, highs_hz=4500),
)
