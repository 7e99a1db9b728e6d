"""The card that is plugged in takes another format, rate or number of channels than the one before.

The recorder is at the virtual card first; the card then takes what it records, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hil.bench import Bench
from hil.drivers.card import PluggedCard
from hil.limits import LIMITS
from hil.material import noise, tone
from hil.measures.alignment import onset
from hil.measures.level import rms_dbfs
from hil.measures.pitch import deviation_ppm
from hil.measures.samples import MeasureError
from hil.plugging import BACK_S, card_of, told
from hil.promises import Figures
from hil.recording import Samples

_RATE = 44_100
_TONE_HZ, _TONE_S = 997.0, 2
_PPM = 1.0
_LSB = 1 << 16
_DITHERED_LSB = 0.5
"""RMS of dither (sqrt(1/6)) and of the rounding that it makes harmless (sqrt(1/12)) together."""

SOUND_16 = noise(71, 1)
SOUND_24 = noise(72, 1, bits=24)
TONE = tone(_TONE_HZ, _TONE_S)
LEVEL = np.full((_RATE // 2, 2), 1000 * _LSB, np.int32)


class Kind(NamedTuple):
    """What a card takes."""

    format: str
    rate_hz: int = _RATE
    channels: int = 2

    @property
    def as_the_file(self) -> bool:
        """Whether nothing but the format has to be changed for it."""
        return self.rate_hz == _RATE and self.channels == 2


KINDS = (
    Kind("S16"),
    Kind("S24"),
    Kind("S24_3LE"),
    Kind("F32"),
    Kind("S32", 48_000),
    Kind("S16", 48_000),
    Kind("S32", 96_000),
    Kind("S32", channels=1),
    Kind("S16", channels=1),
)


def test_every_kind_of_card_gets_the_sound_as_well_as_it_can_take_it(
    swift: Bench, figures: Figures
) -> None:
    """Two files of noise, of 16 and 24 bits, a tone, and a constant level."""
    items = [
        swift.put("16.wav", SOUND_16),
        swift.put("24.wav", SOUND_24, bits=24),
        swift.put("tone.wav", TONE),
        swift.put("level.wav", LEVEL),
    ]
    with card_of(swift) as card:
        card.unplug()
        heard = {kind: _played(swift, card, kind, items) for kind in KINDS}
        card.plug()
        told(swift, "output.opened", BACK_S)
    sounds = {kind: samples for kind, samples in heard.items() if samples is not None}
    whole = len(sounds) == len(KINDS)
    figures.promise("kinds of cards played into", len(sounds), limit=len(KINDS), at_least=True)
    _promise_pitch_and_level(swift, figures, sounds if whole else {})
    _promise_exact(figures, sounds if whole else {})
    _promise_dithered(figures, sounds if whole else {})
    figures.check_all()


def _played(swift: Bench, card: PluggedCard, kind: Kind, items: list[str]) -> Samples | None:
    """Plug in a card of that kind, and out again; its sound from the first frame on."""
    rate_hz, channels = kind.rate_hz, kind.channels
    with swift.recording(
        rate_hz=rate_hz, format=kind.format, channels=channels, patient=True
    ) as recording:
        card.plug()
        if told(swift, "output.opened", BACK_S) is not None:
            swift.ask("enqueue", items=items)
            told(swift, "queue.emptied", BACK_S)
            swift.wait(0.2)
        card.unplug()
    for stretch in recording.stretches:
        if stretch.samples.any():
            return stretch.samples[onset(stretch.samples) :]
    return None


def _promise_pitch_and_level(
    swift: Bench, figures: Figures, sounds: Mapping[Kind, Samples]
) -> None:
    limit_db = swift.rig.limit("level_error_db", LIMITS["level_error_db"])
    tones = {kind: _part(kind, samples, 2, _TONE_S) for kind, samples in sounds.items()}
    wanted_db = rms_dbfs(TONE[_RATE // 10 : -_RATE // 10])
    off_ppm = [_off_ppm(samples, kind.rate_hz) for kind, samples in tones.items()]
    off_db = [abs(rms_dbfs(samples) - wanted_db) for samples in tones.values()]
    figures.promise("pitch is wrong by, at most", _worst(off_ppm), unit="ppm", limit=_PPM)
    figures.promise("level is wrong by, at most", _worst(off_db), unit="dB", limit=limit_db)


def _off_ppm(samples: Samples, rate_hz: int) -> float:
    try:
        return abs(deviation_ppm(samples, rate_hz, _TONE_HZ))
    except MeasureError:  # no tone at all
        return inf


def _promise_exact(figures: Figures, sounds: Mapping[Kind, Samples]) -> None:
    """Whatever a format can hold is in it, bit by bit."""
    alike = {kind: samples for kind, samples in sounds.items() if kind.as_the_file}
    alike_24 = {kind: samples for kind, samples in alike.items() if kind.format != "S16"}
    mono = sounds.get(Kind("S32", channels=1))
    wrong = [_wrong(samples[:_RATE], SOUND_16) for samples in alike.values()]
    what = "frames of a 16 bit file changed in S16, S24 or float"
    figures.promise(what, _worst(wrong), unit="frames", limit=0)
    wrong = [_wrong(samples[_RATE : 2 * _RATE], SOUND_24) for samples in alike_24.values()]
    what = "frames of a 24 bit file changed in S24 or float"
    figures.promise(what, _worst(wrong), unit="frames", limit=0)
    mean = SOUND_16.mean(axis=1, keepdims=True).astype(np.int32)
    off = None if mono is None else _wrong(mono[:_RATE], mean)
    what = "frames of a mono card that are not the mean of both channels"
    figures.promise(what, off, unit="frames", limit=0)


def _promise_dithered(figures: Figures, sounds: Mapping[Kind, Samples]) -> None:
    """What has to be rounded to 16 bits is dithered: its error is noise of half a step."""
    plain = sounds.get(Kind("S16"))
    errors: NDArray[np.float64] | None = None
    if plain is not None:
        errors = (plain[_RATE : 2 * _RATE] - SOUND_24.astype(np.float64)) / _LSB
    _promise_noise(figures, "a 24 bit file in 16 bits", errors)
    kind = Kind("S16", 48_000)
    errors = None
    if kind in sounds:
        errors = _part(kind, sounds[kind], 4, 0.5) / _LSB - 1000.0
    _promise_noise(figures, "a 16 bit file at 48 kHz", errors)


def _promise_noise(figures: Figures, what: str, errors: NDArray[np.float64] | None) -> None:
    rms = None if errors is None else float(np.sqrt(np.mean(errors**2)))
    most = None if errors is None else float(np.abs(errors).max())
    off = None if rms is None else abs(rms - _DITHERED_LSB)
    figures.promise(f"{what}: noise differs from dither's by", off, unit="steps", limit=0.05)
    figures.promise(f"{what}: largest error", most, unit="steps", limit=1.501)


def _part(kind: Kind, samples: Samples, begin_s: float, length_s: float) -> Samples:
    """A part of what was played, without a tenth of a second at either end."""
    first, behind = (begin_s + 0.1) * kind.rate_hz, (begin_s + length_s - 0.1) * kind.rate_hz
    return samples[round(first) : round(behind)]


def _wrong(captured: Samples, expected: Samples) -> int:
    missing = len(expected) - len(captured)
    there = expected[: len(captured)]
    return missing + int(np.count_nonzero((captured != there).any(axis=1)))


def _worst(values: Iterable[float]) -> float | None:
    return max(values, default=None)
