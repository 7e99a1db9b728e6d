"""Runs on a virtual clock: what comes out, when, in which order, and why it ends."""

from __future__ import annotations

import threading

import pytest
from playlists.clockwork import BEGIN, MS, Clockwork, book_of, good_book

from wkmp_pi.commands import Mute, SetVolume
from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import ButtonPressed, ButtonReleased, GestureChord, StateChanged, payload
from wkmp_pi.events.told import MAX_HOPS, Told, numbered
from wkmp_pi.playlists.definition import MAX_RUNS

STEPS = """
veto_ms = 0
[[trigger]]
event = "button.pressed"
[[interrupt]]
event = "button.released"
[[step]]
event = "a.one"
[[step]]
event = "a.two"
offset_s = 1
"""


def press(button="play", at_ns=0):
    return ButtonPressed(button=button, at_ns=at_ns)


def test_a_run_is_created_emits_its_steps_and_is_completed():
    box = Clockwork(good_book(a=STEPS))
    box.feed(press())
    assert box.names == ["created"]
    box.run(0)
    assert box.names == ["created", "a.one", "emitted"]
    box.run(1)
    assert box.names == ["created", "a.one", "emitted", "a.two", "emitted", "stopped"]
    assert box.reasons() == ["completed"]
    assert box.runs.deadline_ns is None
    assert box.runs.in_flight == 0


def test_occurrences_of_all_steps_come_in_the_order_of_time():
    """One step after the other would have had the second wait until 0.401 s."""
    text = """
    veto_ms = 0
    [[step]]
    event = "slow.tick"
    repeat = 3
    offset_s = 0.001
    interval_s = 0.2
    [[step]]
    event = "quick.tick"
    offset_s = 0.15
    """
    box = Clockwork(good_book(a=text))
    box.start("a")
    box.run(2)
    assert box.times("slow.tick", "quick.tick") == [
        (0.001, "slow.tick"),
        (0.15, "quick.tick"),
        (0.201, "slow.tick"),
        (0.401, "slow.tick"),
    ]


def test_runs_of_several_playlists_are_merged_as_well():
    texts = {
        name: f"""
        veto_ms = 0
        [[step]]
        event = "{name}.tick"
        repeat = 50
        offset_s = {offset}
        interval_s = 0.05
        """
        for name, offset in (("a", 0.02), ("b", 0.01), ("c", 0.03))
    }
    box = Clockwork(good_book(**texts))
    for name in texts:
        box.start(name)
    box.stand(10).run(0)
    scheduled = [event.scheduled_ns for event in box.emitted()]
    assert len(scheduled) == 150
    assert scheduled == sorted(scheduled)


def test_ten_thousand_repeats_do_not_drift():
    text = 'veto_ms = 0\n[[step]]\nevent = "a.tick"\nrepeat = 10000\ninterval_s = 0.0333'
    box = Clockwork(good_book(a=text), stall=lambda: 3 * MS)
    box.start("a")
    box.run(400)
    emitted = box.emitted()
    assert len(emitted) == 10_000
    assert emitted[-1].scheduled_ns == BEGIN + 9999 * 33_300_000
    assert max(event.late_ms for event in emitted) == 3.0
    assert emitted[5000].offset_s == pytest.approx(5000 * 0.0333, abs=1e-9)


def test_after_a_stall_late_ones_come_and_say_how_late():
    text = """
    veto_ms = 0
    [[step]]
    event = "a.tick"
    repeat = 4
    interval_s = 1
    """
    box = Clockwork(good_book(a=text))
    box.start("a")
    box.stand(2.5).run(1)
    assert [event.late_ms for event in box.emitted()] == [2500.0, 1500.0, 500.0, 0.0]
    assert box.reasons() == ["completed"]


def test_after_a_stall_late_ones_are_dropped_if_the_step_says_so():
    text = """
    veto_ms = 0
    [[step]]
    event = "a.tick"
    repeat = 4
    interval_s = 1
    drop_after_ms = 600
    """
    box = Clockwork(good_book(a=text))
    box.start("a")
    box.stand(2.5).run(1)
    assert [event.repeat_index for event in box.emitted()] == [2, 3]
    (stopped,) = box.stopped()
    assert (stopped.reason, stopped.emitted_count) == ("completed", 2)


