"""Values of the command line: what is taken, what is refused, and in which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.cli.values import BadValue, clock_ms, number_above_zero, whole, word
from wkmp_pi.shown import clock


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0", 0),
        ("61", 61_000),
        ("61.5", 61_500),
        ("1:01", 61_000),
        ("1:01.25", 61_250),
        ("90:00", 5_400_000),
        ("1:02:03", 3_723_000),
        ("720:00:00", 2_592_000_000),
    ],
)
def test_times_are_taken_in_all_usual_spellings(text, ms):
    assert clock_ms(text) == ms


@pytest.mark.parametrize(
    "text", ["", "-1", "1:60", "1:60:00", ":30", "1:", "1:2:3:4", "abc", "1e3", "nan", "721:00:00"]
)
def test_other_times_are_refused_with_examples(text):
    with pytest.raises(BadValue, match=r"expected a time like 61, 61\.5, 1:01 or 1:02:03"):
        clock_ms(text)


@given(st.integers(0, 2_592_000))
def test_what_is_printed_as_a_time_is_taken_as_the_same_time(seconds):
    assert clock_ms(clock(seconds * 1000)) == seconds * 1000


@given(st.text(max_size=12))
def test_any_text_is_a_value_or_refused(text):
    for read in (clock_ms, whole(0, 9), number_above_zero(9, "seconds"), word("S16")):
        try:
            read(text)
        except BadValue as error:
            assert "expected" in str(error)  # noqa: PT017 a value is a good outcome too


def test_whole_numbers_know_their_bounds():
    assert whole(8000, 192_000)("8000") == 8000
    assert whole(-5, 5)("-5") == -5
    for text in ("7999", "192001", "44100.0", "0x10", "4_4100", "٣٣٣٣٣", "9" * 5000):
        with pytest.raises(BadValue, match="expected a whole number from 8000 to 192000 Hz"):
            whole(8000, 192_000, "Hz")(text)


def test_numbers_above_zero_are_finite():
    assert number_above_zero(100, "seconds")("0.5") == 0.5
    for text in ("0", "-1", "nan", "inf", "1e9", "x"):
        with pytest.raises(BadValue, match="a number of seconds above 0, at most 100"):
            number_above_zero(100, "seconds")(text)


def test_words_may_be_capitalised_as_one_likes():
    assert word("S16", "F32")("s16") == "S16"
    with pytest.raises(BadValue, match="expected one of S16, F32"):
        word("S16", "F32")("S20")
