"""The mixing desk: parts of a score → one stereo sound in a room, at a listening level.

Pure arithmetic on whole pieces (a piece is under a minute). All sound here is
float32, shape (2, frames).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng

from wkmp_pi.demo.score import Note, hz
from wkmp_pi.demo.voices import Stroke, Voice
from wkmp_pi.demo.waves import Sound, fast_size, filtered

LOUDNESS_LUFS = -16.0
PEAK = 10 ** (-1.5 / 20)
HUMAN_S = 0.007
"""How far a player is off the beat, as a standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one player plays, and how it stands in the room.

    Attributes:
        pan: -1 left … 1 right.
        room_db: how much of it the room hears.
        echo_beats: distance of its echoes, which go from side to side; 0 for none.
        swing: by how much of a half beat the off-beats come late.
    """

    voice: Voice
    notes: tuple[Note, ...]
    gain_db: float = 0.0
    pan: float = 0.0
    room_db: float = -12.0
    echo_beats: float = 0.0
    swing: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A reverberant room: how long it rings, how fast its highs die, how wet the mix is."""

    seconds: float = 2.4
    highs_hz: float = 4500.0
    wet_db: float = 0.0


def perform(
    parts: Sequence[Part], *, tempo: float, seconds: float, rate_hz: int, room: Room, seed: int
) -> Sound:
    """All parts together for ``seconds``, in their room, before mastering.

    ``tempo`` is in beats per minute. ``seed`` fixes every human inaccuracy,
    every pluck of a string and the walls of the room.
    """
    dice = default_rng(seed)
    frames = int(seconds * rate_hz)
    dry, wet = np.zeros((2, frames), np.float32), np.zeros((2, frames), np.float32)
    for part in parts:
        sound = _played(part, 60 / tempo, frames, rate_hz, dice)
        if part.echo_beats:
            sound = _echoed(sound, int(part.echo_beats * 60 / tempo * rate_hz))
        dry += sound
        wet += sound * _gain(part.room_db)
    return dry + _gain(room.wet_db) * _reverberated(wet, room, rate_hz, dice)


def mastered(sound: Sound, rate_hz: int) -> Sound:
    """The same sound without direct current, at ``LOUDNESS_LUFS``, its peaks rounded off."""
    sound = sound - sound.mean(axis=1, keepdims=True)
    sound *= 10 ** ((LOUDNESS_LUFS - loudness_lufs(sound, rate_hz)) / 20)
    return _rounded(sound)


def loudness_lufs(sound: Sound, rate_hz: int) -> float:
    """Integrated loudness by ITU-R BS.1770: K-weighted, gated at -70 LUFS and 10 LU below."""
    power = np.square(filtered(sound, rate_hz, _k_weight)).sum(axis=0)
    step = rate_hz // 10
    tenths = power[: power.size // step * step].reshape(-1, step).mean(axis=1)
    blocks = np.convolve(tenths, np.full(4, 0.25), "valid")  # 400 ms, overlapping by three quarters
    for gate_lu in (None, -10.0):
        limit = -70.0 if gate_lu is None else _lufs(float(blocks.mean())) + gate_lu
        blocks = blocks[blocks > 10 ** ((limit + 0.691) / 10)]
    return _lufs(float(blocks.mean()))


def _lufs(power: float) -> float:
    return float(-0.691 + 10 * np.log10(power))


def _k_weight(f: Sound) -> Sound:
    """Magnitude of the K filter: a shelf of +4 dB above 1.7 kHz and a high-pass at 38 Hz.

    The analogue prototypes of the standard's two biquads; a magnitude is
    enough where only power is measured.
    """
    s = np.complex64(1j) * f
    high = s / np.float32(1681.97)
    shelf = (1.5849 * high**2 + 1.2589 * high / 0.7072 + 1) / (high**2 + high / 0.7072 + 1)
    low = s / np.float32(38.135)
    cut = low**2 / (low**2 + low / 0.5003 + 1)
    return np.asarray(np.abs(shelf * cut), np.float32)


def _rounded(sound: Sound) -> Sound:
    """Peaks above half of full scale bent smoothly towards ``PEAK``; below, nothing changes."""
    knee = np.float32(0.5)
    over = np.abs(sound) > knee
    excess = (np.abs(sound[over]) - knee) / np.float32(PEAK - knee)
    sound[over] = np.sign(sound[over]) * (knee + np.float32(PEAK - knee) * np.tanh(excess))
    return sound


def _played(part: Part, beat_s: float, frames: int, rate_hz: int, dice: Generator) -> Sound:
    out = np.zeros((2, frames), np.float32)
    angle = (part.pan + 1) * np.pi / 4
    sides = np.array([[np.cos(angle)], [np.sin(angle)]], np.float32)
    sides *= np.float32(np.sqrt(2) * 10 ** (part.gain_db / 20))
    for note in part.notes:
        late = part.swing * 0.5 if note.beat % 1 == 0.5 else 0.0
        begin = (note.beat + late) * beat_s + HUMAN_S * float(dice.standard_normal())
        strength = note.strength * (1 + 0.06 * float(dice.standard_normal()))
        stroke = Stroke(
            hz=hz(note.pitch),
            seconds=note.beats * beat_s,
            strength=min(max(strength, 0.05), 1.0),
            rate_hz=rate_hz,
            dice=dice,
        )
        sound = part.voice(stroke)
        at = max(0, int(begin * rate_hz))
        heard = out[:, at : at + sound.shape[-1]]
        heard += sides * sound[..., : heard.shape[1]]
    return out


def _echoed(sound: Sound, distance: int) -> Sound:
    """Three fading echoes, each on the other side."""
    out = sound.copy()
    for n, level in ((1, 0.36), (2, 0.2), (3, 0.1)):
        source = sound[::-1] if n % 2 else sound
        out[:, n * distance :] += np.float32(level) * source[:, : -n * distance]
    return out


def _reverberated(sound: Sound, room: Room, rate_hz: int, dice: Generator) -> Sound:
    """Convolved with a room made of noise: two sides that know nothing of each other.

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
    size = fast_size(sound.shape[1] + frames)
    mixed = np.fft.rfft(sound, size) * np.fft.rfft(tail, size)
    return np.fft.irfft(mixed, size)[:, : sound.shape[1]].astype(np.float32)


def _gain(db: float) -> np.float32:
    return np.float32(10 ** (db / 20))