def test_a_stall_comes_out_in_portions_so_that_an_interrupt_gets_between():
    text = """
    veto_ms = 0
    [[interrupt]]
    event = "button.pressed"
    [[step]]
    event = "a.tick"
    repeat = 1000
    interval_s = 0.01
    """
    box = Clockwork(good_book(a=text))
    box.start("a")
    box.stand(100)
    box._keep(box.runs.due(box.now))
    assert len(box.emitted()) == 100
    assert box.runs.deadline_ns is not None
    assert box.runs.deadline_ns <= box.now
    box.feed(press())
    assert box.reasons() == ["interrupted"]
    box.run(1)
    assert len(box.emitted()) == 100


def rapid(policy: str) -> Clockwork:
    text = STEPS + '\n[[ending]]\nevent = "a.ended"\n'
    box = Clockwork(good_book(a=f'retrigger = "{policy}"\n' + text))
    for _ in range(5):
        box.feed(press())
        box.run(0.1)
    box.run(20)
    assert box.runs.in_flight == 0
    return box


def test_five_rapid_triggers_give_five_runs_in_parallel():
    box = rapid("parallel")
    assert box.reasons() == ["completed"] * 5
    assert [at for at, _ in box.times("a.two")] == pytest.approx([1.0, 1.1, 1.2, 1.3, 1.4])


def test_five_rapid_triggers_give_one_run_if_it_ignores_others():
    box = rapid("ignore")
    assert box.reasons() == ["completed"]
    assert len(box.created()) == 1
    assert box.runs.left_out == {"a": 4}


def test_five_rapid_triggers_give_five_runs_of_which_four_are_superseded():
    box = rapid("restart")
    assert box.reasons() == ["superseded"] * 4 + ["completed"]
    assert [at for at, _ in box.times("a.two")] == pytest.approx([1.4])
    assert len(box.named("a.ended")) == 4


def test_five_rapid_triggers_give_five_runs_in_series():
    box = rapid("queue")
    assert box.reasons() == ["completed"] * 5
    assert [at for at, _ in box.times("a.two")] == pytest.approx([1.0, 2.0, 3.0, 4.0, 5.0])
    order = [event.run_id for event in box.stopped()]
    assert order == [event.run_id for event in box.created()]
    assert [event.duration_ms for event in box.stopped()] == [1000] * 5


def test_more_than_so_many_runs_do_not_start():
    box = Clockwork(good_book(a="max_runs = 3\n" + STEPS))
    for _ in range(5):
        box.feed(press())
    assert len(box.created()) == 3
    assert box.runs.left_out == {"a": 2}
    with pytest.raises(RequestError, match="found 3 runs; expected at most 3; stop some"):
        box.start("a")


def test_an_interrupt_stops_all_runs_and_says_what_it_was():
    box = Clockwork(good_book(a=STEPS))
    box.feed(press())
    box.feed(press())
    box.run(0.5)
    box.tell("other.event")
    event_id = box.feed(ButtonReleased(button="play", at_ns=7, held_ms=80))
    assert box.reasons() == ["interrupted"] * 2
    for stopped in box.stopped():
        assert stopped.interrupt == {
            "name": "button.released",
            "source": "play",
            "data": {"button": "play", "at_ns": 7, "held_ms": 80},
        }
        assert (stopped.emitted_count, stopped.duration_ms) == (1, 500)
    causes = [came.out.causes for came in box.came if came.event in box.stopped()]
    assert all(event_id in ids for ids in causes)
    box.run(10)
    assert not box.named("a.two")


def test_what_interrupts_a_playlist_does_not_start_it_again():
    text = """
    [[trigger]]
    event = "button.pressed"
    [[interrupt]]
    event = "button.pressed"
    [[step]]
    event = "a.one"
    offset_s = 5
    """
    box = Clockwork(good_book(a=text))
    for _ in range(4):
        box.feed(press())
    assert box.names == ["created", "stopped"] * 2


