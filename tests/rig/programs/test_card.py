"""The programs around the card: on a driver made of files, and a device made of a script."""

from __future__ import annotations

import io
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

import alsaaudio
import pytest

from hil.programs import card, holder, knob, opens


class FileCard(card.Card):
    """Its driver is a folder; the device in it comes and goes as the kernel would have it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        (folder / "sub0").mkdir()
        (folder / "sub1").mkdir()
        (folder / "card.0").touch()
        super().__init__(folder, "card.0", folder)

    def _tell(self, verb: str) -> None:
        super()._tell(verb)
        self.told.append(verb)
        assert (self.folder / verb).read_text() == "card.0"
        if verb == "bind":
            (self.folder / "card.0").touch()
        else:
            (self.folder / "card.0").unlink()


@pytest.fixture
def plugged(tmp_path: Path) -> FileCard:
    return FileCard(tmp_path)


def ask(plugged: card.Card, **asked: Any) -> dict[str, Any]:
    return card.answer(plugged, json.dumps(asked))


def test_a_pull_tells_when_it_was_and_how_far_the_card_had_played(plugged: FileCard) -> None:
    (plugged.folder / "sub0/status").write_text("closed\n")
    (plugged.folder / "sub1/status").write_text("state: RUNNING\nhw_ptr      : 27783\n")
    begin_ns = card.answer(plugged, '{"ping": 1}')["now_ns"]
    answer = ask(plugged, unplug=0.01)
    assert begin_ns + 10_000_000 < answer["at_ns"] <= answer["free_ns"]
    assert answer["heard_frames"] == 27_783
    assert not plugged.plugged
    assert ask(plugged, plug=0)["at_ns"] > answer["free_ns"]
    assert plugged.plugged


@pytest.mark.parametrize("status", ["closed\n", "state: XRUN\nhw_ptr      : 5\n", None])
def test_a_card_that_does_not_play_has_no_place(plugged: FileCard, status: str | None) -> None:
    if status is not None:
        (plugged.folder / "sub0/status").write_text(status)
    assert ask(plugged, unplug=0)["heard_frames"] is None


def test_a_storm_is_as_many_turns_at_even_distances(plugged: FileCard) -> None:
    answer = ask(plugged, storm=[6, 0.06])
    assert plugged.told == ["unbind", "bind"] * 3
    assert answer["last_ns"] - answer["first_ns"] >= 50_000_000
    assert plugged.plugged


@pytest.mark.parametrize(
    "line", ["", "5", "{}", '{"unplug": "soon"}', '{"storm": 3}', '{"plug": null}']
)
def test_what_makes_no_sense_is_answered_and_nothing_happens(plugged: FileCard, line: str) -> None:
    assert "error" in card.answer(plugged, line)
    assert plugged.told == []


def test_a_driver_that_refuses_is_told(plugged: FileCard) -> None:
    (plugged.folder / "unbind").mkdir()
    assert "Is a directory" in ask(plugged, unplug=0)["error"]


def test_when_it_ends_the_card_is_plugged_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["card", str(tmp_path), "card.0", str(tmp_path)])
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"ping": 1}\n'))
    card.main()
    assert (tmp_path / "bind").read_text() == "card.0"
    assert "now_ns" in capsys.readouterr().out


def test_every_opening_of_a_file_and_every_look_through_its_folder_is_counted(
    tmp_path: Path,
) -> None:
    (tmp_path / "cards").mkdir()
    (tmp_path / "node").touch()
    watch = opens.Watch([str(tmp_path), str(tmp_path / "cards")])
    reading, writing = os.pipe()
    for _ in range(3):
        (tmp_path / "node").read_bytes()
        list((tmp_path / "cards").iterdir())
    os.close(writing)
    found = opens.watched(watch, reading)
    paths = [path for _, path in found]
    assert paths.count(str(tmp_path / "node")) == 3
    assert paths.count(str(tmp_path / "cards")) >= 3
    assert [at for at, _ in found] == sorted(at for at, _ in found)
    os.close(reading)
    os.close(watch.descriptor)


def test_a_folder_that_is_not_there_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        opens.Watch([str(tmp_path / "nowhere")])


def test_a_holder_takes_every_place_that_a_device_has(monkeypatch: pytest.MonkeyPatch) -> None:
    places = iter(range(8))

    def open_pcm(**_: Any) -> int:
        try:
            return next(places)
        except StopIteration:
            raise alsaaudio.ALSAAudioError("Device or resource busy [hw:0]") from None

    monkeypatch.setattr(alsaaudio, "PCM", open_pcm)
    assert holder.taken("hw:0") == list(range(8))
    assert holder.taken("hw:0") == []


class FakeAlsa(knob.Alsa):
    """A control that is turned at the third look."""

    def __init__(self) -> None:
        self.looks = itertools.chain((0, 0), itertools.repeat(40))
        self.names: list[str] = []

    def add(self, name: str) -> None:
        self.names.append(name)

    def read(self, name: str) -> int:
        if name not in self.names:
            raise OSError(2, f"snd_ctl_elem_read: no {name}")
        return next(self.looks)


def test_a_knob_is_added_read_and_waited_for() -> None:
    alsa = FakeAlsa()
    assert knob.answer(alsa, '{"add": "Master"}') == {"added": "Master"}
    assert knob.answer(alsa, '{"read": "Master"}') == {"value": 0}
    moved = knob.answer(alsa, '{"await": "Master", "seconds": 5}')
    assert moved["value"] == 40
    assert moved["at_ns"] > 0


def test_a_knob_that_nobody_turns_stays_at_0() -> None:
    alsa = FakeAlsa()
    alsa.add("Master")
    alsa.looks = itertools.repeat(0)
    assert knob.answer(alsa, '{"await": "Master", "seconds": 0}')["value"] == 0


@pytest.mark.parametrize("line", ["", "5", "{}", '{"read": "nothing"}', '{"await": "Master"}'])
def test_what_cannot_be_asked_of_a_knob_is_answered(line: str) -> None:
    assert "error" in knob.answer(FakeAlsa(), line)


def test_without_a_card_the_real_library_says_so() -> None:
    alsa = knob.Alsa("hw:nosuchcard")
    assert "snd_ctl_open: No such" in knob.answer(alsa, '{"read": "Master"}')["error"]
