"""Playlists that are anchored to a passage: their occurrences are marks, exact to the frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playlists.clockwork import MS, Clockwork, completed, good_book, started
from support.voices import RATE, voice

from wkmp_pi.events.kinds import ButtonPressed, CueReached
from wkmp_pi.mix.mixer import Mixer
from wkmp_pi.mix.plan import Plan, VoiceMark
from wkmp_pi.playlists.definition import Anchor
from wkmp_pi.playlists.words import Mark, MarkHeard

END = """
anchor = "passage end"
deadline_s = 600
veto_ms = 0
[[trigger]]
event = "button.pressed"
[[trigger]]
event = "passage.started"
[[step]]
event = "a.soon"
offset_s = -3
[[step]]
event = "a.now"
offset_s = -1
repeat = 3
interval_s = 0.5
"""


PRESS = ButtonPressed(button="play", at_ns=0)


def hear(box: Clockwork, *offsets: int, late_ms: float = 0) -> None:
    """The marks with these offsets are heard, one after the other."""
    for offset in offsets:
        mark = next(mark for mark in box.marks if mark.offset_frames == offset)
        box.feed(MarkHeard(mark, round(box.now - late_ms * MS)))


def test_the_occurrences_of_a_passage_are_marks():
    box = Clockwork(good_book(a=END))
    box.feed(started(7))
    assert [(mark.step, mark.repeat, mark.entry, mark.offset_frames) for mark in box.marks] == [
        (0, 0, 7, -3 * RATE),
        (1, 0, 7, -RATE),
        (1, 1, 7, -RATE // 2),
        (1, 2, 7, 0),
    ]
    assert {mark.anchor for mark in box.marks} == {Anchor.PASSAGE_END}
    assert not box.emitted()
    hear(box, -3 * RATE, late_ms=4)
    (emitted,) = box.emitted()
    assert (emitted.scheduled_ns, emitted.actual_ns) == (box.now - 4 * MS, box.now)
    assert (emitted.late_ms, emitted.offset_s) == (4.0, -3.0)
    hear(box, -RATE, -RATE // 2, 0)
    assert box.reasons() == ["completed"]
    assert box.marks == ()
    assert box.runs.in_flight == 0


def test_a_mark_that_is_heard_twice_counts_once():
    """A listener who seeks back hears it again."""
    box = Clockwork(good_book(a=END))
    box.feed(started(7))
    hear(box, -3 * RATE, -3 * RATE)
    assert len(box.emitted()) == 1
    old = box.marks[0]
    box.stop()
    box.feed(MarkHeard(old, box.now))
    assert len(box.emitted()) == 1


def test_a_run_that_a_hand_starts_belongs_to_the_newest_passage_that_sounds():
    box = Clockwork(good_book(a=END.replace("passage.started", "passage.completed")))
    box.feed(started(1))
    box.feed(started(2))
    box.feed(PRESS)
    assert {mark.entry for mark in box.marks} == {2}


def test_a_run_that_begins_in_silence_belongs_to_the_next_passage():
    box = Clockwork(good_book(a=END.replace("passage.started", "passage.completed")))
    box.feed(PRESS)
    assert {mark.entry for mark in box.marks} == {None}
    box.feed(started(3))
    assert {mark.entry for mark in box.marks} == {3}
    box.feed(started(4))
    assert {mark.entry for mark in box.marks} == {3}


def test_the_start_of_a_passage_is_that_of_the_next_one():
    text = """
    anchor = "passage start"
    deadline_s = 600
    [[trigger]]
    event = "button.pressed"
    [[step]]
    event = "a.first"
    [[step]]
    event = "a.frame"
    offset_frames = 441
    """
    box = Clockwork(good_book(a=text))
    box.feed(started(1))
    box.feed(PRESS)
    assert [(mark.entry, mark.offset_frames) for mark in box.marks] == [(None, 0), (None, 441)]
    before = box.marks[0]
    box.feed(started(2))
    box.feed(MarkHeard(before, box.now))
    assert len(box.named("a.first")) == 1, "it was armed for the next one, which this is"
    assert {mark.entry for mark in box.marks} == {2}


def test_a_run_that_a_beginning_starts_belongs_to_that_passage():
    text = END.replace("passage end", "passage start").replace("= -", "= ")
    box = Clockwork(good_book(a=text))
    box.feed(started(1))
    assert {mark.entry for mark in box.marks} == {1}


def test_the_first_moments_of_a_passage_that_starts_a_run_itself_come_by_the_clock():
    text = """
    anchor = "passage start"
    deadline_s = 600
    [[trigger]]
    event = "passage.started"
    [[step]]
    event = "a.first"
    [[step]]
    event = "a.mixed"
    offset_s = 0.15
    [[step]]
    event = "a.later"
    offset_s = 0.25
    """
    box = Clockwork(good_book(a=text), lead_ms=200)
    box.stand(0.004)
    box.feed(started(1))
    assert not box.emitted()
    box.run(1)
    assert box.times("a.first", "a.mixed", "a.later") == [(0.004, "a.first"), (0.15, "a.mixed")]
    assert [event.late_ms for event in box.emitted()] == [4.0, 0.0]
    hear(box, 0, 6615, 11_025)
    assert [event.emitted for event in box.emitted()] == ["a.first", "a.mixed", "a.later"]
    assert box.reasons() == ["completed"]


def test_a_passage_that_is_left_early_lets_the_run_fail():
    box = Clockwork(good_book(a=END))
    box.feed(started(1))
    hear(box, -3 * RATE)
    box.feed(completed(2))
    assert not box.stopped()
    box.feed(completed(1))
    (stopped,) = box.stopped()
    assert (stopped.reason, stopped.emitted_count) == ("failed", 1)
    assert box.marks == ()


def test_a_passage_that_never_ends_is_left_at_the_deadline():
    box = Clockwork(good_book(a=END))
    box.feed(started(1))
    box.run(599)
    assert not box.stopped()
    box.run(2)
    assert box.reasons() == ["timeout"]
    assert box.runs.in_flight == 0


def test_a_run_that_is_stopped_takes_its_marks_along_and_no_others():
    box = Clockwork(good_book(a=END))
    box.feed(started(1))
    box.feed(PRESS)
    first, second = (created.run_id for created in box.created())
    box.stop(run=first)
    assert {mark.run_id for mark in box.marks} == {second}


def test_a_mark_that_was_heard_too_long_ago_is_dropped_if_its_step_says_so():
    box = Clockwork(good_book(a=END.replace("offset_s = -3", "offset_s = -3\ndrop_after_ms = 20")))
    box.feed(started(1))
    hear(box, -3 * RATE, late_ms=21)
    assert not box.emitted()
    hear(box, -RATE, -RATE // 2, 0, late_ms=21)
    assert len(box.emitted()) == 3
    assert box.reasons() == ["completed"]


@pytest.mark.parametrize(
    ("anchor", "offset", "length", "position"),
    [
        (Anchor.PASSAGE_END, -132_300, 441_000, 308_700),
        (Anchor.PASSAGE_END, 0, 441_000, 441_000),
        (Anchor.PASSAGE_END, -441_001, 441_000, None),
        (Anchor.PASSAGE_START, 0, 441_000, 0),
        (Anchor.PASSAGE_START, 441_000, 441_000, 441_000),
        (Anchor.PASSAGE_START, 441_001, 441_000, None),
    ],
)
def test_a_mark_lies_at_a_frame_of_its_passage_or_nowhere(anchor, offset, length, position):
    mark = Mark(run_id="a-1", step=0, repeat=0, anchor=anchor, entry=1, offset_frames=offset)
    assert mark.position(length) == position


OFFSETS = st.lists(st.integers(-3000, 0), min_size=1, max_size=6)


@settings(deadline=None)
@given(OFFSETS, st.integers(3000, 9000), st.sampled_from([64, 441, 1000, 4096]))
def test_every_mark_is_heard_at_its_frame_whatever_the_period(offsets, length, period):
    """By the real mixer: the frame in which it puts a mark is the one that was asked for."""
    steps = "".join(
        f'[[step]]\nevent = "a.n{index}"\noffset_frames = {offset}\n'
        for index, offset in enumerate(offsets)
    )
    head = 'anchor = "passage end"\ndeadline_s = 600\n[[trigger]]\nevent = "button.pressed"\n'
    box = Clockwork(good_book(a=head + steps))
    box.feed(started(1))
    box.feed(PRESS)
    found = mixed(box.marks, length, period)
    assert found == {index: length + offset for index, offset in enumerate(offsets)}


def mixed(marks: tuple[Mark, ...], length: int, period: int) -> dict[int, int]:
    """The frames in which the marks come out of a mixer that plays one passage."""
    plain = voice(1, np.zeros((length, 2), np.float32))
    carried = [
        VoiceMark(
            position,
            CueReached(frame=0, entry=1, passage=1, file="/1", cue=str(mark.step), position_ms=0),
        )
        for mark in marks
        if (position := mark.position(length)) is not None
    ]
    carried.sort(key=lambda mark: mark.offset)
    plan = Plan(playing=True, voices=(replace(plain, marks=tuple(carried)),))
    mixer, frame, told = Mixer(RATE, dithered=False, patient=True), 0, []
    while frame < length + period:
        out = np.zeros(period * 2, np.float32)
        done = mixer.mix(plan, out, frame).frames
        told += mixer.take_marks()
        frame += done
        if done < period:
            break
    return {int(event.cue): event.frame for event in told if isinstance(event, CueReached)}


def test_seconds_become_the_nearest_frame_of_the_working_rate():
    text = 'anchor = "passage end"\ndeadline_s = 9\n[[trigger]]\nevent = "button.pressed"\n'
    text += '[[step]]\nevent = "a.x"\noffset_s = -0.00001\n'
    for rate_hz, frames in ((44_100, 0), (96_000, -1), (48_000, 0), (192_000, -2)):
        box = Clockwork(good_book(a=text), rate_hz=rate_hz)
        box.feed(PRESS)
        assert box.marks[0].offset_frames == frames
