import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.demo import score
from wkmp_pi.demo.score import Note

CHORDS = [root + quality for root in ("C", "F#", "Bb") for quality in score.QUALITIES]


def test_notes_have_the_pitches_of_the_midi_standard():
    assert [score.pitch(name) for name in ("C-1", "A4", "C#5", "Bb3")] == [0, 69, 73, 58]


def test_pitches_are_tuned_to_440_hz_in_equal_temperament():
    assert score.hz(69) == 440
    assert score.hz(81) == 880
    assert score.hz(70) == pytest.approx(466.1638, abs=1e-3)


@pytest.mark.parametrize("name", ["H4", "A", "a4", "A##4", ""])
def test_a_name_that_is_no_note_is_refused(name):
    with pytest.raises(ValueError, match="expected a name like"):
        score.pitch(name)


@pytest.mark.parametrize("name", ["X", "Cmaj13", "c"])
def test_a_name_that_is_no_chord_is_refused(name):
    with pytest.raises(ValueError, match="expected a root"):
        score.chord(name)


def test_a_tune_is_read_with_rests_accents_and_notes_together():
    assert score.tune("A4:1 -:.5 | C5+E5:2!", at=4, strength=0.4) == (
        Note(4.0, 1.0, 69, 0.4),
        Note(5.5, 2.0, 72, 0.5),
        Note(5.5, 2.0, 76, 0.5),
    )


def test_a_seventh_chord_has_its_four_notes():
    assert score.chord("Bm7") == (11, 2, 6, 9)


@given(st.lists(st.sampled_from(CHORDS), min_size=1, max_size=6))
def test_every_voicing_has_all_notes_of_its_chord_within_the_range(names):
    for name, voicing in zip(names, score.voiced(" ".join(names), 48, 72), strict=True):
        assert {p % 12 for p in voicing} == set(score.chord(name))
        assert voicing == tuple(sorted(voicing))
        assert 48 <= voicing[0] <= voicing[-1] <= 72


def test_voices_move_by_small_steps():
    voicings = score.voiced("Dmaj9 Bm7 Gmaj7 Asus4 Dmaj9 F#m7 Gadd9 A", 50, 69)
    for before, after in itertools.pairwise(voicings):
        assert max(min(abs(p - q) for q in before) for p in after) <= 4


def test_an_arpeggio_picks_from_the_bottom_and_goes_on_an_octave_higher():
    notes = score.arpeggio([(60, 64, 67)], (0, 3, -1, 2), 0.5, at=8)
    assert [(n.beat, n.pitch) for n in notes] == [(8, 60), (8.5, 72), (9.5, 67)]


def test_strength_is_led_along_straight_lines():
    notes = [Note(beat, 1, 60, 0.5) for beat in (0, 4, 8, 12)]
    swelled = score.swelling(notes, (4, 1.0), (8, 0.5), (10, 2.0))
    assert [n.strength for n in swelled] == [0.5, 0.5, 0.25, 1.0]
