"""What was recorded comes out again, byte for byte; and what has changed since is told."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from events.numbers import at_once, number
from events.toys import MS, VOCABULARY, Box, Do, Echo, Edge, at_rest, members
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import Custom, GestureMulti, MachinesStepped
from wkmp_pi.events.machines import Machines, Member, Vocabulary
from wkmp_pi.events.replay import replay

LATE_NS = st.integers(0, 30 * MS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("press"), st.sampled_from(["top", "side"]), LATE_NS),
        st.tuples(st.just("publish"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("handle"), LATE_NS, st.integers(1, 3)),
        st.tuples(st.just("wait"), st.integers(0, 400), LATE_NS),
    ),
    max_size=30,
)


def lived(steps: list[tuple[str, Any, int]]) -> Box:
    box = Box(members())
    for what, first, second in steps:
        if what == "press":
            box.press(first, second)
        elif what == "publish":
            box.publish(number(first))
        elif what == "handle":
            box.handle(first, second)
        else:
            box.wait(first, second)
    box.handle(0)
    box.wait(1000, 0)
    return box


def replayed(
    recording: list[bytes], vocabulary: Vocabulary = VOCABULARY, **changed: Any
) -> tuple[list[bytes], list[str]]:
    """The lines that come now, and the differences."""
    outcome = list(replay(recording, at_rest(**changed), vocabulary))
    return [line for r in outcome for line in r.lines], [d for r in outcome for d in r.differences]


@given(STEPS)
def test_the_same_machines_make_the_same_bytes_again(steps: list[tuple[str, Any, int]]) -> None:
    recording = lived(steps).recording()
    lines, differences = replayed(recording)
    assert differences == []
    assert b"".join(lines) == b"".join(recording)


PRESSED = [("press", "top", MS), ("wait", 100, MS), ("press", "top", 0), ("wait", 900, 7 * MS)]


def names(lines: list[bytes]) -> list[str]:
    found = [json.loads(line).get("event", {}).get("name", "") for line in lines]
    return [name for name in found if name not in ("", MachinesStepped.name)]


def test_what_is_replayed_is_made_anew_and_not_copied() -> None:
    recording = lived(PRESSED).recording()
    assert names(recording) == [
        "button.pressed", "button.pressed", "gesture.multi",
        "mine.said", "mine.again", "mine.again", "mine.said", "mine.again", "mine.again",
    ]  # fmt: skip
    nobody = list(replay(recording, Machines(()), VOCABULARY))
    assert names([line for r in nobody for line in r.lines]) == []
    told = [difference for r in nobody for difference in r.differences]
    assert len(told) == 9
    assert told[0] == "line 2: button.pressed does not come now"


def test_machines_that_were_changed_are_found_out() -> None:
    """The control: another window, and another word."""
    recording = lived(PRESSED).recording()
    lines, differences = replayed(recording, window_ms=90)
    assert names(lines).count("gesture.multi") == 2
    assert "comes now" in differences[0]
    _, differences = replayed(recording, said="mine.told")
    assert "mine.told in the place of mine.said comes now" in differences[0]


def test_a_change_of_one_number_is_found_out() -> None:
    recording = lived(PRESSED).recording()
    (line,) = [line for line in recording if b"gesture.multi" in line]
    recording[recording.index(line)] = line.replace(b'"count":2', b'"count":3')
    lines, differences = replayed(recording)
    assert line in lines
    assert differences == ["line 6: another gesture.multi comes now"]


def test_a_recording_that_began_too_late_says_what_is_missing() -> None:
    recording = lived(PRESSED).recording()
    (index,) = [n for n, line in enumerate(recording) if b"gesture.multi" in line]
    _, differences = replayed([recording[0], *recording[index + 1 :]])
    assert any("came before the recording" in difference for difference in differences)


@pytest.mark.flow
def test_threads_that_publish_meanwhile_change_nothing() -> None:
    box, living = Box(members()), threading.Event()

    def live() -> None:
        for n in range(50):
            box.press("top", n * MS)
            box.wait(40 + 7 * n, n * 1000)
        living.set()

    def publish() -> None:
        while not living.is_set():
            box.publish(number(1))
            box.publish(Custom(event="other.said", data={"n": [1.5, None]}))

    at_once(live, publish, publish)
    recording = box.recording()
    assert names(recording).count("gesture.multi") > 10
    lines, differences = replayed(recording)
    assert differences == []
    assert b"".join(lines) == b"".join(recording)


# --- steps -------------------------------------------------------------------------------------


def test_steps_are_noted_only_while_somebody_asks_for_them() -> None:
    box = Box(members())
    everything = box.bus.subscribe()
    box.bus.unsubscribe(box._recorder)
    box.press("top", 0)
    asking = box.bus.subscribe(MachinesStepped)
    box.press("top", 0)
    everything.close()
    assert {event.name for event in everything} == {"button.pressed"}
    step = asking.get(0)
    assert isinstance(step, MachinesStepped)
    assert step.given == {"edge": ("top", box.clock.ns)}
    assert len(step.made) == 1


def test_what_a_step_wants_is_done_in_its_order_and_before_what_that_leads_to() -> None:
    order: list[str] = []

    class Chain:
        deadline_ns: int | None = None

        def feed(self, item: Edge, now_ns: int) -> list[Any]:
            order.append(f"feed {item.button}")
            return [Do("one"), Do("two")] if item.button == "first" else []

        def due(self, now_ns: int) -> list[Any]:
            return []

    def act(out: Any) -> None:
        order.append(out.command)
        box.stage.feed(Edge(f"because of {out.command}", 0), 0)

    box = Box([Member(Chain(), (Edge,))])
    box.stage._act = act
    box.stage.feed(Edge("first", 0), 0)
    assert order == ["feed first", "one", "two", "feed because of one", "feed because of two"]


class Broken:
    """Raises whenever it is asked; its deadline is always over."""

    deadline_ns = 0

    def __init__(self) -> None:
        self.asked = 0

    def feed(self, item: Any, now_ns: int) -> list[Any]:
        raise ZeroDivisionError

    def due(self, now_ns: int) -> list[Any]:
        self.asked += 1
        raise ZeroDivisionError


def test_a_machine_that_raises_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    broken = Broken()
    box = Box([Member(broken, (Edge,)), *members()])
    box.press("top", 0)
    assert box.stage.deadline_ns == 0
    box.wait(1000, 0)
    assert broken.asked == 1
    assert "Broken: failed; it goes on" in caplog.text
    assert box.bus.latest("gesture.multi", "top") is not None
    assert box.stage.deadline_ns is None
    box.press("top", 0)
    assert box.stage.deadline_ns == 0


def test_a_loop_of_machines_ends_and_is_replayed() -> None:
    def loop() -> list[Member]:
        return [Member(Echo("mine.a", "mine.b", 1)), Member(Echo("mine.b", "mine.a", 1))]

    box = Box(loop())
    box.publish(Custom(event="mine.a"))
    for _ in range(20):
        box.handle(0)
        box.wait(10, 0)
    recording = box.recording()
    assert box.bus.looped > 0
    assert names(recording).count("alert.hop_limit") == 1
    outcome = list(replay(recording, Machines(loop()), VOCABULARY))
    assert [d for r in outcome for d in r.differences] == []
    assert [line for r in outcome for line in r.lines] == recording


# --- words for inputs --------------------------------------------------------------------------


def test_inputs_come_back_from_a_recording_as_they_were() -> None:
    edge = Edge("top", 5)
    plain = json.loads(json.dumps(VOCABULARY.encode(edge)))
    assert VOCABULARY.decode(plain) == edge
    union = Vocabulary({"edge": Edge, "order": Do | GestureMulti})
    assert union.decode(union.encode(Do("x"))) == Do("x")
    with pytest.raises(KeyError, match="int: has no word"):
        union.encode(5)


@pytest.mark.parametrize("given", [{}, {"jolt": 1}, {"edge": [1, 2]}, {"edge": [], "more": 1}])
def test_inputs_that_are_unknown_now_are_refused(given: dict[str, Any]) -> None:
    recording = lived([("press", "top", 0)]).recording()
    old, new = b'"given":{"edge":["top",1000000000]}', json.dumps(given).encode()
    changed = [line.replace(old, b'"given":' + new) for line in recording]
    assert changed != recording
    with pytest.raises(RequestError, match="line 3: machines were given what is unknown now"):
        replayed(changed)
