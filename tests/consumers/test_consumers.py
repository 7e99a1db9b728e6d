"""Who listens: each with the events of a short evening."""

from __future__ import annotations

import io
import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wkmp_pi.consumers import watchdog
from wkmp_pi.consumers.consumer import Consumer
from wkmp_pi.consumers.history import History
from wkmp_pi.consumers.journal import Journal
from wkmp_pi.consumers.supervisor import Supervisor, notify, watchdog_interval_s
from wkmp_pi.consumers.terminal import Terminal, live_line
from wkmp_pi.consumers.watchdog import Facts, Watchdog
from wkmp_pi.errors import RequestError
from wkmp_pi.events import kinds
from wkmp_pi.events.bus import Bus
from wkmp_pi.library.records import Play
from wkmp_pi.shown import columns

RATE = 44_100


def at(frame: int, **more: Any) -> dict[str, Any]:
    return {"frame": frame, "entry": 1, "passage": 7, "file": "/m/a.flac", **more}


EVENING: list[kinds.Event] = [
    kinds.PassageStarted(**at(0), title="Set", artist="Band", duration_ms=10_000),
    kinds.SongChanged(**at(0), song=3, title="Opener", position_ms=0),
    kinds.SongChanged(**at(RATE * 4), song=None, position_ms=4000),
    kinds.SongChanged(**at(RATE * 5), song=4, title="Closer", position_ms=5000),
    kinds.PassageCompleted(**at(RATE * 9), reason=kinds.Reason.USER_SKIP, played_ms=9000),
]


# history


def test_history_keeps_passage_and_songs_with_the_time_that_was_heard() -> None:
    plays: list[Play] = []
    history = History(plays.append, RATE, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    for event in EVENING:
        history.handle(event)
    (play,) = plays
    assert (play.passage.title, play.played_ms, play.reason) == ("Set", 9000, "user_skip")
    assert [(song.title, song.played_ms) for song in play.songs] == [
        ("Opener", 4000),
        ("Closer", 4000),
    ]


def test_history_knows_nothing_of_a_passage_that_never_started() -> None:
    plays: list[Play] = []
    History(plays.append, RATE, lambda: datetime.now(UTC)).handle(EVENING[-1])
    assert plays == []


# journal


def test_a_journal_is_one_line_of_json_an_event(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    journal = Journal(str(file))
    for event in EVENING:
        journal.write(event)
    journal.close()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["name"] for line in lines] == [event.name for event in EVENING]
    assert lines[-1]["reason"] == "user_skip"


def test_a_file_name_that_is_not_utf_8_is_written_as_python_reads_it(tmp_path: Path) -> None:
    file, name = tmp_path / "events.jsonl", "/m/\udcff.wav"
    journal = Journal(str(file))
    journal.write(kinds.SongChanged(**at(0) | {"file": name}, song=None, position_ms=0))
    journal.close()
    assert json.loads(file.read_text())["file"] == name


def test_a_journal_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="expected a file that can be written"):
        Journal(str(tmp_path / "no" / "such" / "file"))


def test_a_full_disk_costs_the_line_only() -> None:
    journal = Journal("/dev/full")
    journal.write(EVENING[0])
    journal.close()


# terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def status(**more: Any) -> dict[str, Any]:
    current = {"title": "Set", "artist": "Band", "file": "/m/a.flac"}
    return {
        "state": "playing",
        "current": current,
        "next": {**current, "title": "", "artist": ""},
        "position_ms": 5000,
        "duration_ms": 10_000,
        "volume": 40,
        "muted": False,
        **more,
    }


def test_the_live_line_tells_position_volume_and_what_comes() -> None:
    line = live_line(status(), 80)
    assert "0:05" in line
    assert "0:10" in line
    assert "40 %" in line
    assert "next: a.flac" in line
    assert line.count("━") == line.count("─") == 10


@pytest.mark.parametrize("most", range(1, 90))
@pytest.mark.parametrize("title", ["Set", "日本語の長い題名がここに表示されます", ""])
def test_the_live_line_fits_into_any_window(most: int, title: str) -> None:
    following = {"title": title, "artist": "Band", "file": "/m/a.flac"}
    assert columns(live_line(status(next=following), most)) <= most


def test_a_window_that_became_narrower_loses_the_old_live_line_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Screen()
    terminal = Terminal(status, screen)
    monkeypatch.setenv("COLUMNS", "100")
    terminal.handle(EVENING[0])
    drawn = columns(live_line(status(), 99))
    monkeypatch.setenv("COLUMNS", "20")
    terminal.handle(EVENING[0])
    rows_above = (drawn - 1) // 20
    assert f"\033[{rows_above}A\r\033[J" in screen.getvalue()


def test_a_screen_gets_the_live_line_and_a_file_only_whole_lines() -> None:
    screen, file = Screen(), io.StringIO()
    for out in (screen, file):
        terminal = Terminal(status, out)
        for event in EVENING:
            terminal.handle(event)
        terminal.handle(kinds.ProblemChanged(key="output", text="no sound card"))
        terminal.finish()
    assert "\r" in screen.getvalue()
    assert file.getvalue() == "♪ Band - Set\n! no sound card\n"


