"""A folder of music that comes late, or goes away."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from wkmp_pi.consumers.music import MusicFolder

pytestmark = pytest.mark.flow

LIMIT_S = 5.0


class Rig:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.told: queue.Queue[str | None] = queue.Queue()
        self.folder = MusicFolder(root, self.told.put, look_s=0.01)

    def next(self) -> str | None:
        return self.told.get(timeout=LIMIT_S)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "music")
    yield rig
    assert rig.folder.stop(LIMIT_S)


def fill(root: Path) -> None:
    root.mkdir(exist_ok=True)
    (root / "a.flac").write_text("")


def test_a_folder_that_comes_late_is_missed_and_noticed(rig: Rig) -> None:
    rig.folder.start()
    assert "no folder; expected the music" in str(rig.next())
    fill(rig.root)
    assert rig.next() is None


def test_a_file_of_a_folder_that_went_away_will_come_back(rig: Rig) -> None:
    fill(rig.root)
    rig.folder.start()
    aside = rig.root.rename(rig.root.with_name("aside"))
    assert rig.folder.has_lost(f"{rig.root}/b/c.flac")
    assert "no folder" in str(rig.next())
    aside.rename(rig.root)
    assert rig.next() is None


def test_an_empty_mount_point_is_no_music(rig: Rig) -> None:
    rig.root.mkdir()
    rig.folder.start()
    assert rig.folder.has_lost(f"{rig.root}/a.flac")
    assert "empty; expected the music" in str(rig.next())
    fill(rig.root)
    assert rig.next() is None


def test_a_missing_file_is_not_a_missing_folder(rig: Rig) -> None:
    fill(rig.root)
    rig.folder.start()
    assert not rig.folder.has_lost(f"{rig.root}/b.flac")
    assert not rig.folder.has_lost("/elsewhere/b.flac")
    assert rig.told.empty()


def test_files_outside_of_a_missing_folder_are_not_lost_with_it(rig: Rig) -> None:
    assert not rig.folder.has_lost("/elsewhere/b.flac")
    assert not rig.folder.has_lost(f"{rig.root}-of-another/b.flac")
    rig.folder.start()
