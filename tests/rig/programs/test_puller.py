"""The puller's own logic: trains on a clock of numbers, simulated chips as files, mock pins."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from hil.programs import puller


class Clock:
    """Passes while somebody sleeps or looks at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns = 1_000
        self.slept: list[float] = []
        monkeypatch.setattr(
            puller, "time", SimpleNamespace(monotonic_ns=self.look, sleep=self.sleep)
        )

    def look(self) -> int:
        self.now_ns += 100
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_ns += round(seconds * 1e9)


class Noted:
    """Wires that take notes."""

    def __init__(self) -> None:
        self.done: list[tuple[str, bool]] = []

    def set(self, line: str, down: bool) -> None:
        self.done.append((line, down))

    def level(self, line: str) -> bool:
        return bool(self.done) and self.done[-1] == (line, True)

    def close(self) -> None:
        pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    for number in (17, 24, 26):
        (tmp_path / f"sim_gpio{number}").mkdir()
        (tmp_path / f"sim_gpio{number}/pull").write_text("pull-down\n")
        (tmp_path / f"sim_gpio{number}/value").write_text("0\n")
    return tmp_path


def sim(chip: Path, *more: str) -> puller.SimWires:
    words = ["--backend=sim", f"--chip={chip}", "--pull=play=17", "--read=lamp=24", *more]
    return puller.SimWires(puller.arguments(words))


def pull_of(chip: Path, number: int) -> str:
    return (chip / f"sim_gpio{number}/pull").read_text().split("\n")[0]


def test_a_train_leaves_at_its_times_in_its_order(clock):
    wires = Noted()
    stamps = puller.perform([(0, "a", True), (30, "b", True), (30.5, "a", False)], wires, 0)
    assert wires.done == [("a", True), ("b", True), ("a", False)]
    assert [round((stamp - stamps[0]) / 1e5) / 10 for stamp in stamps] == [0, 30, 30.5]


def test_times_do_not_add_up_their_delays(clock):
    stamps = puller.perform([(at_ms, "a", True) for at_ms in range(1000)], Noted(), 0)
    assert stamps[-1] - stamps[0] == pytest.approx(999e6, abs=1000)


def test_what_is_late_is_done_at_once_and_not_waited_for(clock):
    puller.perform([(50, "a", True), (20, "a", False)], Noted(), 0)
    assert len(clock.slept) == 1


@pytest.mark.parametrize(("spin_ms", "slept_ms"), [(0, 10), (2, 8)])
def test_who_asks_for_it_gets_the_last_moment_awake(clock, spin_ms, slept_ms):
    (stamp,) = puller.perform([(10, "a", True)], Noted(), spin_ms * 1_000_000)
    assert clock.slept == [pytest.approx(slept_ms / 1000, abs=1e-5)]
    assert stamp >= 1_100 + 10_000_000


def test_a_real_train_is_exact_to_some_milliseconds():
    stamps = puller.perform([(0, "a", True), (20, "a", False)], Noted(), 0)
    assert 20e6 <= stamps[1] - stamps[0] < 80e6


def answering(wires: puller.Wires) -> puller.Puller:
    return puller.Puller(wires, {"play"}, {"play", "lamp"}, 0)


def test_it_answers_what_it_is_asked():
    wires = Noted()
    desk = answering(wires)
    assert len(desk.answer('{"train": [[0, "play", true], [0, "play", false]]}')["stamps_ns"]) == 2
    assert wires.done == [("play", True), ("play", False)]
    assert desk.answer('{"level": "lamp"}') == {"high": False}
    assert desk.answer('{"ping": 1}')["now_ns"] <= time.monotonic_ns()


def test_a_train_with_an_unknown_line_moves_nothing():
    wires = Noted()
    answer = answering(wires).answer('{"train": [[0, "play", true], [1, "lamp", true]]}')
    assert "line: found 'lamp'; expected one of play" in answer["error"]
    assert wires.done == []


@given(
    st.text()
    | st.from_type(dict).map(str)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["train", "level", "ping", "more"]), inner)
        ),
    ).map(json.dumps)
)
def test_whatever_it_is_asked_it_answers_and_goes_on(line):
    desk = answering(Noted())
    assert set(desk.answer(line)) <= {"stamps_ns", "high", "now_ns", "error"}
    assert "now_ns" in desk.answer('{"ping": 1}')


def test_a_simulated_button_is_pulled_down_and_let_up_again(chip):
    wires = sim(chip)
    assert pull_of(chip, 17).startswith("pull-up")
    wires.set("play", down=True)
    assert pull_of(chip, 17) == "pull-down"
    wires.set("play", down=True)
    wires.close()
    assert pull_of(chip, 17).startswith("pull-up")


def test_a_simulated_button_that_is_active_high_goes_the_other_way(chip):
    wires = sim(chip, "--active-high")
    assert pull_of(chip, 17) == "pull-down"
    wires.set("play", down=True)
    assert pull_of(chip, 17).startswith("pull-up")


def test_a_simulated_output_is_read(chip):
    wires = sim(chip)
    assert not wires.level("lamp")
    (chip / "sim_gpio24/value").write_text("1\n")
    assert wires.level("lamp")


def test_a_driven_line_is_left_as_it_is_until_it_is_set(chip):
    wires = sim(chip, "--drive=relay=26")
    assert pull_of(chip, 26) == "pull-down"
    wires.set("relay", down=True)
    assert pull_of(chip, 26).startswith("pull-up")


@pytest.fixture
def factory():
    return MockFactory()


def gpio(factory: MockFactory, *more: str) -> puller.GpioWires:
    words = ["--backend=gpio", "--pull=play=5", "--read=lamp=16", *more]
    return puller.GpioWires(puller.arguments(words), factory)


def test_a_pressed_button_is_driven_low_and_a_released_one_let_go(factory):
    pin = factory.pin(5)
    pin.drive_high()  # the box's own resistor
    wires = gpio(factory)
    assert (pin.function, pin.pull) == ("input", "floating")
    wires.set("play", down=True)
    assert (pin.function, pin.state) == ("output", False)
    wires.set("play", down=False)
    assert pin.function == "input"


def test_an_active_high_button_is_driven_high(factory):
    wires = gpio(factory, "--active-high")
    wires.set("play", down=True)
    assert (factory.pin(5).function, factory.pin(5).state) == ("output", True)


def test_at_the_end_nothing_is_held(factory):
    wires = gpio(factory, "--drive=relay=26")
    wires.set("play", down=True)
    wires.set("relay", down=True)
    pins = [factory.pin(5), factory.pin(26)]
    wires.close()
    assert [pin.function for pin in pins] == ["input", "input"]


def test_an_output_of_the_box_is_read(factory):
    wires = gpio(factory)
    factory.pin(16).drive_high()
    assert wires.level("lamp")
    factory.pin(16).drive_low()
    assert not wires.level("lamp")


@pytest.mark.parametrize("high", [True, False])
def test_a_relay_stays_as_it_stands_when_the_puller_begins(factory, high):
    (factory.pin(26).drive_high if high else factory.pin(26).drive_low)()
    wires = gpio(factory, "--drive=relay=26")
    assert (factory.pin(26).function, factory.pin(26).state) == ("output", high)
    wires.set("relay", down=not high)
    assert factory.pin(26).state is not high


def test_it_leaves_no_file_where_it_is_started(tmp_path):
    """Whether there are pins or not: lgpio makes one before it looks."""
    command = [sys.executable, puller.__file__, "--backend=gpio", "--read=lamp=16"]
    subprocess.run(command, cwd=tmp_path, input=b"", capture_output=True, check=False)
    assert list(tmp_path.iterdir()) == []
