"""``library`` with real files, a real decoder and a real database."""

import json
import wave

import pytest

from wkmp_pi.commands import AddPassages
from wkmp_pi.library.database import open_reader
from wkmp_pi.library.queries import passages

pytestmark = pytest.mark.flow


@pytest.fixture
def music(place):
    """A music folder with two short WAV files, a broken one, and a document."""
    root = place / "Music"
    (root / "album").mkdir(parents=True)
    for name in ("one.wav", "two.wav"):
        with wave.open(str(root / "album" / name), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(44_100)
            file.writeframes(bytes(4 * 4410))
    (root / "album" / "broken.flac").write_bytes(b"this is no music")
    (root / "passages.toml").write_text(
        '[[passage]]\nfile = "album/one.wav"\nend_ms = 50\ntitle = "Half"\nartist = "Nobody"\n'
    )
    return root


def test_files_come_in_and_can_be_looked_at(wkmp, music):
    added = wkmp("library", "add", music, music / "passages.toml")
    assert added.code == 1
    assert added.out == "3 passages stored\n"
    assert added.err.startswith(f"wkmp-pi: {music}/album/broken.flac: ")
    assert added.err.count("\n") == 1

    titles, *rows = wkmp("library", "list").out.splitlines()
    assert titles.split() == ["id", "passage", "album", "file"]
    assert len(rows) == 3
    found = json.loads(wkmp("library", "list", "nobody", "half", "--json").out)
    assert [row["title"] for row in found] == ["Half"]
    assert wkmp("library", "list", "nothing-like-that").out == "no passages\n"


def test_what_show_prints_is_what_add_takes(wkmp, music, place):
    wkmp("library", "add", music / "passages.toml")
    shown = wkmp("library", "show", 1)
    assert shown.out.startswith('[[passage]]\nfile = "album/one.wav"\nend_ms = 50\n')
    again = place / "again.toml"
    again.write_text(shown.out.replace("Half", "Renamed"))
    assert wkmp("library", "add", again).code == 0
    document = json.loads(wkmp("library", "show", "1", "--json").out)
    assert document["title"] == "Renamed"
    copy = place / "copy.json"
    copy.write_text(json.dumps(document | {"title": "Once more"}))
    assert wkmp("library", "add", copy).code == 0
    assert "Once more" in wkmp("library", "show", 1).out


def test_a_table_of_passages_is_imported(wkmp, music, place):
    table = place / "passages.csv"
    table.write_text("file,start_ms,end_ms,title\nalbum/one.wav,0,40,A\nalbum/two.wav,10,90,B\n")
    assert wkmp("library", "import-csv", table).out == "2 passages stored\n"
    assert wkmp("library", "import-csv", place / "passages.txt").code == 2


def test_a_running_service_stores_what_is_added(wkmp, music, service, place):
    added = wkmp("library", "add", music / "album" / "one.wav", "--json")
    assert json.loads(added.out) == {"passages": [1], "problems": []}
    command = service.seen[-1]
    assert isinstance(command, AddPassages)
    assert command.documents[0]["file"] == "album/one.wav"
    assert command.documents[0]["song"][0]["end_ms"] == 100
    assert not (place / ".local/share/wkmp-pi/library.db").exists()


def test_problems_of_documents_name_file_and_line(wkmp, music, place):
    file = place / "bad.toml"
    file.write_text('[[passage]]\nfile = "album/one.wav"\nstart_ms = -1\ntitel = "x"\n')
    refused = wkmp("library", "add", file)
    assert refused.code == 1
    assert f"wkmp-pi: {file}:3: " in refused.err
    assert f"wkmp-pi: {file}:4: " in refused.err
    assert refused.out == "0 passages stored\n"


def test_without_a_library_list_and_show_say_so(wkmp, music, place):
    for words in (("list",), ("show", "1")):
        refused = wkmp("library", *words)
        assert refused.code == 1
        assert "library.db: it does not exist" in refused.err
    wkmp("library", "add", music / "album" / "one.wav")
    refused = wkmp("library", "show", "77")
    assert refused.code == 1
    assert "passage 77: not in the library" in refused.err


def test_a_library_named_in_the_configuration_is_used(wkmp, music, place):
    file = place / "box.toml"
    file.write_text(f'[library]\nmusic_root = "{music}"\ndatabase = "{place}/other.db"\n')
    wkmp("library", "add", music / "album" / "one.wav", "--config", file)
    conn = open_reader(place / "other.db", str(music))
    assert [passage.file for passage in passages(conn)] == [f"{music}/album/one.wav"]
    conn.close()
