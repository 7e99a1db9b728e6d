from __future__ import annotations

import re
from pathlib import Path

import pytest

from wkmp_pi.config import toml_file, wiring
from wkmp_pi.config.pins import Button, Encoder, Gpio, Light, Mode, Relay, Wiring
from wkmp_pi.config.tables import Lines, Reading, places_of

FILE = Path("box.toml")

WHOLE = """
[gpio]
chip = 4
chord_ms = 80
simultaneous_ms = 15
step_gap_ms = 900
sequence_ms = 8000
retry_s = 10

[[button]]
name = "play"
pin = 17

[[button]]
name = "stop"
pin = 27
pull_up = false
glitch_ms = 4
debounce_ms = 30
shortest_ms = 15
gap_ms = 150
hold_ms = 800
repeat_after_ms = 400
repeat_ms = 120
fastest_ms = 40
mode = "eager"

[[encoder]]
name = "knob"
pin_a = 5
pin_b = 6
steps_per_detent = 2
reversed = true

[[light]]
name = "status"
pin = 22
shows = "playing"

[[light]]
name = "mood"
red = 12
green = 13
blue = 16
active_low = true
frequency_hz = 200

[[relay]]
name = "amplifier"
pin = 26
on = true
"""


def read(text: str) -> tuple[Wiring, list[str]]:
    reading = Reading(Lines(FILE, places_of(text)))
    found = wiring.read(reading, toml_file.parse(text.encode(), FILE).values)
    return found, [problem for _, problem in sorted(reading.problems)]


def test_a_whole_wiring_is_read() -> None:
    found, problems = read(WHOLE)
    assert problems == []
    assert found == Wiring(
        gpio=Gpio(
            chip=4,
            chord_ms=80,
            simultaneous_ms=15,
            step_gap_ms=900,
            sequence_ms=8000,
            retry_s=10,
        ),
        buttons=(
            Button(name="play", pin=17),
            Button(
                name="stop",
                pin=27,
                pull_up=False,
                active_low=False,
                glitch_ms=4,
                debounce_ms=30,
                shortest_ms=15,
                gap_ms=150,
                hold_ms=800,
                repeat_after_ms=400,
                repeat_ms=120,
                fastest_ms=40,
                mode=Mode.EAGER,
            ),
        ),
        encoders=(Encoder(name="knob", pin_a=5, pin_b=6, steps_per_detent=2, reversed=True),),
        lights=(
            Light(name="status", pins=(22,), shows="playing"),
            Light(name="mood", pins=(12, 13, 16), active_low=True, frequency_hz=200),
        ),
        relays=(Relay(name="amplifier", pin=26, on=True),),
    )
    assert list(found.pins()) == [17, 27, 5, 6, 22, 12, 13, 16, 26]


def test_a_box_without_pins_has_no_wiring() -> None:
    found, problems = read('[audio]\ndevice = "auto"\n[gpio]\nchip = "auto"\n')
    assert (found, problems) == (Wiring(), [])
    assert not found


