"""Instruments: one note in, its sound out.

Every voice is a pure function of a stroke. Its sound is about 1.0 at its
loudest and rings as long as the instrument does. No voice loops over samples;
the plucked string loops over its periods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from wkmp_pi.demo.waves import Sound, damped, gate, noise, saw, seconds_of, start, turning


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """How one key is played.

    Attributes:
        hz: the pitch.
        seconds: how long the key is held.
        strength: 0 to 1.
        dice: where the voice takes its chance from.
    """

    hz: float
    seconds: float
    strength: float
    rate_hz: int
    dice: Generator

    def times(self, ring_s: float) -> Sound:
        """The time of each frame, until ``ring_s`` after the key is let go."""
        return seconds_of(self.seconds + ring_s, self.rate_hz)

    def angle(self, frames: int, multiple: float = 1.0) -> Sound:
        """The angle of a rotation at ``multiple`` times the pitch."""
        return turning(self.hz * multiple, frames, self.rate_hz)

    def gate(self, frames: int, attack: float, release: float) -> Sound:
        """Loudness that swells while the key is held and falls after."""
        return gate(frames, self.rate_hz, attack=attack, held=self.seconds, release=release)


Voice = Callable[[Stroke], Sound]


def pad(key: Stroke) -> Sound:
    """Soft strings: two detuned saws a side, that open towards the middle of the note."""
    frames = key.times(1.6).size
    swell = key.gate(frames, attack=0.35 * min(key.seconds, 3.0), release=1.5)
    bright = swell * np.float32(0.35 + 0.5 * key.strength)
    partials = max(4, min(32, int(7000 / key.hz)))
    sides = []
    for cents in ((-5.0, 3.5), (5.5, -3.0)):
        dark, light = np.zeros(frames, np.float32), np.zeros(frames, np.float32)
        for cent in cents:
            hz, begin = key.hz * 2 ** (cent / 1200), key.dice.random()
            dark += saw(hz, frames, key.rate_hz, begin, 4, 2.0)
            light += saw(hz, frames, key.rate_hz, begin, partials, 1.2)
        sides.append((dark + bright * (light - dark)) * swell)
    return np.stack(sides) * np.float32(0.4 * key.strength)


def pluck(key: Stroke) -> Sound:
    """A plucked steel string.

    Karplus and Strong (1983), with the pick position of Jaffe and Smith
    (1983), a period at a time. The string has a whole number of frames; its
    pitch is made exact by reading it at a slightly different speed.
    """
    period = max(2, round(key.rate_hz / key.hz - 0.5))
    ring = min(3.2, 0.9 + 260.0 / key.hz)
    frames = int(min(key.seconds + 1.2, ring) * key.rate_hz)
    string = np.zeros(1 + frames // period * period + 3 * period, np.float32)
    string[1 : period + 1] = _pulled(period, key)
    loss = np.float32(0.5 * 0.001 ** (1 / (ring * key.hz)))
    for now in range(period + 1, string.size, period):
        before = now - period
        string[now : now + period] = string[before:now] + string[before - 1 : now - 1]
        string[now : now + period] *= loss
    speed = key.hz * (period + 0.5) / key.rate_hz
    sound = np.interp(np.arange(frames) * speed, np.arange(string.size), string)
    level = start(frames, 0.0008, key.rate_hz) * np.float32(key.strength)
    return damped(sound.astype(np.float32) * level, key.seconds, key.rate_hz)


def _pulled(period: int, key: Stroke) -> Sound:
    """One period of a string pulled aside: the softer the stroke, the rounder its edge."""
    shape = key.dice.uniform(-1, 1, period)
    width = max(5, round(period * (0.2 - 0.11 * key.strength)))
    shape = np.convolve(np.tile(shape, 3), np.hanning(width + 2), "same")[period : 2 * period]
    shape -= np.roll(shape, max(1, period // 7))  # plucked at a seventh of its length
    shape -= shape.mean()
    return np.asarray(0.8 * shape / np.abs(shape).max(), np.float32)


def keys(key: Stroke) -> Sound:
    """An electric piano: tone bar and tine, by frequency modulation (Chowning 1973)."""
    t = key.times(1.0)
    angle = key.angle(t.size)
    bite = np.float32(2.0 * key.strength) * np.exp(-t / 0.45) + np.float32(0.25)
    sound = np.sin(angle + bite * np.sin(angle))
    sound *= 0.75 * np.exp(-t / np.float32(2.2 - 0.0015 * min(key.hz, 900.0)))
    if 14 * key.hz < 0.4 * key.rate_hz:
        sound += np.float32(0.16 * key.strength) * np.exp(-t / 0.15) * np.sin(14 * angle)
    wave = 0.12 * np.sin(turning(4.6, t.size, key.rate_hz) + np.float32(6 * key.dice.random()))
    sound *= start(t.size, 0.001, key.rate_hz) * np.float32(key.strength)
    stereo = np.stack((sound * (1 + wave), sound * (1 - wave)))
    return damped(stereo, key.seconds, key.rate_hz)


def music_box(key: Stroke) -> Sound:
    """A steel comb: partials of a clamped bar, the upper ones short."""
    partials = ((1.0, 1.0, 1.5), (6.27, 0.16, 0.25), (17.55, 0.05, 0.06), (2.0, 0.08, 0.8))
    return _struck(key, 2.6, partials)


def bell(key: Stroke) -> Sound:
    """A church bell from the hum note up; the pairs of its partials beat slowly."""
    pair = 1.0 + 0.0012 * key.dice.random()
    partials = (
        (0.5, 0.45, 5.0), (1.0, 0.7, 3.6), (1.0 * pair, 0.5, 3.6), (1.19, 0.5, 2.6),
        (1.5, 0.25, 1.8), (2.0, 0.55, 2.0), (2.0 * pair, 0.3, 2.0), (2.67, 0.16, 1.0),
        (3.01, 0.14, 0.8), (4.17, 0.12, 0.5), (5.43, 0.1, 0.35), (6.8, 0.08, 0.2),
    )  # fmt: skip
    return _struck(key, 6.5, partials) * np.float32(0.6)


def marimba(key: Stroke) -> Sound:
    """A wooden bar tuned to its double octave, struck with a felt mallet."""
    hard = key.strength
    partials = ((1.0, 1.0, 0.45), (3.93, 0.35 * hard, 0.12), (9.2, 0.2 * hard, 0.04))
    sound = _struck(key, 1.6, partials)
    knock = noise(int(0.03 * key.rate_hz), key.rate_hz, key.dice, 700, 5000)
    sound[: knock.size] += knock * np.linspace(0.12 * hard, 0, knock.size, dtype=np.float32)
    return sound


def _struck(key: Stroke, ring_s: float, partials: Sequence[tuple[float, float, float]]) -> Sound:
    """A sum of decaying sines: (multiple of the pitch, level, seconds to 1/e) each."""
    t = seconds_of(ring_s, key.rate_hz)
    sound = np.zeros(t.size, np.float32)
    for multiple, level, decay in partials:
        if multiple * key.hz < 0.42 * key.rate_hz:
            sound += level * np.sin(key.angle(t.size, multiple)) * np.exp(t / -decay)
    sound *= start(t.size, 0.0015, key.rate_hz) * np.float32(0.7 * key.strength)
    return damped(sound, ring_s, key.rate_hz)


def glass(key: Stroke) -> Sound:
    """A rubbed glass: a slow, pure tone with a shiver."""
    t = key.times(1.8)
    swell = key.gate(t.size, attack=min(0.7, 0.5 * key.seconds), release=1.7)
    shiver = np.sin(turning(5.1, t.size, key.rate_hz) + np.float32(6 * key.dice.random()))
    sides = []
    for cents in (-2.5, 2.5):
        angle = key.angle(t.size, 2 ** (cents / 1200)) + np.float32(0.0008 * key.hz) * shiver
        sides.append(np.sin(angle) + 0.12 * np.sin(2 * angle) + 0.05 * np.sin(3 * angle))
    return np.stack(sides) * swell * np.float32(0.7 * key.strength)


def flute(key: Stroke) -> Sound:
    """A wooden flute: few partials, breath, and a vibrato that comes late."""
    t = key.times(0.25)
    late = np.clip((t - 0.25) / 0.6, 0, 1) * np.float32(0.001 * key.hz)
    angle = key.angle(t.size) + late * np.sin(turning(5.2, t.size, key.rate_hz))
    sound = np.sin(angle) + 0.25 * np.sin(2 * angle) + 0.10 * np.sin(3 * angle)
    sound += np.float32(0.05) * noise(t.size, key.rate_hz, key.dice, 0.8 * key.hz, 5 * key.hz)
    sound *= key.gate(t.size, attack=0.09, release=0.22) * np.float32(0.65 * key.strength)
    return np.asarray(sound)


def bass(key: Stroke) -> Sound:
    """A round electric bass."""
    t = key.times(0.12)
    angle = key.angle(t.size)
    sound = np.sin(angle)
    sound += np.float32(0.55 * key.strength) * np.exp(-t / 0.25) * np.sin(2 * angle)
    sound += np.float32(0.3 * key.strength) * np.exp(-t / 0.1) * np.sin(3 * angle)
    level = np.exp(-t / 1.4) * key.gate(t.size, attack=0.006, release=0.1)
    return np.asarray(np.tanh(1.8 * sound) * level * np.float32(key.strength))


def kick(key: Stroke) -> Sound:
    """A soft bass drum, whose pitch falls to that of the stroke."""
    t = seconds_of(0.9, key.rate_hz)
    angle = key.angle(t.size) + np.float32(13.8) * (1 - np.exp(-t / 0.03))
    return _beaten(key, np.sin(angle) * np.exp(-t / 0.13), 0.002)


def brush(key: Stroke) -> Sound:
    """A snare drum stroked with a brush; the pitch is the drum's own tone."""
    t = seconds_of(0.35, key.rate_hz)
    wires = noise(t.size, key.rate_hz, key.dice, 900, 7000) * np.exp(-t / 0.075)
    tone = np.sin(key.angle(t.size)) * np.exp(-t / 0.06)
    return _beaten(key, 0.5 * wires + 0.35 * tone, 0.006)


def shaker(key: Stroke) -> Sound:
    """Seeds in a gourd; the pitch is the lower edge of their hiss."""
    t = seconds_of(0.16, key.rate_hz)
    seeds = noise(t.size, key.rate_hz, key.dice, key.hz, 3 * key.hz)
    return _beaten(key, 0.5 * seeds * np.exp(-t / 0.03), 0.012)


def _beaten(key: Stroke, sound: Sound, attack_s: float) -> Sound:
    return sound * start(sound.size, attack_s, key.rate_hz) * np.float32(key.strength)
