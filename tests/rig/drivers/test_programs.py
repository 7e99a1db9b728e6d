"""How drivers talk to their programs, with one that says what the test tells it to."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from hil.drivers import programs
from hil.drivers.clocks import measured
from hil.drivers.lines import PulledLines
from hil.drivers.local import LocalShell
from hil.drivers.programs import Program
from hil.errors import RigError

PROGRAMS = sorted(
    path for path in Path(programs.__file__).parents[1].glob("programs/*.py") if path.stem[0] != "_"
)


def saying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Program:
    """A program of one's own in the place of the real ones."""
    (tmp_path / "told.py").write_text(script)
    monkeypatch.setattr(programs, "_PROGRAMS", tmp_path)
    monkeypatch.setattr(programs, "_THERE", str(tmp_path / "there"))
    return Program(LocalShell(), sys.executable, "told")


def test_an_answer_is_an_object(tmp_path, monkeypatch):
    program = saying(tmp_path, monkeypatch, 'print(input().replace("ask", "got"))')
    assert program.ask(ask=[1, "ü"]) == {"got": [1, "ü"]}
    assert program.end().code == 0


def test_it_can_be_another_users(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "_THERE", str(tmp_path))
    program = Program(
        LocalShell(), sys.executable, "boxside", "no.sock", prefix=("env", "COLOUR=green")
    )
    environment = Path(f"/proc/{program._process._process.pid}/environ")
    assert program.now_ns() > 0
    assert b"COLOUR=green" in environment.read_bytes()
    program.end()


@pytest.mark.parametrize("said", ["Welcome!", "7", "", "[1]"])
def test_what_is_no_object_is_shown(tmp_path, monkeypatch, said):
    program = saying(tmp_path, monkeypatch, f"print({said!r})")
    with pytest.raises(RigError, match=r"told: found .*; expected an object of JSON"):
        program.hear()
    program.end()


def test_what_it_could_not_do_it_says(tmp_path, monkeypatch):
    program = saying(tmp_path, monkeypatch, 'print(\'{"error": "no such wire"}\')')
    with pytest.raises(RigError, match="told: no such wire"):
        program.ask(level=1)
    program.end()


def test_a_program_that_ends_is_told_with_its_last_words(tmp_path, monkeypatch):
    program = saying(tmp_path, monkeypatch, "raise ImportError('No module named alsaaudio')")
    with pytest.raises(RigError, match="No module named alsaaudio"):
        program.hear()
    with pytest.raises(RigError, match="it ended with 1"):
        program.tell(more=1)


def test_a_program_that_is_stuck_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    program = saying(tmp_path, monkeypatch, "input(); input()")
    with pytest.raises(RigError, match=r"nothing came within 0\.1 s; expected an answer"):
        program.ask(0.1, ping=1)
    program.kill()


def test_the_same_programs_run_on_a_machine_behind_ssh(ssh, tmp_path):
    (tmp_path / "sim_gpio17").mkdir()
    (tmp_path / "sim_gpio17/pull").touch()
    lines = PulledLines(ssh, sys.executable, "sim", pulls={"play": 17}, chip=str(tmp_path))
    clock = measured(lines.now_ns)  # it is this machine, so the true offset is 0
    assert abs(clock.offset_ns) <= clock.uncertainty_ns < 100_000_000
    lines.close()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_needs_nothing_but_python_and_the_library_that_it_names(path):
    text = path.read_text()
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    foreign = found - sys.stdlib_module_names
    assert foreign <= {"alsaaudio", "gpiozero"}
    assert len(foreign) <= 1
    for name in foreign:
        assert f"eeds {name.replace('alsa', 'pyalsa')}" in text
