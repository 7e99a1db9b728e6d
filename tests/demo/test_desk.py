import numpy as np
import pytest

from wkmp_pi.demo import desk, voices
from wkmp_pi.demo.desk import Part, Room
from wkmp_pi.demo.score import tune

RATE = 44_100


def sine(level_db, seconds=5.0, rate_hz=RATE):
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    tone = 10 ** (level_db / 20) * np.sin(2 * np.pi * 997 * t)
    return np.stack((tone, tone)).astype(np.float32)


def performed(parts, seed=1):
    room = Room(seconds=0.5)
    return desk.perform(parts, tempo=120, seconds=3.0, rate_hz=RATE, room=room, seed=seed)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_loudness_is_that_of_the_broadcasters_test_tone(rate_hz):
    # EBU Tech 3341, case 1: a stereo tone at -23.0 dBFS measures -23.0 LUFS
    assert desk.loudness_lufs(sine(-23.0, rate_hz=rate_hz), rate_hz) == pytest.approx(-23, abs=0.1)


def test_silence_between_sounds_does_not_count_as_loudness():
    gap = np.zeros((2, 5 * RATE), np.float32)
    with_gap = np.concatenate((sine(-23.0), gap, sine(-23.0)), axis=1)
    assert desk.loudness_lufs(with_gap, RATE) == pytest.approx(-23, abs=0.2)


def test_mastering_sets_the_level_and_takes_out_direct_current():
    done = desk.mastered(sine(-40.0) + np.float32(0.01), RATE)
    assert desk.loudness_lufs(done, RATE) == pytest.approx(desk.LOUDNESS_LUFS, abs=0.1)
    assert abs(done.mean()) < 1e-5


def test_peaks_are_rounded_off_below_the_ceiling():
    clicks = sine(-40.0)
    clicks[:, ::4410] = 0.9
    assert np.abs(desk.mastered(clicks, RATE)).max() <= desk.PEAK


def test_a_player_on_the_left_is_heard_on_the_left():
    left = performed([Part(voice=voices.pluck, notes=tune("A4:1"), pan=-0.8, room_db=-60)])
    power = np.square(left).mean(axis=1)
    assert power[0] > 10 * power[1]


def test_echoes_go_to_the_other_side_and_fade():
    part = Part(voice=voices.marimba, notes=tune("A4:1"), pan=-1, room_db=-60, echo_beats=2)
    sound = performed([part])
    first, second = np.abs(sound[:, :RATE]), np.abs(sound[:, RATE : 2 * RATE])
    assert first[0].max() > first[1].max()
    assert second[1].max() > second[0].max()
    assert second.max() < first.max()


def test_the_room_rings_after_the_last_note():
    dry = performed([Part(voice=voices.marimba, notes=tune("A4:1"), room_db=-100)])
    wet = performed([Part(voice=voices.marimba, notes=tune("A4:1"), room_db=0)])
    late = slice(int(1.7 * RATE), int(1.9 * RATE))
    assert np.abs(wet[:, late]).max() > 10 * np.abs(dry[:, late]).max()


def test_a_seed_fixes_the_performance():
    part = Part(voice=voices.pluck, notes=tune("A4:1 C5:1 E5:2"))
    assert np.array_equal(performed([part]), performed([part]))
    assert not np.array_equal(performed([part]), performed([part], seed=2))
