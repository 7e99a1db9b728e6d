"""All playlists together: what is broken changes nothing, and company matters."""

from __future__ import annotations

import time

import pytest
from playlists.clockwork import FOLDER, book_of, good_book

from wkmp_pi.errors import ConfigError, RequestError
from wkmp_pi.playlists.book import EMPTY, Source, revised
from wkmp_pi.playlists.company import missing
from wkmp_pi.playlists.definition import MAX_PLAYLISTS

STEP = '[[step]]\nevent = "{}.one"\n'
A = STEP.format("a")
B_AFTER_A = '[[trigger]]\nevent = "a.one"\n' + STEP.format("b")


def test_a_playlist_is_added_changed_and_removed():
    book = good_book(a=A)
    assert list(book.playlists) == ["a"]
    book = book_of(book, a='name = "Other"\n' + A)
    assert book.get("a").name == "Other"
    assert book.get("a").id == "a"
    assert book_of(book, a=None).playlists == {}


def test_what_is_broken_is_refused_and_the_old_one_stays():
    book = book_of(good_book(a=A), a=A + "repeat = 0")
    assert book.get("a") == good_book(a=A).get("a")
    (problem,) = book.problems
    assert problem.startswith(f"{FOLDER}/a.toml:3: step 1: repeat: found 0; expected")
    assert book_of(book, a=A).problems == ()


def test_a_problem_stays_visible_while_other_files_change():
    book = book_of(book_of(a="x"), b=STEP.format("b"))
    assert [problem.split(":")[0] for problem in book.problems] == [f"{FOLDER}/a.toml"]
    assert book_of(book, a=None).problems == ()


def test_a_file_that_can_not_be_read_is_refused_like_a_broken_one():
    source = Source(FOLDER / "a.toml", ConfigError("playlists/a.toml: Permission denied; …; …"))
    book = revised(good_book(a=A), {"a": source})
    assert list(book.playlists) == ["a"]
    assert book.problems == ("playlists/a.toml: Permission denied; …; …",)


def test_an_event_that_nothing_publishes_is_a_problem():
    book = book_of(b=B_AFTER_A.replace("a.one", "a.on"), a=A)
    assert list(book.playlists) == ["a"]
    (problem,) = book.problems
    assert problem.startswith(f'{FOLDER}/b.toml:2: trigger 1: event: found "a.on", which nothing')
    assert problem.endswith("did you mean a.one?")


@pytest.mark.parametrize(
    ("key", "table"),
    [
        ("interrupt", '[[interrupt]]\nevent = "gesture.duoble"\n'),
        ("trigger", '[[trigger]]\nevent = "gestures.*"\n'),
        ("step", '[[step]]\nevent = "b.b"\nwait = { event = "no.such", deadline_s = 1 }\n'),
    ],
)
def test_the_same_holds_for_whatever_is_waited_for(key, table):
    (problem,) = book_of(b=table + STEP.format("b")).problems
    assert f"{key} 1: " in problem
    assert "which nothing publishes" in problem


def test_events_from_outside_are_named_by_the_file_or_by_the_box():
    text = '[[trigger]]\nevent = "door.rung"\n' + STEP.format("b")
    assert len(book_of(b=text).problems) == 1
    assert book_of(b='foreign = ["door.rung"]\n' + text).problems == ()
    assert book_of(known=("door.rung",), b=text).problems == ()


def test_the_order_in_which_files_come_does_not_matter():
    book = book_of(b=B_AFTER_A)
    assert book.playlists == {}
    assert len(book.problems) == 1
    book = book_of(book, a=A)
    assert list(book.playlists) == ["a", "b"]
    assert book.problems == ()


def test_one_that_loses_what_it_needs_stays_with_a_problem():
    book = book_of(good_book(a=A, b=B_AFTER_A), a=None)
    assert list(book.playlists) == ["b"]
    (problem,) = book.problems
    assert "which nothing publishes" in problem
    assert book_of(book, a=A).problems == ()


