"""Decoding and mixing follow from events alone, each exactly once."""

from __future__ import annotations

from conductor.desk import Desk

from wkmp_pi import commands
from wkmp_pi.conductor import effects as do
from wkmp_pi.conductor.decide import Stuck


def playing(*numbers: int, **settings: object) -> Desk:
    desk = Desk(**settings)
    desk.enqueue(*numbers)
    desk.ask(commands.Play())
    return desk


def test_tc_ed_001_an_enqueued_entry_is_decoded_at_once() -> None:
    desk = Desk()
    desk.enqueue(7)
    assert desk.decodes() == [("7.flac", "IMMEDIATE")]


def test_tc_ed_002_an_advance_requests_each_promoted_entry_exactly_once() -> None:
    desk = playing(1, 2, 3, 4, 5)
    assert [file for file, _ in desk.decodes()] == ["1.flac", "2.flac", "3.flac"]
    desk.ready(1, 2, 3)
    desk.starts(1)
    desk.completes(1)
    assert [file for file, _ in desk.decodes()] == ["1.flac", "2.flac", "3.flac", "4.flac"]
    promoted = [(e.take, e.priority.name) for e in desk.of(do.Reprioritise)]
    assert promoted == [(2, "IMMEDIATE"), (3, "NEXT")]
    assert [e.take for e in desk.of(do.Release)] == [1]


def test_tc_ed_003_the_place_in_the_queue_is_the_priority() -> None:
    assert playing(1, 2, 3).decodes() == [
        ("1.flac", "IMMEDIATE"),
        ("2.flac", "NEXT"),
        ("3.flac", "PREFETCH"),
    ]


def test_tc_ed_004_the_mixer_starts_when_the_first_threshold_is_reached() -> None:
    desk = playing(1)
    desk.opens(1)
    assert desk.planned() == []
    desk.buffers(1, ms=500)
    assert desk.planned() == [1]


def test_tc_ed_005_it_does_not_start_twice() -> None:
    desk = playing(1)
    desk.ready(1)
    plans = len(desk.of(do.Follow))
    desk.buffers(1)
    desk.starts(1)
    assert {voice.take for plan in desk.of(do.Follow) for voice in plan.plan.voices} == {1}
    assert len(desk.of(do.Follow)) <= plans + 2


def test_a_later_entry_needs_the_larger_threshold() -> None:
    desk = playing(1, 2)
    desk.ready(1)
    desk.opens(2)
    desk.buffers(2, ms=500)
    assert desk.planned() == [1]
    desk.buffers(2, ms=3000)
    assert desk.planned() == [1, 2]


def test_a_render_is_held_where_the_successor_matters_until_it_is_known() -> None:
    desk = playing(1, 2)
    desk.ready(1)
    assert desk.plan.hold_at == 8 * 44_100
    desk.ready(2)
    assert desk.plan.hold_at is None


def test_tc_wd_001_a_missing_current_buffer_is_requested_again() -> None:
    desk = playing(1)
    desk.tell(Stuck("missing_current_buffer", 1))
    assert desk.decodes() == [("1.flac", "IMMEDIATE")] * 2
    (event,) = desk.events("watchdog.intervened")
    assert (event.kind, event.entry, event.total) == ("missing_current_buffer", 1, 1)


def test_tc_wd_002_a_mixer_that_did_not_start_gets_its_plan_again() -> None:
    desk = playing(1)
    desk.ready(1)
    plans = len(desk.of(do.Follow))
    desk.tell(Stuck("mixer_not_started", 0))
    assert len(desk.of(do.Follow)) == plans + 1
    assert desk.planned() == [1]


def test_tc_wd_003_a_missing_prefetch_is_requested_again() -> None:
    desk = playing(1, 2, 3)
    desk.tell(Stuck("missing_next_buffer", 2))
    assert desk.decodes()[3:] == [("2.flac", "NEXT")]


def test_three_passages_play_in_order_with_overlaps() -> None:
    desk = playing(1, 2, 3)
    desk.ready(1, 2, 3)
    assert [(v.entry, v.overlap) for v in desk.plan.voices] == [(1, 0), (2, 88_200), (3, 88_200)]
    for entry in (1, 2, 3):
        desk.starts(entry)
        desk.completes(entry)
    assert len(desk.events("queue.emptied")) == 1
    assert [e.trigger for e in desk.events("queue.changed")][-3:] == ["advance"] * 3
