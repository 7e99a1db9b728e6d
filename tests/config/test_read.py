"""A configuration is taken as a whole or refused with every problem, file and line."""

import os
import re
from dataclasses import MISSING, asdict, fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.config import default, load, mqtt, pin_rules, pins
from wkmp_pi.config.read import parse
from wkmp_pi.config.rules import RULES
from wkmp_pi.config.toml_file import MAX_BYTES
from wkmp_pi.errors import ConfigError
from wkmp_pi.passage import CurvePair
from wkmp_pi.settings import ABOUT

ROOT = Path(__file__).parents[2]
BROKEN = sorted((ROOT / "config" / "broken").glob("*.toml"))
FILE = Path("box.toml")


def header(data: bytes, word: str) -> list[str]:
    text = data.decode(errors="replace").replace("\r", "")
    return re.findall(rf"# {word}: (.*)", text)


def repaired(data: bytes) -> bytes:
    """The file with each line that an error names replaced by the line that repairs it."""
    lines = data.split(b"\n")
    for error, line in zip(header(data, "error"), header(data, "repaired"), strict=True):
        number = int(error.split(":")[1])
        lines[number - 1] = line.encode()
    return b"\n".join(lines)


def refusal(data: bytes | str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(data.encode() if isinstance(data, str) else data, FILE)
    return str(caught.value)


def problems(data: bytes) -> tuple[str, ...]:
    try:
        parse(data, FILE)
    except ConfigError as error:
        return error.problems
    return ()


def test_there_are_many_broken_examples():
    assert len(BROKEN) >= 25


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_file_is_refused_with_file_line_and_remedy(file):
    expected = header(file.read_bytes(), "error")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert len(caught.value.problems) == len(expected)
    for problem, part in zip(caught.value.problems, expected, strict=True):
        assert problem.startswith(f"{file}{part}")
        assert problem.count("; ") >= 2


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_the_same_file_repaired_is_taken(file):
    parse(repaired(file.read_bytes()), file)


def test_the_example_holds_the_defaults_and_names_every_key():
    file = ROOT / "config" / "box.toml"
    assert load(file) == replace(default(), file=file)
    text = file.read_text()
    for table in RULES.keys() - {"settings"}:
        assert all(re.search(rf"^{key} = ", text, re.MULTILINE) for key in RULES[table])


def test_the_settings_of_the_example_are_their_defaults():
    text = (ROOT / "config" / "box.toml").read_text()
    text = text[text.index("[settings]") : text.index("# Buttons:")]
    given_values = parse(re.sub(r"(?m)^# (\w+ = )", r"\1", text).encode(), FILE).settings
    assert given_values
    assert all(value == ABOUT[key].default for key, value in given_values.items())


def test_the_pins_of_the_example_show_every_key_with_its_default():
    text = (ROOT / "config" / "box.toml").read_text()
    text = text[text.index("# Buttons:") : text.index("# What is done when")]
    wiring = parse(re.sub(r"(?m)^# (\w+ = |\[)", r"\1", text).encode(), FILE).wiring
    assert not wiring.refused
    assert wiring.gpio == pins.Gpio()
    for part in (*wiring.buttons, *wiring.encoders, *wiring.relays):
        least = {f.name: getattr(part, f.name) for f in fields(part) if f.default is MISSING}
        assert part == type(part)(**least)
    for table, rules in (
        ("button", pin_rules.BUTTON),
        ("encoder", pin_rules.ENCODER),
        ("light", pin_rules.LIGHT),
        ("relay", pin_rules.RELAY),
        ("gpio", pin_rules.GPIO),
    ):
        assert all(re.search(rf"(?m)^# {key} = ", text) for key in rules), table


def test_the_broker_of_the_example_shows_every_key_and_plain_ones_with_their_defaults():
    text = (ROOT / "config" / "box.toml").read_text()
    text = text[text.index("[mqtt]") : text.index("# First values")]
    assert all(re.search(rf"(?m)^# {key} = ", text) for key in mqtt.RULES.keys() - {"password"})
    text = text.replace("# tls = false\n", "tls = true\n")  # some keys need it
    given_values = parse(re.sub(r"(?m)^# (\w+ = )", r"\1", text).encode(), FILE).mqtt
    made_up = {
        "host",
        "user",
        "password_file",
        "ca_file",
        "certificate",
        "key",
        "groups",
        "keys",
        "tls",
    }
    for field in fields(mqtt.Mqtt):
        if field.name not in made_up:
            assert getattr(given_values, field.name) == field.default, field.name


def test_values_arrive_with_their_types(monkeypatch):
    monkeypatch.setenv("HOME", "/home/pi")
    config = parse(
        b"""
        audio = { device = "hw:CARD=DAC", rate_hz = 0, mixer = "PCM" }
        [library]
        music_root = "~/Tunes"
        database = "/srv/library.db"
        [control]
        socket = "/run/a.sock"
        [settings]
        curve_pair = "equal_power"
        crossfade_ms = 0
        """,
        FILE,
    )
    assert config.audio.rate_hz == 0
    assert config.audio.mixer == "PCM"
    assert config.library.music_root == Path("/home/pi/Tunes")
    assert config.library.database == Path("/srv/library.db")
    assert config.control.socket == Path("/run/a.sock")
    assert config.settings == {"curve_pair": CurvePair.EQUAL_POWER, "crossfade_ms": 0}
    assert type(config.settings["curve_pair"]) is CurvePair


def test_an_empty_file_is_the_defaults():
    assert parse(b"", FILE) == replace(default(), file=FILE)


def test_byte_order_mark_and_windows_line_ends_are_taken():
    assert parse(b"\xef\xbb\xbf[audio]\r\nrate_hz = 48000\r\n", FILE).audio.rate_hz == 48_000


def test_the_place_of_a_bad_byte_counts_the_byte_order_mark():
    assert "box.toml:2: found byte 0xff" in refusal(b"\xef\xbb\xbf\n\xff\n")


def test_utf16_is_refused_in_words():
    assert "expected" in refusal("[audio]".encode("utf-16"))


def test_a_large_file_is_refused_before_it_is_parsed(tmp_path):
    file = tmp_path / "box.toml"
    file.write_bytes(b"#" * MAX_BYTES)
    assert load(file).file == file
    file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="more than 64 KiB"):
        load(file)


