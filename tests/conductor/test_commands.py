"""What each command does, as the owner sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conductor.desk import MS, Desk, passage
from support.voices import RATE

from wkmp_pi import commands
from wkmp_pi.conductor import effects as do
from wkmp_pi.conductor.decide import MUSIC, Problem, Tick, next_deadline_ns
from wkmp_pi.decode.messages import Failed
from wkmp_pi.errors import MediaError
from wkmp_pi.events import kinds
from wkmp_pi.mix.plan import Lengths
from wkmp_pi.passage import Points
from wkmp_pi.units import ticks_from_ms


def sounding(*numbers: int, **settings: object) -> Desk:
    """A desk whose first entry is heard, at 0 ms."""
    desk = Desk(**settings)
    desk.enqueue(*numbers)
    desk.ask(commands.Play())
    desk.ready(*list(desk.state.takes))
    desk.starts(1)
    desk.effects.clear()
    return desk


def test_play_and_pause_are_idempotent() -> None:
    desk = sounding(1)
    desk.ask(commands.Play())
    assert not desk.effects[:-1]
    desk.ask(commands.Pause())
    desk.ask(commands.Pause())
    assert [e.state for e in desk.events("playback.state_changed")] == ["paused"]
    assert not desk.plan.playing


def test_play_and_pause_are_states_of_an_empty_queue_too() -> None:
    desk = Desk()
    assert desk.ask(commands.Play()) == {"state": "playing"}
    desk.enqueue(1)
    assert desk.state.queue.current == 1


def test_while_the_output_is_lost_the_position_stands_and_the_problem_is_seen() -> None:
    desk = sounding(1, 2)
    desk.now += 1500 * MS
    desk.tell(kinds.OutputLost(frame=66_150, device="usb-1", error="usb-1: gone"))
    desk.now += 3000 * MS
    status = desk.ask(commands.GetStatus())
    assert (status["position_ms"], status["problems"]) == (1500, ["usb-1: gone"])
    desk.tell(kinds.OutputRestored(frame=66_150, device="usb-1", gap_ms=3000))
    desk.now += 400 * MS
    status = desk.ask(commands.GetStatus())
    assert (status["position_ms"], status["problems"]) == (1900, [])


def test_where_the_position_stands_is_where_the_sound_goes_on() -> None:
    """The device was silent for a while before it was lost, and what it held was not heard."""
    desk = sounding(1)
    desk.now += 1500 * MS
    desk.tell(kinds.OutputLost(frame=RATE, device="usb-1", error="usb-1: gone"))
    assert desk.ask(commands.GetStatus())["position_ms"] == 1000
    desk.now += 3000 * MS
    desk.tell(kinds.OutputRestored(frame=RATE, device="usb-1", gap_ms=3000))
    desk.now += 100 * MS
    desk.tell(kinds.OutputLost(frame=RATE + 2205, device="usb-1", error="usb-1: gone"))
    assert desk.ask(commands.GetStatus())["position_ms"] == 1050


def test_a_pause_and_a_seek_count_while_the_output_is_lost() -> None:
    desk = sounding(1, 2)
    desk.tell(kinds.OutputLost(frame=0, device="usb-1", error="usb-1: gone"))
    desk.ask(commands.Seek(position_ms=4000))
    desk.now += 2000 * MS
    assert desk.ask(commands.GetStatus())["position_ms"] == 4000
    desk.ask(commands.Pause())
    desk.tell(kinds.OutputRestored(frame=0, device="usb-1", gap_ms=2000))
    desk.now += 1000 * MS
    assert desk.ask(commands.GetStatus())["position_ms"] == 4000


def test_an_entry_that_comes_to_an_empty_queue_while_playing_starts_at_once() -> None:
    desk = sounding(1)
    desk.completes(1)
    (entry,) = desk.enqueue(2)["entries"]
    desk.ready(entry)
    assert desk.planned() == [entry]
    assert desk.state.queue.current == entry


def test_next_ends_the_current_one_as_skipped() -> None:
    desk = sounding(1, 2, 3)
    assert desk.ask(commands.Next()) == {"entry": 2}
    assert desk.planned() == [2, 3]
    assert desk.plan.reasons == {1: "user_skip"}
    desk.completes(1, "user_skip")
    assert desk.state.queue.current == 2


def test_next_during_a_crossfade_skips_both() -> None:
    desk = sounding(1, 2, 3)
    desk.starts(2)
    assert desk.ask(commands.Next()) == {"entry": 3}
    assert desk.plan.reasons == {1: "user_skip", 2: "user_skip"}


def test_a_second_skip_within_the_throttle_answers_and_does_nothing() -> None:
    desk = sounding(1, 2, 3, skip_throttle_ms=500)
    desk.ask(commands.Next())
    desk.now += 400 * MS
    assert desk.ask(commands.Next()) == {"entry": 2, "throttled": True}
    desk.now += 101 * MS
    assert desk.ask(commands.Next()) == {"entry": 3}


def test_previous_restarts_after_three_seconds_and_goes_back_before() -> None:
    desk = sounding(1, 2)
    desk.completes(1)
    desk.starts(2)
    desk.at(2, 4000)
    assert desk.ask(commands.Previous()) == {"position_ms": 0}
    desk.ready(2)
    desk.at(2, 1000)
    result = desk.ask(commands.Previous())
    assert desk.state.current is not None
    assert desk.state.current.entry == result["entry"]
    assert desk.state.current.passage.id == 1


def test_a_seek_is_another_take_that_replaces_the_old_when_it_is_ready() -> None:
    desk = sounding(1, 2)
    desk.at(1, 1000)
    assert desk.ask(commands.Seek(position_ms=5000)) == {"position_ms": 5000}
    request = desk.of(do.Decode)[0].request
    assert (request.file, request.skip_frames) == ("/music/1.flac", 220_500)
    assert desk.plan.voices[0].take == 1
    desk.ready(1)
    assert desk.plan.voices[0].take == request.take
    assert desk.of(do.Release)[-1].take == 1


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (commands.Seek(position_ms=99_999_999), 10_000),
        (commands.Seek(delta_ms=-99_000), 0),
        (commands.Seek(delta_ms=2_500), 3_500),
    ],
)
def test_a_seek_is_clamped(command: commands.Seek, expected: int) -> None:
    desk = sounding(1, 2)
    desk.at(1, 1000)
    assert desk.ask(command) == {"position_ms": expected}


def test_a_seek_to_the_end_is_a_skip() -> None:
    desk = sounding(1, 2)
    desk.ask(commands.Seek(position_ms=10_000))
    assert desk.state.queue.current == 2


def test_a_seek_back_out_of_a_crossfade_prepares_the_next_one_anew() -> None:
    desk = sounding(1, 2)
    desk.at(1, 9000)
    desk.starts(2)
    old = desk.take(2).id
    desk.ask(commands.Seek(position_ms=1000))
    assert desk.take(2).id > desk.take(1).id > old
    assert desk.state.incoming is None


def test_removing_the_entry_that_plays_is_a_skip_for_another_reason() -> None:
    desk = sounding(1, 2)
    desk.ask(commands.Remove(entries=(1,)))
    assert desk.plan.reasons == {1: "queue_removed"}
    assert desk.state.queue.current == 2
    assert desk.ask(commands.Remove(entries=(1,))) == {"removed": []}


def test_clear_silences_and_empties() -> None:
    desk = sounding(1, 2)
    assert desk.ask(commands.Clear()) == {"removed": 2}
    assert desk.planned() == []
    assert desk.plan.reasons[1] == "queue_removed"


def test_an_unknown_reference_refuses_the_whole_enqueue() -> None:
    desk = sounding(1)
    error = desk.enqueue(2, 3, place="after", reference=77)
    assert "entry 77: not in the queue" in error
    assert desk.state.queue.ids == (1,)
    assert desk.events("command.refused")[0].command == "enqueue"


def test_the_queue_holds_100_entries() -> None:
    desk = Desk()
    desk.enqueue(*range(1, 101))
    assert "queue is full" in desk.enqueue(101)


def test_volume_is_limited_and_follows_a_curve() -> None:
    desk = sounding(1, volume_max_percent=80)
    assert desk.ask(commands.SetVolume(percent=100)) == {"percent": 80, "muted": False}
    assert desk.plan.gain == pytest.approx(0.8**3)
    assert desk.ask(commands.SetVolume(delta=-80)) == {"percent": 0, "muted": False}
    assert desk.plan.gain == 0


def test_mute_keeps_the_volume_and_a_new_volume_unmutes() -> None:
    desk = sounding(1)
    desk.ask(commands.Mute())
    assert desk.plan.gain == 0
    assert desk.ask(commands.SetVolume(percent=40)) == {"percent": 40, "muted": False}
    assert [(e.percent, e.muted) for e in desk.events("volume.changed")] == [
        (100, True),
        (40, False),
    ]


def test_ducking_lowers_what_plays_below_its_volume_and_lets_it_come_back() -> None:
    desk = sounding(1)
    desk.ask(commands.SetVolume(percent=50))
    desk.ask(commands.Duck(percent=20, fade_ms=500))
    assert desk.plan.gain == pytest.approx((0.5 * 0.2) ** 3)
    assert desk.plan.gain_frames == RATE // 2
    desk.ask(commands.SetVolume(percent=60))
    assert desk.plan.gain == pytest.approx((0.6 * 0.2) ** 3)
    assert desk.plan.gain_frames == RATE // 50
    desk.ask(commands.Duck(percent=100, fade_ms=0))
    assert desk.plan.gain == pytest.approx(0.6**3)
    assert desk.ask(commands.GetStatus())["volume"] == 60


def test_the_sleep_timer_fades_and_then_pauses() -> None:
    desk = sounding(1, sleep_fade_ms=10_000)
    desk.ask(commands.Sleep(minutes=1))
    due = next_deadline_ns(desk.state)
    desk.now = 61_000 * MS
    desk.tell(Tick())
    assert (desk.plan.gain, desk.plan.gain_frames, desk.plan.playing) == (0.0, 441_000, True)
    desk.now = 71_000 * MS
    desk.tell(Tick())
    assert not desk.plan.playing
    assert desk.plan.gain == 1.0
    assert due is not None


def test_the_sleep_timer_at_the_end_fades_the_passage_and_stops_after_it() -> None:
    desk = sounding(1, 2, sleep_fade_ms=3000)
    desk.ask(commands.Sleep(at_end=True))
    assert desk.planned() == [1]
    assert desk.plan.voices[0].fade_out == 3 * 44_100
    desk.completes(1)
    assert not desk.state.playing
    assert desk.state.queue.current == 2


def test_single_pauses_after_the_passage() -> None:
    desk = sounding(1, 2, single=True)
    assert desk.planned() == [1]
    desk.completes(1)
    assert not desk.state.playing
    desk.ask(commands.Play())
    assert desk.state.queue.current == 2


def test_repeat_of_one_entry_crossfades_into_itself_under_another_id() -> None:
    desk = Desk(repeat=True, consume=False)
    desk.enqueue(1)
    desk.ask(commands.Play())
    assert len(desk.state.takes) >= 2
    desk.ready(*desk.state.takes)
    entries = desk.planned()
    assert len(set(entries)) == len(entries) >= 2
    assert {v.passage.id for v in desk.plan.voices} == {1}


def test_a_setting_is_taken_saved_and_told() -> None:
    desk = sounding(1, 2)
    desk.ask(commands.SetSetting(key="crossfade_ms", value=500))
    assert desk.of(do.SaveSetting) == [do.SaveSetting("crossfade_ms", 500)]
    assert desk.plan.voices[1].overlap == 22_050
    assert desk.events("settings.changed")[0].value == 500
    assert "expected a whole number" in desk.ask(commands.SetSetting(key="crossfade_ms", value=-1))


@pytest.mark.parametrize("key", ["minimum_playback_buffer_ms", "minimum_next_buffer_ms"])
def test_more_decoding_ahead_does_not_stop_what_was_ready_before(key: str) -> None:
    desk = sounding(1, 2)
    desk.ask(commands.SetSetting(key=key, value=12_000))
    assert desk.planned() == [1, 2]


def test_a_threshold_that_a_decoder_was_not_asked_for_is_not_waited_for() -> None:
    desk = Desk()
    desk.enqueue(1, 2)
    desk.ask(commands.Play())
    for key in ("minimum_playback_buffer_ms", "minimum_next_buffer_ms"):
        desk.ask(commands.SetSetting(key=key, value=12_000))
    desk.opens(1)
    desk.buffers(1, ms=500)
    assert desk.planned() == []
    desk.buffers(1, ms=3000)
    assert desk.planned() == [1]


def test_a_seek_is_saved_at_once_even_if_paused() -> None:
    desk = sounding(1, 2)
    desk.ask(commands.Pause())
    desk.effects.clear()
    desk.ask(commands.Seek(position_ms=7000))
    assert [e.values["position_ms"] for e in desk.of(do.SaveState)] == [7000]


def test_the_position_is_saved_each_30_s_and_at_pause() -> None:
    desk = sounding(1, 2)
    desk.now += 30_000 * MS
    desk.tell(Tick())
    desk.at(1, 5000)
    desk.ask(commands.Pause())
    assert [e.values["position_ms"] for e in desk.of(do.SaveState)] == [10_000, 5000]


def test_an_entry_that_can_not_be_played_is_told_and_removed() -> None:
    desk = sounding(1, 2, 3)
    desk.fails(2)
    assert desk.state.queue.ids == (1, 3)
    assert desk.events("decode.failed")[0].entry == 2
    assert [(mark.entry, mark.reason) for mark in desk.plan.unplayed] == [(2, "playback_error")]
    desk.completes(2, "playback_error")
    assert desk.plan.unplayed == ()


def test_a_correction_is_told_once_though_a_seek_opens_the_file_again() -> None:
    desk = Desk()
    bad = passage(1, points=Points(fade_in=ticks_from_ms(3000), fade_out=ticks_from_ms(1000)))
    desk.ask(commands.Enqueue(items=("passage:1",)), bad)
    desk.ask(commands.Play())
    desk.ready(1)
    desk.starts(1)
    desk.ask(commands.Seek(position_ms=5000))
    desk.ready(1)
    assert len(desk.events("passage.corrected")) == 1
    assert desk.plan.voices[0].lengths.fade_in == 2 * 44_100


def test_timing_beyond_the_file_has_its_own_reason() -> None:
    desk = sounding(1, 2)
    desk.fails(2, timing=True)
    assert desk.plan.unplayed[0].reason == "invalid_timing"


def test_what_is_decoded_of_a_passage_that_sounds_is_still_played() -> None:
    desk = sounding(1, 2)
    desk.fails(1, seconds=7.0)
    assert desk.state.queue.current == 1
    assert desk.plan.reasons == {1: "playback_error"}
    assert desk.planned() == [1, 2]
    assert desk.plan.voices[0].length == 7 * 44_100
    assert desk.plan.unplayed == ()


def test_a_file_that_vanished_before_a_seek_ends_its_passage_once() -> None:
    desk = sounding(1, 2)
    desk.ask(commands.Seek(position_ms=2000))
    desk.fails(1)
    assert desk.state.queue.current == 2
    assert desk.planned() == [2]
    assert desk.plan.reasons[1] == "playback_error"
    assert [mark.entry for mark in desk.plan.unplayed] == [1]


def test_the_take_before_a_seek_may_fail_without_an_end_of_the_passage() -> None:
    desk = sounding(1, 2)
    before = desk.take(1)
    desk.ask(commands.Seek(position_ms=2000))
    desk.tell(Failed(take=before.id, error=MediaError("gone")))
    assert desk.state.queue.current == 1
    assert desk.planned() == []
    assert 1 in desk.plan.waiting
    desk.ready(1)
    assert desk.planned() == [1, 2]


def test_a_file_that_gave_less_than_it_promised_is_crossfaded_at_its_real_end() -> None:
    desk = sounding(1, 2)
    desk.finishes(1, 7.0)
    assert desk.plan.voices[0].length == 7 * 44_100


def test_album_neighbours_are_not_crossfaded() -> None:
    desk = Desk()
    album = [passage(n, album="A", artist="B", track=n) for n in (1, 2)]
    command = commands.Enqueue(items=("passage:1", "passage:2"))
    desk.ask(command, *album)
    desk.ask(commands.Play())
    desk.ready(1, 2)
    assert desk.plan.voices[1].overlap == 0


def test_points_of_a_person_are_never_clamped() -> None:
    desk = sounding(1, 2)
    take = desk.take(1)
    assert take.voice is not None
    assert take.voice.lengths == Lengths(None, None, None, None)


def test_status_tells_what_plays_and_what_comes() -> None:
    desk = sounding(1, 2)
    desk.now += 2500 * MS
    status = desk.ask(commands.GetStatus())
    assert (status["state"], status["position_ms"], status["duration_ms"]) == (
        "playing",
        2500,
        10_000,
    )
    assert status["current"]["title"] == "Title 1"
    assert status["next"]["entry"] == 2


def test_the_status_tells_titles_from_the_tags_of_files_that_are_open() -> None:
    desk = Desk()
    desk.ask(commands.Enqueue(items=("a.flac",)), replace(passage(-1), title=""))
    desk.ask(commands.Play())
    assert desk.ask(commands.GetStatus())["current"]["title"] == ""
    desk.opens(1, title="From the tag", artist="Somebody")
    current = desk.ask(commands.GetStatus())["current"]
    assert (current["title"], current["artist"]) == ("From the tag", "Somebody")
    assert desk.ask(commands.GetQueue())["entries"] == [current]


def test_what_lies_on_a_disk_that_is_away_stays_in_the_queue_and_is_tried_when_it_is_back() -> None:
    desk = Desk()
    desk.enqueue(1, 2)
    desk.ask(commands.Play())
    away = MediaError("/music/1.flac: cannot be opened")
    first = [take.id for take in desk.state.takes.values()]
    desk.tell(Problem(MUSIC, "/music: no folder"))
    for number in first:
        desk.tell(Failed(take=number, error=away, away=True))
    assert desk.state.queue.ids == (1, 2)
    assert desk.events("decode.failed") == []
    assert not desk.plan.voices
    before = len(desk.decodes())
    desk.tell(Problem(MUSIC, None))
    assert desk.decodes()[before:] == [("1.flac", "IMMEDIATE"), ("2.flac", "NEXT")]
    desk.ready(1)
    assert desk.planned() == [1]


def test_without_the_news_of_a_missing_disk_the_queue_would_be_lost() -> None:
    desk = Desk()
    desk.enqueue(1, 2)
    for entry in (1, 2):
        desk.fails(entry)
    assert desk.state.queue.ids == ()


def test_a_passage_that_sounds_when_its_disk_goes_away_ends_where_its_sound_ends() -> None:
    desk = sounding(1, 2)
    desk.tell(Failed(take=desk.take(1).id, error=MediaError("gone"), frames=3 * RATE, away=True))
    assert desk.plan.voices[0].length == 3 * RATE
    assert desk.events("decode.failed")
