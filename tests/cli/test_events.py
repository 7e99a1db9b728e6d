"""``wkmp-pi events``: causes, the graph, recordings and their replay."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from events.toys import MS, VOCABULARY, Box, at_rest, members

from wkmp_pi.events.kinds import MachinesStepped, QueueEmptied, VolumeChanged

ROOT = Path(__file__).parents[2]


@contextmanager
def following(*words):
    """A process that follows, after it has shown the state."""
    with subprocess.Popen(
        [sys.executable, "-m", "wkmp_pi", "events", "--follow", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        while process.stdout.readline() != "\n" and "--json" not in words:
            pass
        yield process
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read() == ""


@pytest.mark.flow
def test_causes_are_shown_when_they_are_asked_for(service):
    with following("--causes") as process:
        first = service.bus.publish(QueueEmptied())
        service.bus.publish(VolumeChanged(percent=5, muted=False), [first])
        assert process.stdout.readline() == "      16  queue.emptied\n"
        assert process.stdout.readline() == "      33  volume.changed           5 %  <- 16\n"


@pytest.mark.flow
def test_causes_as_json_are_lines_as_a_recording_has_them(service):
    with following("--causes", "--json") as process:
        service.bus.publish(QueueEmptied(), at_ns=7)
        assert json.loads(process.stdout.readline()) == {
            "id": 16, "at_ns": 7, "causes": [], "hops": 0, "event": {"name": "queue.emptied"},
        }  # fmt: skip


@pytest.mark.flow
def test_a_recording_holds_all_that_is_told_and_the_steps_which_are_not_shown(service, place):
    file = place / "r.jsonl"
    with following("--record", str(file), "--name", "queue.*", "volume.*") as process:
        service.bus.publish(MachinesStepped(now_ns=1))
        service.bus.publish(QueueEmptied())
        service.bus.publish(VolumeChanged(percent=5, muted=False))
        assert process.stdout.readline() == "queue.emptied\n"
        assert process.stdout.readline() == "volume.changed           5 %\n"
        lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert lines[0]["recording"] == 1
    assert lines[0]["names"] == ["queue.*", "volume.*", "machines.stepped"]
    assert lines[0]["snapshot"]["state"] == "paused"
    assert [line["event"]["name"] for line in lines[1:]] == [
        "machines.stepped", "queue.emptied", "volume.changed",
    ]  # fmt: skip
    assert [line["id"] for line in lines[1:]] == [16, 32, 48]


@pytest.mark.flow
def test_a_recording_of_the_service_is_replayed_byte_for_byte(service, place, wkmp, monkeypatch):
    """The bus of the service with machines on it; the recorder is the command line's own."""
    file = place / "r.jsonl"
    box = Box(members())
    box.bus.unsubscribe(box._recorder)
    service.server._bus = box.bus
    with following("--record", str(file)) as process:
        box.press("top", MS)
        box.wait(1000, MS)
        box.publish(QueueEmptied())
        shown = [line.split()[0] for line in iter(process.stdout.readline, "queue.emptied\n")]
    assert shown[:3] == ["button.pressed", "gesture.multi", "mine.said"]
    monkeypatch.setattr("wkmp_pi.cli.events._machines", lambda _: (at_rest(), VOCABULARY))
    same = wkmp("events", "--replay", file)
    assert (same.code, same.err) == (0, "")
    assert same.out.encode() == file.read_bytes()
    monkeypatch.setattr("wkmp_pi.cli.events._machines", lambda _: (at_rest(said="a.b"), VOCABULARY))
    other = wkmp("events", "--replay", file)
    assert other.code == 1
    assert f"wkmp-pi: {file}: line" in other.err
    assert "a.b in the place of mine.said comes now" in other.err
    assert '"name":"a.b"' in other.out


def test_what_cannot_be_replayed_is_told_with_its_place(wkmp, place):
    missing = wkmp("events", "--replay", place / "none")
    assert (missing.code, missing.out) == (1, "")
    assert missing.err == (
        f"wkmp-pi: {place}/none: No such file or directory; "
        "expected a file that wkmp-pi events --follow --record wrote\n"
    )
    wrong = place / "wrong"
    wrong.write_text("hello\n")
    refused = wkmp("events", "--replay", wrong)
    assert refused.code == 1
    assert refused.err.startswith(f"wkmp-pi: {wrong}: line 1: found no head of a recording")


@pytest.mark.flow
@pytest.mark.parametrize(("path", "part"), [("/dev/full", "No space left"), ("no/r", "No such")])
def test_a_recording_that_cannot_be_written_is_told(service, wkmp, path, part):
    refused = wkmp("events", "--follow", "--record", path)
    assert refused.code == 1
    assert refused.err.startswith(f"wkmp-pi: {path}: {part}")


def test_options_of_following_are_not_taken_without_it(wkmp):
    for words in (["--record", "x"], ["--causes"], ["--graph", "--causes"]):
        refused = wkmp("events", *words)
        assert refused.code == 1
        assert "belong to --follow" in refused.err
    assert wkmp("events", "--follow", "--graph").code == 2


@pytest.mark.flow
def test_the_graph_is_a_drawing_or_data(service, wkmp):
    service.bus.subscribe("passage.*", label="history")
    drawn = wkmp("events", "--graph")
    assert drawn.code == 0
    assert drawn.out.startswith("digraph bus {\n")
    assert '"event passage.*" -> listener0;' in drawn.out
    data = json.loads(wkmp("events", "--graph", "--json").out)
    assert data["listeners"][0]["label"] == "history"
    assert data["looped"] == 0


@pytest.mark.flow
def test_what_a_newer_service_tells_of_a_listener_is_no_obstacle(service, wkmp, monkeypatch):
    def newer(_, command):
        known = service.bus.subscribe("a.*", label="x").listener._asdict()
        return {"listeners": [{**known, "mood": "good"}], "looped": 0}

    monkeypatch.setattr("wkmp_pi.controls.client.Client.ask", newer)
    assert '"event a.*" -> listener0;' in wkmp("events", "--graph").out
