import numpy as np

from wkmp_pi.demo import desk, voices
from wkmp_pi.demo.piece import Part, Piece, Room
from wkmp_pi.demo.score import tune

RATE = 44_100


def performed(part, title="Study"):
    room = Room(seconds=0.5)
    piece = Piece(title=title, tempo=120, beats=4, ring_s=1.0, parts=(part,), room=room)
    return desk.performed(piece, RATE)


def test_a_player_on_the_left_is_heard_on_the_left():
    left = performed(Part(voice=voices.pluck, notes=tune("A4:1"), pan=-0.8, room_db=-60))
    power = np.square(left).mean(axis=1)
    assert power[0] > 10 * power[1]


def test_echoes_go_to_the_other_side_and_fade():
    part = Part(voice=voices.marimba, notes=tune("A4:1"), pan=-1, room_db=-60, echo_beats=2)
    sound = performed(part)
    first, second = np.abs(sound[:, :RATE]), np.abs(sound[:, RATE : 2 * RATE])
    assert first[0].max() > first[1].max()
    assert second[1].max() > second[0].max()
    assert second.max() < first.max()


def test_the_room_rings_after_the_last_note():
    dry = performed(Part(voice=voices.marimba, notes=tune("A4:1"), room_db=-100))
    wet = performed(Part(voice=voices.marimba, notes=tune("A4:1"), room_db=0))
    late = slice(int(1.7 * RATE), int(1.9 * RATE))
    assert np.abs(wet[:, late]).max() > 10 * np.abs(dry[:, late]).max()


def test_a_title_fixes_the_performance():
    part = Part(voice=voices.pluck, notes=tune("A4:1 C5:1 E5:2"))
    assert np.array_equal(performed(part), performed(part))
    assert not np.array_equal(performed(part), performed(part, title="Another"))
