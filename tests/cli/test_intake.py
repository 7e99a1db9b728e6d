"""Files and folders become passages; what is wrong with one does not keep out the others."""

import json
import sqlite3
from contextlib import closing

import pytest

from wkmp_pi.cli import intake
from wkmp_pi.config import Library
from wkmp_pi.controls.client import NoServiceError
from wkmp_pi.controls.protocol import MAX_LINE_BYTES
from wkmp_pi.decode.messages import Media
from wkmp_pi.errors import LibraryError, MediaError
from wkmp_pi.library import queries
from wkmp_pi.library.database import open_library, open_reader


@pytest.fixture
def music(tmp_path):
    root = tmp_path / "music"
    (root / "album").mkdir(parents=True)
    for name in (
        "album/02.flac",
        "album/01.mp3",
        "album/cover.jpg",
        "album/.hidden.flac",
        "bad.ogg",
    ):
        (root / name).write_text("")
    (root / ".trash").mkdir()
    (root / ".trash/old.flac").write_text("")
    return root


@pytest.fixture
def library(tmp_path, music):
    return Library(music_root=music, database=tmp_path / "db" / "library.db")


def probe(file):
    """Ten seconds of anything, except of what is called bad."""
    if "bad" in file:
        raise MediaError(f"{file}: found no sound; expected an audio file; replace it")
    return Media(
        codec="flac",
        container="flac",
        rate_hz=44_100,
        channels=2,
        bits=16,
        frames=441_000,
        title=file.rpartition("/")[2],
    )


def nobody():
    raise NoServiceError("no service")


def test_a_folder_gives_its_audio_files_in_order_and_hidden_ones_stay_hidden(music):
    taken = intake.read([music], str(music), probe)
    assert [passage.file for passage in taken.passages] == [
        f"{music}/album/01.mp3",
        f"{music}/album/02.flac",
    ]
    assert taken.problems == [
        f"{music}/bad.ogg: found no sound; expected an audio file; replace it"
    ]


def test_a_folder_that_may_not_be_read_is_told(music, monkeypatch):
    def walk(folder, onerror):
        onerror(PermissionError(13, "Permission denied", f"{folder}/album"))
        yield from ()

    monkeypatch.setattr(intake.os, "walk", walk)
    assert "album: Permission denied" in intake.read([music], str(music), probe).problems[0]


def test_a_file_that_is_named_is_tried_whatever_its_ending(music, monkeypatch):
    monkeypatch.chdir(music / "album")
    (music / "album/strange.xyz").write_text("")
    taken = intake.read([intake.Path("../album/strange.xyz")], str(music), probe)
    assert [passage.file for passage in taken.passages] == [f"{music}/album/strange.xyz"]


def test_the_owner_may_name_files_outside_of_the_music_folder(music, tmp_path):
    outside = tmp_path / "outside.flac"
    outside.write_text("")
    taken = intake.read([outside], str(music), probe)
    assert [passage.file for passage in taken.passages] == [str(outside)]


def test_missing_files_are_named_one_by_one(music, tmp_path):
    missing = [music / "missing.flac", tmp_path / "missing.mp3"]
    taken = intake.read(missing, str(music), probe)
    assert taken.passages == []
    assert len(taken.problems) == 2
    for file, problem in zip(missing, taken.problems, strict=True):
        assert str(file) in problem
        assert "expected" in problem


def test_a_document_is_taken_as_a_whole_or_not_at_all(music):
    good, bad = music / "good.toml", music / "wrong.toml"
    good.write_text(
        '[[passage]]\nfile = "album/01.mp3"\nstart_ms = 500\n[[passage.song]]\ntitle = "One"\n'
    )
    bad.write_text('[[passage]]\nfile = "album/01.mp3"\n[[passage]]\nfile = "nothing.mp3"\n')
    taken = intake.read([good, bad], str(music), probe)
    assert [passage.songs[0].end for passage in taken.passages] == [9500 * 28_224]
    assert len(taken.problems) == 1
    assert taken.problems[0].startswith(f"{bad}:4: passage 2, file: ")


def test_without_a_service_passages_are_stored_here(music, library):
    passages = intake.read([music], str(music), probe).passages
    assert intake.store(passages, library, nobody) == [1, 2]
    assert intake.store(passages, library, nobody) == [1, 2]
    conn = open_reader(library.database, str(music))
    assert [passage.title for passage in queries.passages(conn)] == ["01.mp3", "02.flac"]
    conn.close()


def test_nothing_to_store_touches_nothing(library):
    assert intake.store([], library, nobody) == []
    assert not library.database.exists()


def test_a_library_that_somebody_else_writes_is_respected(music, library):
    opened = open_library(library.database, str(music))
    passages = intake.read([music], str(music), probe).passages
    with pytest.raises(LibraryError, match="expected no other wkmp-pi service"):
        intake.store(passages, library, nobody)
    opened.connection.close()
    opened.lock.release()
    assert intake.store(passages, library, nobody) == [1, 2]


def test_what_was_done_to_a_damaged_library_is_told(music, library, capsys):
    library.database.parent.mkdir()
    library.database.write_bytes(b"no database" * 1000)
    passages = intake.read([music], str(music), probe).passages
    assert intake.store(passages, library, nobody) == [1, 2]
    assert str(library.database) in capsys.readouterr().err


def test_a_library_that_cannot_be_written_is_an_error_and_not_a_session_in_memory(music, library):
    library.database.parent.mkdir()
    with closing(sqlite3.connect(library.database)) as foreign:
        foreign.execute("CREATE TABLE mails (text)")
    passages = intake.read([music], str(music), probe).passages
    with pytest.raises(LibraryError):
        intake.store(passages, library, nobody)


@pytest.mark.flow
def test_a_running_service_gets_the_documents_in_lines_that_it_takes(music, library, service):
    from wkmp_pi.controls import client

    for number in range(3000):
        (music / f"album/{number:04}{'x' * 200}.flac").write_text("")
    passages = intake.read([music], str(music), probe).passages
    numbers = intake.store(passages, library, lambda: client.connect([service.server.path]))
    assert len(numbers) == len(passages) == 3002
    batches = [len(json.dumps(command.documents)) for command in service.seen[1:]]
    assert len(batches) > 2
    assert max(batches) < MAX_LINE_BYTES
    assert sum(len(command.documents) for command in service.seen[1:]) == 3002
    assert not library.database.exists()
