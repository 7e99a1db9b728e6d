from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.decode.tags import cleaned, tags_from


def test_names_are_found_in_any_case() -> None:
    tags = tags_from({"TITLE": "T", "Artist": "A", "ALBUMARTIST": "B", "TRACKNUMBER": "07"})

    assert (tags["title"], tags["artist"], tags["album_artist"], tags["track"]) == (
        "T",
        "A",
        "B",
        7,
    )
    assert (tags["album"], tags["disc"]) == ("", None)


def test_numbers_are_numbers_or_nothing() -> None:
    assert tags_from({"track": "3/12", "disc": " 2 "})["track"] == 3
    for text in ("", "x", "/3", "-1", "99999999999", "A1"):
        assert tags_from({"track": text})["track"] is None, text


def test_control_and_direction_marks_are_taken_out() -> None:
    assert cleaned(" a\nb\x00c\u202ed\u2028e\x1b[31m ") == "abcde[31m"


def test_a_title_of_a_megabyte_is_cut() -> None:
    assert len(cleaned("x" * (1 << 20))) == 1000


@given(st.text(max_size=3000))
def test_any_text_becomes_one_short_printable_line(text: str) -> None:
    line = cleaned(text)

    assert len(line) <= 1000
    assert "\n" not in line
    assert "\x00" not in line
    assert cleaned(line) == line
