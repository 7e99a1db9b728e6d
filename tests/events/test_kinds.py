"""The table of events."""

import dataclasses
import json
import re
from typing import get_args

import pytest

from wkmp_pi.events import kinds
from wkmp_pi.events.kinds import KINDS, UNHEARD_NS, AnyEvent, Event, Heard, as_dict

ALL = pytest.mark.parametrize("kind", get_args(AnyEvent), ids=lambda kind: kind.__name__)


def test_every_event_has_a_name_of_its_own() -> None:
    assert len(KINDS) == len(get_args(AnyEvent))


def test_every_class_of_an_event_is_in_the_table() -> None:
    defined = {
        kind
        for kind in vars(kinds).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind not in (Event, Heard)
    }
    assert defined == set(KINDS.values())


@ALL
def test_a_name_is_a_thing_and_what_happened_to_it(kind: type[Event]) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", kind.name)
    assert kind.__doc__


@ALL
def test_an_event_is_handed_over_not_shared(kind: type[Event]) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)
    assert all(f.kw_only for f in dataclasses.fields(kind))


@ALL
def test_an_event_is_plain_data_with_its_name_first(kind: type[Event]) -> None:
    event = kind(**{f.name: 1 for f in dataclasses.fields(kind)})
    plain = as_dict(event)
    assert list(plain) == ["name", *(f.name for f in dataclasses.fields(kind))]
    assert plain["name"] == kind.name
    assert json.loads(json.dumps(plain)) == plain


@ALL
def test_what_is_heard_lacks_its_time_until_it_is(kind: type[Event]) -> None:
    if issubclass(kind, Heard):
        default = {f.name: f.default for f in dataclasses.fields(kind)}["heard_ns"]
        assert default == UNHEARD_NS