BUTTON = '[[button]]\nname = "play"\npin = 17\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[button]]\npin = 17", "1: button 1: found no name; expected one; write name"),
        ('[[button]]\nname = "play"', "1: button 1: found no pin; expected one; write pin = 17"),
        (
            '[[button]]\nname = "Play"\npin = 17',
            '2: button 1: name: found "Play"; expected a-z, then at most 31 of a-z',
        ),
        (
            '[[button]]\nname = "play"\npin = "17"',
            '3: button 1: pin: found "17"; expected the number of a GPIO, as in pin = 17',
        ),
        (BUTTON + "pin_a = 3", "4: button 1: pin_a: found a key that is not known; .*"),
        (BUTTON + "gap_ms = 149", "4: button 1: gap_ms: found 149; expected .* from 150 to 800 ms"),
        (BUTTON + "gap_ms = 801", "4: button 1: gap_ms: found 801; expected .* from 150 to 800 ms"),
        (BUTTON + "hold_ms = true", "4: button 1: hold_ms: found true; expected a whole number"),
        (
            BUTTON + 'mode = "greedy"',
            '4: button 1: mode: found "greedy"; expected one of exclusive, eager',
        ),
        (
            BUTTON + "glitch_ms = 20\ndebounce_ms = 19",
            "4: button 1: glitch_ms: found 20; expected at most debounce_ms, 19; lower it",
        ),
        (
            BUTTON + "repeat_ms = 50\nfastest_ms = 60",
            "5: button 1: fastest_ms: found 60; expected at most repeat_ms, 50",
        ),
        (
            BUTTON + '\n[[button]]\nname = "play"\npin = 27',
            "6: button 2: name: found play, which button 1 is called, too; expected a name of its",
        ),
        (
            BUTTON + '[[encoder]]\nname = "play"\npin_a = 5\npin_b = 6',
            "5: encoder 1: name: found play, which button 1 is called, too",
        ),
        (
            '[[encoder]]\nname = "knob"\npin_a = 5',
            "1: encoder 1: found no pin_b; expected one; write pin_b = 6",
        ),
        (
            '[[encoder]]\nname = "k"\npin_a = 5\npin_b = 6\nsteps_per_detent = 3',
            "5: encoder 1: steps_per_detent: found 3; expected 1, 2 or 4",
        ),
        (
            '[[light]]\nname = "l"',
            "1: light 1: found no pins; expected either pin, or red, green and blue",
        ),
        (
            '[[light]]\nname = "l"\nred = 5\ngreen = 6',
            "1: light 1: found red, green; expected either pin, or red, green and blue",
        ),
        (
            '[[light]]\nname = "l"\npin = 4\nred = 5\ngreen = 6\nblue = 7',
            "1: light 1: found pin, red, green, blue; expected either",
        ),
        (
            '[[light]]\nname = "l"\npin = 4\nshows = "time"',
            '4: light 1: shows: found "time"; expected one of playing, problem, online',
        ),
        (
            '[[light]]\nname = "l"\npin = 4\n[[relay]]\nname = "l"\npin = 5',
            "5: relay 1: name: found l, which light 1 is called, too",
        ),
        ('[[relay]]\nname = "r"\npin = 5\non = 1', "4: relay 1: on: found 1; expected true or fal"),
        ("[gpio]\nchip = -1", "2: gpio.chip: found -1; expected a whole number from 0 to 99 or au"),
        ("[gpio]\nchord_ms = 5", "2: gpio.chord_ms: found 5; expected .* from 20 to 500 ms"),
        ("button = 5", r"1: button: found 5; expected tables; write \[\[button\]\]"),
        ("[button]\npin = 5", r"1: button: found a table; expected tables; write \[\[button\]\]"),
        ("button = [5]", r"1: button 1: found 5; expected a table; write \[\[button\]\]"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(text: str, problem: str) -> None:
    _, problems = read(text)
    (told,) = problems
    assert told.startswith("box.toml:")
    assert re.search(problem, told), told


def test_all_mistakes_are_told_at_once() -> None:
    _, problems = read("[[button]]\npin = true\ngap_ms = 0\nmode = 1\n[[relay]]\n[gpio]\nx = 1")
    assert len(problems) == 7


SECOND = '\n[[button]]\nname = "stop"\npin = {}'


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (
            BUTTON + SECOND.format(17),
            "7: button 2: pin: found pin 17, which button 1 (play) has; expected one of its own",
        ),
        (
            BUTTON + SECOND.format(28),
            "7: button 2: pin: found pin 28; expected 0 to 27, as GPIO27 is the last",
        ),
        (
            BUTTON + SECOND.format(-1),
            "7: button 2: pin: found pin -1; expected 0 to 27, as GPIO27 is the last",
        ),
        (
            BUTTON + SECOND.format("2\npull_up = false"),
            "7: button 2: pin: found pin 2, which the board pulls up; expected pull_up = true",
        ),
        (
            BUTTON + '[[light]]\nname = "l"\nred = 5\ngreen = 17\nblue = 6',
            "7: light 1: green: found pin 17, which button 1 (play) has; expected one of its own",
        ),
        (
            BUTTON + '[[encoder]]\nname = "k"\npin_a = 5\npin_b = 5',
            "7: encoder 1: pin_b: found pin 5, which is pin_a as well; expected another",
        ),
        (
            BUTTON + '[[relay]]\nname = "r"\npin = 17',
            "6: relay 1: pin: found pin 17, which button 1 (play) has; expected one of its own",
        ),
    ],
)
def test_a_pin_that_cannot_be_had_costs_its_part_and_no_other(text: str, refused: str) -> None:
    found, problems = read(text)
    assert problems == []
    (told,) = found.refused
    assert told.startswith(f"box.toml:{refused}; ")
    assert told.endswith("; the part is left out")
    assert found.buttons == (Button(name="play", pin=17),)
    assert (found.encoders, found.lights, found.relays) == ((), (), ())


@pytest.mark.parametrize("pin", [18, 19, 20, 21])
def test_a_pin_of_a_dac_hat_is_remarked_upon(pin: int) -> None:
    found, problems = read(f'[[button]]\nname = "play"\npin = {pin}')
    assert (problems, found.refused) == ([], ())
    assert found.buttons == (Button(name="play", pin=pin),)
    (remark,) = found.remarks
    assert remark.startswith(f"box.toml:3: button 1: pin: found pin {pin}, through which a DAC HAT")


def test_a_pin_of_a_hats_memory_is_remarked_upon() -> None:
    found, _ = read('[[relay]]\nname = "r"\npin = 0')
    assert "at which a HAT keeps its description" in found.remarks[0]


def test_more_parts_than_pins_are_refused() -> None:
    text = "".join(f'[[relay]]\nname = "r{n}"\npin = {n}\n' for n in range(29))
    _, problems = read(text)
    assert "found 29 of them; expected at most 28" in problems[0]
