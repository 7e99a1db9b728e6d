"""High Window: a canon for three glasses, each two bars behind the one before."""

from __future__ import annotations

from wkmp_pi.demo.piece import Part, Piece, Room
from wkmp_pi.demo.score import held, swelling, tune, voiced
from wkmp_pi.demo.voices import glass, pad, pluck

GROUND = "D A Bm F#m G D G A D"

SUBJECT = """
    F#5:2 E5:2 D5:2 C#5:2 | B4:2 A4:2 B4:2 C#5:2 | D5:1 F#5:1 A5:1 G5:1 F#5:1 D5:1 F#5:1 E5:1
    D5:1 B4:1 D5:1 A5:1 G5:1 B5:1 A5:1 G5:1
"""

_ground = voiced(GROUND, 50, 66)
_subject = tune(SUBJECT, strength=0.6)
_close = tune("D5+F#5+A5:4", at=32, strength=0.5)

PIECE = Piece(
    title="High Window",
    tempo=92,
    beats=34,
    ring_s=3.0,
    parts=(
        Part(voice=glass, notes=_subject + _close, gain_db=-9, pan=0.0, room_db=-6),
        Part(
            voice=glass,
            notes=tuple(n for n in tune(SUBJECT, at=8, strength=0.5) if n.beat < 32),
            gain_db=-11,
            pan=-0.6,
            room_db=-5,
        ),
        Part(
            voice=glass,
            notes=tuple(n for n in tune(SUBJECT, at=16, strength=0.5) if n.beat < 32),
            gain_db=-12,
            pan=0.6,
            room_db=-5,
        ),
        Part(
            voice=pluck,
            notes=tune(
                """D3:2 A2:2 B2:2 F#2:2 | G2:2 D3:2 G2:2 A2:2 | D3:2 A2:2 B2:2 F#2:2
                   G2:2 D3:2 G2:2 A2:2 | D3:4""",
                strength=0.6,
            ),
            gain_db=-4,
            room_db=-12,
        ),
        Part(
            voice=pad,
            notes=swelling(
                held(_ground[:8] * 2 + _ground[8:], 2), (0, 0.4), (16, 0.7), (28, 1.0), (33, 0.7)
            ),
            gain_db=-18,
            room_db=-7,
        ),
    ),
    room=Room(seconds=2.8, highs_hz=6000),
)
