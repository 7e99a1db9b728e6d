"""``wkmp-pi playlists``: what is asked of the service, what is printed, and lint without one."""

from __future__ import annotations

import argparse
import json
from types import SimpleNamespace

import msgspec
import pytest
from playlists.clockwork import Clockwork, good_book

from wkmp_pi import commands
from wkmp_pi.cli import link, playlists
from wkmp_pi.errors import ConfigError, RequestError
from wkmp_pi.playlists import folder, report

BOOK = good_book(
    evening="""
    name = "Evening"
    deadline_s = 90
    completion = "evening.done"
    metadata = { room = "hall" }
    [[trigger]]
    event = "gesture.double"
    where = { buttons = ["play"] }
    [[interrupt]]
    event = "button.pressed"
    [[step]]
    id = "dim"
    command = "volume"
    data = { delta = -3 }
    repeat = 5
    interval_s = 2
    [[step]]
    after = "dim"
    offset_s = 0.5
    event = "evening.dark"
    wait = { event = "gesture.single", deadline_s = 9 }
    [[ending]]
    command = "volume"
    data = { delta = 15 }
    reasons = ["interrupted"]
    """,
    marks="""
    anchor = "passage end"
    deadline_s = 600
    [[step]]
    event = "marks.late"
    offset_frames = -441
    """,
)


class Service:
    """Answers as the service does, on a clock that stands still."""

    def __init__(self):
        self.box = Clockwork(BOOK)
        self.asked = []

    def ask(self, command):
        self.asked.append(command)
        match command:
            case commands.ListPlaylists():
                return {"playlists": report.rows(BOOK), "problems": ["playlists/x.toml:1: broken"]}
            case commands.ShowPlaylist():
                return msgspec.to_builtins(report.whole(BOOK.get(command.playlist)))
            case commands.StartPlaylist():
                more = {"data": command.data, "metadata": command.metadata}
                return {"run_id": self.box.start(command.playlist, **more)}
            case commands.StopPlaylist():
                which = {"run": command.run or "", "playlist": command.playlist or ""}
                return {"stopped": self.box.stop(**which)}
            case commands.ListRuns():
                return {"runs": self.box.runs.report(self.box.now)}

    def follow(self, names):
        assert names == ["event.playlist.stopped"]
        return {}, self._messages()

    def _messages(self):
        yield {"missed": 1}
        yield {"event": {"name": "event.playlist.stopped", "run_id": "evening-99"}}
        self.box.run(60)
        (stopped,) = self.box.stopped()
        fields = {"run_id": stopped.run_id, "reason": str(stopped.reason)}
        yield {"event": {**fields, "emitted_count": stopped.emitted_count}}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def wkmp(monkeypatch, capsys, tmp_path):
    """Runs ``playlists`` with these words: code, output, and the service that was asked."""
    for name in ("XDG_CONFIG_HOME", "WKMP_PI_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    service = Service()
    monkeypatch.setattr(link, "connect", lambda _: service)
    monkeypatch.setattr(link, "ask", lambda _, command: service.ask(command))

    def run(*words):
        parser = argparse.ArgumentParser()
        playlists.add(parser.add_subparsers())
        arguments = parser.parse_args(["playlists", *map(str, words)])
        code = arguments.run(arguments)
        return SimpleNamespace(code=code, out=capsys.readouterr().out, service=service)

    return run


def test_list_shows_every_playlist_and_what_is_wrong_with_others(wkmp):
    lines = wkmp("list").out.splitlines()
    assert lines[0].split() == ["playlist", "name", "steps", "anchor", "retrigger", "started", "by"]
    assert lines[1].split() == ["evening", "Evening", "2", "clock", "parallel", "gesture.double"]
    assert lines[2].endswith("command only")
    assert lines[3] == "playlists/x.toml:1: broken"
    assert json.loads(wkmp("list", "--json").out)["playlists"][0]["playlist"] == "evening"


def test_show_tells_all_of_one(wkmp):
    text = wkmp("show", "evening").out
    for words in (
        "evening  Evening",
        "parallel, at most 16 at once",
        "90 s",
        '{"room": "hall"}',
        'gesture.double  {"buttons": {"is": ["play"]}}',
        "button.pressed",
        "evening.done",
        'volume {"delta": -3}',
        "5 times, each 2 s",
        "after dim, when gesture.single",
        'at the end: volume {"delta": 15}  (interrupted)',
    ):
        assert words in text
    assert "-441 frames" in wkmp("show", "marks").out


def test_start_gives_the_run_and_hands_over_data_and_metadata(wkmp):
    ran = wkmp("start", "evening", "--data", "n=3", "text=a=b", "--metadata", "on=true")
    assert ran.out == "evening-1\n"
    asked = commands.StartPlaylist(
        playlist="evening", data={"n": 3, "text": "a=b"}, metadata={"on": True}
    )
    assert ran.service.asked == [asked]


def test_start_can_wait_for_the_end(wkmp):
    ran = wkmp("start", "evening", "--wait")
    assert ran.out == "evening-1: timeout, 5 came out\n"
    assert ran.code == 1


def test_what_is_no_pair_is_refused(wkmp, capsys):
    with pytest.raises(SystemExit):
        wkmp("start", "evening", "--data", "n")
    assert "found 'n'; expected KEY=VALUE" in capsys.readouterr().err


def test_runs_and_stop(wkmp):
    assert wkmp("runs").out == "nothing is running\n"
    assert wkmp("stop").out == "nothing was running\n"
    wkmp("start", "evening")
    wkmp("start", "evening")
    assert [line.split()[:2] for line in wkmp("runs").out.splitlines()[1:]] == [
        ["evening-1", "running"],
        ["evening-2", "running"],
    ]
    ran = wkmp("stop", "evening-1")
    assert ran.out == "evening-1\n"
    assert ran.service.asked[-1] == commands.StopPlaylist(run="evening-1")
    assert wkmp("stop", "evening").service.asked[-1] == commands.StopPlaylist(playlist="evening")
    with pytest.raises(RequestError, match="playlist mornin: not known"):
        wkmp("stop", "mornin")


STEP = '[[step]]\nevent = "a.one"\n'


def test_lint_reads_the_folders_of_the_configuration(wkmp, tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "SHIPPED", tmp_path / "shipped")
    config = tmp_path / "box.toml"
    config.write_text("")
    (tmp_path / "playlists").mkdir()
    (tmp_path / "playlists" / "mine.toml").write_text(STEP)
    ran = wkmp("lint", "--config", config)
    assert (ran.code, ran.out) == (0, "nothing is wrong with mine\n")


def test_lint_reads_the_shipped_ones_and_those_of_the_user(wkmp, tmp_path):
    own = tmp_path / ".config" / "wkmp-pi" / "playlists"
    own.mkdir(parents=True)
    (own / "mine.toml").write_text(STEP)
    assert "mine" in wkmp("lint").out
    assert "sleep_fade" in wkmp("lint").out


def test_lint_judges_files_as_if_they_were_there(wkmp, tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(STEP + '[[trigger]]\nevent = "chime.struck"')
    assert "good" in wkmp("lint", good).out
    bad.write_text('[[step]]\nevent = "b"\n[[step]]\nrepeat = 0')
    with pytest.raises(ConfigError) as caught:
        wkmp("lint", good, bad)
    assert [line.split(":")[1] for line in caught.value.problems] == ["2", "4"]


def test_lint_judges_a_folder_by_itself(wkmp, tmp_path):
    (tmp_path / "only.toml").write_text(STEP)
    assert wkmp("lint", tmp_path).out == "nothing is wrong with only\n"
