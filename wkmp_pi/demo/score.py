"""The words of a composer: notes in beats, tunes as text, chords that lead into each other.

Pure words and arithmetic; nothing here makes a sound. Pitches are MIDI
numbers (69 is the A of 440 Hz), times are beats from the start of the piece.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SHARPEN = {"": 0, "#": 1, "b": -1}

QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "maj9": (0, 4, 11, 14),
    "m9": (0, 3, 10, 14),
    "add9": (0, 4, 7, 14),
    "6": (0, 4, 7, 9),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "13": (0, 4, 10, 21),
}
"""Chord names as lead sheets write them, in semitones above the root."""

_CHORD = re.compile(r"([A-G])([#b]?)([a-z0-9]*)$")
_NOTE = re.compile(r"([A-G])([#b]?)(-?\d)$")


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Attributes:
        beat: when, in beats from the start of the piece.
        beats: how long it is held; voices ring on in their own way.
        pitch: MIDI number; drums give it their own meaning.
        strength: how hard it is played, 0 to 1.
    """

    beat: float
    beats: float
    pitch: float
    strength: float = 0.7


def pitch(name: str) -> int:
    """The MIDI number of a note name: ``A4`` is 69, ``C#5`` is 73.

    Raises:
        ValueError: not the name of a note.
    """
    found = _NOTE.match(name)
    if not found:
        raise ValueError(f"note {name!r}: not known; expected a name like F#4")
    step, sharp, octave = found.groups()
    return 12 * (int(octave) + 1) + STEPS[step] + SHARPEN[sharp]


def hz(midi: float) -> float:
    """The frequency of a MIDI pitch in equal temperament."""
    return float(440.0 * 2 ** ((midi - 69) / 12))


def tune(text: str, at: float = 0.0, strength: float = 0.7) -> tuple[Note, ...]:
    """Notes one after another, from text like ``"D5:1.5 E5:.5 -:1 F#5+A5:2"``.

    Each word is a pitch (``-`` rests, ``+`` joins what sounds together), a
    colon and a length in beats; a bar line ``|`` is for the eye. An accent
    ``!`` at the end of a word plays it harder.
    """
    notes = []
    for word in text.replace("|", " ").split():
        names, _, length = word.rstrip("!").partition(":")
        beats = float(length)
        force = min(1.0, strength * 1.25) if word.endswith("!") else strength
        if names != "-":
            notes += [Note(at, beats, pitch(name), force) for name in names.split("+")]
        at += beats
    return tuple(notes)


def chord(name: str) -> tuple[int, ...]:
    """The pitch classes of a chord name, root first: ``Bm7`` is (11, 2, 6, 9).

    Raises:
        ValueError: not the name of a chord.
    """
    found = _CHORD.match(name)
    if not found or found[3] not in QUALITIES:
        raise ValueError(f"chord {name!r}: not known; expected a root and one of {list(QUALITIES)}")
    root = STEPS[found[1]] + SHARPEN[found[2]]
    return tuple((root + step) % 12 for step in QUALITIES[found[3]])


def voiced(chords: str, low: int, high: int) -> tuple[tuple[int, ...], ...]:
    """Chords laid out between two pitches, so that each voice moves as little as it can.

    The first chord lies around the middle; every later one takes, among all
    layouts in the range, that with the smallest sum of steps from the one
    before (ties go to the wider layout, which sounds clearer).
    """
    middle = (low + high) / 2
    before: tuple[int, ...] | None = None
    voicings = []
    for name in chords.split():
        layouts = list(_layouts(chord(name), low, high))
        before = min(layouts, key=lambda layout: _distance(layout, before, middle))
        voicings.append(before)
    return tuple(voicings)


def _layouts(classes: tuple[int, ...], low: int, high: int) -> Iterator[tuple[int, ...]]:
    places = [[p for p in range(low, high + 1) if p % 12 == c] for c in classes]
    for layout in itertools.product(*places):
        if len(set(layout)) == len(layout):
            yield tuple(sorted(layout))


def _distance(
    layout: tuple[int, ...], before: tuple[int, ...] | None, middle: float
) -> tuple[float, float]:
    width = layout[-1] - layout[0]
    if before is None:
        return (abs(sum(layout) / len(layout) - middle), abs(width - 12))
    steps = sum(min(abs(p - q) for q in before) for p in layout)
    steps += sum(min(abs(p - q) for p in layout) for q in before)
    return (steps, -width)


def held(voicings: Iterable[Sequence[int]], beats: float, at: float = 0.0) -> tuple[Note, ...]:
    """Each chord for ``beats``, one after another."""
    return tuple(
        Note(at + i * beats, beats, p) for i, voicing in enumerate(voicings) for p in voicing
    )


def arpeggio(
    voicings: Iterable[Sequence[int]], pattern: Sequence[int], step: float, at: float = 0.0
) -> tuple[Note, ...]:
    """Each chord broken up: ``pattern`` picks its notes from the bottom, one every ``step`` beats.

    A number beyond the chord's notes goes on an octave higher; -1 rests. The
    first note of each pattern is played a little harder.
    """
    notes = []
    for voicing in voicings:
        for i, pick in enumerate(pattern):
            if pick >= 0:
                octave, place = divmod(pick, len(voicing))
                strength = 0.8 if i == 0 else 0.55 + 0.1 * ((i + 1) % 2)
                notes.append(Note(at + i * step, step, voicing[place] + 12 * octave, strength))
        at += len(pattern) * step
    return tuple(notes)


def swelling(notes: Iterable[Note], *levels: tuple[float, float]) -> tuple[Note, ...]:
    """The same notes with their strength led along ``(beat, factor)`` points, in straight lines."""
    return tuple(replace(n, strength=n.strength * _between(n.beat, levels)) for n in notes)


def _between(beat: float, levels: Sequence[tuple[float, float]]) -> float:
    if beat <= levels[0][0]:
        return levels[0][1]
    for (b0, f0), (b1, f1) in itertools.pairwise(levels):
        if beat < b1:
            return f0 + (f1 - f0) * (beat - b0) / (b1 - b0)
    return levels[-1][1]
