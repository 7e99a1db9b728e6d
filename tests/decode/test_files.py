from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.decode.files import FileBytes, FileReader, open_media, shown
from wkmp_pi.errors import MediaError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.mp3"
    path.write_bytes(bytes(range(256)) * 4)
    return path


def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.mp3")

    with pytest.raises(MediaError, match=r"x\.mp3: is a pipe; expected a regular file"):
        open_media(str(tmp_path / "x.mp3"))


def test_directories_devices_and_sockets_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("x.mp3")
        for path, kind in (("/", "a directory"), ("/dev/zero", "a device"), ("x.mp3", "a socket")):
            with pytest.raises(MediaError, match=f"is {kind}"):
                open_media(path)


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    loop = tmp_path / "loop.mp3"
    loop.symlink_to(loop)
    for path in (str(tmp_path / "nothing.mp3"), str(loop), f"{tmp_path}/\0.mp3"):
        with pytest.raises(MediaError, match=r"\.mp3: cannot be opened .*; expected a readable"):
            open_media(path)


def test_a_symbolic_link_to_a_file_is_followed(tmp_path: Path, file: Path) -> None:
    link = tmp_path / "link.mp3"
    link.symlink_to(file)

    os.close(open_media(str(link)))


def test_names_of_any_bytes_are_opened(tmp_path: Path) -> None:
    for name in (b"-rf.mp3", b"a\nb.mp3", b"\xff\xfe.mp3", "🎺.mp3".encode(), b"n" * 251 + b".mp3"):
        path = os.fsdecode(bytes(tmp_path) + b"/" + name)
        Path(path).write_bytes(b"x")

        os.close(open_media(path))
        assert shown(path).isprintable()


def test_a_file_that_grows_ends_where_it_ended(file: Path) -> None:
    source = FileBytes(open_media(str(file)))
    with file.open("ab") as more:
        more.write(b"more")

    assert source.size == 1024
    assert len(source.read(1000, 4096)) == 24
    assert source.read(1024, 10) == b""
    source.close()


def test_a_file_that_shrinks_ends_early(file: Path) -> None:
    source = FileBytes(open_media(str(file)))
    os.truncate(file, 100)

    assert len(source.read(0, 1024)) == 100
    assert source.read(500, 10) == b""
    source.close()
    source.close()


@given(st.lists(st.tuples(st.integers(-50, 1200), st.integers(0, 3), st.integers(0, 300))))
def test_a_reader_goes_where_a_file_goes(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "same"
    path.write_bytes(bytes(range(256)) * 4)
    source = FileBytes(open_media(str(path)))
    reader = FileReader(source)
    with path.open("rb") as file:
        for offset, whence, length in steps:
            if whence < 3 and not (whence == 0 and offset < 0):
                file.seek(max(-file.tell() if whence == 1 else -1024, offset), whence)
                reader.seek(offset, whence)
            assert reader.tell() == file.tell()
            assert reader.read(length) == file.read(length)
    source.close()
