"""The wires by way of the real program, on a chip made of files; and the relay on them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.drivers import clocks
from hil.drivers.lines import PulledLines
from hil.drivers.local import LocalShell
from hil.drivers.protocols import Pull
from hil.drivers.relay import ByHand, RelayPower
from hil.errors import RigError


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    for number in (17, 27, 24, 26):
        (tmp_path / f"sim_gpio{number}").mkdir()
        (tmp_path / f"sim_gpio{number}/pull").write_text("")
        (tmp_path / f"sim_gpio{number}/value").write_text("0\n")
    return tmp_path


@pytest.fixture
def lines(chip: Path) -> Iterator[PulledLines]:
    lines = pulled(chip)
    yield lines
    lines.close()


def pulled(chip: Path, **more: bool) -> PulledLines:
    return PulledLines(
        LocalShell(),
        sys.executable,
        "sim",
        pulls={"play": 17, "next": 27},
        reads={"lamp": 24},
        chip=str(chip),
        **more,
    )


def pull_of(chip: Path, number: int) -> str:
    """Where a line is pulled to; the files of the kernel, unlike these, forget what was before."""
    return (chip / f"sim_gpio{number}/pull").read_text()[:7].rstrip("-")


def test_a_press_arrives_at_the_pin_with_its_time(lines, chip):
    before_ns = time.monotonic_ns()
    stamps = lines.pull(Pull(0, "play", True), Pull(15, "next", True), Pull(30, "play", False))
    assert before_ns < stamps[0] < stamps[1] < stamps[2] < time.monotonic_ns()
    assert stamps[2] - stamps[0] >= 29_900_000
    assert (pull_of(chip, 17), pull_of(chip, 27)) == ("pull-up", "pull-do")


def test_an_output_is_read(lines, chip):
    assert not lines.level("lamp")
    (chip / "sim_gpio24/value").write_text("1\n")
    assert lines.level("lamp")


def test_an_unknown_button_is_told_with_those_that_there_are(lines):
    with pytest.raises(RigError, match=r"puller: .*found 'stop'; expected one of next, play"):
        lines.pull(Pull(0, "stop", True))
    assert lines.pull() == ()


def test_when_the_bench_leaves_all_buttons_are_let_go(chip):
    lines = pulled(chip)
    lines.pull(Pull(0, "play", True))
    assert pull_of(chip, 17) == "pull-do"
    lines.close()
    assert pull_of(chip, 17) == "pull-up"


def test_a_chip_that_is_not_there_is_told_when_the_bench_is_built(tmp_path):
    with pytest.raises(RigError, match=r"puller.*ended with 1.*No such file"):
        pulled(tmp_path / "nowhere")


def test_both_ends_of_a_shell_on_one_machine_have_one_clock(lines):
    clock = clocks.measured(lines.now_ns)
    assert abs(clock.offset_ns) <= clock.uncertainty_ns < 50_000_000


@pytest.mark.parametrize("active_high", [True, False])
def test_a_relay_feeds_and_cuts_and_touches_nothing_before(chip, active_high):
    power = RelayPower(
        LocalShell(), sys.executable, 26,
        active_high=active_high, off_ms=0, backend="sim", chip=str(chip),
    )  # fmt: skip
    assert pull_of(chip, 26) == ""
    fed, cut = ("pull-up", "pull-do") if active_high else ("pull-do", "pull-up")
    for _ in range(2):
        power.on()
        assert pull_of(chip, 26) == fed
        power.off()
        assert pull_of(chip, 26) == cut
    power.close()
    power.close()


@pytest.mark.parametrize(("off_ms", "waits"), [(400, True), (0, False)])
def test_the_box_stays_off_until_its_capacitors_are_empty(chip, off_ms, waits):
    power = RelayPower(
        LocalShell(), sys.executable, 26, off_ms=off_ms, backend="sim", chip=str(chip)
    )
    power.off()
    begin_ns = time.monotonic_ns()
    power.on()
    assert (time.monotonic_ns() - begin_ns > 350_000_000) is waits
    power.close()


def test_a_person_is_asked_once_for_each_change():
    asked: list[str] = []
    power = ByHand("the box", asked.append)
    for change in (power.on, power.on, power.off, power.off, power.on):
        change()
    assert [("plug the box in" in text, "pull the plug" in text) for text in asked] == [
        (True, False),
        (False, True),
        (True, False),
    ]


def test_without_a_person_the_power_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("hil.drivers.relay._TERMINAL", tmp_path / "no-tty")
    with pytest.raises(RigError, match=r"power: .*expected a person at a terminal"):
        ByHand("the box").off()


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The other end of a terminal: what is written to it is typed, what is read is shown."""
    keyboard, terminal = os.openpty()
    monkeypatch.setattr("hil.drivers.relay._TERMINAL", Path(os.ttyname(terminal)))
    yield keyboard
    os.close(terminal)
    os.close(keyboard)


def test_a_person_presses_enter(keyboard):
    os.write(keyboard, b"\n")
    ByHand("the box").off()
    shown = b""
    while b"pull the plug of the box" not in shown:
        shown += os.read(keyboard, 1000)


def test_a_person_who_leaves_the_terminal_has_not_done_it(keyboard):
    os.write(keyboard, b"\x04")
    with pytest.raises(RigError, match="found the end of its input; expected a person"):
        ByHand("the box").off()
