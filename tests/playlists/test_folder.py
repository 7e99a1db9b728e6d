"""The files of the playlists: read when they have settled, refused when they are broken."""

from __future__ import annotations

import os

import pytest

from wkmp_pi.playlists.folder import Folder

A = '[[step]]\nevent = "a.one"\n'


@pytest.fixture
def place(tmp_path):
    (tmp_path / "a.toml").write_text(A)
    return tmp_path


def looked(folder, times=3):
    """What the first of so many looks has to tell that tells something."""
    return next((book for book in (folder.look() for _ in range(times)) if book), None)


def test_the_playlists_that_are_there_are_loaded_at_once(place):
    assert list(Folder([place]).load().playlists) == ["a"]


def test_a_look_at_what_did_not_change_tells_nothing(place):
    folder = Folder([place])
    folder.load()
    assert looked(folder) is None
    os.utime(place / "a.toml", ns=(1, 1))
    assert looked(folder) is None, "the same words"


def test_a_new_a_changed_and_a_removed_file_are_seen(place):
    folder = Folder([place])
    folder.load()
    (place / "b.toml").write_text(A.replace("a.", "b."))
    assert list(looked(folder).playlists) == ["a", "b"]
    (place / "b.toml").write_text('name = "Bee"\n' + A.replace("a.", "b."))
    assert looked(folder).get("b").name == "Bee"
    (place / "a.toml").unlink()
    assert list(looked(folder).playlists) == ["b"]


def test_a_broken_file_is_refused_and_the_old_playlist_stays(place):
    folder = Folder([place])
    before = folder.load().get("a")
    (place / "a.toml").write_text(A + "repeat =")
    book = looked(folder)
    assert book.get("a") == before
    assert book.problems[0].startswith(f"{place}/a.toml:3: ")
    (place / "a.toml").write_text(A)
    assert looked(folder).problems == ()


def test_half_a_file_is_not_taken_for_a_whole_one(place):
    """Half of it would be a good playlist, too: one that lacks its end."""
    folder = Folder([place])
    folder.load()
    (place / "a.toml").write_text(A * 2)
    assert folder.look() is None
    (place / "a.toml").write_text(A * 3)
    assert folder.look() is None
    assert len(folder.look().get("a").steps) == 3


def test_a_file_that_is_away_for_a_moment_keeps_its_playlist(place):
    folder = Folder([place])
    folder.load()
    (place / "a.toml").rename(place / "a.bak")
    assert folder.look() is None
    (place / "a.bak").rename(place / "a.toml")
    assert looked(folder) is None
    assert list(folder.book.playlists) == ["a"]


def test_a_file_of_the_owner_stands_for_the_shipped_one(place, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    folder = Folder([place, own])
    folder.load()
    (own / "a.toml").write_text('name = "Mine"\n' + A)
    assert looked(folder).get("a").name == "Mine"
    (own / "a.toml").unlink()
    assert looked(folder).get("a").name == "a"


def test_other_files_are_left_alone(place):
    for name in ("b.toml~", ".c.toml", "d.txt", ".#e.toml"):
        (place / name).write_text("nonsense")
    assert Folder([place]).load().problems == ()


def test_folders_that_are_not_there_are_empty(place):
    folder = Folder([place / "nowhere", place / "a.toml", place])
    assert list(folder.load().playlists) == ["a"]


def test_a_folder_that_can_not_be_read_keeps_its_playlists(place, monkeypatch):
    folder = Folder([place])
    folder.load()

    def fails(_):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", fails)
        assert looked(folder) is None
    assert looked(folder) is None
    assert list(folder.book.playlists) == ["a"]


def test_a_link_out_of_the_folder_a_pipe_and_a_folder_are_refused_without_waiting(place, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x.toml").write_text(A)
    (place / "b.toml").symlink_to(tmp_path / "real" / "x.toml")
    os.mkfifo(place / "c.toml")
    (place / "d.toml").mkdir()
    (place / "e.toml").symlink_to("e.toml")
    book = Folder([place]).load()
    assert list(book.playlists) == ["a"]
    assert len(book.problems) == 4
