from __future__ import annotations

import pytest
from controls.gestures.hand import buttons, want, wants
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.config.pins import Encoder
from wkmp_pi.controls.gestures import Edge, Recogniser, compile_gestures
from wkmp_pi.controls.gestures.script import parse, played, stamped
from wkmp_pi.errors import RequestError

MS = 1_000_000


def test_a_script_is_read() -> None:
    text = """
    # a comment
    0     play down
    +80   play up      # another
    +20.5 up tap
    200   play tap 10
    """
    assert parse(text, "x") == [
        (0, "play", True),
        (80, "play", False),
        (100.5, "up", True),
        (180.5, "up", False),
        (200, "play", True),
        (210, "play", False),
    ]


def test_knobs_turn_both_ways() -> None:
    edges = parse("0 knob turn 1\n+100 knob turn -1\n", "x")
    assert edges == [
        (0, "knob.a", True),
        (10, "knob.b", True),
        (20, "knob.a", False),
        (30, "knob.b", False),
        (130, "knob.b", True),
        (140, "knob.a", True),
        (150, "knob.b", False),
        (160, "knob.a", False),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0 play", "found 2 words; expected when, which button and what"),
        ("x play tap", "found 'x'; expected milliseconds, such as 80 or +80"),
        ("-5 play tap", "found '-5'; expected milliseconds"),
        ("0 Play tap", "found 'Play'; expected the name of a button"),
        ("0 play click", "found 'click'; expected down, up, tap, tap MS or turn DETENTS"),
        ("0 play down 5", "found 'down 5'; expected down, up, tap"),
        ("0 play tap x", "found 'x'; expected milliseconds"),
        ("0 knob turn 0", "found '0'; expected detents, such as 3 or -3"),
        ("0 knob turn", "found 'turn'; expected down, up, tap"),
        ("999999 play tap", "found 999999 ms; expected at most 600000"),
    ],
)
def test_a_line_that_is_not_understood_is_told(line: str, words: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse(f"0 play tap\n{line}\n", "presses")
    assert str(refused.value).startswith(f"presses:2: {words}")


def test_all_wrong_lines_are_told_at_once() -> None:
    with pytest.raises(RequestError) as refused:
        parse("a\nb\n0 play tap\n", "x")
    assert len(str(refused.value).splitlines()) == 2


def test_a_script_without_end_is_refused() -> None:
    with pytest.raises(RequestError, match="found 1002 edges; expected at most 1000"):
        parse("+1 play tap\n" * 501, "x")


@given(st.text())
def test_any_text_is_edges_or_refused(text: str) -> None:
    try:
        edges = parse(text, "x")
    except RequestError:
        return
    assert edges == sorted(edges, key=lambda edge: edge[0])


def test_what_is_simulated_has_just_happened() -> None:
    assert stamped([(0, "a", True), (80, "a", False)], 500 * MS) == [
        Edge("a", True, 420 * MS),
        Edge("a", False, 500 * MS),
    ]
    assert stamped([], 0) == []


def test_a_simulation_tells_events_when_the_service_would() -> None:
    compiled = compile_gestures(
        buttons("play"),
        [*wants("single", "double"), want("turn", "knob")],
        [Encoder(name="knob", pin_a=5, pin_b=6)],
    )
    edges = stamped(parse("0 play tap\n+1000 knob turn 1\n", "x"), 1110 * MS)
    told = [(one.event.name, one.told_ns / MS) for one in played(Recogniser(compiled), edges)]
    assert told == [
        ("button.pressed", 5),
        ("button.released", 105),
        ("gesture.single", pytest.approx(380, abs=0.01)),
        ("gesture.turn", 1110),
    ]


def test_a_button_that_stays_down_ends_the_simulation_all_the_same() -> None:
    compiled = compile_gestures(buttons("play"), wants("long", "repeat"))
    edges = stamped(parse("0 play down\n", "x"), 10**12)
    told = list(played(Recogniser(compiled), edges))
    assert [one.event.name for one in told[:3]] == [
        "button.pressed",
        "gesture.long",
        "gesture.repeat",
    ]


def test_no_edges_are_no_events() -> None:
    assert list(played(Recogniser(compile_gestures([], [])), [])) == []
