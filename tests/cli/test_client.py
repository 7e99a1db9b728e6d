"""Client commands reach the service as what was meant, and its answers reach people."""

import json

import pytest

from wkmp_pi import commands
from wkmp_pi.settings import ABOUT

pytestmark = pytest.mark.flow


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("play", commands.Play()),
        ("pause", commands.Pause()),
        ("toggle", commands.Toggle()),
        ("next", commands.Next()),
        ("previous", commands.Previous()),
        ("clear", commands.Clear()),
        ("volume 40", commands.SetVolume(percent=40)),
        ("volume +5", commands.SetVolume(delta=5)),
        ("volume -5", commands.SetVolume(delta=-5)),
        ("mute", commands.Mute()),
        ("mute on", commands.Mute(on=True)),
        ("mute off", commands.Mute(on=False)),
        ("sleep off", commands.Sleep()),
        ("remove 3 4", commands.Remove(entries=(3, 4))),
        ("settings set repeat on", commands.SetSetting(key="repeat", value=True)),
        ("settings set volume_startup_percent -1",
         commands.SetSetting(key="volume_startup_percent", value=-1)),
    ],
)  # fmt: skip
def test_a_command_arrives_and_is_quiet(service, wkmp, words, command):
    done = wkmp(*words.split())
    assert (done.code, done.out, done.err) == (0, "", "")
    assert service.seen[-1] == command


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("seek 61", commands.Seek(position_ms=61_000)),
        ("seek 1:01", commands.Seek(position_ms=61_000)),
        ("seek 1:02:03", commands.Seek(position_ms=3_723_000)),
        ("seek 61.5", commands.Seek(position_ms=61_500)),
        ("seek +10", commands.Seek(delta_ms=10_000)),
        ("seek -10", commands.Seek(delta_ms=-10_000)),
        ("seek -1:30 --json", commands.Seek(delta_ms=-90_000)),
        ("sleep 20", commands.Sleep(minutes=20.0)),
        ("sleep end", commands.Sleep(at_end=True)),
        ("move 3 0", commands.Move(entry=3, index=0)),
    ],
)
def test_what_the_service_refuses_is_told_and_fails(service, wkmp, words, command):
    done = wkmp(*words.split())
    assert service.seen[-1] == command
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith("wkmp-pi: ")


def test_items_are_made_absolute_where_they_exist_here(service, wkmp, place):
    (place / "a.flac").write_text("")
    (place / "b#t=1.flac").write_text("")
    done = wkmp("enqueue", "a.flac", "a.flac#t=10.5,70", "b#t=1.flac", "album/c.flac", "passage:4")
    assert service.seen[-1].items == (
        f"{place}/a.flac",
        f"{place}/a.flac#t=10.5,70",
        f"{place}/b#t=1.flac#t=0",
        "album/c.flac",
        "passage:4",
    )
    assert done.out == "queued as 1, 2, 3, 4, 5\n"


def test_entries_go_where_they_are_wanted(service, wkmp):
    for words, place, reference in (
        ("--next", "next", None),
        ("--at 0", "at", 0),
        ("--before 1", "before", 1),
        ("--after 1", "after", 1),
    ):
        wkmp("enqueue", "x", *words.split())
        assert service.seen[-1] == commands.Enqueue(
            items=("x",), place=commands.Place(place), reference=reference
        )


def test_a_file_name_that_is_not_utf8_comes_through(service, wkmp, place):
    name = b"K\xfcche.flac".decode(errors="surrogateescape")
    (place / name).write_text("")
    assert wkmp("enqueue", name).code == 0
    assert service.seen[-1].items == (f"{place}/{name}",)
    assert json.loads(wkmp("queue", "--json").out)["entries"][0]["file"].endswith(name)


def test_a_name_that_no_file_can_have_is_left_to_the_service(service, wkmp):
    assert wkmp("enqueue", "a" * 4000).code == 0
    assert service.seen[-1].items == ("a" * 4000,)


def test_the_status_and_the_queue_are_printed(service, wkmp):
    assert wkmp("queue").out.startswith("the queue is empty")
    wkmp("enqueue", "/m/a.flac", "/m/b.flac")
    wkmp("play")
    lines = wkmp("status").out.splitlines()
    assert lines[0].startswith("state   playing")
    assert "Ludwig - Moonlight" in wkmp("queue").out
    assert json.loads(wkmp("status", "--json").out)["queue_length"] == 2


def test_the_volume_is_printed_without_a_number(service, wkmp):
    wkmp("volume", 40)
    assert wkmp("volume").out == "40 %\n"
    wkmp("mute", "on")
    assert wkmp("volume").out == "40 % (muted)\n"
    assert json.loads(wkmp("volume", "--json").out) == {"percent": 40, "muted": True}


def test_settings_show_values_besides_their_defaults(service, wkmp):
    wkmp("settings", "set", "crossfade_ms", "2500")
    assert wkmp("settings", "get", "crossfade_ms").out == "2500\n"
    assert wkmp("settings", "get", "crossfade_ms", "repeat").out == (
        "crossfade_ms = 2500\nrepeat = off\n"
    )
    rows = json.loads(wkmp("settings", "--json").out)
    assert {row["setting"] for row in rows} == set(ABOUT)
    assert rows[0]["value"] == 2500
    assert rows[0]["default"] == ABOUT["crossfade_ms"].default


def test_options_before_the_verb_of_settings_count_too(service, wkmp, place, monkeypatch):
    monkeypatch.delenv("WKMP_PI_SOCKET")
    shown = wkmp("settings", "--json", "--socket", place / "s", "get", "repeat")
    assert json.loads(shown.out) == {"repeat": False}


def test_the_socket_of_the_configuration_is_used(service, wkmp, place, monkeypatch):
    monkeypatch.delenv("WKMP_PI_SOCKET")
    file = place / "box.toml"
    file.write_text(f'[control]\nsocket = "{place}/s"\n')
    assert wkmp("pause", "--config", file).code == 0
    assert wkmp("pause", "--socket", place / "s").code == 0


def test_a_broken_configuration_does_not_stop_a_pause(service, wkmp, place, monkeypatch):
    monkeypatch.delenv("WKMP_PI_SOCKET")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    (place / "wkmp-pi").mkdir()
    (place / "wkmp-pi/wkmp.sock").symlink_to(place / "s")
    file = place / ".config/wkmp-pi/box.toml"
    file.parent.mkdir(parents=True)
    file.write_text("nonsense")
    done = wkmp("pause")
    assert done.code == 0
    assert "the configuration is not used" in done.err
    assert wkmp("pause", "--config", file).code == 78