def test_an_interrupt_takes_those_along_that_wait_for_their_turn():
    text = 'retrigger = "queue"\n' + STEPS
    box = Clockwork(good_book(a=text))
    for _ in range(3):
        box.feed(press())
    box.run(0.5)
    box.feed(ButtonReleased(button="play", at_ns=0, held_ms=1))
    assert box.reasons() == ["interrupted"] * 3
    assert [event.emitted_count for event in box.stopped()] == [1, 0, 0]
    assert box.runs.in_flight == 0


def test_interrupts_beyond_twenty_a_second_are_held_back_and_collapse():
    text = """
    [[trigger]]
    event = "go.now"
    [[interrupt]]
    event = "stop.now"
    [[step]]
    event = "a.one"
    offset_s = 60
    """
    box = Clockwork(good_book(a='foreign = ["go.now", "stop.now"]\n' + text))
    for _ in range(30):
        box.tell("go.now")
        box.tell("stop.now")
        box.tell("stop.now")
        box.run(0.001)
    assert len(box.stopped()) == 20
    assert len(box.runs.report(box.now)) == 10
    box.tell("go.now")
    box.run(1)
    assert box.reasons() == ["interrupted"] * 30, "what ran when one of the interrupts came"
    assert len(box.runs.report(box.now)) == 1, "but nothing that came later"
    box.tell("stop.now")
    assert box.runs.in_flight == 0


def test_a_subscriber_that_stops_a_created_run_lets_nothing_come_out():
    box = Clockwork(good_book(a=STEPS + '[[ending]]\nevent = "a.ended"'))
    box.feed(press())
    (created,) = box.created()
    assert box.stop(run=created.run_id) == [created.run_id]
    box.run(10)
    assert box.names == ["created", "stopped"]
    (stopped,) = box.stopped()
    assert (stopped.reason, stopped.emitted_count) == ("cancelled", 0)


def test_there_is_time_to_object_before_the_first_step():
    text = STEPS.replace("veto_ms = 0", "veto_ms = 250")
    box = Clockwork(good_book(a=text))
    run_id = box.start("a")
    box.run(0.249)
    assert box.names == ["created"]
    box.run(0.002)
    assert box.times("a.one") == [(0.25, "a.one")]
    box.stop(run=run_id)


def test_the_first_reason_to_end_counts():
    box = Clockwork(good_book(a=STEPS))
    box.feed(press())
    run_id = box.created()[0].run_id
    box.run(1)
    assert box.reasons() == ["completed"]
    assert box.stop(run=run_id) == []
    assert box.reasons() == ["completed"]


def test_a_run_that_never_was_can_not_be_stopped():
    box = Clockwork(good_book(a=STEPS))
    with pytest.raises(RequestError, match="run a-7: not known"):
        box.stop(run="a-7")
    with pytest.raises(RequestError, match="playlist b: not known; expected one of a"):
        box.stop(playlist="b")
    assert box.stop(playlist="a") == []


def test_all_runs_of_a_playlist_or_of_all_can_be_stopped():
    box = Clockwork(good_book(a=STEPS, b=STEPS.replace("a.", "b.")))
    box.feed(press())
    box.feed(press())
    assert len(box.stop(playlist="a")) == 2
    assert len(box.stop()) == 2
    assert box.reasons() == ["cancelled"] * 4


def test_a_thousand_cancelled_runs_leave_nothing():
    text = 'max_runs = 500\n[[step]]\nevent = "a.one"\nrepeat = 10000\ninterval_s = 1\n'
    box = Clockwork(good_book(a=text, b=text), hears_itself=False)
    threads = threading.active_count()
    ids = [box.start(name) for name in ("a", "b") for _ in range(500)]
    assert threading.active_count() == threads
    box.run(3)
    for run_id in ids:
        box.stop(run=run_id)
    assert box.runs.in_flight == 0
    assert box.runs.deadline_ns is None
    assert box.runs.report(box.now) == []
    assert len(ids) == MAX_RUNS
    assert box.reasons() == ["cancelled"] * 1000


