"""Acts that are found again in a recording, which is made of what they would have done."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rig.measures.wires import LEAD_FRAMES, analog

from hil import rigfile
from hil.material import noise
from hil.reactions import Act, Effect, Heard
from hil.recording import Samples, Stamp, Stretch
from hil.resources import AlsaIn, Rig

RATE_HZ = 44_100
RIG = rigfile.read(Path(__file__).parents[2] / "hil/rig.toml")
WIRES = replace(RIG, line_in=AlsaIn(device="hw:1", uncertainty_us=1000))
A, B = noise(1, 4.0), noise(2, 4.0)
SILENCE = np.zeros((RATE_HZ, 2), np.int32)
BEGIN_NS = 7_000_000_000


def recorded(*parts: Samples, rig: Rig = RIG) -> Heard:
    return Heard(Stretch(np.concatenate(parts), RATE_HZ, (Stamp(0, BEGIN_NS),)), rig)


def at(frame: int, before_ms: float = 0.0) -> int:
    return BEGIN_NS + round(frame * 1e9 / RATE_HZ - before_ms * 1e6)


def test_a_pause_ends_with_the_last_frame_and_a_play_begins_with_the_first():
    heard = recorded(A[:50_000], SILENCE, A[50_000:90_000])
    pause = Act("pause", at(50_000, before_ms=75), Effect.SILENCE)
    play = Act("play", at(94_100, before_ms=3), Effect.SOUND)
    assert heard.ms(pause) == pytest.approx(75, abs=0.03)
    assert heard.ms(play) == pytest.approx(3, abs=0.03)


def test_what_was_heard_a_little_before_it_was_asked_for_is_found_too():
    """A time off a recording may be wrong by as much as the rig says."""
    heard = recorded(A[:50_000], SILENCE, A[50_000:90_000])
    assert heard.ms(Act("play", at(94_100, before_ms=-9), Effect.SOUND)) == pytest.approx(
        -9, abs=0.1
    )


def test_a_short_silence_is_no_pause():
    gap = SILENCE[:1000]
    heard = recorded(A[:40_000], gap, A[40_000:50_000], SILENCE, A[50_000:60_000])
    assert heard.ms(Act("pause", at(39_000), Effect.SILENCE)) == pytest.approx(272.1, abs=0.1)


def test_another_sound_is_a_change_and_its_own_first_frame_an_arrival():
    heard = recorded(A[:50_000], SILENCE[:3000], B[20_000:80_000])
    asked_ns = at(50_000, before_ms=40)
    assert heard.ms(Act("next", asked_ns, Effect.CHANGE, A)) == pytest.approx(40, abs=0.1)
    arrival = heard.ms(Act("seek", asked_ns, Effect.ARRIVAL, B[20_000:]))
    assert arrival == pytest.approx(40 + 3000 / 44.1, abs=0.1)


def test_what_is_not_heard_takes_for_ever():
    heard = recorded(A[:100_000])
    for effect in Effect:
        assert (
            heard.ms(Act("x", at(50_000), effect, B if effect is Effect.ARRIVAL else A)) == math.inf
        )


def test_kinds_stay_apart_and_in_their_order():
    heard = recorded(A[:50_000], SILENCE, A[50_000:90_000], SILENCE)
    acts = [
        Act("pause", at(50_000, before_ms=10), Effect.SILENCE),
        Act("play", at(94_100, before_ms=1), Effect.SOUND),
        Act("pause", at(134_100, before_ms=20), Effect.SILENCE),
    ]
    found = heard.by_kind(acts)
    assert list(found) == ["pause", "play"]
    assert found["pause"] == pytest.approx([10, 20], abs=0.1)


def test_a_wire_hides_neither_pause_nor_change():
    sound = np.concatenate([A[:50_000], SILENCE, A[50_000:90_000], B[:50_000]])
    heard = recorded(analog(sound), rig=WIRES)
    pause = Act("pause", at(LEAD_FRAMES + 50_000, before_ms=70), Effect.SILENCE)
    skip = Act("next", at(LEAD_FRAMES + 134_100, before_ms=70), Effect.CHANGE, A)
    assert heard.ms(pause) == pytest.approx(70, abs=0.5)
    assert heard.ms(skip) == pytest.approx(70, abs=0.5)
