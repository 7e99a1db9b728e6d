"""A rig file is taken as a whole or refused with every problem, file and line."""

from __future__ import annotations

import os
import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil import resources
from hil.errors import RigError, RigFileError
from hil.resources import KINDS, POSSIBLE, Rig, Ssh
from hil.rigfile import parse, read

ROOT = Path(__file__).parents[2]
FILE = Path("rig.toml")
VIRTUAL = """\
[rig]
name = "v"
kind = "virtual"
[lines.buttons]
play = 17
"""
BENCH = """\
[rig]
name = "b"
kind = "bench"
[box]
ssh = "pi@box"
[lines]
puller = "here"
[lines.buttons]
play = { box = 17, puller = 5 }
[line_in]
device = "hw:CARD=ADC"
uncertainty_us = 500
"""
KNOWN = ("reaction_ms", "residue_db")


def refusal(data: bytes | str) -> str:
    with pytest.raises(RigFileError) as caught:
        parse(data.encode() if isinstance(data, str) else data, FILE, KNOWN)
    return str(caught.value)


def problems(data: bytes) -> list[str]:
    try:
        parse(data, FILE, KNOWN)
    except RigFileError as error:
        return str(error).split("\n")
    return []


def taken(text: str) -> Rig:
    return parse(text.encode(), FILE, KNOWN)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


@pytest.mark.parametrize("name", ["rig.toml", "bench.toml"])
def test_the_shipped_files_are_read_without_a_problem(name: str) -> None:
    rig = read(ROOT / "hil" / name, KNOWN)
    assert rig.virtual is (name == "rig.toml")
    assert rig.line_in.exact is rig.virtual
    assert rig.file == ROOT / "hil" / name


def test_what_the_sample_has_commented_out_is_taken_and_is_a_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    password = tmp_path / ".config/wkmp-pi/broker-password"
    password.parent.mkdir(parents=True)
    password.write_text("secret\n")
    text = (ROOT / "hil/bench.toml").read_text()
    everything, usual = taken(re.sub(r"(?m)^# (\w+ = )", r"\1", text)), taken(text)
    for part in ("box", "lines", "line_in", "power"):
        assert getattr(everything, part) == getattr(usual, part)
    assert everything.broker is not None
    assert everything.broker.password_file == password


@pytest.mark.parametrize("table", [*KINDS, "broker"])
def test_the_sample_names_every_key_of_a_bench(table: str) -> None:
    text = (ROOT / "hil/bench.toml").read_text()
    last = {"box": "bench", "lines": "gpio", "line_in": "alsa", "power": "relay"}
    resource = KINDS[table][last[table]] if table in KINDS else resources.Broker
    keys = {f.name for f in fields(resource)} - {"pulling", "reading", "buttons", "outputs"}
    section = text.split(f"\n[{table}]\n")[1].split("\n[")[0]
    assert {key for key in keys if not re.search(rf"(?m)^(# )?{key} = ", section)} == set()