def test_there_is_a_limit_for_all_runs_together():
    text = 'max_runs = 1000\n[[step]]\nevent = "a.one"\noffset_s = 60'
    box = Clockwork(good_book(a=text, b=text), hears_itself=False)
    for _ in range(MAX_RUNS):
        box.start("a")
    with pytest.raises(RequestError, match="found 1000 runs"):
        box.start("b")


def test_a_run_ends_at_its_deadline():
    text = """
    veto_ms = 0
    deadline_s = 3
    [[step]]
    event = "a.one"
    [[step]]
    event = "a.two"
    wait = { event = "button.pressed", deadline_s = 60 }
    [[ending]]
    event = "a.ended"
    reasons = ["timeout"]
    """
    box = Clockwork(good_book(a=text))
    box.start("a")
    box.run(10)
    assert box.names == ["created", "a.one", "emitted", "a.ended", "stopped"]
    assert box.reasons() == ["timeout"]
    assert box.stopped()[0].duration_ms == 3000


WAITING = """
veto_ms = 0
[[step]]
id = "on"
command = "mute"
data = { on = true }
[[step]]
id = "ready"
after = "on"
offset_s = 0.5
event = "a.ready"
wait = { event = "button.pressed", where = { button = "amp" }, deadline_s = 10 }
[[step]]
after = "ready"
offset_s = 1
command = "mute"
data = { on = false }
"""


def test_a_step_waits_for_its_event_and_those_after_it_count_from_there():
    box = Clockwork(good_book(a=WAITING))
    box.start("a")
    box.run(4)
    box.feed(press("other"))
    box.feed(press("amp"))
    box.run(10)
    assert box.commands == [Mute(on=True), Mute(on=False)]
    assert box.times("a.ready") == [(4.5, "a.ready")]
    assert [event.offset_s for event in box.emitted()] == [0, 0.5, 1]
    assert box.emitted()[-1].scheduled_ns == BEGIN + 5500 * MS
    assert box.reasons() == ["completed"]


def test_a_wait_that_is_too_long_ends_the_run():
    box = Clockwork(good_book(a=WAITING))
    box.start("a")
    box.run(11)
    assert box.reasons() == ["timeout"]
    assert box.commands == [Mute(on=True)]
    box.feed(press("amp"))
    box.run(10)
    assert len(box.emitted()) == 1


def test_an_event_before_its_wait_began_does_not_count():
    text = WAITING.replace('after = "on"\noffset_s = 0.5', 'after = "later"').replace(
        '[[step]]\nid = "ready"',
        '[[step]]\nid = "later"\nevent = "a.later"\noffset_s = 2\n[[step]]\nid = "ready"',
    )
    box = Clockwork(good_book(a=text))
    box.start("a")
    box.run(1)
    box.feed(press("amp"))
    box.run(2)
    assert not box.named("a.ready")
    box.feed(press("amp"))
    box.run(0)
    assert len(box.named("a.ready")) == 1


def test_a_command_is_done_and_told_like_an_event():
    text = 'veto_ms = 0\n[[step]]\ncommand = "volume"\ndata = { percent = 20 }'
    box = Clockwork(good_book(a=text))
    box.start("a")
    box.run(0)
    assert box.commands == [SetVolume(percent=20)]
    (emitted,) = box.emitted()
    assert (emitted.emitted, emitted.data) == ("volume", {"percent": 20})


def test_an_ending_is_done_when_a_run_ends_before_its_end():
    text = """
    veto_ms = 0
    [[step]]
    command = "volume"
    data = { delta = -10 }
    [[step]]
    command = "volume"
    data = { delta = 10 }
    offset_s = 5
    [[ending]]
    command = "volume"
    data = { delta = 10 }
    """
    box = Clockwork(good_book(a=text))
    run_id = box.start("a")
    box.run(1)
    box.stop(run=run_id)
    box.start("a")
    box.run(10)
    assert [command.delta for command in box.commands] == [-10, 10, -10, 10]