def test_long_values_are_cut_in_messages():
    assert len(refusal(f'[log]\nlevel = "{"x" * 5000}"')) < 200
    assert len(refusal(f"[audio]\nrate_hz = {'9' * 4000}")) < 200
    assert "found 1025 characters" in refusal(f'[audio]\ndevice = "{"x" * 1025}"')


def test_problems_come_in_the_order_of_the_file():
    message = refusal("[log]\nlevel = 1\n[audio]\ndither = 1\nzzz = 1\n[settings]\nrepeat = 2")
    assert re.findall(r"box.toml:(\d+)", message) == ["2", "4", "5", "7"]


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.toml: No such file or directory; expected"):
        load(tmp_path / "absent.toml")


def test_a_named_pipe_or_a_folder_is_refused_without_waiting(tmp_path):
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    with pytest.raises(ConfigError, match="found no regular file"):
        load(pipe)
    with pytest.raises(ConfigError):
        load(tmp_path)


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_taken(tmp_path):
    real, outside = tmp_path / "real.toml", tmp_path / "folder"
    real.write_text("")
    outside.mkdir()
    (outside / "box.toml").symlink_to(real)
    (tmp_path / "box.toml").symlink_to("real.toml")
    assert load(tmp_path / "box.toml").audio == default().audio
    with pytest.raises(ConfigError, match="found a link to"):
        load(outside / "box.toml")


def test_a_configuration_is_frozen():
    config = default()
    with pytest.raises(AttributeError):
        config.audio.rate_hz = 1
    assert set(asdict(config)) == {*RULES, "file", "wiring", "mqtt", "document"}


@given(st.binary(max_size=60))
def test_any_bytes_give_a_configuration_or_problems_with_the_file(data):
    assert all(problem.startswith("box.toml") for problem in problems(data))


VALUES = st.sampled_from(
    ["true", "0", "-1", "nan", "1e999", '"x"', '"auto"', "[]", "{}", "2020-01-01", "9" * 400]
)


@given(st.dictionaries(st.sampled_from([(t, k) for t in RULES for k in RULES[t]]), VALUES))
def test_any_values_give_a_configuration_or_one_problem_a_line(values):
    text = "".join(f"{table}.{key} = {value}\n" for (table, key), value in values.items())
    lines = [int(problem.split(":")[1]) for problem in problems(text.encode())]
    assert len(set(lines)) == len(lines)
    assert all(1 <= line <= len(values) for line in lines)


def test_a_number_of_thousands_of_digits_is_refused_before_it_is_read():
    assert "box.toml:2: found 1000 digits" in refusal("[audio]\nperiod_ms = " + "9" * 5000)


def test_a_link_to_itself_is_refused(tmp_path):
    link = tmp_path / "box.toml"
    link.symlink_to(link)
    with pytest.raises(ConfigError, match=r"box\.toml"):
        load(link)
