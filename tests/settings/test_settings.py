"""Settings: what is taken, what is refused, and in which words."""

import dataclasses
import json
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.errors import RequestError
from wkmp_pi.passage import CurvePair
from wkmp_pi.settings import ABOUT, About, Settings, changed, parse

ALL = pytest.mark.parametrize("about", ABOUT.values(), ids=list(ABOUT))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def values(about: About) -> list[Any]:
    """The ends of what is taken."""
    if issubclass(about.type, StrEnum):
        return list(about.type)
    return [False, True] if about.type is bool else [about.low, about.high]


@ALL
def test_every_setting_is_described(about: About) -> None:
    assert about.text
    assert type(about.default) is about.type
    assert about.type in (bool, int) or issubclass(about.type, StrEnum)
    assert (about.type is int) == (about.low is not None) == (about.high is not None)


def test_every_field_is_a_setting() -> None:
    assert {f.name for f in dataclasses.fields(Settings)} == set(ABOUT)
    assert {key: getattr(Settings(), key) for key in ABOUT} == {
        key: about.default for key, about in ABOUT.items()
    }


@ALL
def test_a_value_is_taken_as_itself_as_json_and_as_text(about: About) -> None:
    for value in [about.default, *values(about)]:
        for form in (value, json.loads(json.dumps(value)), json.dumps(value), str(value).lower()):
            taken = parse(about.key, form)
            assert taken == value
            assert type(taken) is about.type


@ALL
def test_a_value_out_of_range_is_refused(about: About) -> None:
    bad = [about.low - 1, about.high + 1] if about.low is not None and about.high else ["other"]
    for value in (*bad, None, [], {}, 0.5, float("nan"), "", "NaN", "1e1"):
        with pytest.raises(RequestError, match=f"setting {about.key}: found .*; expected .*; the"):
            parse(about.key, value)


@given(st.sampled_from(list(ABOUT)), JSON)
def test_whatever_comes_is_taken_as_its_type_or_refused(key: str, value: Any) -> None:
    try:
        taken = parse(key, value)
    except RequestError:
        return
    assert type(taken) is ABOUT[key].type


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("on", True), ("ON", True), ("yes", True), ("true", True)],
        *[("off", False), ("No", False), ("false", False)],
    ],
)
def test_a_switch_understands_the_words_for_it(text: str, value: bool) -> None:
    assert parse("repeat", text) is value


def test_a_number_is_no_switch_and_a_switch_no_number() -> None:
    for key, value in (("repeat", 1), ("repeat", "1"), ("crossfade_ms", True)):
        with pytest.raises(RequestError):
            parse(key, value)


def test_a_misspelt_key_is_told_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"crossfad_ms: not known.*did you mean crossfade_ms"):
        parse("crossfad_ms", 1)
    with pytest.raises(RequestError, match="see: wkmp-pi settings"):
        parse("zzz", 1)


@pytest.mark.parametrize("value", ["[" * 200_000, "9" * 5000, "x" * 100_000, ["y" * 100_000]])
def test_a_monstrous_value_is_refused_in_few_words(value: Any) -> None:
    with pytest.raises(RequestError) as refused:
        parse("crossfade_ms", value)
    assert len(str(refused.value)) < 300
    with pytest.raises(RequestError) as refused:
        parse("k" * 100_000, value)
    assert len(str(refused.value)) < 300


def test_a_change_makes_other_settings_and_leaves_the_old() -> None:
    before = Settings()
    after = changed(before, "curve_pair", "equal_power")
    assert (before.curve_pair, after.curve_pair) == (Settings().curve_pair, CurvePair.EQUAL_POWER)
    assert dataclasses.replace(after, curve_pair=before.curve_pair) == before
    with pytest.raises(RequestError):
        changed(before, "crossfade_ms", -1)