def test_the_completion_event_comes_after_the_end_and_only_then():
    text = 'completion = "a.done"\n' + STEPS
    box = Clockwork(good_book(a=text))
    box.start("a", metadata={"room": "hall"})
    box.run(1)
    assert box.names[-2:] == ["stopped", "a.done"]
    (done,) = box.named("a.done")
    assert done.data == {
        "run_id": "a-1",
        "playlist_id": "a",
        "playlist_name": "a",
        "metadata": {"room": "hall"},
        "emitted_count": 2,
    }
    box.start("a")
    box.run(0.5)
    box.stop()
    assert len(box.named("a.done")) == 1


def test_one_playlist_starts_another_by_its_completion():
    second = 'veto_ms = 0\n[[trigger]]\nevent = "a.done"\n[[step]]\nevent = "b.one"'
    box = Clockwork(good_book(a='completion = "a.done"\n' + STEPS, b=second))
    box.start("a")
    box.run(1)
    assert box.names[-4:] == ["created", "b.one", "emitted", "stopped"]
    assert box.created()[1].trigger["name"] == "a.done"
    assert box.created()[1].trigger["source"] == "playlist.a"


def test_a_run_five_seconds_past_its_end_is_told_to_be_overdue():
    box = Clockwork(good_book(a=STEPS))
    box.start("a")
    box.run(0.5).stand(6)
    box.run(0)
    assert box.names == [
        "created", "a.one", "emitted", "alert.playlist.overdue", "a.two", "emitted", "stopped",
    ]  # fmt: skip
    assert box.named("alert.playlist.overdue")[0].overdue_ms == 5500
    box.start("a")
    box.run(0.5).stand(5.4).run(1)
    assert len(box.named("alert.playlist.overdue")) == 1


def test_shutdown_ends_every_run_and_lets_none_begin():
    box = Clockwork(good_book(a='retrigger = "queue"\n' + STEPS, b=STEPS.replace("a.", "b.")))
    for _ in range(3):
        box.feed(press())
    box.run(0.5)
    box.shutdown()
    assert box.reasons() == ["shutdown"] * 6
    assert box.runs.in_flight == 0
    box.feed(press())
    assert len(box.created()) == 6
    with pytest.raises(RequestError, match="the box ends"):
        box.start("a")


def test_who_joins_a_run_is_told_its_end():
    box = Clockwork(good_book(a=STEPS))
    run_id = box.start("a")
    token = box.join(run_id)
    assert token not in box.answers
    box.run(2)
    assert box.answers[token].result == payload(box.stopped()[0])
    assert box.answers[box.join(run_id)].result == box.answers[token].result
    assert "run a-9: not known" in box.answers[box.join("a-9")].error


def test_a_run_goes_on_as_it_began_when_its_playlist_changes():
    book = good_book(a=STEPS)
    box = Clockwork(book)
    box.start("a")
    box.run(0.5)
    box.use(book_of(book, a=STEPS.replace("a.two", "a.other")))
    box.run(1)
    assert len(box.named("a.two")) == 1
    box.start("a")
    box.run(1)
    assert len(box.named("a.two")) == 1
    assert len(box.named("a.other")) == 1


def test_the_runs_of_a_playlist_that_has_gone_are_stopped():
    book = good_book(a=STEPS, b=STEPS.replace("a.", "b."))
    box = Clockwork(book)
    box.start("a")
    box.start("b")
    box.run(0.5)
    box.use(book_of(book, a=None))
    assert [(e.playlist_id, e.reason) for e in box.stopped()] == [("a", "cancelled")]
    with pytest.raises(RequestError, match="playlist a: not known"):
        box.start("a")
    box.feed(press())
    assert [e.playlist_id for e in box.created()] == ["a", "b", "b"]


def test_a_trigger_looks_at_the_data_and_at_the_state_of_the_player():
    text = """
    [[trigger]]
    event = "playback.state_changed"
    where = { state = "playing" }
    state = { relays = { amp = false } }
    [[step]]
    event = "a.one"
    """
    box = Clockwork(good_book(a=text))

    def play(state):
        box.feed(StateChanged(state=state, entry=1, position_ms=0))

    play("playing")
    box.state = {"relays": {"amp": True}}
    play("playing")
    box.state = {"relays": {"amp": False}}
    play("paused")
    assert not box.created()
    play("playing")
    assert len(box.created()) == 1


