import shutil
import subprocess
import sys

import pytest

from wkmp_pi import config
from wkmp_pi.demo import box
from wkmp_pi.errors import LibraryError
from wkmp_pi.library import queries
from wkmp_pi.library.database import open_reader
from wkmp_pi.units import TICKS_PER_SECOND, ms_from_ticks

LENGTH_S = {
    "first-light.flac": 42.6,
    "night-bus.ogg": 36.48,
    "copper-wire.opus": 31.84,
    "paper-carousel.mp3": 33.7,
    "tide-rising.m4a": 24.868,
    "tide-falling.aiff": 25.7,
    "three-postcards.wav": 49.02,
    "the-long-hall.m4a": 36.0,
    "high-window.flac": 25.17,
}

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def library(demo):
    conn = open_reader(demo / "library.db", str(demo / "music"))
    yield conn
    conn.close()


def passages(library):
    """In the order of the document."""
    return sorted(queries.passages(library), key=lambda passage: passage.id)


def quiet(line):
    """Takes what is told and keeps it to itself."""


def length_s(passage):
    return LENGTH_S[passage.file.rpartition("/")[2]]


def test_the_configuration_names_the_music_and_the_library_beside_it(demo):
    read = config.load(demo / "box.toml")
    assert read.library.music_root == demo / "music"
    assert read.library.database == demo / "library.db"
    assert (read.settings["repeat"], read.settings["consume"]) == (True, False)


def test_all_passages_are_in_the_library_and_in_the_queue(library):
    stored = passages(library)
    queue = queries.queue(library)
    assert len(stored) == 10
    assert {p.file.rpartition("/")[2] for p in stored} == LENGTH_S.keys()
    assert [each["passage"] for each in queue["entries"]] == [p.id for p in stored]


def test_every_point_lies_inside_its_file(library):
    for passage in passages(library):
        assert passage.points.violations() == []
        last = passage.points.end or 0
        assert last <= length_s(passage) * TICKS_PER_SECOND, passage.title


def test_songs_and_cues_lie_inside_their_passage(library):
    for passage in passages(library):
        points = passage.points
        end_s = points.end / TICKS_PER_SECOND if points.end else length_s(passage)
        length = end_s * TICKS_PER_SECOND - (points.start or 0)
        assert passage.songs
        assert all(span.end <= length for span in passage.songs), passage.title
        assert all(cue.at < length for cue in passage.cues), passage.title


def test_neighbours_overlap_by_one_to_four_seconds_unless_they_are_one_album(library):
    line = passages(library)
    for before, after in zip(line, line[1:] + line[:1], strict=True):
        if None in (before.points.lead_out, before.points.end, after.points.lead_in):
            continue
        overlap = min(
            before.points.end - before.points.lead_out,
            after.points.lead_in - (after.points.start or 0),
        )
        assert 1000 <= ms_from_ticks(overlap) <= 4000, (before.title, after.title)


def test_one_passage_has_two_songs_with_a_gap_between(library):
    (harbour, mountain) = next(
        [span for span in p.songs if span.song]
        for p in passages(library)
        if p.title == "Two Postcards"
    )
    assert harbour.end < mountain.start


def test_the_album_is_two_tracks_that_follow_each_other(library):
    rising, falling = (p for p in passages(library) if p.album == "Tide")
    assert (rising.album, rising.track, falling.album, falling.track) == ("Tide", 1, "Tide", 2)


def test_a_demo_that_is_there_is_left_alone(demo):
    before = {path: path.stat().st_mtime_ns for path in demo.rglob("*")}
    box.prepare(demo, quiet)
    assert {path: path.stat().st_mtime_ns for path in demo.rglob("*")} == before


def test_a_demo_that_was_moved_finds_its_music_again(demo, tmp_path):
    moved = tmp_path / 'else "where"'
    moved.mkdir()
    shutil.copy(demo / "box.toml", moved)
    box.prepare(moved, quiet)
    assert config.load(moved / "box.toml").library.music_root == moved / "music"


def test_what_the_owner_wrote_into_the_file_stays(demo, tmp_path):
    file = tmp_path / "box.toml"
    file.write_text((demo / "box.toml").read_text() + '\n[audio]\ndevice = "hw:CARD=Box"\n')
    box.prepare(tmp_path, quiet)
    assert config.load(file).audio.device == "hw:CARD=Box"


def test_an_interrupted_demo_leaves_nothing_behind(tmp_path):
    def interrupt(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        box.prepare(tmp_path / "demo", interrupt)
    assert list(tmp_path.iterdir()) == []


def test_somebody_elses_folder_is_not_taken(demo, tmp_path, monkeypatch):
    theirs = tmp_path / "demo"
    theirs.mkdir()
    (theirs / "diary.txt").write_text("mine")
    monkeypatch.setattr(box, "render", lambda folder, tell: shutil.copytree(demo / "music", folder))
    with pytest.raises(LibraryError, match="no demo"):
        box.prepare(theirs, quiet)
    assert [path.name for path in tmp_path.rglob("*")] == ["demo", "diary.txt"]


def test_the_command_says_nothing_about_a_demo_that_is_there(demo):
    command = [sys.executable, "-m", "wkmp_pi.demo", demo]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