def test_a_problem_is_one_line_when_it_comes_and_one_when_it_goes() -> None:
    file = io.StringIO()
    terminal = Terminal(status, file)
    for text in ("dac: gone", "dac: no such card", "dac: busy", None, "dac: gone"):
        terminal.handle(kinds.ProblemChanged(key="output", text=text))
    assert file.getvalue() == "! dac: gone\n  output is well again\n! dac: gone\n"


def test_titles_can_not_drive_the_terminal() -> None:
    file = io.StringIO()
    title = "a\x1b[2Jb\nc"
    Terminal(status, file).handle(kinds.PassageStarted(**at(0), title=title, duration_ms=1))
    assert file.getvalue() == "♪ a\ufffd[2Jb\ufffdc\n"


def test_a_terminal_that_was_closed_does_not_matter() -> None:
    out = Screen()
    terminal = Terminal(status, out)
    terminal.handle(EVENING[0])
    out.close()
    terminal.handle(EVENING[0])
    terminal.finish()


def test_nothing_to_play_is_said() -> None:
    assert "nothing to play" in live_line(status(current=None), 80)


# consumer


@pytest.mark.flow
def test_a_consumer_gets_all_in_order_and_ends_after_the_last() -> None:
    bus, seen = Bus(), []
    consumer = Consumer(bus, "test", seen.append, "passage.*")
    for event in EVENING:
        bus.publish(event)
    consumer.start()
    assert consumer.stop(5.0)
    assert seen == [EVENING[0], EVENING[-1]]


# supervisor


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        path = tmp_path / "notify"
        sock.bind(str(path))
        sock.settimeout(5.0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        yield sock


def heard(sock: socket.socket) -> list[str]:
    sock.setblocking(False)
    messages = []
    try:
        while True:
            messages.append(sock.recv(100).decode())
    except BlockingIOError:
        return messages


def test_the_manager_hears_pings_while_every_part_moves(manager: socket.socket) -> None:
    steps = [0, 0]
    nudges: list[int] = []
    watch = Supervisor(
        lambda: nudges.append(1), (lambda: steps[0], lambda: steps[1]), interval_s=None
    )
    watch.start()
    seen = watch.step((-1, -1))
    steps[:] = [1, 1]
    seen = watch.step(seen)
    steps[:] = [2, 1]  # the second part stands still
    watch.step(seen)
    watch.stop()
    assert heard(manager) == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"]
    assert len(nudges) == 3


@pytest.mark.flow
def test_pings_come_by_themselves(manager: socket.socket) -> None:
    moved = iter(range(1000))
    watch = Supervisor(lambda: None, (lambda: next(moved),), interval_s=0.02)
    watch.start()
    assert [manager.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    watch.stop()


def test_without_a_manager_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    notify("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "expected"),
    [("10000000", "", 10.0), ("10000000", "me", 10.0), ("10000000", "1", None), ("", "", None)],
)
def test_the_interval_is_what_the_manager_says(
    usec: str, pid: str, expected: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "me" else pid)
    assert watchdog_interval_s() == expected


# watchdog


def facts(**more: Any) -> Facts:
    good: dict[str, Any] = {
        "wanted": ((0, 1), (1, 2), (2, 3)),
        "current": 1,
        "decoding": frozenset({1, 2, 3}),
        "ready": True,
        "sounding": True,
    }
    return Facts(**{**good, **more})


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (facts(), None),
        (facts(decoding=frozenset({2, 3})), (watchdog.MISSING_CURRENT, 1)),
        (facts(decoding=frozenset({1, 3})), (watchdog.MISSING_NEXT, 2)),
        (facts(decoding=frozenset({1, 2})), (watchdog.MISSING_QUEUED, 3)),
        (facts(sounding=False), (watchdog.NOT_STARTED, 0)),
        (facts(sounding=False, ready=False), None),
    ],
)
def test_each_stuck_state_is_found_after_some_looks(
    seen: Facts, expected: tuple[str, int] | None
) -> None:
    dog = Watchdog()
    found = [dog.look(seen, ms * 1_000_000) for ms in (0, 300, 600, 900)]
    assert found == [None, None, expected, None]


@pytest.mark.parametrize(
    "between",
    [facts(), facts(sounding=False, current=9), facts(sounding=False, decoding=frozenset())],
)
def test_what_mends_itself_between_two_looks_is_no_finding(between: Facts) -> None:
    """Nor is one entry after another that is skipped before it sounds."""
    dog = Watchdog()
    for ms, seen in enumerate([facts(sounding=False), between] * 10):
        assert dog.look(seen, ms * 200_000_000) is None


def test_frequent_looks_are_no_proof() -> None:
    """The writer may be in the middle of a long period."""
    dog = Watchdog()
    assert not any(dog.look(facts(sounding=False), ms * 1_000_000) for ms in range(0, 600, 10))
