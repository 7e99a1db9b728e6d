"""Whatever is done to a panel: when all hands are off, it comes to rest by itself."""

from __future__ import annotations

import pytest
from controls.gestures.hand import MS, START, Hand, buttons, want, wants
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from wkmp_pi.config.pins import Encoder, Mode
from wkmp_pi.controls.gestures import Edge, Level, Recogniser, Storm, compile_gestures

NAMES = ("play", "up", "down")
EVERY = ("press", "release", "single", "double", "triple", "long", "repeat")
CHORDS = [want("chord", "up", "down"), want("simultaneous", "play", "up"), want("chord", *NAMES)]
CODES = [want("sequence", "up", "up", "down", id="x"), want("sequence", "play", "up", id="y")]
ALL = [*(w for name in NAMES for w in wants(*EVERY, button=name)), *CHORDS, *CODES]
KNOB = Encoder(name="knob", pin_a=20, pin_b=21)

BUTTON = st.sampled_from(NAMES)
WAIT_MS = st.one_of(
    st.sampled_from((0, 1, 4, 5, 19, 20, 24, 25, 59, 60, 61, 299, 300, 301, 600, 1000)),
    st.floats(0, 2000, allow_nan=False),
)


class Panel(RuleBasedStateMachine):
    """Edges at any moment, some of them lost, late or untrue."""

    def __init__(self) -> None:
        super().__init__()
        there = [
            *buttons("play", "up"),
            *buttons("down", mode=Mode.EAGER),
        ]
        self.hand = Hand(ALL, there, encoders=[KNOB])
        self.down = dict.fromkeys(NAMES, False)
        self.at_ms = 0.0

    @rule(button=BUTTON, wait_ms=WAIT_MS, lost=st.booleans())
    def change(self, button: str, wait_ms: float, lost: bool) -> None:
        self.wait(wait_ms)
        self.down[button] = not self.down[button]
        if lost:
            self.hand.lost.add((button, round(self.at_ms)))
        self.hand.edge(self.at_ms, button, self.down[button])

    @rule(button=BUTTON, late_ms=st.floats(0, 400), down=st.booleans())
    def tell_something_old(self, button: str, late_ms: float, down: bool) -> None:
        at_ns = START + round(max(self.at_ms - late_ms, 0) * MS)
        self.hand.send(Edge(button, down, at_ns), START + round(self.at_ms * MS))

    @rule(pin=st.sampled_from("ab"), down=st.booleans(), wait_ms=WAIT_MS)
    def turn(self, pin: str, down: bool, wait_ms: float) -> None:
        self.wait(wait_ms)
        now_ns = START + round(self.at_ms * MS)
        self.hand.send(Edge(f"knob.{pin}", down, now_ns), now_ns)

    @rule(button=BUTTON, wait_ms=WAIT_MS)
    def storm(self, button: str, wait_ms: float) -> None:
        self.wait(wait_ms)
        now_ns = START + round(self.at_ms * MS)
        self.hand.send(Storm(button, 5000.0, now_ns), now_ns)
        self.wait(250)
        self.look(button)

    @rule(button=BUTTON)
    def look(self, button: str) -> None:
        now_ns = START + round(self.at_ms * MS)
        self.hand.send(Level(button, self.down[button], now_ns), now_ns)

    @rule(wanted=st.lists(st.sampled_from(ALL), unique_by=id))
    def want_something_else(self, wanted: list[object]) -> None:
        self.wait(0)
        compiled = compile_gestures(buttons(*NAMES), wanted, [KNOB])  # type: ignore[arg-type]
        self.hand.adopt(compiled)

    @rule(wait_ms=WAIT_MS)
    def wait(self, wait_ms: float) -> None:
        self.at_ms += wait_ms
        self.hand.until(self.at_ms)

    def teardown(self) -> None:
        self.wait(1000)
        for name in NAMES:  # a finger on each, and off again: also what was lost is over now
            self.hand.edge(self.at_ms, name, True).edge(self.at_ms + 40, name, False)
        self.wait(40)
        self.hand.rest(20_000)
        for name in NAMES:
            told = [e.name for e in self.hand.events if getattr(e, "button", "") == name]
            turns = [word for word in told if word in ("button.pressed", "button.released")]
            assert turns == ["button.pressed", "button.released"] * (len(turns) // 2)


TestPanel = pytest.mark.timeout(300)(Panel.TestCase)
TestPanel.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


def test_a_button_that_is_never_let_go_is_not_at_rest() -> None:
    """The control: the assertion of all these tests can fail."""
    recogniser = Recogniser(compile_gestures(buttons("play"), ALL[:3]))
    recogniser.feed(Edge("play", True, START), START)
    recogniser.due(START + 10_000 * MS)
    assert not recogniser.at_rest
