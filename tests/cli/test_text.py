"""What people read is aligned, and cannot harm the terminal."""

import dataclasses

from wkmp_pi.cli import tell, text
from wkmp_pi.events import kinds

STATE = {
    "state": "playing",
    "current": {"entry": 7, "file": "/m/a.flac", "title": "Moonlight", "artist": "Ludwig"},
    "song": {"song": 1, "title": "Adagio", "artist": ""},
    "position_ms": 61_999,
    "duration_ms": 3_723_000,
    "next": {"entry": 8, "file": "/m/b.flac", "title": "", "artist": ""},
    "queue_length": 2,
    "volume": 40,
    "muted": True,
    "repeat": True,
    "random": False,
    "single": False,
    "consume": True,
    "sleep_ms": 600_000,
    "sleep_at_end": False,
    "device": "usb-1234",
    "problems": ["the disk is full"],
}


def test_the_status_shows_now_and_next_with_times():
    assert text.status(STATE).splitlines() == [
        "state    playing  1:01 of 1:02:03",
        "now      Ludwig - Moonlight  (entry 7)",
        "song     Adagio",
        "next     b.flac  (entry 8)",
        "queue    2 entries",
        "volume   40 % (muted)",
        "modes    repeat, consume",
        "sleep    in 10:00",
        "device   usb-1234",
        "problem  the disk is full",
    ]


def test_an_idle_player_says_so():
    idle = STATE | {
        "state": "paused",
        "current": None,
        "next": None,
        "song": None,
        "queue_length": 0,
        "sleep_ms": None,
        "sleep_at_end": True,
        "device": "",
        "problems": [],
    }
    lines = text.status(idle).splitlines()
    assert lines[0] == "state   paused, nothing is queued"
    assert "sleep   at the end of the passage" in lines
    assert "device  none" in lines


def test_the_queue_marks_what_plays():
    entries = [
        {"entry": 7, "file": "/m/a.flac", "title": "A", "artist": "X", "album": "Album"},
        {"entry": 12, "file": "/m/b.flac", "title": "", "artist": "", "album": ""},
    ]
    lines = text.queue({"entries": entries, "current": 12}).splitlines()
    assert lines == ["    7  X - A   Album", "▶  12  b.flac"]
    assert "wkmp-pi enqueue" in text.queue({"entries": [], "current": None})


def test_wide_letters_keep_the_columns_straight():
    rows = [("日本", "x"), ("abcd", "y"), ("e\u0301", "z")]
    assert text.table(rows) == "日本  x\nabcd  y\ne\u0301     z"


def test_long_cells_are_cut_where_the_terminal_is_narrow():
    rows = [("1", "a" * 60, "x"), ("2", "b", "y")]
    assert text.table(rows, widest=10) == "1  aaaaaaaaa…  x\n2  b           y"


def told(event):
    return tell.line({"event": kinds.as_dict(event)})


HEARD = {"frame": 5, "entry": 7, "passage": -1, "file": "/m/a.flac"}


def test_events_are_told_in_one_line_each():
    started = kinds.PassageStarted(**HEARD, title="A", artist="X", duration_ms=61_000)
    assert told(started) == "passage.started          7: X - A (1:01)"
    ended = kinds.PassageCompleted(**HEARD, reason=kinds.Reason.USER_SKIP, played_ms=3000)
    assert told(ended) == "passage.completed        7: user_skip, played 0:03"
    gap = kinds.SongChanged(**HEARD, song=None, position_ms=0)
    assert told(gap) == "song.changed             7: no song at 0:00"
    cue = kinds.CueReached(**HEARD, cue="bell", position_ms=1000)
    assert told(cue) == "cue.reached              7: bell at 0:01"
    queue = kinds.QueueChanged(trigger="move", length=2, entries=(7, 8), current=8)
    assert told(queue) == "queue.changed            move: 7 [8]"
    over = kinds.ProblemChanged(key="disk", text=None)
    assert told(over) == "problem.changed          disk: over"
    lost = kinds.OutputLost(frame=5, device="card", error="gone")
    assert told(lost) == "output.lost              device=card  error=gone"
    assert told(kinds.QueueEmptied()) == "queue.emptied"
    assert "3 events were missed" in tell.line({"missed": 3})