def test_a_trigger_may_be_the_beginning_of_names_and_starts_one_run_for_one_event():
    text = """
    [[trigger]]
    event = "button.*"
    [[trigger]]
    event = "button.pressed"
    [[step]]
    event = "a.one"
    offset_s = 9
    """
    box = Clockwork(good_book(a=text))
    box.feed(press())
    box.feed(ButtonReleased(button="play", at_ns=0, held_ms=1))
    box.tell("buttons.washed")
    assert [event.trigger["name"] for event in box.created()] == [
        "button.pressed",
        "button.released",
    ]


def test_a_playlist_that_needs_what_is_not_there_does_not_start():
    text = 'needs = ["relay:amp"]\n' + STEPS
    box = Clockwork(good_book(a=text), have=())
    box.feed(press())
    assert not box.created()
    with pytest.raises(
        RequestError, match=r"playlist a: needs relay:amp; expected it in box\.toml"
    ):
        box.start("a")
    other = Clockwork(good_book(a=text), have=("relay:amp",))
    other.feed(press())
    assert len(other.created()) == 1


def test_commands_for_lights_and_relays_that_are_not_there_are_passed_over():
    text = """
    veto_ms = 0
    [[step]]
    command = "light"
    data = { light = "status", on = true }
    [[step]]
    command = "relay"
    data = { relay = "amp", on = true }
    [[step]]
    event = "a.one"
    [[step]]
    event = "a.two"
    offset_s = 9
    [[ending]]
    command = "light"
    data = { light = "status", on = false }
    """
    for have, commands, emitted in ((("light:status",), 2, 2), ((), 0, 1), (None, 3, 3)):
        box = Clockwork(good_book(a=text), have=have)
        box.start("a")
        box.run(1)
        box.stop()
        assert len(box.commands) == commands
        assert box.stopped()[0].emitted_count == emitted


def test_metadata_and_data_of_who_starts_it_are_told_and_limited():
    box = Clockwork(good_book(a='metadata = { room = "hall", level = 1 }\n' + STEPS))
    box.start("a", source="mqtt", data={"who": "me"}, metadata={"level": 2})
    (created,) = box.created()
    assert created.metadata == {"room": "hall", "level": 2}
    assert created.trigger == {"name": "playlist.start", "source": "mqtt", "data": {"who": "me"}}
    with pytest.raises(RequestError, match=r"playlist.start.metadata: found 1\d\d\d bytes"):
        box.start("a", metadata={"text": "x" * 1000})
    with pytest.raises(RequestError, match=r"playlist.start.data: found 41\d\d bytes"):
        box.start("a", data={"text": "x" * 4100})
    with pytest.raises(RequestError, match=r"playlist.start.data: payload: found inf"):
        box.start("a", data={"x": float("inf")})


def test_the_data_of_a_step_is_filled_from_its_trigger():
    text = """
    veto_ms = 0
    foreign = ["note.came"]
    metadata = { place = "hall" }
    [[trigger]]
    event = "note.came"
    [[step]]
    event = "banner.shown"
    data.text = "{trigger.data.text}"
    data.where = "in the {metadata.place}"
    data.n = "{trigger.data.n}"
    """
    box = Clockwork(good_book(a=text))
    box.tell("note.came", text="Dinner {metadata.place}", n=[1, {"a": None}])
    box.run(0)
    (shown,) = box.named("banner.shown")
    assert shown.data == {
        "text": "Dinner {metadata.place}",
        "where": "in the hall",
        "n": (1, {"a": None}),
    }
    assert box.emitted()[0].data == shown.data


TRIGGERED = """
veto_ms = 0
foreign = ["note.came"]
[[trigger]]
event = "note.came"
"""
DEEPER = 'event = "banner.shown"\ndata = { a = { b = { c = "{trigger.data.deep}" } } }\n'


def nested(levels: int) -> object:
    deep: object = 1
    for _ in range(levels):
        deep = [deep]
    return deep


