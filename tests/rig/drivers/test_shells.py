"""What a shell promises, kept by the one on this machine and by the one behind a real sshd."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.drivers.local import LocalShell
from hil.drivers.protocols import Shell
from hil.errors import RigError

ECHO = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)\nprint('bye')"

any_word = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


@pytest.fixture(params=["local", "ssh"])
def shell(request: pytest.FixtureRequest) -> Shell:
    return LocalShell() if request.param == "local" else request.getfixturevalue("ssh")


def test_a_command_tells_how_it_ended_and_what_it_said(shell: Shell):
    done = shell.run(["sh", "-c", "cat; echo words >&2; exit 3"], stdin=b"given\n", check=False)
    assert done == (3, "given\n", "words\n")


def test_a_command_that_fails_is_an_error_with_its_last_words(shell: Shell):
    with pytest.raises(RigError, match=r"false wisdom.*; expected 0; ") as caught:
        shell.run(["sh", "-c", "echo false wisdom >&2; exit 1"])
    assert str(caught.value).startswith(shell.name + ": ")


def test_a_command_that_a_signal_killed_has_minus_its_number(shell: Shell):
    done = shell.run(["sh", "-c", "kill -9 $$"], check=False)
    assert done.code == -signal.SIGKILL


def test_a_command_that_does_not_end_is_ended(shell: Shell):
    with pytest.raises(RigError, match=r"did not end within 0\.3 s"):
        shell.run(["sleep", "60"], timeout_s=0.3)


def test_a_program_that_is_not_there_is_named(shell: Shell):
    with pytest.raises(RigError, match="no-such-program"):
        shell.run(["no-such-program"])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.lists(any_word, max_size=4))
def test_words_arrive_as_they_were_sent_whatever_is_in_them(shell: Shell, words):
    show = "import os, sys; sys.stdout.buffer.write(b'\\0'.join(map(os.fsencode, sys.argv[1:])))"
    done = shell.run([sys.executable, "-c", show, *words])
    assert done.out == "\0".join(words)


def test_a_program_is_heard_line_by_line_and_ends_when_its_input_does(shell: Shell):
    process = shell.start([sys.executable, "-c", ECHO])
    process.say("one")
    assert process.hear() == "ONE"
    process.say("two")
    process.say("three")
    assert process.hear() == "TWO"
    assert process.end() == (0, "THREE\nbye\n", "")
    assert process.end().code == 0


def test_a_program_that_has_ended_is_missed_with_its_last_words(shell: Shell):
    process = shell.start(["sh", "-c", "echo first; echo what a pity >&2; exit 7"])
    assert process.hear() == "first"
    for _ in range(2):
        with pytest.raises(EOFError, match="ended with 7, saying 'what a pity'"):
            process.hear()
    assert process.end().code == 7


def test_a_program_that_says_nothing_is_not_waited_for_for_ever(shell: Shell):
    process = shell.start(["cat"])
    with pytest.raises(TimeoutError, match=r"cat: nothing came within 0\.1 s"):
        process.hear(0.1)
    process.kill()


def test_nobody_talks_to_a_program_that_has_gone(shell: Shell):
    process = shell.start(["true"])
    process.end()
    with pytest.raises(EOFError, match="it ended with 0"):
        process.say("hello")


def test_a_program_that_ignores_the_end_of_its_input_is_killed_and_told(shell: Shell):
    process = shell.start(["sleep", "60"])
    with pytest.raises(RigError, match="after its input had ended"):
        process.end(0.2)


def test_a_killed_program_says_no_more(shell: Shell):
    process = shell.start(["cat"])
    process.say("last")
    assert process.hear() == "last"
    process.kill()
    with pytest.raises(EOFError):
        process.hear()


def test_a_file_arrives_byte_by_byte_in_a_folder_that_was_not_there(shell: Shell, tmp_path: Path):
    target = tmp_path / "new folder" / "deep" / "-file with a 'name'"
    data = bytes(range(256)) * 1000 + b"\r\n\0"
    shell.write(str(target), data)
    assert target.read_bytes() == data
    shell.write(str(target), b"")
    assert target.read_bytes() == b""
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_file_that_cannot_be_written_is_an_error(shell: Shell, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(RigError, match=re.escape(str(tmp_path / "file"))):
        shell.write(str(tmp_path / "file" / "below"), b"x")
