"""Times and names on a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.shown import clean, clock, columns, cut, named


def test_tags_cannot_steer_the_terminal() -> None:
    assert clean("a\x1b[31mb\r\n\x9b\u202e") == "a�[31mb����"
    assert clean("Ünïcode \U0001f469\u200d\U0001f4bb") == "Ünïcode \U0001f469\u200d\U0001f4bb"


def test_unknown_times_are_dashes() -> None:
    assert clock(None) == "-:--"
    assert clock(3_723_000) == "1:02:03"


def test_without_tags_the_file_gives_the_name() -> None:
    assert named({"title": "", "artist": "", "file": "/m/a b.flac"}) == "a b.flac"
    assert named({"title": "T\n", "artist": "A", "file": "/m/a.flac"}) == "A - T\ufffd"


def test_wide_letters_are_cut_between_letters() -> None:
    assert cut("日本語", 6) == "日本語"
    assert cut("日本語", 5) == "日本…"
    assert cut("日本語", 4) == "日…"
    assert cut("e\u0301tude", 3) == "e\u0301t…"
    assert [cut("ab", most) for most in (0, 1, 2)] == ["", "…", "ab"]


@given(st.text(), st.integers(0, 40))
def test_what_was_cut_fits(text: str, most: int) -> None:
    assert columns(cut(text, most)) <= most