def test_values_arrive_where_they_belong(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("")
    key.chmod(0o600)
    rig = taken(
        BENCH.replace('ssh = "pi@box"', f'ssh = "pi@10.0.0.7"\nport = 2222\nidentity = "{key}"')
        + '[lines.outputs]\nlamp = { box = 24, puller = 6 }\n[power]\nkind = "relay"\n'
        + 'host = "root@relay"\npin = 26\noff_s = 2\n[limits]\nresidue_db = -60\nreaction_ms = 1.5'
    )
    assert isinstance(rig.box, resources.Board)
    assert rig.box.at == Ssh(host="pi@10.0.0.7", port=2222, identity=key)
    assert isinstance(rig.lines, resources.GpioLines)
    assert rig.lines.at is None
    assert (rig.lines.buttons, rig.lines.pulling) == ({"play": 17}, {"play": 5})
    assert (rig.lines.outputs, rig.lines.reading) == ({"lamp": 24}, {"lamp": 6})
    assert isinstance(rig.power, resources.Relay)
    assert rig.power.at == Ssh(host="root@relay")
    assert (rig.power.pin, rig.power.off_s) == (26, 2.0)
    assert rig.line_in == resources.AlsaIn(device="hw:CARD=ADC", uncertainty_us=500)
    assert (rig.limit("residue_db", -90), rig.limit("reaction_ms", 1)) == (-60, 1.5)
    assert rig.limit("another", 7) == 7


def test_a_small_file_is_a_virtual_rig_with_all_defaults() -> None:
    rig = taken(VIRTUAL)
    assert rig == Rig(
        name="v",
        box=resources.VirtualBox(),
        lines=resources.SimLines(buttons={"play": 17}),
        line_in=resources.LoopbackIn(),
        power=resources.VirtualPower(),
        broker=None,
        limits={},
        file=FILE,
    )
    with pytest.raises(FrozenInstanceError):
        rig.name = "w"  # type: ignore[misc]


def test_a_bench_without_a_word_on_power_is_fed_by_hand() -> None:
    assert taken(BENCH).power == resources.ByHand()


WRONG = [
    # the file, the line on which it is wrong, and what is said of it
    ("[rig]", "[rigs]", "rigs: found a key that is not known; expected one of", "mean rig?"),
    ('name = "b"', "", "rig.name: found nothing; expected name", 'write name = "workbench"'),
    ('name = "b"', 'name = ""', "rig.name: found", "expected a name"),
    ('name = "b"', 'nam = "b"', "rig.nam: found a key", "did you mean name?"),
    ('kind = "bench"', "", "rig.kind: found nothing", 'write kind = "virtual"'),
    ('kind = "bench"', 'kind = "bensh"', 'rig.kind: found "bensh"', "did you mean bench?"),
    ('kind = "bench"', "kind = [1]", "rig.kind: found an array", "one of virtual, bench"),
    ('kind = "bench"', 'kind = "bench"\n[power]\nkind = "relais"', "power.kind", "mean relay?"),
    ('kind = "bench"', 'kind = "bench"\n[power]\nkind = "fuse"', "power.kind", "one of virtual"),
    ('kind = "bench"', 'kind = "bench"\n[power]\npin = 4', "power.pin: found a key", "kind relay"),
    ('kind = "bench"', 'kind = "bench"\n[power]\nkind = "virtual"', "in a rig of kind", "by_hand"),
    ('ssh = "pi@box"', "", "box.ssh: found nothing", "write ssh ="),
    ('ssh = "pi@box"', 'ssh = "-oProxyCommand=x"', "box.ssh: found", "expected user@host"),
    ('ssh = "pi@box"', 'ssh = "-x@box"', "box.ssh: found", "expected user@host"),
    ('ssh = "pi@box"', 'ssh = "pi@-box"', "box.ssh: found", "expected user@host"),
    ('ssh = "pi@box"', 'ssh = "pi@box;reboot"', "box.ssh: found", "expected user@host"),
    ('ssh = "pi@box"', 'ssh = "pi@box\\n"', "box.ssh: found", "expected user@host"),
    ('ssh = "pi@box"', 'ssh = "box"', "box.ssh: found", "expected user@host"),
    ('ssh = "pi@box"', "ssh = 5", "box.ssh: found 5", "expected user@host"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nport = 0', "box.port: found 0", "from 1 to 65535"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nport = 65536', "box.port: found 65536", "to 65535"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nport = true', "box.port: found true", "whole number"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nport = 22.0', "box.port: found 22.0", "whole number"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nport = -0', "box.port: found -0", "write 0"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nidentity = "/no/such"', "but No such file", "ssh-keygen"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nidentity = "/"', "found no file at", "a private key"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nidentity = "key"', "identity: found", "begins with /"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\npython = "python3"', "box.python: found", "absolute path"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nunit = "a b.service"', "box.unit: found", "a unit's name"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nunit = "-x.service"', "box.unit: found", "a unit's name"),
    ('ssh = "pi@box"', 'ssh = "pi@box"\nmemory_mb = 9', "box.memory_mb: found", "kind virtual"),
    ('puller = "here"', "", "lines.puller: found nothing", 'write puller = "here"'),
    ('puller = "here"', 'puller = "there"', "lines.puller: found", "user@host, or here"),
    ('puller = "here"', 'puller = "here"\nport = 22', "lines.port: found a way", "remove it"),
    ('puller = "here"', 'puller = "here"\nactive_low = 1', "active_low: found 1", "true or false"),
    ('puller = "here"', 'puller = "here"\nkind = "sim"', "lines.kind: found sim", "one of gpio"),
    ("play = {", "Play = {", "lines.buttons.Play: found this name", "a-z, 0-9 or _"),
    ("17, puller = 5 }", "17 }", "play.puller: found nothing", "write puller = 5"),
    ("17, puller = 5 }", "28, puller = 5 }", "play.box: found 28", "from 0 to 27"),
    ("17, puller = 5 }", "-1, puller = 5 }", "play.box: found -1", "from 0 to 27"),
    ("{ box = 17, puller = 5 }", "17", "buttons.play: found 17", "write play = { box = 17, pu"),
    ("5 }", "5 }\nb = { box = 17, puller = 6 }", "b: found pin 17, which lines.buttons.play", ""),
    ("5 }", "5 }\nb = { box = 18, puller = 5 }", "b: found pin 5, which lines.buttons.play", ""),
    ("5 }", '5 }\n[power]\nkind = "relay"\nhost = "here"\npin = 5', "pin: found pin 5", "of its"),
    ("5 }", "5 }\n[lines.outputs]\nb = { box = 17, puller = 6 }", "outputs.b: found pin 17", ""),
    ("5 }", "5 }\nplay = 18", "Cannot overwrite a value", "expected TOML"),
    ('device = "hw:CARD=ADC"', "", "line_in.device: found nothing", "write device ="),
    ("uncertainty_us = 500", "", "uncertainty_us: found nothing", "write uncertainty_us = 1000"),
    ("uncertainty_us = 500", "uncertainty_us = -1", "uncertainty_us: found -1", "from 0"),
    ("uncertainty_us = 500", "uncertainty_us = nan", "uncertainty_us: found nan", "whole number"),
    ("_us = 500", '_us = 500\nformat = "s16"', 'format: found "s16"', "did you mean S16?"),
    ("_us = 500", "_us = 500\nrate_hz = 4000", "rate_hz: found 4000", "from 8000 to 192000 Hz"),
    ("_us = 500", '_us = 500\nkind = "loopback"', "found loopback in a rig", "one of alsa"),
    ("_us = 500", "_us = 500\n[broker]\nport = 70000", "broker.port: found 70000", "65535"),
    ("_us = 500", '_us = 500\n[broker]\nhost = "a b"', "broker.host: found", "name or address"),
    ("_us = 500", '_us = 500\n[broker]\npassword_file = "/x"', "password_file: found", "but No"),
    ("_us = 500", "_us = 500\n[limits]\nreaction_ms = -1", "reaction_ms: found -1", "from 0 to"),
    ("_us = 500", "_us = 500\n[limits]\nreaction_ms = inf", "reaction_ms: found inf", "number"),
    ("_us = 500", "_us = 500\n[limits]\nreaction_ms = true", "reaction_ms: found true", "number"),
    ("_us = 500", "_us = 500\n[limits]\nreactoin_ms = 1", "found a key", "mean reaction_ms?"),
    ("[line_in]", "[[line_in]]", "line_in: found an array", "expected a table; write [line_in]"),
]


@pytest.mark.parametrize(("good", "bad", "found", "remedy"), WRONG, ids=[w[1] for w in WRONG])
def test_one_mistake_is_one_problem_on_its_line(
    good: str, bad: str, found: str, remedy: str
) -> None:
    assert BENCH.count(good) == 1
    assert taken(BENCH)
    text = BENCH.replace(good, bad)
    (problem,) = [p for p in problems(text.encode()) if found in p]
    place, line, _ = problem.split(":", 2)
    assert place == "rig.toml"
    added = bad.split("\n")[-1]
    if added and "found nothing" not in found:
        assert int(line) == line_of(text, added)
    assert remedy in problem
    assert problem.count("; ") >= 2


@pytest.mark.parametrize(("good", "bad"), [w[:2] for w in WRONG], ids=[w[1] for w in WRONG])
def test_a_mistake_does_not_make_others(good: str, bad: str) -> None:
    assert len(problems(BENCH.replace(good, bad).encode())) == 1


def test_a_virtual_rig_is_held_to_what_it_can_be() -> None:
    text = VIRTUAL + '[box]\nmemory_mb = 63\ntime = "fast"\ncard_mb = 0\nssh = "pi@box"\n'
    text += '[line_in]\nkind = "alsa"\n[power]\nkind = "relay"\n'
    told = refusal(text)
    for words in (
        "box.memory_mb: found 63; expected a whole number from 64 to 4096 MiB",
        'box.time: found "fast"; expected one of real, simulated',
        "box.card_mb: found 0",
        "box.ssh: found a key that is not known",
        "ssh goes with kind bench",
        "line_in.kind: found alsa in a rig of kind virtual; expected one of loopback",
        "power.kind: found relay in a rig of kind virtual; expected one of virtual",
    ):
        assert words in told


def test_missing_tables_are_told_with_what_they_are_for() -> None:
    told = refusal('[rig]\nname = "b"\nkind = "bench"\n')
    assert re.findall(r"(\w+): found nothing; expected a table; write \[(\w+)\]", told) == [
        ("box", "box"),
        ("line_in", "line_in"),
        ("lines", "lines"),
    ]
    assert "rig: found nothing; expected a table; write [rig]" in refusal("")


def test_a_rig_without_a_button_is_none() -> None:
    assert "lines.buttons: found none" in refusal(VIRTUAL.replace("play = 17", ""))
    assert "lines.buttons: found nothing" in refusal(VIRTUAL.split("[lines")[0] + "[lines]")
    assert "lines.buttons: found 3" in refusal("lines.buttons = 3\n" + VIRTUAL.split("[lines")[0])


def test_an_unknown_kind_is_not_held_against_the_other_keys() -> None:
    text = BENCH.replace('kind = "bench"', 'kind = "wooden"')
    assert len(problems(text.encode())) == 1
    text = BENCH + '[power]\nkind = "solar"\nhost = "here"\npin = 4\n'
    assert len(problems(text.encode())) == 1


def test_a_password_needs_a_user(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("x")
    text = f'{VIRTUAL}[broker]\npassword_file = "{file}"\n'
    assert "found a password of nobody" in refusal(text)
    assert taken(f'{text}user = "wkmp"\n').broker is not None


def test_a_key_that_others_may_read_is_refused_before_ssh_does(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("")
    text = BENCH.replace('ssh = "pi@box"', f'ssh = "pi@box"\nidentity = "{key}"')
    key.chmod(0o644)
    assert "box.identity: found rights 0644; expected 0600; chmod 600" in refusal(text)
    key.chmod(0o600)
    assert taken(text)


def test_the_relay_of_another_machine_may_have_the_same_pin() -> None:
    text = BENCH + '[power]\nkind = "relay"\nhost = "here"\nchip = 4\npin = 5\n'
    assert taken(text)
    assert "found pin 5" in refusal(text.replace("chip = 4", "chip = 0"))


def test_only_limits_in_decibels_may_be_negative_and_any_name_goes_where_none_is_known() -> None:
    text = f"{VIRTUAL}[limits]\nother_dbfs = -90\n"
    assert parse(text.encode(), FILE).limits == {"other_dbfs": -90}
    assert "expected one of reaction_ms, residue_db" in refusal(text)
    with pytest.raises(RigFileError, match="expected none"):
        parse(text.encode(), FILE, ())


def test_all_problems_come_at_once_and_in_the_order_of_the_file() -> None:
    text = BENCH.replace("17", "99").replace("500", "-1").replace('"b"', "1").replace("here", "!")
    assert re.findall(r"rig.toml:(\d+): ([\w.]+):", refusal(text)) == [
        ("2", "rig.name"),
        ("7", "lines.puller"),
        ("9", "lines.buttons.play.box"),
        ("12", "line_in.uncertainty_us"),
    ]


def test_byte_order_mark_and_windows_line_ends_are_taken() -> None:
    assert parse(b"\xef\xbb\xbf" + VIRTUAL.replace("\n", "\r\n").encode(), FILE).name == "v"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\n\xff", "rig.toml:2: found byte 0xff; expected UTF-8"),
        ("[rig]".encode("utf-16"), "expected"),
        (b"a = 1\n\0", "rig.toml:2: found a NUL byte"),
        (b"#" * 65_537, "found more than 64 KiB"),
        (b"\na = " + b"[" * 33, "rig.toml:2: found nesting deeper than 32"),
        (b"a = {a" + b".a" * 16 + b" = 1}", "found a key of more than 16 parts"),
        (b"\na = " + b"9" * 5000, "rig.toml:2: found 1000 digits"),
        (b"\na = 0x" + b"f" * 5000, "rig.toml:2: found 1000 digits"),
        (b"a = 1\na = 2", "rig.toml:2: "),
        (b"[rig]\n[rig]", "rig.toml:2: "),
        (b"[rig\n", "rig.toml:1: "),
        (b'"a\\nb" = 1', r'rig.toml:1: "a\u000ab": found a key'),
    ],
)
def test_what_is_no_toml_is_refused_in_words(data: bytes, words: str) -> None:
    told = refusal(data)
    assert words in told
    assert told.startswith("rig.toml:")


def test_long_names_and_values_are_cut_in_messages() -> None:
    assert len(refusal(f'{VIRTUAL}[box]\ntime = "{"x" * 5000}"')) < 200
    assert len(refusal(f"{VIRTUAL}[power]\n{'x' * 5000} = 1")) < 300


def test_what_is_no_readable_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(RigFileError, match=r"absent\.toml: No such file or directory; expected"):
        read(tmp_path / "absent.toml")
    with pytest.raises(RigError, match="expected"):
        read(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RigFileError, match="found no regular file"):
        read(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RigFileError, match="found a link to itself"):
        read(tmp_path / "loop")


@given(st.binary(max_size=80))
def test_any_bytes_give_a_rig_or_problems_with_the_file(data: bytes) -> None:
    assert all(problem.startswith("rig.toml") for problem in problems(data))


@given(st.text(alphabet="[]{}=.,\"'\\#\n -09aelnpst", max_size=60))
def test_any_text_behind_a_good_file_gives_a_rig_or_problems(text: str) -> None:
    assert all(problem.startswith("rig.toml") for problem in problems((VIRTUAL + text).encode()))


KEYS = [(t, k) for t, kinds in KINDS.items() for r in kinds.values() for k in r.__annotations__]
KEYS += [("rig", "kind"), ("rig", "name"), ("lines", "kind"), ("power", "kind"), ("broker", "port")]
KEYS += [("lines.buttons", "play"), ("lines.buttons", "next"), ("limits", "reaction_ms")]
VALUES = st.sampled_from(
    ["true", "0", "-1", "-0", "nan", "1e999", '""', '"here"', '"auto"', '"/"', "[]", "{}"]
    + ["{ box = 1 }", "{ box = 1, puller = 2 }", "2020-01-01", "9" * 400]
    + [f'"{kind}"' for kinds in [*KINDS.values(), POSSIBLE] for kind in kinds]
)


@given(st.dictionaries(st.sampled_from(sorted(set(KEYS))), VALUES, max_size=12))
def test_any_values_give_a_rig_or_problems_on_lines_that_there_are(
    values: dict[tuple[str, str], str],
) -> None:
    text = "".join(f"{table}.{key} = {value}\n" for (table, key), value in values.items())
    for problem in problems(text.encode()):
        assert 1 <= int(problem.split(":")[1]) <= max(len(values), 1)