def test_gestures_and_playlists_are_told_with_what_their_owner_wrote():
    double = kinds.GestureDouble(
        buttons=("top",), at_ns=5, count=2, held_ms=80, metadata={"gesture": "double"}
    )
    assert told(double) == 'gesture.double           top x2, held 80 ms  {"gesture": "double"}'
    turn = kinds.GestureTurn(buttons=("knob",), at_ns=5, steps=-2, speed=14.5)
    assert told(turn) == "gesture.turn             knob: -2 at 14.5 a second"
    code = kinds.GestureSequence(buttons=("up", "down"), at_ns=5, id="konami")
    assert told(code) == "gesture.sequence         konami, held 0 ms"
    run = {"run_id": "chime-1", "playlist_id": "chime", "playlist_name": "Chime"}
    trigger = {"name": "gesture.double", "source": "top", "data": {}}
    created = kinds.PlaylistCreated(**run, steps=3, trigger=trigger, metadata={"room": "hall"})
    assert told(created) == (
        'event.playlist.created   chime-1: 3 steps by gesture.double of top  {"room": "hall"}'
    )
    emitted = kinds.PlaylistEmitted(
        **run, step_index=0, repeat_index=1, emitted="lamp.wanted", offset_s=0.5, scheduled_ns=1,
        actual_ns=2, late_ms=0.25, data={"on": True}, trigger=trigger,
    )  # fmt: skip
    assert told(emitted) == (
        'event.playlist.emitted   chime-1: lamp.wanted (step 0.1), 0.2 ms late  {"on": true}'
    )
    stopped = kinds.PlaylistStopped(
        **run, reason=kinds.StopReason.INTERRUPTED, emitted_count=1, duration_ms=1500,
        interrupt={"name": "button.pressed", "source": "", "data": {}}, trigger=trigger,
    )  # fmt: skip
    assert told(stopped) == (
        "event.playlist.stopped   chime-1: interrupted by button.pressed, 1 emitted in 1.5 s"
    )
    value = kinds.PeripheralValue(
        peripheral="lux", peripheral_name="Light", value=3.5, data={"raw": [1, 2]}
    )
    assert told(value) == 'peripheral.value         lux: 3.5  {"raw": [1, 2]}'
    mine = kinds.Custom(event="lamp.wanted", producer="rule", data={"n": 1})
    assert told(mine) == 'lamp.wanted              producer=rule  data={"n": 1}'


def test_numbers_and_causes_stand_around_an_event():
    message = {"id": 33, "causes": [16, 32], "event": {"name": "queue.emptied"}}
    assert tell.line(message, causes=True) == "      33  queue.emptied  <- 16 32"
    assert tell.line(message) == "queue.emptied"
    alone = {"id": 16, "causes": [], "event": {"name": "queue.emptied"}}
    assert tell.line(alone, causes=True) == "      16  queue.emptied"


def example(kind):
    """An event of any kind, by the names of its fields."""
    values = {"reason": kinds.Reason.NATURAL, "data": {}, "entries": (1,), "muted": False}
    values |= {"peak_db": 1.0, "text": None, "file": "/a", "key": "k", "title": "t\n"}
    values |= {"buttons": ("a",), "edges": (("a", True, 1),), "metadata": {"x": "\n"}}
    values |= {"gesture": "", "trigger": {}, "interrupt": None, "peripheral": "", "causes": ()}
    return kind(**{field.name: values.get(field.name, 1) for field in dataclasses.fields(kind)})


def test_every_kind_of_event_can_be_told():
    for name, kind in kinds.KINDS.items():
        line = told(example(kind))
        assert line.startswith(name)
        assert "\n" not in line