def test_playlists_that_start_each_other_are_refused():
    a = '[[trigger]]\nevent = "c.one"\n' + A
    c = '[[trigger]]\nevent = "b.one"\n' + STEP.format("c")
    book = book_of(a=a, b=B_AFTER_A, c=c)
    assert book.playlists == {}
    assert len(book.problems) == 3
    assert "a.toml:3: step 1: found playlists that start each other (a → b → c → a)" in "".join(
        book.problems
    )
    (after,) = book_of(good_book(a=A, b=B_AFTER_A), a=a, c=c).problems[-1:]
    assert "start each other" in after
    assert list(book_of(good_book(a=A, b=B_AFTER_A), a=a, c=c).playlists) == ["a", "b"]


def test_playlists_that_start_each_other_by_command_are_refused_unless_time_passes():
    start = '[[step]]\ncommand = "playlist.start"\ndata.playlist = "{}"\noffset_s = {}\n'
    assert len(book_of(a=start.format("b", 0), b=start.format("a", 0)).problems) == 2
    assert len(book_of(a=start.format("a", 0)).problems) == 1
    assert book_of(a=start.format("b", 0), b=start.format("a", 60)).problems == ()


def test_a_playlist_that_starts_one_that_is_not_there_is_refused():
    text = '[[step]]\ncommand = "playlist.start"\ndata.playlist = "chimes"\n'
    (problem,) = book_of(a=text, chime=STEP.format("c")).problems
    assert 'a.toml:3: step 1: data.playlist: found "chimes", which is no playlist' in problem
    assert problem.endswith("did you mean chime?")


def test_more_playlists_than_there_is_room_for_are_refused():
    texts = {f"p{number:04}": STEP.format("a") for number in range(MAX_PLAYLISTS + 3)}
    book = book_of(**texts)
    assert len(book.playlists) == MAX_PLAYLISTS
    assert len(book.problems) == 3
    assert "found 203 playlists; expected at most 200" in book.problems[0]
    assert book_of(book, p0000=None, p0001=None, p0002=None).problems == ()


def test_two_hundred_playlists_are_judged_quickly():
    texts = {
        f"p{n:03}": f'[[trigger]]\nevent = "p{n:03}.go"\n[[trigger]]\nevent = "gesture.*"\n'
        + "".join(f'[[step]]\nevent = "e{n}.n{i}"\n' for i in range(20))
        for n in range(200)
    }
    begin = time.process_time()
    revised(EMPTY, {}, ())
    book = book_of(known=tuple(f"p{n:03}.go" for n in range(200)), **texts)
    assert len(book.playlists) == 200
    assert time.process_time() - begin < 10


def test_a_playlist_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(RequestError, match="playlist chimes: not known; expected one of chime;"):
        good_book(chime=A).get("chimes")
    with pytest.raises(RequestError, match="none at all"):
        EMPTY.get("chimes")


def test_music_that_is_not_there_now_is_a_warning():
    text = '[[step]]\ncommand = "enqueue"\ndata.items = ["a.flac", "b.flac"]'
    book = good_book(a=text)
    (fault,) = missing(book.playlists.values(), lambda item: item == "a.flac", ())
    assert book.entries["a"].lines.problem(fault.path, fault.what) == (
        f'{FOLDER}/a.toml:1: step 1: found "b.flac", which is not there now; '
        "expected music; it is passed over"
    )


def test_parts_that_the_box_does_not_have_are_a_warning():
    light = '[[step]]\ncommand = "light"\ndata = { light = "red", on = true }\n'
    book = good_book(a='needs = ["relay:amp"]\n' + light)
    faults = list(missing(book.playlists.values(), lambda _: True, ()))
    assert [fault.path for fault in faults] == [("needs",), ("step", "0")]
    assert faults[0].what == (
        "found relay:amp, which box.toml does not declare; expected it; it never starts"
    )
    assert faults[1].what.endswith("expected it; it is passed over")
    assert not list(missing(book.playlists.values(), lambda _: True, ("relay:amp", "light:red")))
