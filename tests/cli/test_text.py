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


def example(kind):
    """An event of any kind, by the names of its fields."""
    values = {"reason": kinds.Reason.NATURAL, "data": {}, "entries": (1,), "muted": False}
    values |= {"peak_db": 1.0, "text": None, "file": "/a", "key": "k", "title": "t\n"}
    return kind(**{field.name: values.get(field.name, 1) for field in dataclasses.fields(kind)})


def test_every_kind_of_event_can_be_told():
    for name, kind in kinds.KINDS.items():
        line = told(example(kind))
        assert line.startswith(name)
        assert "\n" not in line
