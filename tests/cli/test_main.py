"""Exit codes and words of the command line as a whole."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

from wkmp_pi import __version__, cli
from wkmp_pi.cli import link
from wkmp_pi.cli.parser import build
from wkmp_pi.events.kinds import KINDS, QueueEmptied
from wkmp_pi.settings import ABOUT

COMMANDS = sorted(build()._subparsers._group_actions[0].choices)
ROOT = Path(__file__).parents[2]


def start(*words, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "wkmp_pi", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        **options,
    )


def outcome(*words):
    with start(*words) as process:
        out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(wkmp, command):
    shown = wkmp(command, "--help")
    assert shown.code == 0
    assert shown.out.startswith(f"usage: wkmp-pi {command}")


def test_all_promised_commands_are_there():
    promised = "run play enqueue queue remove move clear pause toggle next previous seek volume "
    promised += "mute sleep status events settings"
    assert set(promised.split()) <= set(COMMANDS)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("plya", "invalid choice: 'plya'"),
        ("play a.flac --rate 7999", "--rate: found '7999'; expected a whole number from 8000"),
        ("play a.flac --rate 192001", "--rate: found '192001'; expected"),
        ("play a.flac --rate fast", "--rate: found 'fast'; expected"),
        ("play a.flac --crossfade-ms -1", "--crossfade-ms: found '-1'; expected a whole number"),
        ("play a.flac --crossfade-ms 60001", "from 0 to 60000 ms; the default is"),
        ("play a.flac --curve sinus", "--curve: found 'sinus'; expected one of exponential_log"),
        ("play a.flac --format S20", "--format: found 'S20'; expected one of S16, S24, S32, F32"),
        ("play a.flac --seconds 0", "--seconds: found '0'; expected a number of seconds above 0"),
        ("play a.flac --seconds nan", "--seconds: found 'nan'; expected"),
        ("play a.flac --output out.wav", "--output: found 'out.wav'; expected wav:PATH"),
        ("play a.flac --output wav:", "--output: found 'wav:'; expected wav:PATH"),
        ("play a.flac --output wav:x --device y", "not allowed with argument"),
        ("play a.flac#t=9,3", "expected start < end"),
        ("play passage:x", "expected a passage's number"),
        ("play --rate 48000", "but no ITEM"),
        ("seek", "required: TIME"),
        ("seek 1:99", "expected a time like"),
        ("volume 101", "expected a whole number from 0 to 100 %"),
        ("mute maybe", "invalid choice: 'maybe'"),
        ("sleep -5", "expected a number of minutes above 0, at most 1440; or end, or off"),
        ("remove 0", "expected a whole number from 1"),
        ("remove", "required: ENTRY"),
        ("move 1", "required: INDEX"),
        ("enqueue", "required: ITEM"),
        ("enqueue a --at 1 --next", "not allowed with argument"),
        ("settings get crossfad_ms", "did you mean crossfade_ms?"),
        ("settings set repeat maybe", "expected true or false"),
    ],
)
def test_a_wrong_command_line_says_what_was_expected(wkmp, words, part):
    refused = wkmp(*words.split())
    assert refused.code == 2
    assert part in refused.err
    assert refused.out == ""


@pytest.mark.parametrize(
    "words",
    [
        "play",
        "pause",
        "queue",
        "status",
        "volume",
        "clear",
        "settings get repeat",
        "events --follow",
    ],
)
def test_without_a_service_clients_say_how_to_start_one(wkmp, place, words):
    refused = wkmp(*words.split())
    assert refused.code == 1
    assert refused.err == (
        f"wkmp-pi: no wkmp-pi service is running (looked at {place}/s); "
        "start it with: make run, or wkmp-pi run\n"
    )


def test_settings_and_events_are_explained_without_a_service(wkmp):
    table = wkmp("settings")
    assert table.code == 0
    assert set(ABOUT) <= set(re.findall(r"^\w+", table.out, re.MULTILINE))
    assert "value" not in json.loads(wkmp("settings", "--json").out)[0]
    listed = wkmp("events")
    assert set(KINDS) == {line.split()[0] for line in listed.out.splitlines()}


def test_a_broken_configuration_is_exit_78_with_every_problem(wkmp, place):
    file = place / "box.toml"
    file.write_text("[audio]\nrate_hz = 1\ndither = 2\n")
    for words in (("run",), ("play", "a.flac")):
        refused = wkmp(*words, "--config", file)
        assert refused.code == 78
        lines = refused.err.splitlines()
        assert [line.split(": ")[1] for line in lines] == [f"{file}:2", f"{file}:3"]


def test_a_bug_is_exit_70_with_a_trace(wkmp, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("wkmp_pi.cli.link.connect", broken)
    failed = wkmp("status")
    assert failed.code == 70
    assert "ZeroDivisionError" in failed.err
    assert "this is a bug" in failed.err


def test_an_interruption_is_quiet(wkmp, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("wkmp_pi.cli.link.connect", interrupted)
    stopped = wkmp("status")
    assert (stopped.code, stopped.out, stopped.err) == (130, "", "")


@pytest.mark.flow
def test_an_interruption_while_it_loads_is_quiet(wkmp, monkeypatch):
    monkeypatch.setitem(sys.modules, "wkmp_pi.cli.parser", Interrupted("wkmp_pi.cli.parser"))
    stopped = wkmp("status")
    assert (stopped.code, stopped.err) == (130, "")


class Interrupted(types.ModuleType):
    """Somebody presses Ctrl-C while this is imported."""

    def __getattr__(self, name):
        raise KeyboardInterrupt


def test_the_module_is_the_command_line():
    assert outcome("--version") == (0, f"wkmp-pi {__version__}\n", "")
    code, _, err = outcome("status")
    assert code == 1
    assert "no wkmp-pi service is running" in err
    assert outcome("seek", "soon")[0] == 2


@pytest.mark.flow
def test_a_reader_that_leaves_early_is_no_failure():
    with start("settings") as process:
        process.stdout.close()
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


@pytest.mark.flow
def test_a_terminal_that_is_not_utf8_gets_what_it_can_show(monkeypatch):
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="latin-1"))
    cli._prepare_streams()
    print("▶ K\u00fcche \udcff.wav")
    print(link.as_json({"title": "▶ K\u00fcche"}), flush=True)
    text, data = printed.getvalue().splitlines()
    assert text == b"? K\xfcche \xff.wav"
    assert json.loads(data) == {"title": "▶ K\u00fcche"}


def test_a_full_disk_behind_the_output_is_a_failure_in_words(service):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "wkmp_pi", "status"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=20,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "wkmp-pi: standard output: No space left on device; "
        "expected room for what is printed; free some space\n"
    )


@pytest.mark.parametrize("closed", ["1", "2", "1 2"])
def test_closed_streams_are_no_failure(service, closed):
    shut = " ".join(f"{number}>&-" for number in closed.split())
    done = subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -m wkmp_pi status {shut}'],
        capture_output=True, text=True, check=False, timeout=20,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert ("queue" in done.stdout) == ("1" not in closed)


def test_events_come_after_the_state_as_they_happen(service):
    with start("events", "--follow", "--json", "--name", "queue.*", "volume.changed") as process:
        first = json.loads(process.stdout.readline())
        assert first["name"] == "snapshot"
        assert first["status"]["state"] == "paused"
        service.bus.publish(QueueEmptied())
        assert json.loads(process.stdout.readline()) == {"name": "queue.emptied"}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read() == ""


@pytest.mark.flow
def test_following_ends_with_the_service(service, wkmp, monkeypatch):
    def state_and_two_messages(_, names, *, causes):
        messages = [{"missed": 2}, {"event": {"name": "queue.emptied"}}]
        return {"state": "paused"}, iter(messages)

    monkeypatch.setattr("wkmp_pi.controls.client.Client.follow", state_and_two_messages)
    ended = wkmp("events", "--follow", "--json")
    assert ended.code == 1
    assert [json.loads(line) for line in ended.out.splitlines()] == [
        {"name": "snapshot", "status": {"state": "paused"}},
        {"name": "missed", "count": 2},
        {"name": "queue.emptied"},
    ]
    assert ended.err == "wkmp-pi: the service ended\n"


@pytest.mark.flow
def test_people_get_one_line_an_event_until_the_service_ends(service):
    with start("events", "--follow") as process:
        shown = [process.stdout.readline() for _ in range(6)]
        assert shown[0].startswith("state")
        assert shown[-1] == "\n"
        service.bus.publish(QueueEmptied())
        assert process.stdout.readline() == "queue.emptied\n"
        service.server.stop()
        assert process.wait(20) == 1
        assert process.stderr.read() == "wkmp-pi: the service ended\n"


@pytest.mark.flow
def _unmeasured() -> dict[str, str]:
    """The environment without what has coverage load itself into every child."""
    return {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}


def test_a_quick_client_command_loads_nothing_heavy(service):
    watch = "import sys; from wkmp_pi.cli import main; code = main(['pause']); print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", watch],
        capture_output=True,
        text=True,
        check=True,
        env={**_unmeasured(), "PYTHONPATH": str(ROOT)},
    )
    loaded = set(shown.stdout.split())
    heavy = {"numpy", "av", "soxr", "sqlite3", "alsaaudio", "wkmp_pi.app", "tomli", "asyncio"}
    heavy |= {"wkmp_pi.events.kinds"}
    assert "wkmp_pi.controls.client" in loaded
    assert not heavy & loaded


def test_the_exit_codes_are_the_documented_ones():
    documented = re.findall(r"(\d+) [a-z]", cli.__doc__.partition("Exit codes:")[2])
    codes = {value for name, value in vars(cli).items() if name.startswith("EXIT_")}
    assert {int(code) for code in documented} == codes | {2}
