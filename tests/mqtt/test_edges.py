"""Covers and vitals: what is read from disk and kernel, and what becomes of it when it is odd."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wkmp_pi.app.cover import MAX_BYTES, NO_PICTURE, cover
from wkmp_pi.app.vitals import Vitals, temperature
from wkmp_pi.events import kinds
from wkmp_pi.events.bus import Bus

JPEG, PNG = b"\xff\xd8\xff\xe0rest", b"\x89PNG\r\n\x1a\nrest"


@pytest.fixture
def song(tmp_path: Path) -> str:
    return str(tmp_path / "song.flac")


# covers


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cover.jpg", JPEG),
        ("Folder.JPG", JPEG),
        ("front.png", PNG),
        ("COVER.jpeg", JPEG),
    ],
)
def test_a_picture_beside_the_music_is_its_cover(
    song: str, tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    assert cover(song) == data


def test_the_cover_goes_before_the_folder_and_that_before_the_front(
    song: str, tmp_path: Path
) -> None:
    for name, data in (("front.jpg", JPEG + b"3"), ("folder.png", PNG), ("cover.png", PNG + b"1")):
        (tmp_path / name).write_bytes(data)
    assert cover(song) == PNG + b"1"


def test_without_a_picture_there_is_a_transparent_one(song: str) -> None:
    assert cover(song) == NO_PICTURE
    assert cover("") == NO_PICTURE
    assert NO_PICTURE.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"<script>", JPEG + bytes(MAX_BYTES), b"\xff\xd8"]
)
def test_a_file_that_is_no_picture_or_too_large_is_none(
    song: str, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "cover.jpg").write_bytes(data)
    assert cover(song) == NO_PICTURE


def test_a_picture_that_is_too_large_gives_way_to_the_next(song: str, tmp_path: Path) -> None:
    (tmp_path / "cover.jpg").write_bytes(JPEG + bytes(MAX_BYTES))
    (tmp_path / "folder.jpg").write_bytes(JPEG)
    assert cover(song) == JPEG


def test_a_pipe_or_a_folder_of_that_name_is_not_waited_for(song: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cover.jpg")
    (tmp_path / "folder.jpg").mkdir()
    assert cover(song) == NO_PICTURE


@pytest.mark.parametrize("file", ["/no/such/folder/a.flac", "a\0b", "relative.flac", "/m/\udcff/a"])
def test_a_file_whose_folder_cannot_be_read_has_no_picture(file: str) -> None:
    assert cover(file) == NO_PICTURE


# vitals


def test_vitals_tell_load_memory_and_what_waits_where() -> None:
    bus, now = Bus(), [0.0, 0.0]
    inbox = bus.subscribe(limit=1, label="mirror")
    bus.publish(kinds.QueueEmptied())
    bus.publish(kinds.QueueEmptied())
    found = Vitals(
        bus,
        lambda: {"watchdog_interventions_total": {"stuck": 2}, "problems": ["x"]},
        lambda: now[0],
        lambda: now[1],
    )
    now[:] = [60.0, 3.0]
    told = found()
    assert (told["cpu"], told["uptime_s"]) == (5.0, 60)
    assert told["queues"] == {"mirror": 1}
    assert told["dropped"] == {"mirror": 1}
    assert (told["watchdog"], told["problems"]) == ({"stuck": 2}, 1)
    assert told["memory_mib"] > 1
    now[:] = [120.0, 3.0]
    assert found()["cpu"] == 0.0
    bus.unsubscribe(inbox)


def test_two_looks_at_the_same_moment_divide_by_nothing() -> None:
    found = Vitals(Bus(), dict, lambda: 1.0, lambda: 1.0)
    assert found()["cpu"] == 0.0


@pytest.mark.parametrize(
    ("data", "celsius"), [("48312\n", 48.3), ("0", 0.0), ("hot", None), ("", None)]
)
def test_the_temperature_is_told_in_degrees(
    tmp_path: Path, data: str, celsius: float | None
) -> None:
    (tmp_path / "temp").write_text(data)
    assert temperature(tmp_path / "temp") == celsius


def test_a_machine_without_a_thermometer_has_no_temperature(tmp_path: Path) -> None:
    assert temperature(tmp_path / "none") is None
