"""Bytes of a message to a value, whatever bytes they are."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.controls.remote.payload import MAX_BYTES, BadPayloadError, read


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b"", None),
        (b"  \n", None),
        (b"40", 40),
        (b" 40 ", 40),
        (b"40.0", 40.0),
        (b"-5", -5),
        (b"+5", "+5"),
        (b"true", True),
        (b"toggle", "toggle"),
        (b"ON", "ON"),
        (b"null", None),
        (b"none", "none"),
        (b'"next"', "next"),
        (b"sleep_fade", "sleep_fade"),
        (b"2nd floor", "2nd floor"),
        ("Küche".encode(), "Küche"),
        (b'{"percent": 40}', {"percent": 40}),
        (b'{"text": "[[[[[[[[[[[[[[[[[[[["}', {"text": "[" * 20}),
        (rb'{"text": "\"[[[[[[[[[[[[[[[[[[[["}', {"text": '"' + "[" * 20}),
        (b'{"a": {"b": [1, 2]}}', {"a": {"b": [1, 2]}}),
    ],
)
def test_json_and_plain_values_are_taken(payload: bytes, value: Any) -> None:
    assert read(payload) == value


@pytest.mark.parametrize(
    ("payload", "reason", "why"),
    [
        (b"x" * (MAX_BYTES + 1), "too_long", "found 4097 bytes; expected at most 4096"),
        (b"\xff\xfe", "not_utf8", "a byte that is not UTF-8 at 0"),
        (b"a\0b", "bad_text", "a NUL character"),
        (rb'{"a": "\u0000"}', "bad_text", "a NUL or half a character"),
        (rb'{"\u0000": 1}', "bad_text", "a NUL or half a character"),
        (rb'{"a": ["\ud800"]}', "bad_text", "a NUL or half a character"),
        (b"{", "not_json", "broken JSON"),
        (b'{"a": 1,}', "not_json", "broken JSON"),
        (b'"open', "not_json", "broken JSON"),
        (b'{"a": 1} {"a": 2}', "not_json", "broken JSON"),
        (b'{"a": 1, "a": 2}', "not_json", "the same key twice"),
        (b'{"a": NaN}', "not_json", "found NaN"),
        (b'{"a": -Infinity}', "not_json", "found -Infinity"),
        (b'{"a": 1e999}', "not_json", "beyond all bounds"),
        (b'{"a": ' + b"9" * 400 + b"}", "not_json", "a number of 400 digits"),
        (b"9" * 4000, "not_json", "a number of 4000 digits"),
        (b"1e999", "not_json", "beyond all bounds"),
        (b"[1, 2]", "wrong_type", "found a list"),
        (b"[" * 4096, "too_deep", "more than 16 levels"),
        (b'{"a":' * 17 + b"1" + b"}" * 17, "too_deep", "more than 16 levels"),
    ],
)
def test_all_else_is_refused_with_a_word_for_the_counters(
    payload: bytes, reason: str, why: str
) -> None:
    with pytest.raises(BadPayloadError) as refused:
        read(payload)
    assert refused.value.reason == reason
    assert why in str(refused.value)


@given(st.binary(max_size=5000))
def test_whatever_bytes_come_are_a_value_or_refused(payload: bytes) -> None:
    with contextlib.suppress(BadPayloadError):
        value = read(payload)
        assert value is None or isinstance(value, (str, int, float, bool, dict))


@given(
    st.dictionaries(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
        st.integers(-(10**17), 10**17) | st.booleans() | st.none() | st.floats(-1e9, 1e9),
        max_size=8,
    )
)
def test_what_is_well_formed_arrives_as_it_was_written(value: dict[str, Any]) -> None:
    assert read(json.dumps(value).encode()) == value
