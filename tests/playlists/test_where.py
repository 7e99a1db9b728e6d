"""Predicates on the data of an event."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.config.rules import RefusedError
from wkmp_pi.playlists.where import ANYTHING, read

DATA = {
    "button": "play",
    "held_ms": 650,
    "muted": True,
    "buttons": ("up", "down"),
    "metadata": {"gesture": "double", "tags": ["a", "b"]},
    "song": None,
}


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"button": "play"},
        {"muted": True},
        {"buttons": ["up", "down"]},
        {"metadata": {"gesture": "double"}},
        {"held_ms": {"above": 600, "below": 700}},
        {"held_ms": {"at_least": 650, "at_most": 650}},
        {"held_ms": {"not": 651}},
        {"button": {"in": ["play", "next"]}},
        {"buttons": {"contains": "up"}},
        {"button": {"contains": "la"}},
        {"metadata": {"tags": {"contains": "b"}}},
        {"button": {"has": True}, "nothing": {"has": False}},
        {"song": {"has": False}},
        {"nothing": {"not": 1}},
        {"button": {"is": "play"}},
    ],
)
def test_what_holds(table):
    assert read(table).holds(DATA)


@pytest.mark.parametrize(
    "table",
    [
        {"button": "next"},
        {"muted": 1},
        {"held_ms": True},
        {"held_ms": "650"},
        {"buttons": ["down", "up"]},
        {"metadata": {"gesture": "single"}},
        {"metadata": {"gesture": {"deeper": "double"}}},
        {"held_ms": {"above": 650}},
        {"held_ms": {"above": 600, "below": 650}},
        {"button": {"above": 1}},
        {"nothing": {"at_least": 0}},
        {"nothing": "x"},
        {"button": {"in": ["next"]}},
        {"buttons": {"contains": "left"}},
        {"held_ms": {"contains": 6}},
        {"muted": {"not": True}},
        {"button": "play", "held_ms": 1},
    ],
)
def test_what_does_not(table):
    assert not read(table).holds(DATA)


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("play", 'found "play"; expected a table'),
        ({"x": {"above": "1"}}, 'found x.above = "1"; expected a number'),
        ({"x": {"at_most": True}}, "found x.at_most = true; expected a number"),
        ({"x": {"in": "play"}}, 'found x.in = "play"; expected an array'),
        ({"x": {"has": 1}}, "found x.has = 1; expected true or false"),
        ({"x": {"above": 1, "gesture": 2}}, "found operators beside other keys in x"),
    ],
)
def test_a_predicate_that_means_nothing_is_refused(table, found):
    with pytest.raises(RefusedError, match=found):
        read(table)


def test_of_data_that_is_known_in_part_it_says_what_is_possible():
    where = read({"playlist_id": "a", "reason": "completed"})
    assert where.may_hold({"playlist_id": "a"})
    assert not where.may_hold({"playlist_id": "b"})
    assert ANYTHING.may_hold({})


SIMPLE = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=2)


@given(
    st.dictionaries(st.sampled_from("abcd"), SIMPLE),
    st.dictionaries(st.sampled_from("abcd"), SIMPLE),
)
def test_what_holds_for_all_may_hold_for_any_part(wanted, data):
    where = read(wanted)
    if where.holds(data):
        for key in data:
            assert where.may_hold({k: v for k, v in data.items() if k != key})
