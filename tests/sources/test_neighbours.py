"""Which passages follow each other on an album."""

from dataclasses import replace

import pytest

from wkmp_pi.passage import Passage, PassageId, Points
from wkmp_pi.sources.neighbours import album_neighbours
from wkmp_pi.units import Ticks

A = Passage(id=PassageId(1), file="/m/Blue/01.flac", album="Blue", artist="Ann", disc=None, track=1)
B = replace(A, id=PassageId(2), file="/m/Blue/02.flac", track=2)


def test_the_next_track_of_an_album_follows() -> None:
    assert album_neighbours(A, B)


def test_case_and_blanks_of_names_do_not_matter() -> None:
    assert album_neighbours(A, replace(B, album=" BLUE ", artist="ann"))


@pytest.mark.parametrize(
    "b",
    [
        replace(B, album="Red"),
        replace(B, track=3),
        replace(B, track=1),
        replace(B, track=None),
        replace(B, disc=2),
        A,
    ],
)
def test_everything_else_on_an_album_is_crossfaded(b: Passage) -> None:
    assert not album_neighbours(A, b)


def test_an_album_does_not_follow_backwards() -> None:
    assert not album_neighbours(B, A)


@pytest.mark.parametrize("album", ["", "  "])
def test_passages_without_an_album_are_no_neighbours(album: str) -> None:
    assert not album_neighbours(replace(A, album=album), replace(B, album=album))


def test_the_next_disc_begins_with_its_first_track() -> None:
    last = replace(A, disc=1, track=12)
    assert album_neighbours(last, replace(B, disc=2, track=1, file="/m/Blue/CD2/01.flac"))
    assert album_neighbours(replace(last, disc=None), replace(B, disc=2, track=1))
    assert not album_neighbours(last, replace(B, disc=2, track=2))
    assert not album_neighbours(last, replace(B, disc=3, track=1))


def test_a_compilation_lies_in_one_folder() -> None:
    assert album_neighbours(A, replace(B, artist="Bob"))


def test_albums_of_one_name_by_two_artists_lie_in_two_folders() -> None:
    other = replace(B, artist="Bob", file="/m/Bob/02.flac")
    assert not album_neighbours(A, other)
    assert album_neighbours(A, replace(other, artist=""))
    assert album_neighbours(A, replace(other, artist="Ann"))


def test_spans_of_one_file_follow_where_they_meet() -> None:
    side = replace(A, file="/m/Blue/side-a.flac", track=None)
    first = replace(side, points=Points(end=Ticks(700)))
    assert album_neighbours(first, replace(side, points=Points(start=Ticks(700))))
    assert not album_neighbours(first, replace(side, points=Points(start=Ticks(701))))
    assert not album_neighbours(side, side)


def test_without_track_numbers_the_names_of_the_files_count() -> None:
    def untagged(file: str) -> Passage:
        return replace(A, file=file, track=None)

    assert album_neighbours(untagged("/m/Blue/01 x.mp3"), untagged("/m/Blue/02 y.mp3"))
    assert not album_neighbours(untagged("/m/Blue/01 x.mp3"), untagged("/m/Blue/03 y.mp3"))
    assert not album_neighbours(untagged("/m/Blue/01 x.mp3"), untagged("/m/Red/02 y.mp3"))
    assert not album_neighbours(untagged("/m/Blue/x.mp3"), untagged("/m/Blue/y.mp3"))
