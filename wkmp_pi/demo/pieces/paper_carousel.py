"""Paper Carousel: a waltz for a music box, with a small wooden accompaniment."""

from __future__ import annotations

from wkmp_pi.demo.piece import Part, Piece, Room
from wkmp_pi.demo.score import Note, chord, held, swelling, tune, voiced
from wkmp_pi.demo.voices import marimba, music_box, pad

CHORDS = "G G Em Em C C D D7 G Bm C G Am D7 G G Em Bm C G Am7 D7 G G"

MELODY = """
    D5:2 G5:1 | B5:2 A5:1 | G5:2 F#5:1 | E5:3 | E5:1 G5:1 C6:1! | B5:2 G5:1 | A5:3 | -:1 A5:1 B5:1
    D6:2! B5:1 | B5:2 F#5:1 | G5:1 A5:1 E5:1 | D5:3 | C5:1 E5:1 A5:1 | F#5:2 A5:1 | G5:3 | -:3
    G5:1 B5:1 E6:1! | D6:2 B5:1 | C6:1 B5:1 A5:1 | B5:2 G5:1
    A5:1 C6:1 E6:1! | D6:1 C6:1 F#5:1 | G5:3 | G5+B5+D6:3
"""

_inner = voiced(CHORDS, 55, 69)


def _waltz() -> tuple[Note, ...]:
    """One low note, then the chord twice: oom-pah-pah."""
    notes = []
    for bar, (name, voicing) in enumerate(zip(CHORDS.split()[:-1], _inner, strict=False)):
        root = 43 + (chord(name)[0] - 43) % 12
        notes.append(Note(3 * bar, 1, root, 0.8))
        notes += [Note(3 * bar + beat, 1, p, 0.42) for beat in (1, 2) for p in voicing[-3:]]
    return tuple(notes)


PIECE = Piece(
    title="Paper Carousel",
    tempo=138,
    beats=72,
    ring_s=2.4,
    parts=(
        Part(
            voice=music_box,
            notes=tune(MELODY, strength=0.75),
            gain_db=-4,
            pan=0.15,
            room_db=-8,
        ),
        Part(
            voice=marimba,
            notes=swelling(_waltz(), (0, 0.6), (12, 1.0), (60, 1.0), (69, 0.6)),
            gain_db=-5,
            pan=-0.2,
            room_db=-12,
        ),
        Part(
            voice=pad,
            notes=swelling(held(_inner[8:], 3, at=24), (24, 0.3), (48, 0.9), (69, 0.5)),
            gain_db=-19,
            room_db=-8,
        ),
    ),
    room=Room(seconds=2.0, highs_hz=6500),
)