def test_data_that_no_event_can_carry_lets_the_run_fail_and_nothing_else():
    box = Clockwork(good_book(a=TRIGGERED + "[[step]]\n" + DEEPER))
    box.tell("note.came", deep=nested(30))
    box.run(0)
    assert box.reasons() == ["failed"]
    assert box.stopped()[0].emitted_count == 0


def test_an_ending_that_no_event_can_carry_is_left_out():
    steps = '[[step]]\nevent = "a.one"\n[[step]]\nevent = "a.two"\noffset_s = 9\n'
    box = Clockwork(good_book(a=TRIGGERED + steps + "[[ending]]\n" + DEEPER))
    box.tell("note.came", deep=nested(30))
    box.run(1)
    box.stop()
    assert box.names[-2:] == ["emitted", "stopped"]


def test_a_trigger_with_too_much_data_is_told_without_it():
    text = TRIGGERED + '[[step]]\nevent = "a.one"'
    box = Clockwork(good_book(a=text), hears_itself=False)
    box.tell("note.came", deep=nested(31))
    box.tell("note.came", text="x" * 5000)
    box.tell("note.came", text="x" * 4000)
    assert [len(created.trigger["data"]) for created in box.created()] == [0, 0, 1]


def test_two_hundred_runs_at_once_need_no_thread_and_are_hardly_late():
    text = 'max_runs = 200\nveto_ms = 0\n[[step]]\nevent = "a.tick"\nrepeat = 100\ninterval_s = 0.1'
    box = Clockwork(good_book(a=text), hears_itself=False)
    threads = threading.active_count()
    for index in range(200):
        box.start("a")
        box.now += index * 1000
    box.run(12)
    assert threading.active_count() == threads
    assert len(box.emitted()) == 20_000
    assert box.reasons() == ["completed"] * 200


def test_the_report_tells_who_runs_and_who_waits():
    box = Clockwork(good_book(a='retrigger = "queue"\n' + STEPS))
    box.start("a", source="cli")
    box.feed(press())
    box.run(0.5)
    first, second = box.runs.report(box.now)
    assert first == {
        "run_id": "a-1",
        "playlist_id": "a",
        "playlist_name": "a",
        "state": "running",
        "age_ms": 500,
        "emitted_count": 1,
        "steps_left": 1,
        "trigger": "playlist.start",
    }
    assert (second["state"], second["trigger"]) == ("waiting", "button.pressed")


def test_the_causes_of_what_comes_out_are_those_of_its_trigger():
    box = Clockwork(good_book(a=STEPS), hears_itself=False)
    event_id = box.feed(press())
    box.run(2)
    assert {came.out.causes for came in box.came} == {(event_id,)}
    box.start("a", causes=(32, 48))
    assert box.came[-1].out.causes == (32, 48)


def test_what_is_at_the_end_of_a_loop_starts_nothing():
    box = Clockwork(good_book(a=STEPS))
    last = numbered(1, MAX_HOPS)
    for hops in (MAX_HOPS - 1, MAX_HOPS):
        told = Told(numbered(1, hops), press(), (), box.now, hops)
        box.runs.feed(told, box.now)
    assert len(box.runs.report(box.now)) == 1
    with pytest.raises(RequestError, match="expected no loop"):
        box.start("a", causes=(last,))


def test_numbers_of_runs_are_never_used_again():
    box = Clockwork(good_book(a=STEPS))
    seen = {box.start("a") for _ in range(3)}
    box.stop()
    seen |= {box.start("a") for _ in range(3)}
    assert len(seen) == 6


def test_the_buttons_of_a_chord_are_meant_in_any_order():
    text = """
[[trigger]]
event = "gesture.chord"
where = { buttons = ["up", "down"] }
[[step]]
event = "both.down"
"""
    for buttons in (("up", "down"), ("down", "up")):
        clockwork = Clockwork(good_book(chord=text))
        clockwork.feed(GestureChord(buttons=buttons, at_ns=1))
        clockwork.run(1.0)
        assert "both.down" in clockwork.names
