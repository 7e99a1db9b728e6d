from __future__ import annotations

import pytest
from controls.gestures.hand import buttons, want, wants

from wkmp_pi.config.pins import Button, Encoder, Mode
from wkmp_pi.controls.gestures import Wanted, compile_gestures

THERE = buttons("play", "up", "down")
CHORD = want("chord", "up", "down")


@pytest.mark.parametrize(
    ("wanted", "button", "delay"),
    [
        ([], "play", (5, "a press counts when it is stable (glitch_ms)")),
        (wants("press"), "play", (5, "a press counts when it is stable (glitch_ms)")),
        (wants("single"), "play", (25, "a release is debounced (debounce_ms)")),
        (wants("double"), "play", (25, "a release is debounced (debounce_ms)")),
        (wants("single", "long"), "play", (25, "a release is debounced (debounce_ms)")),
        (wants("single", "double"), "play", (300, "a single waits for a double (gap_ms)")),
        (
            wants("single", "double", "triple"),
            "play",
            (300, "a single waits for a triple (gap_ms)"),
        ),
        (
            [*wants("double"), want("multi", count=5)],
            "play",
            (300, "a double waits for a 5-fold press (gap_ms)"),
        ),
        (
            [*wants("press", button="up"), CHORD],
            "up",
            (60, "a press waits for a chord with down (chord_ms)"),
        ),
        ([CHORD], "up", (5, "a press counts when it is stable (glitch_ms)")),
        (
            [CHORD, want("chord", "up", "down", "play")],
            "up",
            (60, "a smaller chord waits for a chord with down and play (chord_ms)"),
        ),
        (
            [*wants("press", "single", "double", button="up"), CHORD],
            "up",
            (300, "a single waits for a double (gap_ms)"),
        ),
        (
            [want("sequence", "play", "up", id="x"), *wants("single")],
            "play",
            (25, "a release is debounced (debounce_ms)"),
        ),
    ],
)
def test_the_worst_delay_of_a_button_is_told_with_its_reason(
    wanted: list[Wanted], button: str, delay: tuple[int, str]
) -> None:
    assert compile_gestures(THERE, wanted).worst_added_delay(button) == delay


def test_an_eager_button_waits_for_nothing_but_its_contacts() -> None:
    eager = [Button(name="play", pin=2, mode=Mode.EAGER)]
    compiled = compile_gestures(eager, wants("single", "double", "press"))
    assert compiled.worst_added_delay("play").ms == 25


def test_there_is_no_delay_of_a_button_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        compile_gestures(THERE, []).worst_added_delay("gone")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (want("doubel"), "not known; expected one of chord, double"),
        (want("double", "pause"), "found pause; expected a button of box.toml (down, play, up)"),
        (want("turn", "play"), "found play; expected an encoder of box.toml (knob)"),
        (want("double", "play", "up"), "found 2 buttons; expected one"),
        (want("chord", "play"), "expected at least two different buttons"),
        (want("chord", "play", "play"), "expected at least two different buttons"),
        (want("sequence", "play"), "found 1 steps; expected 2 to 64"),
        (want("multi"), "found a count of 0; expected 1 to 10"),
        (want("multi", count=11), "found a count of 11; expected 1 to 10"),
    ],
)
def test_what_cannot_be_is_told_and_left_out(wrong: Wanted, words: str) -> None:
    knob = Encoder(name="knob", pin_a=5, pin_b=6)
    compiled = compile_gestures(THERE, [wrong, want("double")], [knob])
    (problem,) = compiled.problems
    assert problem.startswith(f"gesture {wrong.gesture} of {'+'.join(wrong.buttons)}: ")
    assert words in problem
    assert compiled.plans["play"].counts == {2}


def test_codes_that_begin_alike_are_remarked_upon() -> None:
    wanted = [want("sequence", *"uud", id="long"), want("sequence", *"uu", id="short")]
    (remark,) = compile_gestures(buttons("u", "d"), wanted).remarks
    assert remark.startswith("sequence long: begins with the whole of sequence short;")


def test_multi_of_two_is_a_double_under_its_own_word() -> None:
    compiled = compile_gestures(THERE, [want("multi", count=2), want("double")])
    assert compiled.plans["play"].counts == {2}
    assert [w.gesture for w in compiled.owners["taps", "play", 2]] == ["multi", "double"]
