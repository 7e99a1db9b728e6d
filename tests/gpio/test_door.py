from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from gpio.mock import Chip

from wkmp_pi.gpio import PinError, Pins
from wkmp_pi.gpio.door import lgpio_factory

MS = 1_000_000


def test_edges_come_with_level_and_stamp() -> None:
    chip, heard = Chip(), list[tuple[bool, int]]()
    line = chip.open().line(
        17, pull_up=True, on_edge=lambda high, at_ns: heard.append((high, at_ns))
    )
    begun_ns = time.monotonic_ns()
    assert line.high()
    chip.press(17)
    chip.release(17)
    assert [high for high, _ in heard] == [False, True]
    assert all(-MS < at_ns - begun_ns < 1000 * MS for _, at_ns in heard)


def test_a_line_that_does_not_listen_hears_nothing() -> None:
    chip, heard = Chip(), list[bool]()
    line = chip.open().line(17, pull_up=True, on_edge=lambda high, _: heard.append(high))
    line.listen(on=False)
    chip.press(17)
    assert (heard, line.high()) == ([], False)
    line.listen(on=True)
    chip.release(17)
    assert heard == [True]


def test_a_line_may_be_pulled_down() -> None:
    assert not Chip().open().line(17, pull_up=False, on_edge=lambda *_: None).high()


@pytest.mark.parametrize("active_low", [False, True])
def test_an_output_is_switched(active_low: bool) -> None:
    chip = Chip()
    output = chip.open().output(17, active_low=active_low)
    assert chip.pin(17).state == active_low
    output.set(True)
    assert chip.pin(17).state != active_low


def test_an_output_may_be_on_from_the_first_moment() -> None:
    chip = Chip()
    chip.open().output(17, active_low=False, on=True)
    assert [state for _, state in chip.pin(17).states if state] == [1.0]


@pytest.mark.parametrize("active_low", [False, True])
def test_a_dimmer_has_duties(active_low: bool) -> None:
    chip = Chip()
    dimmer = chip.open().dimmer(17, active_low=active_low, frequency_hz=200)
    dimmer.set(0.25)
    assert chip.pin(17).frequency == 200
    assert chip.pin(17).state == (0.75 if active_low else 0.25)


def test_a_colour_has_three() -> None:
    chip = Chip()
    colour = chip.open().colour((17, 22, 27), active_low=False)
    colour.set((1.0, 0.5, 0.0))
    assert [chip.pin(pin).state for pin in (17, 22, 27)] == [1.0, 0.5, 0.0]


def test_what_is_closed_is_free_again() -> None:
    chip = Chip()
    pins = chip.open()
    for _ in range(2):
        pins.line(17, pull_up=True, on_edge=lambda *_: None).close()
        pins.output(17, active_low=False).close()
        pins.dimmer(17, active_low=False, frequency_hz=100).close()
        pins.colour((17, 22, 27), active_low=False).close()


def test_a_pin_is_given_only_once() -> None:
    pins = Chip().open()
    kept = pins.output(17, active_low=False)
    with pytest.raises(PinError, match=r"gpio pin 17: .*in use"):
        pins.line(17, pull_up=True, on_edge=lambda *_: None)
    kept.close()


def test_a_busy_pin_says_what_to_do() -> None:
    chip = Chip()
    chip.busy = {17}
    with pytest.raises(PinError) as refused:
        chip.open().line(17, pull_up=True, on_edge=lambda *_: None)
    assert str(refused.value) == (
        "gpio pin 17: GPIO busy; expected a free one; "
        "stop the program that holds it (see: gpioinfo), or use another pin"
    )


def test_a_pin_that_there_is_not_is_told() -> None:
    with pytest.raises(PinError, match="gpio pin 99: 99 is not a valid pin name"):
        Chip().open().output(99, active_low=False)


def test_a_missing_chip_says_what_to_do() -> None:
    chip = Chip()
    chip.missing = "can not open gpiochip"
    with pytest.raises(PinError, match=r"gpio chip auto: can not open gpiochip; expected .*group"):
        chip.open()


def test_on_a_machine_without_a_chip_the_real_door_says_so() -> None:
    if Path("/dev/gpiochip0").exists():
        pytest.skip("this machine has a GPIO chip; the rig tests with it")
    here = Path.cwd()
    with pytest.raises(PinError, match="gpio chip 0: can not open gpiochip"):
        Pins(0)
    assert Path.cwd() == here


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PinError, match=r"No module named 'lgpio'; .* with: make setup"):
        Pins(0, lgpio_factory)


def _run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.flow
def test_importing_lgpio_needs_no_working_folder_and_leaves_nothing(tmp_path: Path) -> None:
    """In a process of its own: a module is imported once. Its folder is /proc: never writable."""
    program = (
        "import os; os.environ['LG_WD'] = '/nowhere'; os.chdir('/proc')\n"
        "from wkmp_pi.gpio.door import _import_lgpio\n"
        "lgpio = _import_lgpio()\n"
        "assert lgpio is _import_lgpio()\n"
        "assert os.environ['LG_WD'] == '/nowhere'\n"
        "assert 'open' not in vars(lgpio)\n"
        "print(lgpio._notify_thread.is_alive(), os.getcwd())\n"
    )
    done = _run(program, TMPDIR=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "True /proc\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.flow
def test_a_box_without_pins_imports_neither_library() -> None:
    program = (
        "import sys, wkmp_pi.gpio, wkmp_pi.controls.buttons\n"
        "print({'gpiozero', 'lgpio'} & {*sys.modules})\n"
    )
    done = _run(program)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_no_thread_is_started_for_a_line_or_a_light() -> None:
    before = threading.active_count()
    pins = Chip().open()
    kept = [pins.line(17, pull_up=True, on_edge=lambda *_: None)]
    colour = pins.colour((22, 23, 24), active_low=False)
    colour.set((1, 1, 1))
    assert threading.active_count() == before
    assert kept
