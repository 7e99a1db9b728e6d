"""The mixing desk: a piece → its sound, played by people in a room, at a listening level.

Pure arithmetic on whole pieces (a piece is under a minute). All sound here is
float32, shape (2, frames).
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.random import Generator, default_rng

from wkmp_pi.demo.master import mastered
from wkmp_pi.demo.piece import Part, Piece, Room
from wkmp_pi.demo.score import Note, hz
from wkmp_pi.demo.voices import Stroke
from wkmp_pi.demo.waves import Sound, fast_size, filtered

OFF_BEAT_S = 0.007
UNEVEN = 0.06
"""How far a player is off the beat, and off the strength that is written; standard deviations."""


def played(piece: Piece, rate_hz: int) -> Sound:
    """The finished sound: the same for the same piece, every time."""
    sound = performed(piece, rate_hz)
    sound *= _last_breath(piece, sound.shape[1])
    return mastered(sound, rate_hz)


def performed(piece: Piece, rate_hz: int) -> Sound:
    """All parts together in their room, as loud as they come."""
    dice = default_rng(zlib.crc32(piece.title.encode()))
    frames = int(piece.seconds * rate_hz)
    dry, wet = np.zeros((2, frames), np.float32), np.zeros((2, frames), np.float32)
    for part in piece.parts:
        sound = _one_player(part, piece, frames, rate_hz, dice)
        if part.echo_beats:
            sound = _echoed(sound, int(piece.seconds_at(part.echo_beats) * rate_hz))
        dry += sound
        sound *= _gain(part.room_db)
        wet += sound
    dry += _reverberated(wet, piece.room, rate_hz, dice)
    return dry


def _one_player(part: Part, piece: Piece, frames: int, rate_hz: int, dice: Generator) -> Sound:
    out = np.zeros((2, frames), np.float32)
    angle = (part.pan + 1) * np.pi / 4
    sides = np.array([[np.cos(angle)], [np.sin(angle)]], np.float32)
    sides *= np.float32(np.sqrt(2)) * _gain(part.gain_db)
    for note in part.notes:
        late = part.swing / 2 if note.beat % 1 == 0.5 else 0.0
        begin_s = piece.seconds_at(note.beat + late) + OFF_BEAT_S * float(dice.standard_normal())
        sound = part.voice(_stroke(note, piece, rate_hz, dice))
        at = max(0, int(begin_s * rate_hz))
        heard = out[:, at : at + sound.shape[-1]]
        heard += sides * sound[..., : heard.shape[1]]
    return out


def _stroke(note: Note, piece: Piece, rate_hz: int, dice: Generator) -> Stroke:
    strength = note.strength * (1 + UNEVEN * float(dice.standard_normal()))
    return Stroke(
        hz=hz(note.pitch),
        seconds=piece.seconds_at(note.beats),
        strength=min(max(strength, 0.05), 1.0),
        rate_hz=rate_hz,
        dice=dice,
    )


def _echoed(sound: Sound, distance: int) -> Sound:
    """Three fading echoes, each on the other side."""
    out = sound.copy()
    for n, level in ((1, 0.36), (2, 0.2), (3, 0.1)):
        source = sound[::-1] if n % 2 else sound
        out[:, n * distance :] += np.float32(level) * source[:, : -n * distance]
    return out


def _reverberated(sound: Sound, room: Room, rate_hz: int, dice: Generator) -> Sound:
    """Changes ``sound``: convolved with a room made of noise, one for each side.

    The tail falls by 60 dB in ``room.seconds``; each octave above ``highs_hz``
    falls faster, as air and curtains make it.
    """
    frames = int(1.1 * room.seconds * rate_hz)
    t = np.arange(frames, dtype=np.float32) / np.float32(rate_hz)
    tail = dice.standard_normal((2, frames), dtype=np.float32) * np.exp(-6.9 * t / room.seconds)
    soft = filtered(tail, rate_hz, lambda f: 1 / np.sqrt(1 + (f / room.highs_hz) ** 4))
    dull = filtered(tail, rate_hz, lambda f: 1 / np.sqrt(1 + (3 * f / room.highs_hz) ** 4))
    dying = np.exp(t / np.float32(-0.25 * room.seconds))
    tail = (dull + (soft - dull) * dying) * np.minimum(t / np.float32(0.012), 1)
    tail /= np.sqrt(np.square(tail).sum(axis=1, keepdims=True))
    for side, echo in zip(sound, tail, strict=True):
        side[:] = _convolved(side, echo)
    return sound


def _convolved(sound: Sound, tail: Sound) -> Sound:
    """One side with its echoes, as long as it was."""
    size = fast_size(sound.size + tail.size)
    mixed = np.fft.rfft(sound, size)
    mixed *= np.fft.rfft(tail, size)
    return np.asarray(np.fft.irfft(mixed, size)[: sound.size], np.float32)


def _last_breath(piece: Piece, frames: int) -> Sound:
    """Level 1 until the room has rung for a while, then half a cosine to silence at the end."""
    last = int(frames * 0.8 * piece.ring_s / piece.seconds)
    level = np.ones(frames, np.float32)
    level[-last:] = np.cos(np.linspace(0, np.pi / 2, last)) ** 2
    return level


def _gain(db: float) -> np.float32:
    return np.float32(10 ** (db / 20))
