"""What the text of an item means."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.errors import RequestError
from wkmp_pi.passage import PassageId, Points
from wkmp_pi.sources.items import FileItem, PassageItem, ephemeral, parse_item
from wkmp_pi.units import TICKS_PER_SECOND, Ticks

S = TICKS_PER_SECOND


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("passage:12", PassageItem(PassageId(12))),
        ("/music/a.flac", FileItem("/music/a.flac")),
        ("album/01 Ünïcödé.flac", FileItem("album/01 Ünïcödé.flac")),
        ("a.flac#t=10.5,70", FileItem("a.flac", Ticks(10 * S + S // 2), Ticks(70 * S))),
        ("a.flac#t=,70", FileItem("a.flac", None, Ticks(70 * S))),
        ("a.flac#t=10.5", FileItem("a.flac", Ticks(10 * S + S // 2), None)),
        ("a.flac#t=0", FileItem("a.flac", Ticks(0), None)),
        ("a.flac#t=npt:1,2", FileItem("a.flac", Ticks(S), Ticks(2 * S))),
        ("a.flac#t=1:02:03.5,2:00:00", FileItem("a.flac", Ticks(7447 * S // 2), Ticks(7200 * S))),
        ("a.flac#t=1:30,02:00", FileItem("a.flac", Ticks(90 * S), Ticks(120 * S))),
        ("a.flac#t=3.", FileItem("a.flac", Ticks(3 * S), None)),
        ("Symphony #5.flac", FileItem("Symphony #5.flac")),
        ("Symphony #5.flac#t=1", FileItem("Symphony #5.flac", Ticks(S), None)),
        ("tea #t=4 two/a.flac", FileItem("tea #t=4 two/a.flac")),
        ("a#t=1.flac#t=0", FileItem("a#t=1.flac", Ticks(0), None)),
    ],
)
def test_an_item_is_a_passage_a_file_or_a_span(text: str, item: FileItem | PassageItem) -> None:
    assert parse_item(text) == item


@pytest.mark.parametrize(
    "span",
    [
        *["70,10", "5,5", ",0", "0,0.00000001", "-1", "-1,5", "nan", "inf", "1e3", "0x10", "1_0"],
        *["", ",", "10,", "1,2,3", "x", " 1", "٣", "1:60", "1:5", "10:590", "1:2:3:4"],
        *["9" * 10, "0." + "1" * 5000],
    ],
)
def test_a_bad_span_is_refused(span: str) -> None:
    with pytest.raises(RequestError, match=r"item .*; expected "):
        parse_item("a.flac#t=" + span)


@pytest.mark.parametrize(
    "text",
    [
        *["", "#t=1", "a\0b", "a\nb.flac", "a\r.flac#t=1", "passage:", "passage:0", "passage:-3"],
        *["passage:x", "passage:1.5", "passage: 1", "passage:٣", "passage:" + "9" * 5000],
    ],
)
def test_what_names_no_file_and_no_passage_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match=r"item .*; expected "):
        parse_item(text)


@given(st.decimals(min_value=0, max_value=10**6, allow_nan=False, places=12))
def test_seconds_become_the_nearest_tick(seconds: Decimal) -> None:
    item = parse_item(f"a.flac#t={seconds:f}")
    assert isinstance(item, FileItem)
    assert item.start is not None
    assert abs(item.start - Fraction(seconds) * S) <= Fraction(1, 2)


@given(st.integers(0, 2**45))
def test_every_tick_can_be_named_exactly(ticks: int) -> None:
    item = parse_item(f"a.flac#t={Decimal(ticks) / S:.12f}")
    assert item == FileItem("a.flac", Ticks(ticks), None)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_clock_time_is_the_same_as_seconds(h: int, m: int, s: int, ms: int) -> None:
    clock = parse_item(f"a#t={h}:{m:02}:{s:02}.{ms:03}")
    assert clock == parse_item(f"a#t={h * 3600 + m * 60 + s}.{ms:03}")


@given(st.text())
def test_any_text_is_an_item_or_is_refused(text: str) -> None:
    try:
        item = parse_item(text)
    except RequestError:
        return
    if isinstance(item, FileItem):
        assert text.startswith(item.path)
        assert item.end is None or (item.start or 0) < item.end


def test_an_ephemeral_passage_has_a_span_and_no_inner_points() -> None:
    passage = ephemeral(PassageId(-1), "/music/a.flac", Ticks(5), Ticks(9))
    assert passage.points == Points(start=Ticks(5), end=Ticks(9))
    assert (passage.id, passage.file, passage.songs) == (-1, "/music/a.flac", ())
    assert ephemeral(PassageId(-2), "/music/a.flac").points == Points()
