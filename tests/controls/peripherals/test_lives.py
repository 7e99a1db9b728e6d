"""Many lives of a set of peripherals: whatever happens, they come to rest, on time or late.

``WKMP_PI_SEEDS`` says how many, if that is more than usual; the bench asks for 100,000.
"""

from __future__ import annotations

import os
from typing import NamedTuple

import pytest
from controls.peripherals.workbench import Workbench, defined
from hypothesis import given, settings
from hypothesis import strategies as st

from wkmp_pi.controls.peripherals.holds import Holder

TEXT = """
[[peripheral]]
id = "double"
kind = "double tap"
on = "button.pressed"
where = { button = "a" }
[[peripheral]]
id = "triple"
kind = "n-tap"
count = 3
on = "button.pressed"
where = { button = "a" }
[[peripheral]]
id = "held"
kind = "long"
on = "button.pressed"
where = { button = "b" }
until = { on = "button.released", where = { button = "b" } }
[[peripheral]]
id = "quiet"
kind = "long"
on = "button.*"
until = { on = "button.*" }
hold_ms = 700
[[peripheral]]
id = "both"
kind = "chord"
parts = [
  { on = "button.pressed", where = { button = "a" } },
  { on = "button.pressed", where = { button = "b" } },
]
[[peripheral]]
id = "clap"
kind = "simultaneous"
on = "button.pressed"
sources = ["a", "b"]
[[peripheral]]
id = "code"
kind = "sequence"
steps = [
  { on = "button.pressed", where = { button = "a" } },
  { on = "button.pressed", where = { button = "b" } },
  { on = "gesture.double", where = { peripheral = "double" } },
]
[[peripheral]]
id = "mirror"
kind = "gated mirror"
on = "gesture.*"
where = { peripheral = { has = true } }
open = { on = "button.pressed", where = { button = "b" } }
close = { on = "button.released", where = { button = "b" } }
publish = "mirror.told"
[[peripheral]]
id = "starter"
kind = "gated playlist"
on = "mirror.told"
playlist = "chime"
cancel_previous = true
[[peripheral]]
id = "value"
kind = "calibrated value"
on = "mirror.told"
fields = "data.count"
"""
DEFINITIONS = defined(TEXT)


many = settings(max_examples=max(int(os.environ.get("WKMP_PI_SEEDS", "0")), 200), deadline=None)


class Step(NamedTuple):
    button: str
    down: bool
    gap_ms: float
    late_ms: float


GAPS_MS = (0.0, 5.0, 10.0, 59.0, 60.0, 61.0, 270.0, 300.0, 300.001, 330.0, 600.0, 700.0, 1001.0)

steps = st.lists(
    st.builds(
        Step,
        st.sampled_from("ab"),
        st.booleans(),
        st.sampled_from(GAPS_MS),
        st.sampled_from((0.0, 0.0, 0.2, 20.0, 300.0)),
    ),
    max_size=25,
)


def lived(life: list[Step], *, late: bool = True) -> Workbench:
    bench, at_ms = Workbench(DEFINITIONS, hears_itself=True), 0.0
    for step in life:
        at_ms += step.gap_ms
        act = bench.press if step.down else bench.release
        act(at_ms, step.button, late_ms=step.late_ms if late else 0)
    return bench.rest()


@pytest.mark.timeout(3600)
@many
@given(steps)
def test_after_any_sequence_they_are_at_rest(life: list[Step]) -> None:
    bench = lived(life)
    assert bench.peripherals.deadline_ns is None
    assert bench.looped == 0


@given(steps)
def test_time_that_passes_changes_nothing_any_more(life: list[Step]) -> None:
    bench = lived(life)
    said = len(bench.outs)
    bench.until((bench.now_ns - 1_000_000_000) / 1e6 + 100_000)
    assert len(bench.outs) == said


@given(steps)
def test_the_same_life_is_the_same_once_more(life: list[Step]) -> None:
    assert lived(life).outs == lived(life).outs


@pytest.mark.timeout(3600)
@many
@given(steps, st.sampled_from((1.0, 100.0, 300.0)))
def test_a_steady_delay_changes_no_gesture(life: list[Step], late_ms: float) -> None:
    late = [step._replace(late_ms=late_ms) for step in life]
    assert stamped(lived(late)) == stamped(lived(life, late=False))


def stamped(bench: Workbench) -> list[tuple[str, str, int]]:
    """The gestures; not those that wait for a gesture, which itself has come late."""
    return sorted(
        (g.peripheral, g.gesture, g.at_ns) for g in bench.gestures if g.peripheral != "code"
    )


def test_lives_are_full_of_everything() -> None:
    """The progress floor."""
    life = [Step("a", True, 0, 0), Step("b", True, 5, 0), Step("a", True, 100, 0)]
    life += [Step("b", False, 700, 0), Step("a", True, 600, 0), Step("a", True, 60, 0)]
    life += [Step("a", True, 60, 0)]
    bench = lived(life)
    assert {g.peripheral for g in bench.gestures} >= {"double", "triple", "held", "clap", "both"}
    assert {"mirror.told", "peripheral.value"} <= set(bench.words)
    assert bench.commands


def test_one_that_never_comes_to_rest_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a hold that is told again and again."""
    monkeypatch.setattr(Holder, "due", lambda self, until_ns: [])
    with pytest.raises(AssertionError, match="never comes to rest"):
        lived([Step("b", True, 0, 0)])
