"""Gated playlists, with real runs behind them."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from controls.peripherals.workbench import MS, START, defined, problems_of

from wkmp_pi.controls.peripherals import Peripherals
from wkmp_pi.controls.peripherals.starter import PlaylistStarter
from wkmp_pi.events.kinds import Custom, Event
from wkmp_pi.events.machines import Publish
from wkmp_pi.events.told import Told, hops_after, numbered
from wkmp_pi.playlists.book import EMPTY, Source, revised
from wkmp_pi.playlists.runs import Runs
from wkmp_pi.playlists.words import Start, Stop

PLAYLIST = b"""
name = "Chime"
metadata = { room = "hall" }
[[step]]
event = "chime.rung"
data = { by = "{trigger.data.peripheral}", door = "{trigger.data.event.data.door}" }
offset_s = 60
"""
GATE = """
[[peripheral]]
id = "bell"
kind = "gated playlist"
name = "The bell"
metadata = { wire = 2 }
on = "door.rung"
playlist = "chime"
data = { text = "hello" }
cancel_previous = true
"""


class Box:
    """Peripherals and runs on one bus; what is asked is done at once, or later if a test likes."""

    def __init__(self, text: str) -> None:
        self.runs = Runs(revised(EMPTY, {"chime": Source(Path("chime.toml"), PLAYLIST)}))
        assert self.runs.book.problems == ()
        self.peripherals = Peripherals(defined(text))
        self.now_ns = START
        self.events: list[Event] = []
        self.refused = 0
        self.waiting: list[Start | Stop] = []
        self.slow = False
        self._ids = count(1)

    def tell(self, event: Event, causes: tuple[int, ...] = ()) -> None:
        self.events.append(event)
        hops = hops_after(causes) if causes else 0
        told = Told(numbered(next(self._ids), hops), event, causes, self.now_ns, hops)
        self.take(self.peripherals.feed(told, self.now_ns))
        self.take(self.runs.feed(told, self.now_ns))

    def ring(self, **data: Any) -> None:
        self.tell(Custom(event="door.rung", data=data))

    def take(self, outs: list[Any]) -> None:
        for out in outs:
            if isinstance(out, Publish):
                self.tell(out.event, out.causes)
            elif isinstance(out, Start | Stop):
                self.waiting.append(out)
            elif getattr(out, "error", None):
                self.refused += 1
        while self.waiting and not self.slow:
            self.do(self.waiting.pop(0))

    def do(self, asked: Start | Stop) -> None:
        self.take(self.runs.feed(asked, self.now_ns))

    def hurry(self) -> None:
        """Do what has been asked."""
        self.slow = False
        self.take([])

    def wait(self, seconds: float) -> None:
        until_ns = self.now_ns + round(seconds * 1000) * MS
        while (due := self.runs.deadline_ns) is not None and due <= until_ns:
            self.now_ns = max(self.now_ns, due)
            self.take(self.runs.due(self.now_ns))
        self.now_ns = until_ns

    def named(self, name: str) -> list[Any]:
        return [event for event in self.events if event.name == name]

    @property
    def running(self) -> int:
        return len(self.runs.report(self.now_ns))

    @property
    def reasons(self) -> list[str]:
        return [str(event.reason) for event in self.named("event.playlist.stopped")]


def test_a_gate_starts_a_playlist_that_knows_who_started_it_and_why() -> None:
    box = Box(GATE)
    box.ring(door="front")
    (created,) = box.named("event.playlist.created")
    assert created.trigger["name"] == "door.rung"
    data = created.trigger["data"]
    assert (data["peripheral"], data["peripheral_name"]) == ("bell", "The bell")
    assert data["metadata"] == {"wire": 2}
    assert data["text"] == "hello"
    assert data["event"] == {"name": "door.rung", "source": "", "data": {"door": "front"}}
    assert created.metadata == {"room": "hall"}
    box.wait(61)
    assert box.named("chime.rung")[0].data == {"by": "bell", "door": "front"}


def test_the_previous_run_is_cancelled_if_that_is_asked_for() -> None:
    box = Box(GATE)
    for _ in range(5):
        box.ring()
        box.wait(1)
    assert box.running == 1
    assert box.reasons == ["cancelled"] * 4


def test_else_it_goes_on() -> None:
    box = Box(GATE.replace("cancel_previous = true", ""))
    for _ in range(5):
        box.ring()
    assert box.running == 5


def test_runs_of_others_are_left_alone() -> None:
    box = Box(GATE)
    box.do(Start(playlist="chime"))
    box.ring()
    box.ring()
    assert box.running == 2
    assert len(box.reasons) == 1


def test_a_run_that_is_not_yet_known_is_cancelled_as_it_begins() -> None:
    box = Box(GATE)
    box.slow = True
    for _ in range(3):
        box.ring()
    box.hurry()
    assert box.running == 1
    assert box.reasons == ["cancelled", "cancelled"]
    last = box.runs.report(box.now_ns)[0]
    assert last["run_id"] == box.named("event.playlist.created")[-1].run_id


def test_until_stops_what_it_started() -> None:
    text = GATE.replace("cancel_previous = true", 'until = { on = "lamp.lit" }')
    box = Box(text)
    box.do(Start(playlist="chime"))
    box.ring()
    box.ring()
    assert box.running == 3
    box.tell(Custom(event="lamp.lit"))
    assert box.running == 1


def test_a_run_that_is_over_is_not_stopped_once_more() -> None:
    box = Box(GATE)
    box.ring()
    box.wait(100)
    assert box.reasons == ["completed"]
    box.ring()
    assert box.refused == 0
    assert box.reasons == ["completed"]


@pytest.mark.parametrize("known", [True, False])
def test_what_is_removed_or_updated_leaves_no_run_behind(known: bool) -> None:
    box = Box(GATE)
    box.slow = not known
    box.ring()
    box.take(box.peripherals.update(defined(GATE.replace("hello", "good-bye"))[0]))
    box.hurry()
    assert box.running == 0
    box.slow = not known
    box.ring()
    box.take(box.peripherals.remove("bell"))
    box.hurry()
    assert box.running == 0
    box.ring()
    assert box.running == 0


def test_starts_that_are_never_heard_of_do_not_fill_the_memory() -> None:
    box = Box(GATE.replace("cancel_previous = true", 'until = { on = "lamp.lit" }'))
    box.slow = True
    for _ in range(1500):
        box.ring()
    box.waiting.clear()
    box.take(box.peripherals.remove("bell"))
    assert len(box.peripherals._starts._doomed) == 1000


def test_an_event_that_is_too_large_is_told_by_its_name() -> None:
    box = Box(GATE)
    box.ring(text="x" * 4000)
    (created,) = box.named("event.playlist.created")
    assert created.trigger["data"]["event"] == {"name": "door.rung"}
    assert created.trigger["data"]["peripheral"] == "bell"


def test_a_playlist_is_not_started_by_its_own_end() -> None:
    gate = 'on = "event.playlist.stopped"'
    (problem,) = problems_of(GATE.replace('on = "door.rung"', gate))
    assert problem.startswith("box.toml:7: peripheral 1: on: found event.playlist.stopped, which")
    narrowed = gate + '\nwhere = { playlist_id = "other" }'
    assert problems_of(GATE.replace('on = "door.rung"', narrowed)) == []


def test_two_rings_leave_one_run() -> None:
    box = Box(GATE)
    box.ring()
    box.wait(1)
    box.ring()
    assert box.reasons == ["cancelled"]


def test_one_that_forgets_its_runs_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same test, without news of runs."""
    monkeypatch.setattr(PlaylistStarter, "_news", lambda self, seen: None)
    with pytest.raises(AssertionError):
        test_two_rings_leave_one_run()
