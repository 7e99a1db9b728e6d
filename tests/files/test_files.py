"""Looking at paths that a user may not look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wkmp_pi.files import exists, is_folder

NOBODY = 65534


@contextmanager
def somebody_else() -> Iterator[None]:
    """For the kernel another user, if this one may be: root is refused nothing."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "locked"
    (folder / "inner").mkdir(parents=True)
    folder.chmod(0)
    yield folder
    folder.chmod(0o700)


def test_what_may_not_be_looked_at_is_not_there(locked: Path) -> None:
    with somebody_else():
        assert not exists(locked / "inner")
        assert not is_folder(locked / "inner")


def test_a_name_that_no_file_can_have_is_not_there() -> None:
    for name in ("a" * 5000, "a\0b"):
        assert not exists(name)
        assert not is_folder(Path(name))


def test_what_is_there_is_seen(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert exists(tmp_path / "file")
    assert not is_folder(tmp_path / "file")
    assert is_folder(str(tmp_path))
